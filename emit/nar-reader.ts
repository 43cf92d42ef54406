// Reads a NAR back into a tree, as strictly as Nix does: sorted entries, zero padding, no name that could leave the
// directory. Any bytes give a tree or an InputError that says at which byte it went wrong.

import { asBytes, type Bytes, fromBuffer, toText } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";
import { entryNameProblem, maxNarDepth, type NarNode } from "./nar.ts";

/** Longest name or target that is read: PATH_MAX of Linux. */
const maxText = 4096;

/** `file` names the archive in errors. File contents are views of `archive`, not copies. */
export function parseNar(archive: Uint8Array, file: Bytes = asBytes("archive.nar")): NarNode {
  const reader = new Reader(archive, file);
  reader.expect("nix-archive-1");
  const node = readNode(reader, 0);
  reader.end();
  return node;
}

function readNode(reader: Reader, depth: number): NarNode {
  if (depth > maxNarDepth) reader.fail(`directories are nested more than ${maxNarDepth} deep`);
  reader.expect("(");
  reader.expect("type");
  const type = reader.token();
  switch (type) {
    case "regular": {
      const tag = reader.token();
      const executable = tag === "executable";
      if (executable) {
        reader.expect("");
        reader.expect("contents");
      } else if (tag !== "contents") {
        reader.fail(`"${toText(tag)}" stands where "contents" is wanted`);
      }
      const contents = reader.blob();
      reader.expect(")");
      return { kind: "file", executable, contents };
    }
    case "symlink": {
      reader.expect("target");
      const target = reader.token();
      if (target === "" || target.includes("\0"))
        reader.fail("the target of a symlink is empty or holds a NUL byte");
      reader.expect(")");
      return { kind: "symlink", target };
    }
    case "directory":
      return { kind: "directory", entries: readEntries(reader, depth) };
    default:
      return reader.fail(`there is no file type "${toText(type)}"`);
  }
}

function readEntries(reader: Reader, depth: number): ReadonlyMap<Bytes, NarNode> {
  const entries = new Map<Bytes, NarNode>();
  let previous = "";
  for (let tag = reader.token(); tag !== ")"; tag = reader.token()) {
    if (tag !== "entry") reader.fail(`"${toText(tag)}" stands where an entry is wanted`);
    reader.expect("(");
    reader.expect("name");
    const name = reader.token();
    const problem = entryNameProblem(name);
    if (problem !== undefined) reader.fail(`"${toText(name)}" cannot be the name of a file: ${problem}`);
    if (name <= previous)
      reader.fail(`"${toText(name)}" comes after "${toText(asBytes(previous))}": not sorted`);
    previous = name;
    reader.expect("node");
    entries.set(name, readNode(reader, depth + 1));
    reader.expect(")");
  }
  return entries;
}

/** A place in the archive; it never reads past the end. */
class Reader {
  readonly #bytes: Buffer;
  readonly #file: Bytes;
  #at = 0;
  /** Where the string that was read last begins: what an error points at. */
  #last = 0;

  constructor(archive: Uint8Array, file: Bytes) {
    this.#bytes = Buffer.from(archive.buffer, archive.byteOffset, archive.byteLength);
    this.#file = file;
  }

  expect(text: string): void {
    const found = this.token();
    if (found !== text) this.fail(`"${toText(found)}" stands where "${text}" is wanted`);
  }

  token(): Bytes {
    const blob = this.blob(maxText);
    return fromBuffer(blob);
  }

  blob(limit: number = Number.POSITIVE_INFINITY): Buffer {
    this.#last = this.#at;
    const bytes = this.#bytes;
    if (this.#at + 8 > bytes.length) this.fail("it ends in the middle");
    const size = bytes.readUInt32LE(this.#at) + bytes.readUInt32LE(this.#at + 4) * 0x1_0000_0000;
    const start = this.#at + 8;
    if (size > limit) this.fail(`a name or tag is ${size} bytes long, ${limit} are allowed`);
    const end = start + size;
    const next = start + Math.ceil(size / 8) * 8;
    if (next > bytes.length) this.fail("it ends in the middle");
    for (let i = end; i < next; i++) if (bytes[i] !== 0) this.fail("padding is not zero");
    this.#at = next;
    return bytes.subarray(start, end);
  }

  end(): void {
    this.#last = this.#at;
    if (this.#at !== this.#bytes.length) this.fail("something follows the archive");
  }

  fail(why: string): never {
    return fail({
      code: "store/bad-nar",
      message: `not a NAR: ${why}`,
      at: { file: this.#file, start: this.#last, end: Math.max(this.#at, this.#last) },
      hint: "make it again, as `nix-store --dump` does",
    });
  }
}
