// What is remembered between runs, in one file of the build directory: files with their hashes, commands, and what
// was read. Losing it costs time, never correctness.

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { asBytes, type Bytes, fromBuffer, toBuffer } from "../../graph/bytes.ts";
import { readIfThere } from "../files.ts";
import { writing } from "../writing.ts";
import type { FileRow } from "./content-disk.ts";
import { type LogEntry, MemoryLog, type RecordedDeps } from "./log.ts";

export interface Remembered {
  readonly files: Map<Bytes, FileRow>;
  readonly buildLog: MemoryLog<LogEntry>;
  readonly depsLog: MemoryLog<RecordedDeps>;
  /** What commands ran with, beside their text. */
  salt: Bytes;
}

const format = "unravel-ninja 2";

type Row = readonly (number | string)[];

interface Stored {
  readonly format: string;
  readonly salt: string;
  /** Names, which the other fields give by number. */
  readonly names: readonly string[];
  /** Name, inode, size, modified, changed, hash, time, 1 for what a step made. */
  readonly files: readonly Row[];
  /** Name, command, start, end, time. */
  readonly log: readonly Row[];
  /** Name, time, names of what was read. */
  readonly deps: readonly (readonly [number, number, readonly number[]])[];
}

/** A file that cannot be read counts as empty. */
export function loadState(file: string): Remembered {
  const result: Remembered = {
    files: new Map(),
    buildLog: new MemoryLog(),
    depsLog: new MemoryLog(),
    salt: asBytes(""),
  };
  const stored = parse(readIfThere(file));
  if (stored === undefined) return result;
  const name = (index: number | string | undefined): Bytes => asBytes(stored.names[Number(index)] ?? "");
  for (const [path, inode, size, modified, changed, hash, time, isMade] of stored.files) {
    result.files.set(name(path), {
      inode: Number(inode),
      size: Number(size),
      modified: Number(modified),
      changed: Number(changed),
      hash: asBytes(String(hash)),
      time: Number(time),
      isMade: isMade === 1,
    });
  }
  for (const [path, command, start, end, mtime] of stored.log) {
    const entry = {
      command: asBytes(String(command)),
      start: Number(start),
      end: Number(end),
      mtime: Number(mtime),
    };
    result.buildLog.record(name(path), entry);
  }
  for (const [path, mtime, files] of stored.deps)
    result.depsLog.record(name(path), { mtime, files: files.map(name) });
  result.salt = asBytes(stored.salt);
  result.buildLog.isChanged = false;
  result.depsLog.isChanged = false;
  return result;
}

export async function saveState(file: string, { files, buildLog, depsLog, salt }: Remembered): Promise<void> {
  const numbers = new Map<Bytes, number>();
  const number = (path: Bytes): number => {
    const known = numbers.get(path) ?? numbers.size;
    numbers.set(path, known);
    return known;
  };
  const fileRows = [...files].map(([path, row]): Row => {
    const { inode, size, modified, changed, hash, time, isMade } = row;
    return [number(path), inode, size, modified, changed, hash, time, isMade ? 1 : 0];
  });
  const log = [...buildLog.entries()].map(
    ([path, { command, start, end, mtime }]): Row => [number(path), command, start, end, mtime],
  );
  const deps = [...depsLog.entries()].map(
    ([path, recorded]) => [number(path), recorded.mtime, recorded.files.map(number)] as const,
  );
  const stored: Stored = { format, salt, names: [...numbers.keys()], files: fileRows, log, deps };
  await writing(file, () => {
    mkdirSync(dirname(file), { recursive: true });
    const partial = `${file}.${process.pid}`;
    writeFileSync(partial, toBuffer(asBytes(JSON.stringify(stored))));
    renameSync(partial, file);
  });
}

/** Written by ourselves, whole or not at all: what begins as it should is not looked at further. */
function parse(text: Buffer | undefined): Stored | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(fromBuffer(text));
    const isOurs =
      typeof value === "object" && value !== null && "format" in value && value.format === format;
    return isOurs ? (value as Stored) : undefined;
  } catch {
    return undefined;
  }
}
