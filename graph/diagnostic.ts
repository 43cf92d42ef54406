// What the user can cause: a stable code, a place and what to do next. Phases collect diagnostics and throw
// one InputError; anything else thrown is a bug of ours.

import type { Bytes } from "./bytes.ts";
import type { Code } from "./codes.ts";

/** A place in a file: byte offsets, end exclusive. Line and column are found when printing. */
export interface Span {
  readonly file: Bytes;
  readonly start: number;
  readonly end: number;
}

export interface Diagnostic {
  readonly code: Code;
  /** One clause, lower case, no full stop, foreign names in double quotes and decoded (`quoted`). */
  readonly message: string;
  readonly at?: Span;
  /** What to do next. */
  readonly hint?: string;
}

/** What ends the program when the input is wrong; carries everything a phase found. */
export class InputError extends Error {
  override readonly name = "InputError";
  readonly diagnostics: readonly Diagnostic[];
  /** Exit code for the whole: 1 wrong input, 2 wrong command line, 3 wrong environment. */
  readonly exitCode: 1 | 2 | 3;

  constructor(diagnostics: readonly Diagnostic[], exitCode: 1 | 2 | 3 = 1, options?: ErrorOptions) {
    super(diagnostics.map((d) => `${d.message} [${d.code}]`).join("\n"), options);
    this.diagnostics = diagnostics;
    this.exitCode = exitCode;
  }
}

/** Throws one diagnostic. */
export function fail(diagnostic: Diagnostic, exitCode: 1 | 2 | 3 = 1, options?: ErrorOptions): never {
  throw new InputError([diagnostic], exitCode, options);
}

/** For the `default` of a switch over a union: the compiler proves that no case is missing. */
export function unreachable(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
