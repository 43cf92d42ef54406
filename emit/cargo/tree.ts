// A directory tree out of nodes at paths.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { NarNode } from "../nar.ts";

export function treeOf(nodes: Iterable<readonly [path: Bytes, node: NarNode]>): NarNode {
  const top = new Map<Bytes, NarNode>();
  const directories = new Map<Bytes, Map<Bytes, NarNode>>([[asBytes(""), top]]);
  const directoryAt = (path: Bytes): Map<Bytes, NarNode> => {
    const known = directories.get(path);
    if (known !== undefined) return known;
    const entries = new Map<Bytes, NarNode>();
    const [parent, name] = split(path);
    directoryAt(parent).set(name, { kind: "directory", entries });
    directories.set(path, entries);
    return entries;
  };
  for (const [path, node] of nodes) {
    const [parent, name] = split(path);
    directoryAt(parent).set(name, node);
  }
  return { kind: "directory", entries: top };
}

function split(path: Bytes): readonly [parent: Bytes, name: Bytes] {
  const slash = path.lastIndexOf("/");
  return [asBytes(path.slice(0, Math.max(0, slash))), asBytes(path.slice(slash + 1))];
}
