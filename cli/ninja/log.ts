// What is remembered of earlier builds: the command behind each output, and the files a command was found to read
// (ninja: `.ninja_log` and `.ninja_deps`).

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { Edge } from "./node.ts";

export interface LogEntry {
  /** Of the command and its response file. */
  readonly command: Bytes;
  /** Milliseconds since the build began. */
  readonly start: number;
  readonly end: number;
  /** In the disk's unit: an input that is newer has changed since. */
  readonly mtime: number;
}

export interface RecordedDeps {
  /** Of the output that the record is of. */
  readonly mtime: number;
  readonly files: readonly Bytes[];
}

/** A directory whose list of names was read: no file of ninja's has such a name. */
export function isDirectoryName(path: Bytes): boolean {
  return path.endsWith("/");
}

export interface BuildLog {
  lookup(output: Bytes): LogEntry | undefined;
  record(output: Bytes, entry: LogEntry): void;
}

export interface DepsLog {
  lookup(output: Bytes): RecordedDeps | undefined;
  record(output: Bytes, deps: RecordedDeps): void;
  /** Outputs that have a record, in the order in which those were first made. */
  outputs(): Iterable<Bytes>;
}

/** Remembers until the program ends. */
export class MemoryLog<T> {
  readonly #entries = new Map<Bytes, T>();
  /** Something was recorded or removed since it was last set to false. */
  isChanged = false;

  lookup(output: Bytes): T | undefined {
    return this.#entries.get(output);
  }

  record(output: Bytes, entry: T): void {
    this.#entries.set(output, entry);
    this.isChanged = true;
  }

  remove(output: Bytes): void {
    if (this.#entries.delete(output)) this.isChanged = true;
  }

  outputs(): Iterable<Bytes> {
    return this.#entries.keys();
  }

  entries(): Iterable<[Bytes, T]> {
    return this.#entries;
  }
}

/** `salt` is what else a command depends on, beside its text. */
export function commandHash(edge: Edge, salt: Bytes): Bytes {
  const { commandHash: hash } = edge.state.factsOf(edge);
  return asBytes(salt === "" ? hash : `${hash} ${salt}`);
}

/** The first output whose recorded dependencies name a file. */
export function firstUser(deps: DepsLog, path: Bytes): Bytes | undefined {
  for (const output of deps.outputs()) if (deps.lookup(output)?.files.includes(path) === true) return output;
  return undefined;
}
