// Targets as they are named on the command line (ninja: `NinjaMain::CollectTarget`).

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { refuseBuild } from "./failure.ts";
import { type DepsLog, firstUser } from "./log.ts";
import type { Node } from "./node.ts";
import type { State } from "./state.ts";

/** The defaults when none is named. Throws BuildError for a name that nothing knows. */
export function collectTargets(names: readonly Bytes[], state: State, depsLog: DepsLog): readonly Node[] {
  if (names.length === 0) return state.defaultNodes();
  return names.map((name) => collectTarget(name, state, depsLog));
}

/** `NAME^` is the first output that `NAME` goes into. */
export function collectTarget(name: Bytes, state: State, depsLog: DepsLog): Node {
  if (name === "") return refuseBuild("empty path");
  const canonical = canonicalizePath(name);
  const isSource = canonical.endsWith("^");
  const path = isSource ? asBytes(canonical.slice(0, -1)) : canonical;
  const node = state.lookup(path) ?? inBuildDirectory(path, state) ?? recorded(path, state, depsLog);
  if (node === undefined) return refuseUnknown(path, state);
  return isSource ? firstOutput(node, state, depsLog) : node;
}

function inBuildDirectory(path: Bytes, state: State): Node | undefined {
  const { buildDirectory } = state;
  if (buildDirectory === "") return undefined;
  return state.lookup(canonicalizePath(asBytes(`${buildDirectory}/${path}`)));
}

/** A header that no build statement names. */
function recorded(path: Bytes, state: State, depsLog: DepsLog): Node | undefined {
  return firstUser(depsLog, path) === undefined ? undefined : state.nodeFor(path);
}

function firstOutput(node: Node, state: State, depsLog: DepsLog): Node {
  state.allEdges();
  const [edge] = node.outEdges;
  if (edge?.outputs[0] !== undefined) return edge.outputs[0];
  const user = firstUser(depsLog, node.path);
  const output = user === undefined ? undefined : state.lookup(user);
  return output ?? refuseBuild(`'${node.path}' has no out edge`);
}

function refuseUnknown(path: Bytes, state: State): never {
  const unknown = `unknown target '${path}'`;
  if (path === "clean") refuseBuild(`${unknown}, did you mean 'ninja -t clean'?`);
  if (path === "help") refuseBuild(`${unknown}, did you mean 'ninja -h'?`);
  const near = state.suggest(path);
  return refuseBuild(near === undefined ? unknown : `${unknown}, did you mean '${near}'?`);
}
