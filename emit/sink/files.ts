// Writes store objects as plain files below a directory, at the paths they have in the store: to look at, to compare,
// or to copy somewhere by other means. Needs no Nix.

import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Bytes, compareBytes } from "../../graph/bytes.ts";
import { sha256 } from "../hash.ts";
import { bytesOfContents, type NarNode, narHash } from "../nar.ts";
import { checkObjectPath, nodeOfObject, type StoreObject } from "../object.ts";
import { writeNode } from "./outputs.ts";
import type { Sink } from "./sink.ts";

/** An object appears whole or not at all: it is written beside its place, then renamed. */
export function filesSink(directory: string): Sink {
  const known = new Set<Bytes>();
  const placeOf = (path: Bytes): string => join(directory, path);
  const has = (path: Bytes): boolean => known.has(path) || existsSync(placeOf(path));
  return {
    async deliver(objects) {
      const outside = new Set<Bytes>();
      let added = 0;
      let present = 0;
      let bytes = 0;
      for (const object of objects) {
        for (const reference of object.references) if (!has(reference)) outside.add(reference);
        if (has(object.path)) present++;
        else {
          bytes += writeObject(object, placeOf(object.path));
          added++;
        }
        known.add(object.path);
      }
      return { added, present, bytes, outside: [...outside].sort(compareBytes) };
    },
    async close() {},
  };
}

/** The number of bytes of its contents. */
function writeObject(object: StoreObject, place: string): number {
  // Read once: what is checked is what is written.
  const node = settled(nodeOfObject(object));
  checkObjectPath(object, object.method === "nar" ? narHash(node).hex : sha256(contentsOf(node)));
  mkdirSync(dirname(place), { recursive: true });
  const partial = join(dirname(place), `.partial-${randomBytes(6).toString("hex")}`);
  try {
    writeNode(node, Buffer.from(partial));
    renameSync(partial, place);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return sizeOf(node);
}

function settled(node: NarNode): NarNode {
  if (node.kind === "file") return { ...node, contents: bytesOfContents(node.contents) };
  if (node.kind === "symlink") return node;
  return { ...node, entries: new Map([...node.entries].map(([name, entry]) => [name, settled(entry)])) };
}

function contentsOf(node: NarNode): Uint8Array {
  if (node.kind !== "file") throw new Error("a text is a plain file");
  return bytesOfContents(node.contents);
}

function sizeOf(node: NarNode): number {
  if (node.kind === "file") return contentsOf(node).length;
  if (node.kind === "symlink") return node.target.length;
  let size = 0;
  for (const entry of node.entries.values()) size += sizeOf(entry);
  return size;
}
