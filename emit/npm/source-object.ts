// Files as store objects, with the references that Nix finds in them.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { sha256 } from "../hash.ts";
import { type NarNode, narOf } from "../nar.ts";
import type { StoreObject } from "../object.ts";
import { findReferences, type KnownPaths } from "../references.ts";
import { sourcePath } from "../store-path.ts";

export function recipeKey(unitName: Bytes): Bytes {
  return asBytes(`${unitName}-recipe`);
}

/** The object under a key of a set. */
export function sourceObject(
  setName: Bytes,
  key: Bytes,
  node: NarNode,
  { known, storeDir }: { readonly known: KnownPaths; readonly storeDir: Bytes },
): StoreObject {
  const name = asBytes(`${setName}-${key}`);
  const archive = narOf(node);
  const references = findReferences(archive, known);
  return {
    method: "nar",
    name,
    path: sourcePath(name, sha256(archive), references, false, storeDir),
    references,
    node,
  };
}
