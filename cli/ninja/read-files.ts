// The files that a planned step reads, by the names that the manifest has for them: what ninja would learn from a
// depfile. Directories in which a header was looked for end in "/": a file that appears there may be found first.

import type { Plan, PlannedStep } from "../../emit/plan/plan.ts";
import { type Layout, parentOf, placeOf } from "../../emit/plan/tree-path.ts";
import type { NinjaManifest } from "../../generators/ninja/load.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { isDirectoryName } from "./log.ts";
import type { Edge } from "./node.ts";

export function readByStep(
  edge: Edge,
  step: PlannedStep,
  plan: Plan,
  layout: Layout,
  manifest: NinjaManifest,
): readonly Bytes[] {
  const names = new Namer(layout, manifest, edge.inputs[0]?.path.startsWith("/") === true);
  const sources = [...step.ownSources, ...step.sources].map((index) => plan.files[index] ?? asBytes(""));
  const made = step.inputs.map((ref) => plan.steps[ref.step]?.outputs[ref.output]?.path ?? asBytes(""));
  const files = new Set(sources.map((path) => names.nameOf(path)));
  for (const path of made) {
    const name = names.nameOf(path);
    if (!isLinkedOnly(name, edge, step)) files.add(name);
  }
  if (step.kind === "compile") {
    for (const directory of new Set([...step.directories, ...sources.map(parentOf)])) {
      if (!isWritten(directory, plan)) files.add(names.directoryName(directory));
    }
  }
  return [...files];
}

/**
 * A shared library that a link reads and the manifest does not name there: Meson has a link wait for what a library
 * exports (its `.symbols`), and not for the library.
 */
function isLinkedOnly(path: Bytes, edge: Edge, { kind }: PlannedStep): boolean {
  return kind === "link" && /\.so(\.|$)/.test(path) && !edge.inputs.some((input) => input.path === path);
}

/** Steps write there, so that what is in it changes from build to build. */
function isWritten(directory: Bytes, { buildDirectory, steps }: Plan): boolean {
  if (buildDirectory !== "")
    return directory === buildDirectory || directory.startsWith(`${buildDirectory}/`);
  return (
    directory === "" || steps.some(({ outputs }) => outputs.some(({ path }) => parentOf(path) === directory))
  );
}

class Namer {
  readonly #layout: Layout;
  readonly #manifest: NinjaManifest;
  readonly #isAbsolute: boolean;
  readonly #up: Bytes;

  constructor(layout: Layout, manifest: NinjaManifest, isAbsolute: boolean) {
    this.#layout = layout;
    this.#manifest = manifest;
    this.#isAbsolute = isAbsolute;
    const place = placeOf(layout.buildDirectory, layout);
    const depth = place.path === "" ? 0 : place.path.split("/").length;
    this.#up = asBytes("../".repeat(depth));
  }

  nameOf(path: Bytes): Bytes {
    const relative = this.#relative(path);
    const absolute = asBytes(`${this.#layout.root}/${path}`);
    if (this.#manifest.fileNamed(relative) !== undefined) return relative;
    if (this.#manifest.fileNamed(absolute) !== undefined) return absolute;
    return this.#isAbsolute ? absolute : relative;
  }

  directoryName(path: Bytes): Bytes {
    const name = this.nameOf(path);
    return isDirectoryName(name) ? name : asBytes(`${name}/`);
  }

  #relative(path: Bytes): Bytes {
    const { path: directory } = placeOf(this.#layout.buildDirectory, this.#layout);
    if (directory !== "" && path.startsWith(`${directory}/`))
      return asBytes(path.slice(directory.length + 1));
    return canonicalizePath(asBytes(`${this.#up}${path === "" ? "." : path}`));
  }
}
