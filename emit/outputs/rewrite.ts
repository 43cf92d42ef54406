// An output under construction knows its siblings by scratch paths; Nix puts the final ones in their place and
// so learns the references. Only hash parts differ, and they are equally long.

import { asBytes, type Bytes, fromBuffer } from "../../graph/bytes.ts";
import { bytesOfContents, type Contents, type NarNode } from "../nar.ts";

/** Final hash part -> scratch hash part. */
export type HashParts = ReadonlyMap<Bytes, Bytes>;

/** One pass, however many parts: a link has thousands. */
export function rewriteText(text: Bytes, parts: HashParts): Bytes {
  if (parts.size === 0) return text;
  return asBytes(text.replace(runs, (run) => rewriteRun(asBytes(run), parts)));
}

const partLength = 32;
/** Nix's base 32, at least as long as a hash part. */
const runs = /[0-9abcdfghijklmnpqrsvwxyz]{32,}/g;

function rewriteRun(run: Bytes, parts: HashParts): string {
  if (run.length === partLength) return parts.get(run) ?? run;
  let result = "";
  let kept = 0;
  for (let at = 0; at + partLength <= run.length; at++) {
    const to = parts.get(asBytes(run.slice(at, at + partLength)));
    if (to === undefined) continue;
    result += run.slice(kept, at) + to;
    kept = at + partLength;
    at = kept - 1;
  }
  return result + run.slice(kept);
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
