// Remembers which store path each file of the build directory was copied from, so that a build with nothing to do
// reads nothing. Losing the record costs time, never correctness.

import { lstatSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { asBytes, type Bytes, compareBytes, fromBuffer, toBuffer } from "../../graph/bytes.ts";
import { readIfThere } from "../files.ts";
import { stateDirectory } from "../state-directory.ts";

interface Row {
  readonly store: Bytes;
  /** Inode, size, modification and change time: a file that anybody touched has others. */
  readonly stamp: string;
}

const head = "unravel-links 1";

export class LinkRecord {
  readonly #directory: string;
  readonly #rows: Map<Bytes, Row>;
  #isChanged = false;

  private constructor(directory: string, rows: Map<Bytes, Row>) {
    this.#directory = directory;
    this.#rows = rows;
  }

  /** A record that cannot be read counts as empty. */
  static open(buildDirectory: string): LinkRecord {
    const directory = join(buildDirectory, stateDirectory);
    const rows = new Map<Bytes, Row>();
    const text = readIfThere(join(directory, "links"));
    // NUL-terminated fields: a path may hold any other byte.
    const fields = text === undefined ? [] : fromBuffer(text).split("\0");
    if (fields[0] === head) {
      for (let i = 1; i + 2 < fields.length; i += 3) {
        rows.set(asBytes(fields[i] ?? ""), {
          store: asBytes(fields[i + 1] ?? ""),
          stamp: fields[i + 2] ?? "",
        });
      }
    }
    return new LinkRecord(directory, rows);
  }

  /** The file at `place` is the one that was copied from `store`, untouched. */
  isCurrent(path: Bytes, store: Bytes, place: Buffer): boolean {
    const row = this.#rows.get(path);
    return row?.store === store && row.stamp === stampOf(place);
  }

  remember(path: Bytes, store: Bytes, place: Buffer): void {
    const stamp = stampOf(place);
    if (stamp === undefined) this.#rows.delete(path);
    else this.#rows.set(path, { store, stamp });
    this.#isChanged = true;
  }

  save(): void {
    if (!this.#isChanged) return;
    const rows = [...this.#rows].sort(([a], [b]) => compareBytes(a, b));
    const text = `${head}\0${rows.map(([path, row]) => `${path}\0${row.store}\0${row.stamp}\0`).join("")}`;
    mkdirSync(this.#directory, { recursive: true });
    writeFileSync(join(this.#directory, "links.part"), toBuffer(asBytes(text)));
    renameSync(join(this.#directory, "links.part"), join(this.#directory, "links"));
  }
}

/** `undefined` for what has no stamp: a directory says nothing about the files in it. */
function stampOf(place: Buffer): string | undefined {
  const stat = lstatSync(place, { bigint: true, throwIfNoEntry: false });
  if (stat === undefined || stat.isDirectory()) return undefined;
  return `${stat.ino} ${stat.size} ${stat.mode} ${stat.mtimeNs} ${stat.ctimeNs}`;
}
