// The disk by contents: a file counts as changed when its contents did, whatever its times say. Times are kept all
// the same, because ninja's procedure compares them; a file that was only touched keeps the time that it had.
//
// What a step made in the sandbox and somebody else changed counts as missing, so that it is made again.

import { readdirSync, readFileSync, type Stats, writeFileSync } from "node:fs";
import { hashHex } from "../../emit/hash.ts";
import { asBytes, type Bytes, fromBuffer } from "../../graph/bytes.ts";
import type { Disk } from "./disk.ts";
import { RealDisk } from "./disk.ts";

/** By which an untouched file is known. Numbers, not one text: to make a text of them costs more than to ask for them. */
export interface Stamp {
  readonly inode: number;
  readonly size: number;
  /** Milliseconds; -1 when the contents are to be read again. */
  readonly modified: number;
  readonly changed: number;
}

export interface FileRow extends Stamp {
  readonly hash: Bytes;
  /** Microseconds: when the contents became what they are. */
  readonly time: number;
  /** A step made it in the sandbox. */
  readonly isMade: boolean;
}

/** A write within this many milliseconds of another may leave the same times. */
const tick = 50;

export class ContentDisk extends RealDisk implements Disk {
  readonly #rows: Map<Bytes, FileRow>;
  readonly #clockFile: string;
  /** The time given to files that changed since the last run. */
  #detected: number | undefined;
  #latest = 0;
  #isChanged = false;

  /** `rows` is kept up to date. `clockFile` is absolute; writing it tells the time. */
  constructor(directory: string, rows: Map<Bytes, FileRow>, clockFile: string) {
    super(directory);
    this.#rows = rows;
    this.#clockFile = clockFile;
    for (const { time } of rows.values()) this.#latest = Math.max(this.#latest, time);
  }

  /** Rows differ from those that were given. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  override stat(path: Bytes): number {
    const stats = this.statsOf(path);
    if (stats === undefined) return 0;
    const row = this.#rows.get(path);
    if (row !== undefined && isSame(row, stats)) return row.time;
    const hash = this.#hash(path, stats);
    if (row?.hash === hash) return this.#put(path, { ...row, ...stampOf(stats) });
    if (row?.isMade === true) return 0;
    const time = row === undefined ? this.#firstTime(stats) : this.#detectedNow();
    return this.#put(path, { ...stampOf(stats), hash, time, isMade: false });
  }

  /** The time by the clock that stamps files, later than any that was told before. */
  clock(): number {
    let now = Date.now() * 1000;
    try {
      writeFileSync(this.#clockFile, "");
      now = super.stat(asBytes(this.#clockFile));
    } catch {
      // Nothing can be written here: then nothing is built here either.
    }
    this.#latest = Math.max(this.#latest + 1, now);
    return this.#latest;
  }

  /** A step has made the file, or found it as it should be. */
  noteMade(path: Bytes): void {
    const stats = this.statsOf(path);
    const row = this.#rows.get(path);
    if (stats === undefined) {
      this.#rows.delete(path);
      return;
    }
    const hash = this.#hash(path, stats);
    const time = row?.hash === hash ? row.time : this.clock();
    this.#put(path, { ...stampOf(stats), hash, time, isMade: true });
  }

  /** A file that was written again counts as changed, whatever is in it: so ninja knows that its maker has run. */
  noteRun(path: Bytes): void {
    const stats = this.statsOf(path);
    const row = this.#rows.get(path);
    if (stats === undefined || (row !== undefined && isSame(row, stats))) return;
    const time = Math.max(Math.floor(stats.mtimeMs * 1000), row?.time ?? 0);
    this.#put(path, { ...stampOf(stats), hash: this.#hash(path, stats), time, isMade: false });
  }

  /** A step has read the file since a time, in milliseconds: if it changed after that, it is taken as changed. */
  noteRead(path: Bytes, since: number): void {
    if (this.#rows.has(path)) return;
    const stats = this.statsOf(path);
    if (stats === undefined) return;
    const isOld = Math.max(stats.mtimeMs, stats.ctimeMs) < since - tick;
    const hash = isOld ? this.#hash(path, stats) : asBytes("");
    const stamp = stampOf(stats);
    const modified = isOld ? stamp.modified : -1;
    this.#put(path, { ...stamp, modified, hash, time: this.#firstTime(stats), isMade: false });
  }

  /** Takes a file as it is, whoever made it; returns its time. */
  accept(path: Bytes): number {
    const row = this.#rows.get(path);
    if (row?.isMade === true) this.#put(path, { ...row, isMade: false });
    return this.stat(path);
  }

  #put(path: Bytes, row: FileRow): number {
    this.#rows.set(path, row);
    this.#isChanged = true;
    this.#latest = Math.max(this.#latest, row.time);
    return row.time;
  }

  /** As ninja would see it, but not in the future. */
  #firstTime(stats: Stats): number {
    return Math.max(1, Math.min(Math.floor(stats.mtimeMs * 1000), Date.now() * 1000));
  }

  #detectedNow(): number {
    this.#detected ??= this.clock();
    return this.#detected;
  }

  #hash(path: Bytes, stats: Stats): Bytes {
    const place = this.placeOf(path);
    if (stats.isDirectory())
      return asBytes(hashHex("sha256", asBytes(namesIn(place).join("\0"))).slice(0, 32));
    return asBytes(hashHex("sha256", readFileSync(place)).slice(0, 32));
  }
}

/** What editors put beside the files that they change is left out. */
function namesIn(directory: Buffer | string): readonly Bytes[] {
  return readdirSync(directory, { encoding: "buffer" })
    .map(fromBuffer)
    .filter((name) => !/^\.|^#|~$|\.(orig|rej|swp|tmp)$/.test(name))
    .sort();
}

function isSame(row: Stamp, stats: Stats): boolean {
  return (
    row.modified === stats.mtimeMs &&
    row.changed === stats.ctimeMs &&
    row.size === stats.size &&
    row.inode === stats.ino
  );
}

/** A file that may change once more without other times is not trusted. */
function stampOf({ ino, size, mtimeMs, ctimeMs }: Stats): Stamp {
  const isFresh = Date.now() - Math.max(mtimeMs, ctimeMs) < tick;
  return { inode: ino, size, modified: isFresh ? -1 : mtimeMs, changed: ctimeMs };
}
