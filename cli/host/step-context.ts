// The store objects that all steps share: the scripts that run them and their environment.

import type { StepContext } from "../../emit/derive.ts";
import { narObject, type StoreObject } from "../../emit/object.ts";
import { type Relocate } from "../../emit/plan/relocate.ts";
import { hashPartOf, nixStoreDir, sortedSet, storePathProblem } from "../../emit/store-path.ts";
import { asBytes, type Bytes, compareBytes, fromBuffer } from "../../graph/bytes.ts";
import type { BuildGraph } from "../../graph/graph.ts";
import { readPackageFile } from "../package-files.ts";
import type { Toolchain } from "./toolchain.ts";

export interface HostContext {
  readonly context: StepContext;
  /** To be delivered before anything that `derive` makes. */
  readonly objects: readonly StoreObject[];
}

/** `commands`: store paths that commands of the graph name, which must be in the sandbox as well. */
export function hostContext(toolchain: Toolchain, move: Relocate, commands: readonly Bytes[]): HostContext {
  const step = script("step.sh");
  const interfaces = script("interface.sh");
  const root = script("root.sh");
  const environment = environmentObject(toolchain, move, commands);
  return {
    context: {
      storeDir: nixStoreDir,
      system: toolchain.system,
      shell: toolchain.shell,
      stepScript: step.path,
      interfaceScript: interfaces.path,
      rootScript: root.path,
      environment: environment.path,
      known: new Map(environment.references.map((path) => [hashPartOf(path), path])),
    },
    objects: [step, interfaces, root, environment],
  };
}

function script(name: string): StoreObject {
  const contents = fromBuffer(readPackageFile(`templates/builder/${name}`));
  return narObject(asBytes(name), { kind: "file", executable: false, contents });
}

function environmentObject(toolchain: Toolchain, move: Relocate, commands: readonly Bytes[]): StoreObject {
  const lines = [...toolchain.variables]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([name, value]) => `export ${name}='${move(value).replaceAll("'", "'\\''")}'\n`);
  const text = asBytes(lines.join(""));
  const paths = sortedSet([...storeObjectsIn(text), ...storeObjectsIn(toolchain.shell), ...commands]);
  const file = (contents: string) =>
    ({ kind: "file", executable: false, contents: asBytes(contents) }) as const;
  const entries = new Map([
    [asBytes("environment.sh"), file(text)],
    // Nix finds references by reading: what only commands name is named here, too.
    [asBytes("references"), file(paths.map((path) => `${path}\n`).join(""))],
  ]);
  return narObject(asBytes("environment"), { kind: "directory", entries }, paths);
}

/**
 * Every store object that a command of the graph names, sorted. Of all commands, wanted or not: the environment is
 * part of each step, so it must not change with the targets.
 */
export function storeObjectsOfGraph(graph: BuildGraph): readonly Bytes[] {
  const found = new Set<Bytes>();
  for (const step of graph.steps) {
    if (step.isPhony) continue;
    const { command, responseFile } = graph.recipeOf(step);
    for (const path of storeObjectsIn(command)) found.add(path);
    if (responseFile !== undefined) for (const path of storeObjectsIn(responseFile.content)) found.add(path);
  }
  return sortedSet(found);
}

/** Store objects whose paths stand in a text. */
export function storeObjectsIn(text: Bytes): readonly Bytes[] {
  const found = new Set<Bytes>();
  const prefix = `${nixStoreDir}/`;
  for (let at = text.indexOf(prefix); at >= 0; at = text.indexOf(prefix, at + prefix.length)) {
    const name = /^[0-9a-z]{32}-[0-9A-Za-z+\-._?=]+/.exec(
      text.slice(at + prefix.length, at + prefix.length + 260),
    )?.[0];
    if (name === undefined) continue;
    const path = asBytes(prefix + name);
    if (storePathProblem(path) === undefined) found.add(path);
  }
  return [...found];
}
