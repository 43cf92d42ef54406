// A developer's tree as the planner may see it. What steps make lies in the build directory from earlier builds; it
// is hidden, so that a plan does not depend on what was built before.

import type { NarNode } from "../../emit/nar.ts";
import { bytesOfContents } from "../../emit/nar.ts";
import type { Relocate } from "../../emit/plan/relocate.ts";
import { type Layout, parentOf, placeOf } from "../../emit/plan/tree-path.ts";
import type { Tree } from "../../emit/sink/tree.ts";
import { asBytes, type Bytes, fromBuffer, toBuffer } from "../../graph/bytes.ts";
import type { BuildGraph } from "../../graph/graph.ts";

/** Directory in the build directory where the command line keeps what it remembers. */
export const stateDirectory = ".unravel";

/** Files of ninja and of ourselves, at the top of the build directory. */
const bookkeeping = [".ninja_deps", ".ninja_log", ".ninja_lock", stateDirectory];

/**
 * The tree without outputs of steps. Text that configure wrote into the build directory names the host's tree:
 * steps see it with `move` applied.
 */
export function sourcesOf(tree: Tree, graph: BuildGraph, layout: Layout, move: Relocate): Tree {
  const hidden = hiddenPaths(graph, layout);
  const names = namesByDirectory(hidden);
  const buildDirectory = placeOf(layout.buildDirectory, layout).path;
  const isConfigured = (path: Bytes): boolean =>
    buildDirectory !== "" && path.startsWith(`${buildDirectory}/`);
  const isHidden = (path: Bytes): boolean => {
    if (hidden.has(path)) return true;
    for (let slash = path.lastIndexOf("/"); slash > 0; slash = path.lastIndexOf("/", slash - 1)) {
      if (hidden.has(asBytes(path.slice(0, slash)))) return true;
    }
    return false;
  };
  return {
    kindAt: (path) => (isHidden(path) ? undefined : tree.kindAt(path)),
    list: (directory) =>
      isHidden(directory) ? undefined : without(tree.list(directory), names.get(directory)),
    read: (path) => (isHidden(path) ? undefined : tree.read(path)),
    filesBelow: (directory) => tree.filesBelow(directory).filter((path) => !isHidden(path)),
    nodeAt: (path) => {
      const node = isHidden(path) ? undefined : tree.nodeAt(path);
      return node !== undefined && isConfigured(path) ? moved(node, move) : node;
    },
  };
}

function hiddenPaths(graph: BuildGraph, layout: Layout): ReadonlySet<Bytes> {
  const hidden = new Set<Bytes>();
  const hide = (path: Bytes): void => {
    const place = placeOf(path, layout);
    if (place.kind === "tree" && place.path !== "") hidden.add(place.path);
  };
  for (const step of graph.steps) {
    if (step.isPhony || graph.recipeOf(step).generator) continue;
    for (const file of step.outputs) hide(graph.files[file] ?? asBytes(""));
  }
  for (const name of bookkeeping) hide(asBytes(name));
  return hidden;
}

/** Directory -> names in it that are hidden. */
function namesByDirectory(hidden: ReadonlySet<Bytes>): ReadonlyMap<Bytes, ReadonlySet<Bytes>> {
  const names = new Map<Bytes, Set<Bytes>>();
  for (const path of hidden) {
    const directory = parentOf(path);
    const name = asBytes(path.slice(path.lastIndexOf("/") + 1));
    const known = names.get(directory);
    if (known === undefined) names.set(directory, new Set([name]));
    else known.add(name);
  }
  return names;
}

function without(
  names: ReadonlySet<Bytes> | undefined,
  hidden: ReadonlySet<Bytes> | undefined,
): ReadonlySet<Bytes> | undefined {
  if (names === undefined || hidden === undefined) return names;
  return new Set([...names].filter((name) => !hidden.has(name)));
}

function moved(node: NarNode, move: Relocate): NarNode {
  if (node.kind !== "file") return node;
  const contents = bytesOfContents(node.contents);
  // A binary has places and lengths that must not move.
  if (contents.includes(0)) return { ...node, contents };
  const text = fromBuffer(contents);
  const result = move(text);
  return { ...node, contents: result === text ? contents : toBuffer(result) };
}
