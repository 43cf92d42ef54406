// NAR, Nix's archive of one file system object: the tree that is hashed for source paths. Only what a store object
// can hold: contents, one executable bit, symlink targets, names. The reader is in nar-reader.ts.

import { createHash } from "node:crypto";
import { asBytes, type Bytes, compareBytes, toText } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";
import { sha256 } from "./hash.ts";
import { WireBuffer } from "./wire-buffer.ts";

/** File contents: in memory, or read when asked for. A function must give the same bytes each time. */
export type Contents = Bytes | Uint8Array | (() => Uint8Array);

export interface NarFile {
  readonly kind: "file";
  readonly executable: boolean;
  readonly contents: Contents;
}

export interface NarSymlink {
  readonly kind: "symlink";
  readonly target: Bytes;
}

export interface NarDirectory {
  readonly kind: "directory";
  /** In any order; the archive lists them bytewise. */
  readonly entries: ReadonlyMap<Bytes, NarNode>;
}

export type NarNode = NarDirectory | NarFile | NarSymlink;

export interface NarHash {
  /** sha256, lower-case hex. */
  readonly hex: Bytes;
  /** Length of the archive in bytes. */
  readonly size: number;
}

/** Deeper than any path a kernel takes: 4096 bytes, two per level. */
export const maxNarDepth = 2048;

/** Pieces grow to about this size before they are handed on, so that a large tree is never held as a whole. */
const pieceSize = 1 << 20;

/** The bytes of file contents. */
export function bytesOfContents(contents: Contents): Uint8Array {
  if (typeof contents === "string") return Buffer.from(contents, "latin1");
  return typeof contents === "function" ? contents() : contents;
}

/** The archive in one buffer. */
export function narOf(node: NarNode): Buffer {
  const pieces = [...narPieces(node)];
  const [first] = pieces;
  return pieces.length === 1 && Buffer.isBuffer(first) ? first : Buffer.concat(pieces);
}

/** The archive of one file. */
export function narOfFile(contents: Contents, executable = false): Buffer {
  return narOf({ kind: "file", executable, contents });
}

/** Hash and length of the archive; a large one is hashed piece by piece. */
export function narHash(node: NarNode): NarHash {
  const pieces = narPieces(node);
  const first = pieces.next();
  if (first.done === true) return { hex: sha256(asBytes("")), size: 0 };
  const second = pieces.next();
  // One call of `crypto.hash` is half the time of a Hash object, and nearly every object is one piece.
  if (second.done === true) return { hex: sha256(first.value), size: first.value.length };
  const hash = createHash("sha256").update(first.value).update(second.value);
  let size = first.value.length + second.value.length;
  for (const piece of pieces) {
    hash.update(piece);
    size += piece.length;
  }
  return { hex: asBytes(hash.digest("hex")), size };
}

/** The archive in order, in pieces of about a megabyte; a larger file is a piece of its own, not copied. */
export function* narPieces(root: NarNode): Generator<Uint8Array, void> {
  const out = new WireBuffer(firstCapacity(root));
  out.raw(magic);
  const open: {
    readonly names: readonly Bytes[];
    readonly entries: ReadonlyMap<Bytes, NarNode>;
    next: number;
  }[] = [];
  for (let node: NarNode | undefined = root; node !== undefined; ) {
    if (node.kind === "directory") {
      if (open.length >= maxNarDepth) fail(badNode(`directories are nested more than ${maxNarDepth} deep`));
      out.raw(directoryHead);
      open.push({ names: [...node.entries.keys()].sort(compareBytes), entries: node.entries, next: 0 });
    } else {
      if (node.kind === "symlink") {
        if (node.target === "" || node.target.includes("\0")) {
          fail(badNode(`"${toText(node.target)}" cannot be the target of a symlink`));
        }
        out.raw(symlinkHead);
        out.string(node.target);
      } else {
        out.raw(node.executable ? executableHead : fileHead);
        const contents = bytesOfContents(node.contents);
        out.number(contents.length);
        if (contents.length >= pieceSize) {
          yield out.take();
          yield contents;
        } else {
          out.raw(contents);
        }
        out.padding(contents.length);
      }
      out.raw(open.length > 0 ? closeTwo : closeOne);
    }
    if (out.size >= pieceSize) yield out.take();
    node = undefined;
    for (let top = open.at(-1); top !== undefined && node === undefined; top = open.at(-1)) {
      const name: Bytes | undefined = top.names[top.next++];
      if (name === undefined) {
        open.pop();
        out.raw(open.length > 0 ? closeTwo : closeOne);
      } else {
        checkEntryName(name);
        out.raw(entryHead);
        out.string(name);
        out.raw(entryNode);
        node = top.entries.get(name);
      }
    }
  }
  yield out.take();
}

/** Why a text cannot name a directory entry, or `undefined` when it can. */
export function entryNameProblem(name: Bytes): string | undefined {
  if (name === "") return "it is empty";
  if (name === "." || name === "..") return "it is a step in a path";
  if (name.includes("/")) return "it holds a slash";
  if (name.includes("\0")) return "it holds a NUL byte";
  return undefined;
}

function checkEntryName(name: Bytes): void {
  const problem = entryNameProblem(name);
  if (problem !== undefined) fail(badNode(`"${toText(name)}" cannot be the name of a file: ${problem}`));
}

function badNode(message: string): { code: "store/bad-tree"; message: string } {
  return { code: "store/bad-tree", message };
}

function narStrings(...texts: readonly string[]): Buffer {
  const out = new WireBuffer(256);
  for (const text of texts) out.string(text);
  return out.take();
}

/** A guess that spares most copies: an entry that is a symlink takes about 260 bytes. */
function firstCapacity(node: NarNode): number {
  if (node.kind === "directory") return 256 + Math.min(node.entries.size * 288, pieceSize);
  if (node.kind === "symlink" || typeof node.contents === "function") return 1024;
  return 256 + Math.min(node.contents.length, pieceSize);
}

const magic: Buffer = narStrings("nix-archive-1");
const fileHead: Buffer = narStrings("(", "type", "regular", "contents");
const executableHead: Buffer = narStrings("(", "type", "regular", "executable", "", "contents");
const symlinkHead: Buffer = narStrings("(", "type", "symlink", "target");
const directoryHead: Buffer = narStrings("(", "type", "directory");
const entryHead: Buffer = narStrings("entry", "(", "name");
const entryNode: Buffer = narStrings("node");
const closeOne: Buffer = narStrings(")");
const closeTwo: Buffer = narStrings(")", ")");

/** Where the contents begin in the archive of one plain file. */
export const fileContentsAt: number = magic.length + fileHead.length + 8;
