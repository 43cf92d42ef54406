// File names of a graph. A name is looked up as it is spelled, so canonicalising happens once per spelling and
// not once per use.

import { asBytes, type Bytes, fromBuffer, toBuffer } from "../../graph/bytes.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { ByteTable, hashOf } from "./byte-table.ts";
import { IntVector } from "./int-vector.ts";

/** Well below the longest string of any JavaScript engine this runs on. */
const MAX_STRING = 1 << 28;
const SLASH = 0x2f;
const DOT = 0x2e;

export class PathTable {
  /** Every spelling seen, canonical or not. */
  readonly spellings: ByteTable = new ByteTable();
  /** Spelling -> file. */
  fileOf: Int32Array = new Int32Array(1 << 8);
  /**
   * Spelling -> the spelling that came after it last time, or -1. Generators repeat their lists: comparing with
   * this guess first is one pass over the bytes instead of scanning, hashing and comparing them.
   */
  follower: Int32Array = new Int32Array(1 << 8).fill(-1);
  /** File -> its canonical spelling. */
  private readonly canonical = new IntVector();

  get fileCount(): number {
    return this.canonical.length;
  }

  nameOf(file: number): Bytes {
    return this.spellings.text(this.canonical.at(file));
  }

  /** All names, by file. Slices of one string: decoding them one by one takes ten times as long. */
  names(): Bytes[] {
    const { starts, arena, size } = this.spellings;
    const length = starts[size] as number;
    const all = length > MAX_STRING ? undefined : fromBuffer(arena.subarray(0, length));
    const names: Bytes[] = [];
    for (let file = 0; file < this.fileCount; file++) {
      const spelling = this.canonical.at(file);
      const name = all?.slice(starts[spelling], starts[spelling + 1]);
      names.push(name === undefined ? this.nameOf(file) : asBytes(name));
    }
    return names;
  }

  /** The file that `bytes[start .. end)` names; not empty. */
  intern(bytes: Uint8Array, start: number, end: number): number {
    // In two steps: interning may replace the array.
    const spelling = this.internSpelling(bytes, start, end, hashOf(bytes, start, end));
    return this.fileOf[spelling] as number;
  }

  /** The file with exactly this canonical name, or -1. */
  find(name: Bytes): number {
    const bytes = new Uint8Array(toBuffer(name));
    const spelling = this.spellings.find(bytes, 0, bytes.length);
    if (spelling === -1) return -1;
    const file = this.fileOf[spelling] as number;
    return this.canonical.at(file) === spelling ? file : -1;
  }

  /** The spelling `bytes[start .. end)`, whose file is known afterwards. */
  internSpelling(bytes: Uint8Array, start: number, end: number, hash: number): number {
    const { spellings } = this;
    const before = spellings.size;
    const spelling = spellings.internHashed(bytes, start, end, hash);
    if (spelling === before) this.resolve(spelling, bytes, start, end);
    return spelling;
  }

  private resolve(spelling: number, bytes: Uint8Array, start: number, end: number): void {
    if (spelling >= this.fileOf.length) this.grow();
    let file = -1;
    if (mayNeedFolding(bytes, start, end)) {
      const name = fromBuffer(bytes.subarray(start, end));
      const folded = canonicalizePath(name);
      if (folded !== name) {
        const other = new Uint8Array(toBuffer(folded));
        file = this.intern(other, 0, other.length);
      }
    }
    if (file === -1) {
      file = this.canonical.length;
      this.canonical.push(spelling);
    }
    this.fileOf[spelling] = file;
  }

  private grow(): void {
    const fileOf = new Int32Array(this.fileOf.length * 2);
    fileOf.set(this.fileOf);
    this.fileOf = fileOf;
    const follower = new Int32Array(fileOf.length).fill(-1);
    follower.set(this.follower);
    this.follower = follower;
  }
}

/** False where no part is empty, `.` or `..`, apart from leading `../`. */
function mayNeedFolding(bytes: Uint8Array, start: number, end: number): boolean {
  let p = start;
  while (p + 2 < end && bytes[p] === DOT && bytes[p + 1] === DOT && bytes[p + 2] === SLASH) p += 3;
  // A leading slash is the root; any other slash must be followed by a part that does not start with a dot.
  if (bytes[p] === DOT || (p > start && bytes[p] === SLASH) || p === end) return true;
  for (; p < end; p++) {
    if (bytes[p] !== SLASH) continue;
    if (p + 1 === end || bytes[p + 1] === SLASH || bytes[p + 1] === DOT) return true;
  }
  return false;
}
