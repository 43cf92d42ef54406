// Recipes of units: a directory with the texts that a builder reads, and the files of the tree that it lays out.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import { sha256 } from "../hash.ts";
import { type NarNode, narOf } from "../nar.ts";
import type { StoreObject } from "../object.ts";
import { findReferences, type KnownPaths } from "../references.ts";
import { sourcePath } from "../store-path.ts";
import { cargoSetName, type PlannedUnit, recipeKey } from "./plan.ts";
import type { SourceTree } from "./sources.ts";
import { treeOf } from "./tree.ts";
import type { Variables } from "./variables.ts";

export interface Recipe {
  readonly files: ReadonlyMap<string, string>;
  /** Paths of the tree that are laid out. */
  readonly tree: readonly Bytes[];
}

export interface ContentTree extends SourceTree {
  readonly nodeAt: (path: Bytes) => NarNode | undefined;
}

/** The recipe as a store object. */
export function objectOf(
  unitName: Bytes,
  { files, tree: paths }: Recipe,
  tree: ContentTree,
  { known, storeDir }: { readonly known: KnownPaths; readonly storeDir: Bytes },
): StoreObject {
  const entries = new Map<Bytes, NarNode>();
  for (const [name, contents] of files)
    entries.set(asBytes(name), { kind: "file", executable: false, contents: asBytes(contents) });
  if (paths.length > 0)
    entries.set(asBytes("tree"), treeOf(paths.map((path) => [path, tree.nodeAt(path) ?? failGone(path)])));
  const node: NarNode = { kind: "directory", entries };
  const archive = narOf(node);
  const references = findReferences(archive, known);
  const name = asBytes(`${cargoSetName}-${recipeKey(unitName)}`);
  return {
    method: "nar",
    name,
    path: sourcePath(name, sha256(archive), references, false, storeDir),
    references,
    node,
  };
}

function failGone(path: Bytes): never {
  return fail({
    code: "plan/source-gone",
    message: `${quoted(path)} was there when the plan was made and is gone`,
    hint: "make the plan again from the tree as it is now",
  });
}

/** The file that rustc makes of a program. */
export function programFile({ unit, hash }: PlannedUnit): string {
  return `${unit.target.name.replaceAll("-", "_")}-${hash}`;
}

export function list(words: readonly string[]): string {
  return words.map((word) => `${word}\0`).join("");
}

export function assignments(variables: Variables): string {
  return list(variables.map(([name, value]) => `${name}=${value}`));
}
