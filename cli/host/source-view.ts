// A developer's tree as the planner may see it. What steps make lies in the build directory from earlier builds; it
// is hidden, so that a plan does not depend on what was built before.

import type { NarNode } from "../../emit/nar.ts";
import { bytesOfContents } from "../../emit/nar.ts";
import type { Relocate } from "../../emit/plan/relocate.ts";
import { type Layout, parentOf, placeOf } from "../../emit/plan/tree-path.ts";
import type { Tree } from "../../emit/sink/tree.ts";
import { asBytes, type Bytes, fromBuffer, toBuffer } from "../../graph/bytes.ts";
import type { BuildGraph, FileId } from "../../graph/graph.ts";
import { stateDirectory } from "../state-directory.ts";

/** Files of ninja and of ourselves, at the top of the build directory. */
const bookkeeping = [".ninja_deps", ".ninja_log", ".ninja_lock", stateDirectory];

/**
 * The tree without outputs of steps. Text that configure wrote into the build directory names the host's tree:
 * steps see it with `move` applied.
 */
export function sourcesOf(tree: Tree, graph: BuildGraph, layout: Layout, move: Relocate): Tree {
  const hidden = hiddenPaths(graph, layout);
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
  // A directory that holds nothing but what steps made is not there before they run.
  const made = directoriesOf(hidden);
  const isMadeOnly = (directory: Bytes): boolean => {
    for (const name of tree.list(directory) ?? []) {
      const path = pathIn(directory, name);
      if (!isHidden(path) && !(made.has(path) && isMadeOnly(path))) return false;
    }
    return true;
  };
  // But one that the graph itself reads must be there before, as CMake makes them.
  const read = directoriesRead(graph, layout, made);
  const isThere = (path: Bytes): boolean =>
    !isHidden(path) && (read.has(path) || !(made.has(path) && isMadeOnly(path)));
  const list = (directory: Bytes): ReadonlySet<Bytes> | undefined => {
    if (directory !== "" && !isThere(directory)) return undefined;
    const names = tree.list(directory);
    const mixed = directory === "" || made.has(directory);
    if (names === undefined || !mixed) return names;
    return new Set([...names].filter((name) => isThere(pathIn(directory, name))));
  };
  return {
    kindAt: (path) => (path === "" || isThere(path) ? tree.kindAt(path) : undefined),
    list,
    read: (path) => (isHidden(path) ? undefined : tree.read(path)),
    filesBelow: (directory) => tree.filesBelow(directory).filter((path) => !isHidden(path)),
    linksIn: (directory) =>
      new Map([...tree.linksIn(directory)].filter(([name]) => !isHidden(pathIn(directory, name)))),
    nodeAt: (path) => {
      const node = isHidden(path) ? undefined : tree.nodeAt(path);
      return node !== undefined && isConfigured(path) ? moved(node, move) : node;
    },
  };
}

/** Those of some directories that steps name as inputs and that no step makes. */
function directoriesRead(
  graph: BuildGraph,
  layout: Layout,
  directories: ReadonlySet<Bytes>,
): ReadonlySet<Bytes> {
  const read = new Set<Bytes>();
  for (const [id, name] of graph.files.entries()) {
    const place = placeOf(name, layout);
    if (place.kind !== "tree" || !directories.has(place.path)) continue;
    if (graph.producerOf(id as FileId) === undefined) read.add(place.path);
  }
  return read;
}

function hiddenPaths(graph: BuildGraph, layout: Layout): ReadonlySet<Bytes> {
  const hidden = new Set<Bytes>();
  const hide = (path: Bytes): void => {
    const place = placeOf(path, layout);
    if (place.kind === "tree" && place.path !== "") hidden.add(place.path);
  };
  for (const step of graph.steps) {
    if (step.isPhony) continue;
    const { generator, depfile, responseFile } = graph.recipeOf(step);
    if (generator) continue;
    for (const file of step.outputs) hide(graph.files[file] ?? asBytes(""));
    if (depfile !== undefined) hide(depfile);
    if (responseFile !== undefined) hide(responseFile.path);
  }
  for (const name of bookkeeping) hide(asBytes(name));
  return hidden;
}

function directoriesOf(paths: Iterable<Bytes>): ReadonlySet<Bytes> {
  const directories = new Set<Bytes>();
  for (const path of paths) {
    for (let at = parentOf(path); at !== "" && !directories.has(at); at = parentOf(at)) directories.add(at);
  }
  return directories;
}

function pathIn(directory: Bytes, name: Bytes): Bytes {
  return directory === "" ? name : asBytes(`${directory}/${name}`);
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

/** What the header scan sees: the tree, and files that an earlier plan built. */
export function withGenerated(
  tree: Tree,
  files: ReadonlyMap<Bytes, Bytes>,
): Pick<Tree, "list" | "read"> & { readonly isBuilt: (path: Bytes) => boolean } {
  const names = new Map<Bytes, Set<Bytes>>();
  for (const path of files.keys()) {
    for (let at = path; at !== ""; at = parentOf(at)) {
      const directory = parentOf(at);
      const known = names.get(directory);
      const name = asBytes(at.slice(at.lastIndexOf("/") + 1));
      if (known === undefined) names.set(directory, new Set([name]));
      else known.add(name);
    }
  }
  return {
    isBuilt: (path) => files.has(path),
    read: (path) => files.get(path) ?? tree.read(path),
    list: (directory) => {
      const more = names.get(directory);
      const there = tree.list(directory);
      return more === undefined ? there : new Set([...(there ?? []), ...more]);
    },
  };
}
