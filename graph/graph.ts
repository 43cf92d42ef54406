// The build graph: files and the steps between them, whatever the ecosystem it came from. Plain data; ids are
// indexes into the arrays, so a graph of a million files is two arrays.

import type { Bytes } from "./bytes.ts";
import type { Span } from "./diagnostic.ts";

export type FileId = number & { readonly __file: never };
export type StepId = number & { readonly __step: never };

/** Ids in declaration order; typed arrays and plain arrays both fit. Repeats are kept as declared. */
export interface FileIds extends Iterable<FileId> {
  readonly length: number;
  readonly [index: number]: FileId;
}

/** One command that makes files (a Ninja edge, a Make recipe, a rustc unit, an npm package). */
export interface Step {
  readonly id: StepId;
  /** The rule it was declared with; "phony" for a step without a command. */
  readonly rule: Bytes;
  readonly isPhony: boolean;
  /** Explicit outputs first, then implicit ones. */
  readonly outputs: FileIds;
  readonly explicitOutputs: number;
  /** Explicit inputs first, then implicit ones. */
  readonly inputs: FileIds;
  readonly explicitInputs: number;
  /** Order-only: must be built first, but a change to it alone does not rerun the step. */
  readonly after: FileIds;
  /** Built whenever this step is wanted; neither waits for the other. */
  readonly validations: FileIds;
  readonly declaredAt: Span;
}

/** What a step runs. Evaluated when asked: the commands of Chromium's graph are 2.6 GB of text. */
export interface Recipe {
  /** For `/bin/sh -c`, in the build directory. */
  readonly command: Bytes;
  /** For people; empty when the graph has none. */
  readonly description: Bytes;
  /** File the command writes its dependencies to, Make syntax. */
  readonly depfile?: Bytes;
  /** "gcc" or "msvc": the depfile is read and removed by the build tool. */
  readonly deps?: Bytes;
  readonly dyndep?: FileId;
  readonly responseFile?: { readonly path: Bytes; readonly content: Bytes };
  /** Pool name; "" is the unlimited default, "console" owns the terminal. */
  readonly pool: Bytes;
  /** Outputs may stay as they were; content addressing gives this for free. */
  readonly restat: boolean;
  /** Re-runs the configure step; never run inside a build. */
  readonly generator: boolean;
  /** Outputs that the command may or may not make. */
  readonly guessedOutputs?: readonly FileId[];
  /** Directories that the command expects and that nothing else here is in; as `files` are written. */
  readonly directories?: readonly Bytes[];
  /** What the command writes is not declared: all of it belongs to the first output. */
  readonly keepsAll?: boolean;
  /** Why this is one step where the original tool has several commands. */
  readonly note?: Bytes;
}

export interface BuildGraph {
  /** `FileId` -> path as the frontend writes it, canonical, unique. Relative to the build directory unless absolute. */
  readonly files: readonly Bytes[];
  readonly steps: readonly Step[];
  /** What is built when nothing is asked for, in order. */
  readonly defaults: readonly FileId[];
  /** Pool name -> depth, 0 is unlimited. */
  readonly pools: ReadonlyMap<Bytes, number>;
  /** The step that makes a file; `undefined` for a source. */
  producerOf(file: FileId): Step | undefined;
  /** The id of a canonical path, if the graph knows it. */
  fileNamed(path: Bytes): FileId | undefined;
  recipeOf(step: Step): Recipe;
  /** What the recipe says, where a graph can tell without the rest of it. */
  isGenerator?(step: Step): boolean;
}
