// The record of a build: lines of JSON, written while it goes on, so that one which was cut off still tells what
// was done until then. This is its form; recorder.ts writes it, read-record.ts reads it.

/** The first line. */
export interface RecordHead {
  readonly unravelRecord: 1;
  readonly name: string;
  /** RFC 3339. */
  readonly at: string;
  /** Steps that could be built at a time. */
  readonly jobs: number;
}

/** Announces steps; a later phase announces its own, and the same derivation is the same step. */
export interface RecordedPlan {
  readonly plan: {
    /** Where commands run, relative to the root of the tree. */
    readonly directory: string;
    /** Absolute path of the tree when steps run. */
    readonly root: string;
    /** Source paths, relative to the root. */
    readonly files: readonly string[];
    readonly steps: readonly RecordedStep[];
    /** Indexes of steps that have to be built, or found out not to have to. */
    readonly needed: readonly number[];
    /** Wanted steps and what they need; others are in the plan and not in this build. */
    readonly wanted: readonly number[];
  };
}

export interface RecordedStep {
  readonly label: string;
  readonly kind: string;
  /** Store path. */
  readonly derivation: string;
  readonly command: string;
  /** Relative to the root. */
  readonly outputs: readonly string[];
  /** Indexes into `files`. */
  readonly sources: readonly number[];
  /** Indexes of steps. */
  readonly inputs: readonly number[];
}

/** What happened; `t` is milliseconds since the beginning, `step` an index of the plan before. */
export type RecordedEvent =
  | { readonly t: number; readonly start: number; readonly lane: number }
  | { readonly t: number; readonly end: number; readonly state: RecordedEnd; readonly message?: string }
  /** Files that the compiler says it read, as it wrote them. */
  | { readonly read: number; readonly files: readonly string[] }
  /** A line that the step printed. */
  | { readonly log: number; readonly line: string }
  | { readonly t: number; readonly done: BuildEnd };

export type RecordedEnd = "built" | "cut-off" | "failed";
export type BuildEnd = "built" | "failed" | "interrupted";
