// Writes emitted objects to the outputs of the derivation that runs this. What an object says about its siblings
// is rewritten to their scratch paths; Nix rewrites it back and records the references.

import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { asBytes, type Bytes, toBuffer } from "../../graph/bytes.ts";
import { bytesOfContents, type NarNode } from "../nar.ts";
import { type HashParts, rewriteContents, rewriteNode } from "../outputs/rewrite.ts";
import type { EmittedObject } from "../outputs/shard-data.ts";
import { hashPartOf } from "../store-path.ts";

/** `scratch`: output name -> the path at which Nix expects it. */
export function writeOutputs(objects: readonly EmittedObject[], scratch: ReadonlyMap<string, string>): void {
  const siblings = new Map<Bytes, Bytes>();
  const scratchOf = (output: Bytes): string => {
    const path = scratch.get(output);
    if (path === undefined) throw new Error(`the derivation has no output "${output}"`);
    return path;
  };
  for (const { output, object } of objects) siblings.set(object.path, hashPartOf(asBytes(scratchOf(output))));
  for (const { output, object } of objects) {
    const parts: Map<Bytes, Bytes> = new Map();
    for (const reference of object.references) {
      const part = siblings.get(reference);
      if (part !== undefined) parts.set(hashPartOf(reference), part);
    }
    const path = scratchOf(output);
    if (object.method === "nar") writeNode(rewriteNode(object.node, parts), Buffer.from(path));
    else writeFileSync(path, bytesOfContents(rewriteContents(object.contents, parts as HashParts)));
  }
}

/** Makes a node at a path where nothing is. */
export function writeNode(node: NarNode, path: Buffer): void {
  if (node.kind === "symlink") symlinkSync(toBuffer(node.target), path);
  else if (node.kind === "file") {
    writeFileSync(path, bytesOfContents(node.contents));
    if (node.executable) chmodSync(path, 0o755);
  } else {
    mkdirSync(path);
    for (const [name, entry] of node.entries) {
      writeNode(entry, Buffer.concat([path, Buffer.from("/"), toBuffer(name)]));
    }
  }
}
