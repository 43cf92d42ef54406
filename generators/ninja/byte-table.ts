// Interned byte strings. Looking one up makes no JavaScript string and allocates nothing: a manifest names the
// same files millions of times (Chromium: 31.7 million references to 368,667 paths).

import { type Bytes, fromBuffer } from "../../graph/bytes.ts";

/** Byte string <-> small integer, in order of first appearance. */
export class ByteTable {
  /** All entries, one after the other. */
  arena: Uint8Array = new Uint8Array(1 << 12);
  /** Entry `i` is `arena[starts[i] .. starts[i + 1])`. */
  starts: Uint32Array = new Uint32Array(1 << 8);
  size = 0;
  private hashes = new Int32Array(1 << 8);
  private slots = new Int32Array(1 << 9).fill(-1);
  private readonly strings: (Bytes | undefined)[] = [];

  /** The number of `bytes[start .. end)`, new or known. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    return this.internHashed(bytes, start, end, hashOf(bytes, start, end));
  }

  /** The same for a caller that has the hash already, see `hashOf`. */
  internHashed(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const found = this.findHashed(bytes, start, end, hash);
    return found === -1 ? this.add(bytes, start, end, hash) : found;
  }

  find(bytes: Uint8Array, start: number, end: number): number {
    return this.findHashed(bytes, start, end, hashOf(bytes, start, end));
  }

  /** The number of `bytes[start .. end)`, or -1. */
  findHashed(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const { slots, hashes, starts, arena } = this;
    const mask = slots.length - 1;
    const length = end - start;
    for (let slot = spread(hash) & mask; ; slot = (slot + 1) & mask) {
      const entry = slots[slot] as number;
      if (entry === -1) return -1;
      if (hashes[entry] !== hash) continue;
      const from = starts[entry] as number;
      if ((starts[entry + 1] as number) - from !== length) continue;
      let i = 0;
      while (i < length && arena[from + i] === bytes[start + i]) i++;
      if (i === length) return entry;
    }
  }

  /** The entry as a string; made once. */
  text(entry: number): Bytes {
    const known = this.strings[entry];
    if (known !== undefined) return known;
    const made = fromBuffer(this.arena.subarray(this.starts[entry], this.starts[entry + 1]));
    this.strings[entry] = made;
    return made;
  }

  private add(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const entry = this.size++;
    const from = this.starts[entry] as number;
    const to = from + (end - start);
    if (to > this.arena.length) this.growArena(to);
    if (end - start < 64) for (let i = start, o = from; i < end; i++, o++) this.arena[o] = bytes[i] as number;
    else this.arena.set(bytes.subarray(start, end), from);
    if (entry + 2 > this.starts.length) {
      const starts = new Uint32Array(this.starts.length * 2);
      starts.set(this.starts);
      this.starts = starts;
      const hashes = new Int32Array(starts.length);
      hashes.set(this.hashes);
      this.hashes = hashes;
    }
    this.starts[entry + 1] = to;
    this.hashes[entry] = hash;
    if (this.size * 2 > this.slots.length) this.rehash();
    else this.place(entry, hash);
    return entry;
  }

  private growArena(needed: number): void {
    const arena = new Uint8Array(Math.max(needed, this.arena.length * 2));
    arena.set(this.arena);
    this.arena = arena;
  }

  private rehash(): void {
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    for (let entry = 0; entry < this.size; entry++) this.place(entry, this.hashes[entry] as number);
  }

  private place(entry: number, hash: number): void {
    const mask = this.slots.length - 1;
    let slot = spread(hash) & mask;
    while (this.slots[slot] !== -1) slot = (slot + 1) & mask;
    this.slots[slot] = entry;
  }
}

/** FNV-1a over 32 bits. `HASH_SEED` and `HASH_PRIME` are for loops that hash while they scan. */
export function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = HASH_SEED;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ (bytes[i] as number), HASH_PRIME);
  return hash;
}

export const HASH_SEED: number = 0x811c9dc5 | 0;
export const HASH_PRIME: number = 0x01000193;

/** FNV's low bits are its weak ones, and the slots are chosen by low bits. */
function spread(hash: number): number {
  return hash ^ (hash >>> 15);
}
