// What a command may do to the world outside files: print, read the environment, be interrupted. `main.ts` makes
// one from the process; tests make their own.

import { isAbsolute, join, relative, resolve } from "node:path";
import { type Bytes, fromBuffer, fromText, toText } from "../graph/bytes.ts";
import { readIfThere } from "./files.ts";

export interface Io {
  /** The result. Waits while the reader is slower than the writer; rejects with {@link PipeClosed}. */
  readonly out: (text: string | Uint8Array) => Promise<void>;
  /** Everything else: progress and diagnostics. */
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Absolute; what relative paths of the command line are relative to. */
  readonly cwd: string;
  readonly readStdin: () => Promise<Uint8Array>;
  /** Standard input as it comes, where that can be had. */
  readonly stdinChunks?: () => AsyncIterable<Uint8Array>;
  /** Whether `err` is a terminal, on which a line can be written over. */
  readonly isTerminal: boolean;
  /** Columns of that terminal. */
  readonly columns: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** The reader of standard output is gone: nothing is left to do, and nothing is wrong. */
export class PipeClosed extends Error {
  override readonly name = "PipeClosed";
}

/** Ends a command that Ctrl-C stopped. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
}

/** One run of one command. */
export interface Session {
  readonly io: Io;
  /** Diagnostics are printed as JSON. */
  isJson: boolean;
  /** Where the paths in spans are relative to; the working directory unless a command says otherwise. */
  spanBase: string;
}

export function openSession(io: Io): Session {
  return { io, isJson: false, spanBase: io.cwd };
}

export function colorOf(io: Io): boolean {
  return io.isTerminal && (io.env["NO_COLOR"] ?? "") === "" && io.env["TERM"] !== "dumb";
}

/** How a file that a span names is shown: relative to the working directory when it is below it. */
export function shownFile(session: Session, file: Bytes): Bytes {
  const path = toText(file);
  const full = resolve(session.spanBase, path);
  const short = relative(session.io.cwd, full);
  return fromText(short === "" || short.startsWith("..") || isAbsolute(short) ? full : short);
}

/** The contents of a file named by `shownFile`. */
export function readShown(session: Session, file: Bytes): Bytes | undefined {
  const contents = readIfThere(join(isAbsolute(toText(file)) ? "/" : session.io.cwd, toText(file)));
  return contents === undefined ? undefined : fromBuffer(contents);
}
