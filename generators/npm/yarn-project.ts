// What both of yarn's readers need of a project: its package.json files with their dependencies, workspaces first.

import { asBytes, type Bytes, quoted, toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import { binsOf } from "./bins.ts";
import { field } from "./json-reader.ts";
import type { ProjectManifest } from "./manifest.ts";
import { pathProblem } from "./name.ts";
import { matchesParts } from "./pattern.ts";
import type { ResolvedDependency, ResolvedProject } from "./resolution.ts";

export interface Wanted {
  readonly alias: Bytes;
  readonly range: Bytes;
  readonly kind: "dev" | "optional" | "prod";
}

const kinds = [
  ["dependencies", "prod"],
  ["devDependencies", "dev"],
  ["optionalDependencies", "optional"],
] as const;

/** What a package.json asks for; what is optional, too, is so alone, as npm and yarn take it. */
export function wantedOf(manifest: ProjectManifest): readonly Wanted[] {
  const wanted = new Map<Bytes, Wanted>();
  for (const [name, kind] of kinds) {
    const node = field(manifest.file.top, name);
    if (node?.kind !== "object") continue;
    for (const [alias, { value }] of node.members) {
      if (value.kind === "string") wanted.set(alias, { alias, range: value.text, kind });
    }
  }
  return [...wanted.values()];
}

/** A directory that a project names, relative to the project's top; refused when it lies outside. */
export function directoryOf(from: Bytes, written: string, alias: Bytes): Bytes {
  const parts = from === "" ? [] : from.split("/");
  for (const part of written.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return refuseDirectory(written, alias);
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  const path = parts.join("/");
  return written.startsWith("/") || pathProblem(path) !== undefined
    ? refuseDirectory(written, alias)
    : asBytes(path);
}

function refuseDirectory(written: string, alias: Bytes): never {
  return fail({
    code: "npm/outside-project",
    message: `the directory ${JSON.stringify(toText(asBytes(written)))} of ${quoted(alias)} leaves the project`,
    hint: "only what is below the project can be built; take the common directory as the project",
  });
}

export function projectOf(
  directory: Bytes,
  manifest: ProjectManifest | undefined,
  isWorkspace: boolean,
  dependencies: readonly ResolvedDependency[],
): ResolvedProject {
  const name =
    manifest?.name ?? asBytes(directory === "" ? "project" : directory.slice(directory.lastIndexOf("/") + 1));
  return {
    name,
    version: manifest?.version,
    isWorkspace,
    bins: binsOf(manifest?.bin, toText(name)),
    dependencies,
  };
}

/** `resolutions` of the project's package.json: what dependencies mean instead of what is written. */
export function resolutionsOf(manifest: ProjectManifest | undefined): ReadonlyMap<Bytes, Bytes> {
  const node = manifest === undefined ? undefined : field(manifest.file.top, "resolutions");
  if (node?.kind !== "object") return new Map();
  return new Map(
    [...node.members].flatMap(([key, { value }]) => (value.kind === "string" ? [[key, value.text]] : [])),
  );
}

/** The range that counts for a dependency of `parent`; the written one when nothing replaces it. */
export function rangeOf(
  resolutions: ReadonlyMap<Bytes, Bytes>,
  parent: Bytes,
  { alias, range }: Pick<Wanted, "alias" | "range">,
): Bytes {
  if (resolutions.size === 0) return range;
  const keys = [
    `${parent}/${alias}@${range}`,
    `${parent}/${alias}`,
    `${parent}/**/${alias}`,
    `${alias}@${range}`,
    alias,
    `**/${alias}`,
  ];
  for (const key of keys) {
    const found = resolutions.get(asBytes(key));
    if (found !== undefined) return found;
  }
  return range;
}

/** Directories with a package.json that the project's `workspaces` name. */
export function workspacesOf(
  manifest: ProjectManifest | undefined,
  directories: Iterable<Bytes>,
): ReadonlySet<Bytes> {
  const node = manifest === undefined ? undefined : field(manifest.file.top, "workspaces");
  const list = node?.kind === "object" ? field(node, "packages") : node;
  const patterns =
    list?.kind === "array" ? list.items.flatMap((item) => (item.kind === "string" ? [item.text] : [])) : [];
  const found = new Set<Bytes>();
  for (const directory of directories) {
    if (directory === "") continue;
    let isNamed = false;
    for (const pattern of patterns) {
      const plain = pattern
        .replace(/^!/, "")
        .replace(/^(?:\.?\/)+/, "")
        .replace(/\/+$/, "");
      if (matchesGlob(plain.split("/"), directory.split("/"))) isNamed = !pattern.startsWith("!");
    }
    if (isNamed) found.add(directory);
  }
  return found;
}

/** `*` within a name, `**` for any number of names; braces stand for themselves. */
function matchesGlob(pattern: readonly string[], path: readonly string[]): boolean {
  const [first, ...rest] = pattern;
  if (first === undefined) return path.length === 0;
  if (first === "**") return path.some((_, at) => matchesGlob(rest, path.slice(at))) || matchesGlob(rest, []);
  const [name, ...below] = path;
  return name !== undefined && matchesParts(first.split("*"), name) && matchesGlob(rest, below);
}
