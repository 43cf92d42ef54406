// An output under construction knows its siblings by scratch paths; Nix puts the final ones in their place and
// so learns the references. Only hash parts differ, and they are equally long.

import { asBytes, type Bytes, fromBuffer } from "../../graph/bytes.ts";
import { bytesOfContents, type Contents, type NarNode } from "../nar.ts";

/** Final hash part -> scratch hash part. */
export type HashParts = ReadonlyMap<Bytes, Bytes>;

export function rewriteText(text: Bytes, parts: HashParts): Bytes {
  let result: string = text;
  for (const [from, to] of parts) if (result.includes(from)) result = result.replaceAll(from, to);
  return asBytes(result);
}

/** Rewrites contents and symlink targets. */
export function rewriteNode(node: NarNode, parts: HashParts): NarNode {
  if (parts.size === 0) return node;
  if (node.kind === "symlink") return { kind: "symlink", target: rewriteText(node.target, parts) };
  if (node.kind === "file") return { ...node, contents: rewriteContents(node.contents, parts) };
  return {
    kind: "directory",
    entries: new Map([...node.entries].map(([name, entry]) => [name, rewriteNode(entry, parts)])),
  };
}

export function rewriteContents(contents: Contents, parts: HashParts): Contents {
  if (parts.size === 0) return contents;
  const text = typeof contents === "string" ? contents : fromBuffer(bytesOfContents(contents));
  return rewriteText(text, parts);
}
