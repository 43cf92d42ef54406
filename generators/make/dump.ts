// The Make dump: what a capture recorded, as plain data. docs/make.md has the format.

import type { Bytes } from "../../graph/bytes.ts";
import type { Span } from "../../graph/diagnostic.ts";

/** The only version of the format. */
export const dumpVersion = 1;

export interface MakeDump {
  /** The first line of `make --version`. */
  readonly version: Bytes;
  /** Absolute: the source tree. */
  readonly root: Bytes;
  /** Absolute: where the first make ran. */
  readonly directory: Bytes;
  /** What ran the recipe lines; `$(SHELL)` in them is this. */
  readonly shell: Bytes;
  /** What make was given on its command line. */
  readonly arguments: readonly Bytes[];
  readonly environments: ReadonlyMap<number, DumpEnvironment>;
  readonly makes: ReadonlyMap<number, DumpMake>;
  /** In the order in which make ran them. */
  readonly lines: readonly DumpLine[];
  readonly functions: readonly DumpFunction[];
  readonly rules: readonly DumpRule[];
  /** Relative to the root: files that are there since and that no recipe line is for. */
  readonly files: readonly Bytes[];
  /** Likewise directories. */
  readonly directories: readonly Bytes[];
  readonly span: Span;
}

/** The difference to the environment that the capture was started with. */
export interface DumpEnvironment {
  readonly set: readonly (readonly [name: Bytes, value: Bytes])[];
  readonly unset: readonly Bytes[];
}

export interface DumpMake {
  readonly id: number;
  /** The recipe line that started it; 0 for the first. */
  readonly line: number;
  /** Absolute. */
  readonly directory: Bytes;
  readonly arguments: readonly Bytes[];
  /** Options of `set` that its makefile gives to the shell (`-e -o pipefail`). */
  readonly options?: Bytes;
  readonly span: Span;
}

/** "no": not run, its target was touched. "failed": run, and treated as not run. "make": it calls make again. */
export type Ran = "yes" | "no" | "failed" | "make";

/** A recipe line, expanded by make. */
export interface DumpLine {
  readonly id: number;
  readonly make: number;
  /** How often make had read its makefiles again. */
  readonly restart: number;
  readonly directory: Bytes;
  readonly target: Bytes;
  readonly prerequisites: readonly Bytes[];
  readonly orderOnly: readonly Bytes[];
  /** Files beside the target that it makes. */
  readonly also: readonly Bytes[];
  readonly environment: number;
  readonly ran: Ran;
  readonly status: number;
  /** It was run, and the target, which was there before, stayed as it was. */
  readonly isLeft: boolean;
  /** It was run, and there is no such file afterwards. */
  readonly isAbsent: boolean;
  readonly command: Bytes;
  readonly span: Span;
}

/** A `$(shell)` function call. */
export interface DumpFunction {
  readonly make: number;
  readonly target?: Bytes;
  readonly command: Bytes;
  readonly span: Span;
}

/** A rule of make's database: those without recipe, phonies, makers of several files, and ignored errors. */
export interface DumpRule {
  readonly make: number;
  readonly target: Bytes;
  readonly isPhony: boolean;
  /** No such file when everything else was made. */
  readonly isMissing: boolean;
  readonly prerequisites: readonly Bytes[];
  readonly orderOnly: readonly Bytes[];
  readonly also: readonly Bytes[];
  /** As the makefile has it; empty unless a line's errors are ignored. */
  readonly recipe: readonly Bytes[];
  readonly span: Span;
}
