// Where a path of the build graph lies in the source tree. CMake names one file twice, absolute and relative to
// the build directory: here both become one path relative to the tree's root.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { resolveFrom } from "../../graph/scan/path.ts";

export interface Layout {
  /** Absolute directory of the source tree when the graph was made. */
  readonly root: Bytes;
  /** Absolute directory in which commands run. */
  readonly buildDirectory: Bytes;
}

/** A path is inside the tree, or belongs to the system (absolute), or leaves the tree by `..`. */
export type Place =
  | { readonly kind: "tree"; readonly path: Bytes }
  | { readonly kind: "system"; readonly path: Bytes };

/**
 * Places a path as written in the graph. Purely lexical: `x/..` is folded as ninja folds it. The tree's root
 * itself is the path "".
 */
export function placeOf(path: Bytes, layout: Layout): Place {
  const absolute = resolveFrom(layout.buildDirectory, path);
  if (absolute === layout.root) return { kind: "tree", path: asBytes("") };
  if (absolute.startsWith(`${layout.root}/`)) {
    return { kind: "tree", path: asBytes(absolute.slice(layout.root.length + 1)) };
  }
  return { kind: "system", path: absolute };
}

/** The directory part of a path relative to the root, "" at the top. */
export function parentOf(path: Bytes): Bytes {
  const slash = path.lastIndexOf("/");
  return asBytes(slash < 0 ? "" : path.slice(0, slash));
}
