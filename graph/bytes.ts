// Text whose every char is one byte. Nix, ninja and compilers all speak bytes; a JavaScript string that
// holds one byte per char survives a file that is not UTF-8, sorts as Nix sorts, and slices for free.

/** A latin1 string: every char code is 0..255 and stands for that byte. */
export type Bytes = string & { readonly __bytes: never };

/** Reads bytes as they are. */
export function fromBuffer(buffer: Uint8Array): Bytes {
  return Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength).toString("latin1") as Bytes;
}

/** The bytes themselves, for hashing and writing. */
export function toBuffer(bytes: Bytes): Buffer {
  return Buffer.from(bytes, "latin1");
}

/** Text that the program itself made or a person typed: encoded as UTF-8, one char per byte. */
export function fromText(text: string): Bytes {
  // Pure ASCII is its own UTF-8: the common case costs one scan and no copy.
  return isAscii(text) ? (text as Bytes) : (Buffer.from(text, "utf8").toString("latin1") as Bytes);
}

/** For people: UTF-8 where it is valid, the bytes above 0x7f as U+FFFD elsewhere. Never parse the result. */
export function toText(bytes: Bytes): string {
  return isAscii(bytes) ? bytes : Buffer.from(bytes, "latin1").toString("utf8");
}

/** A foreign name in a message for people. */
export function quoted(name: Bytes): string {
  return `"${toText(name)}"`;
}

/** A string built from `Bytes` by slicing, joining or ASCII literals: still one byte per char. */
export function asBytes(latin1: string): Bytes {
  return latin1 as Bytes;
}

/** Bytewise order, as C++ `std::string` compares: what Nix sorts lists with. */
export function compareBytes(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function isAscii(text: string): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) > 0x7f) return false;
  return true;
}
