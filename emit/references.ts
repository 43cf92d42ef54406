// References as Nix finds them: any 32 characters in an archive that are the hash part of a path it knows of, with
// or without the rest of the path. An object's own path depends on them, so they must be found before it is added.

import { asBytes, type Bytes } from "../graph/bytes.ts";

/** Store paths that the one who adds an object knows of, by hash part: a builder's input closure. */
export type KnownPaths = ReadonlyMap<Bytes, Bytes>;

const length = 32;
const isNix32 = new Uint8Array(256);
for (const char of "0123456789abcdfghijklmnpqrsvwxyz") isNix32[char.charCodeAt(0)] = 1;

/** Nix's `RefScanSink`: windows are tried from their end, so that most bytes are never looked at. */
export function findReferences(archive: Uint8Array, known: KnownPaths): readonly Bytes[] {
  const found = new Set<Bytes>();
  if (known.size === 0) return [];
  const buffer = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
  for (let start = 0; start + length <= buffer.length; ) {
    let at = start + length - 1;
    while (at >= start && isNix32[buffer[at] ?? 0] === 1) at--;
    if (at >= start) {
      start = at + 1;
      continue;
    }
    const path = known.get(asBytes(buffer.toString("latin1", start, start + length)));
    if (path !== undefined) found.add(path);
    start++;
  }
  return [...found].sort();
}
