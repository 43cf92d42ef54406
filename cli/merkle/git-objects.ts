// Reads objects out of a bare git repository: loose files and packs, deltas put together (git's pack format, version
// 2). No git is needed where this runs.

import { closeSync, existsSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";

interface Packed {
  readonly kind: string;
  readonly contents: Buffer;
}

const kinds: ReadonlyMap<number, string> = new Map([
  [1, "commit"],
  [2, "tree"],
  [3, "blob"],
  [4, "tag"],
]);

/** An object with its header, as it is hashed. `hash` is lower-case hex. */
export function readGitObject(repository: string, hash: Bytes): Buffer {
  const loose = join(repository, "objects", hash.slice(0, 2), hash.slice(2));
  if (existsSync(loose)) return inflateSync(readFileSync(loose));
  const found = findPacked(repository, hash);
  if (found === undefined) {
    return fail({
      code: "merkle/no-object",
      message: `the repository has no object ${hash}`,
      hint: "fetch it into the repository first; shallow and partial clones lack objects",
    });
  }
  return Buffer.concat([Buffer.from(`${found.kind} ${found.contents.length}\0`), found.contents]);
}

function findPacked(repository: string, hash: Bytes): Packed | undefined {
  const directory = join(repository, "objects/pack");
  if (!existsSync(directory)) return undefined;
  for (const name of readdirSync(directory).sort()) {
    if (!name.endsWith(".idx")) continue;
    const offset = offsetIn(readFileSync(join(directory, name)), hash);
    if (offset === undefined) continue;
    const pack = openSync(join(directory, name.replace(/idx$/, "pack")), "r");
    try {
      return readPacked(repository, pack, offset);
    } finally {
      closeSync(pack);
    }
  }
  return undefined;
}

/** Looks a hash up in an index of version 2. */
function offsetIn(index: Buffer, hash: Bytes): number | undefined {
  const size = hash.length / 2;
  const wanted = Buffer.from(hash, "hex");
  if (index.readUInt32BE(0) !== 0xff744f63 || index.readUInt32BE(4) !== 2)
    return failPack("an index is not of version 2");
  const first = wanted[0] ?? 0;
  const table = 8;
  const count = index.readUInt32BE(table + 255 * 4);
  const names = table + 256 * 4;
  let low = first === 0 ? 0 : index.readUInt32BE(table + (first - 1) * 4);
  let high = index.readUInt32BE(table + first * 4);
  while (low < high) {
    const middle = (low + high) >> 1;
    const order = index.compare(wanted, 0, size, names + middle * size, names + (middle + 1) * size);
    if (order === 0) {
      const offsets = names + count * (size + 4);
      const offset = index.readUInt32BE(offsets + middle * 4);
      if (offset < 0x80000000) return offset;
      return Number(index.readBigUInt64BE(offsets + count * 4 + (offset - 0x80000000) * 8));
    }
    // `compare` tells how the part of the index is to the wanted hash.
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return undefined;
}

function readPacked(repository: string, pack: number, offset: number): Packed {
  const head = readAt(pack, offset, 64);
  let at = 0;
  const next = (): number => head[at++] ?? 0;
  let byte = next();
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  for (let shift = 4; (byte & 0x80) !== 0; shift += 7) {
    byte = next();
    size += (byte & 0x7f) * 2 ** shift;
  }
  const kind = kinds.get(type);
  if (kind !== undefined) return { kind, contents: inflateAt(pack, offset + at, size) };
  let base: Packed;
  if (type === 6) {
    byte = next();
    let distance = byte & 0x7f;
    while ((byte & 0x80) !== 0) {
      byte = next();
      distance = (distance + 1) * 128 + (byte & 0x7f);
    }
    base = readPacked(repository, pack, offset - distance);
  } else if (type === 7) {
    const name = asBytes(head.subarray(at, at + 20).toString("hex"));
    at += 20;
    const whole = readGitObject(repository, name);
    const end = whole.indexOf(0);
    base = { kind: whole.toString("latin1", 0, whole.indexOf(32)), contents: whole.subarray(end + 1) };
  } else return failPack(`a pack has an object of the unknown type ${type}`);
  return { kind: base.kind, contents: applyDelta(base.contents, inflateAt(pack, offset + at, size)) };
}

/** What is compressed there; how long that is, only the decompressor knows. */
function inflateAt(pack: number, offset: number, size: number): Buffer {
  for (let length = size + 1024; ; length *= 2) {
    const input = readAt(pack, offset, length);
    try {
      const output = inflateSync(input);
      if (output.length === size) return output;
    } catch (error) {
      if (input.length < length) throw error;
    }
    if (input.length < length) return failPack("an object is cut off");
  }
}

function applyDelta(base: Buffer, delta: Buffer): Buffer {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = delta[at++] ?? 0;
      value += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return value;
    }
  };
  if (number() !== base.length) return failPack("a delta is for another object");
  const result = Buffer.alloc(number());
  let filled = 0;
  while (at < delta.length) {
    const command = delta[at++] ?? 0;
    if ((command & 0x80) === 0) {
      delta.copy(result, filled, at, at + command);
      at += command;
      filled += command;
      continue;
    }
    const field = (bits: readonly number[]): number =>
      bits.reduce((sum, bit, i) => sum + ((command & bit) === 0 ? 0 : (delta[at++] ?? 0) * 2 ** (8 * i)), 0);
    const offset = field([0x01, 0x02, 0x04, 0x08]);
    const length = field([0x10, 0x20, 0x40]) || 0x10000;
    base.copy(result, filled, offset, offset + length);
    filled += length;
  }
  return filled === result.length ? result : failPack("a delta is cut off");
}

function readAt(file: number, offset: number, length: number): Buffer {
  const buffer = Buffer.alloc(length);
  const read = readSync(file, buffer, 0, length, offset);
  return buffer.subarray(0, read);
}

function failPack(problem: string): never {
  return fail({
    code: "merkle/bad-object",
    message: `the repository cannot be read: ${problem}`,
    hint: "`git fsck` finds what is broken; `git gc` writes packs anew",
  });
}
