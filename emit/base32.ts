// Nix's own base 32: the digits of the bytes read as one little-endian number, highest digit first. Not RFC 4648:
// other alphabet, other bit order. Raw bytes are latin1 `Bytes`, one char per byte.

import { asBytes, type Bytes, fromBuffer } from "../graph/bytes.ts";

/** No e, o, u, t: Nix leaves them out so that a hash spells no word. */
const alphabet = "0123456789abcdfghijklmnpqrsvwxyz";

/** Char code -> digit, -1 for a char outside the alphabet. */
const digits: Int8Array = new Int8Array(256).fill(-1);
for (let i = 0; i < alphabet.length; i++) digits[alphabet.charCodeAt(i)] = i;

/** How many chars stand for `size` bytes: 32 for 20 bytes, 52 for 32. */
export function nix32Length(size: number): number {
  return Math.ceil((size * 8) / 5);
}

/** Digits are put together here: a string that grows char by char is a tree of 52 nodes, which costs ten times as much. */
const scratch: Buffer = Buffer.alloc(128);

/** Prints raw bytes as Nix prints hashes: 64 bytes at most. */
export function nix32(raw: Bytes): Bytes {
  const length = nix32Length(raw.length);
  if (length > scratch.length) throw new RangeError(`${raw.length} bytes are no hash`);
  for (let at = length - 1; at >= 0; at--) {
    const bit = at * 5;
    const byte = bit >> 3;
    const shift = bit & 7;
    // charCodeAt past the end is NaN, and NaN << n is 0: the bits above the last byte.
    const digit = ((raw.charCodeAt(byte) >> shift) | (raw.charCodeAt(byte + 1) << (8 - shift))) & 31;
    scratch[length - 1 - at] = alphabet.charCodeAt(digit);
  }
  return asBytes(scratch.toString("latin1", 0, length));
}

/** Reads the raw bytes back; `undefined` for a wrong char, a wrong length or bits beyond the last byte. */
export function parseNix32(text: Bytes): Bytes | undefined {
  const size = Math.floor((text.length * 5) / 8);
  if (nix32Length(size) !== text.length) return undefined;
  const raw = new Uint8Array(size);
  for (let at = 0; at < text.length; at++) {
    const digit = digits[text.charCodeAt(text.length - 1 - at)] ?? -1;
    if (digit < 0) return undefined;
    const bit = at * 5;
    const byte = bit >> 3;
    const shift = bit & 7;
    const low = (digit << shift) & 0xff;
    const carry = digit >> (8 - shift);
    raw[byte] = (raw[byte] ?? 0) | low;
    if (carry === 0) continue;
    if (byte + 1 >= size) return undefined;
    raw[byte + 1] = carry;
  }
  return fromBuffer(raw);
}

/** Whether every char is a digit of the alphabet; says nothing about the length. */
export function isNix32(text: string): boolean {
  for (let i = 0; i < text.length; i++) if ((digits[text.charCodeAt(i)] ?? -1) < 0) return false;
  return true;
}
