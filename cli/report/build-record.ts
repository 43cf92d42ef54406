// A build as a report shows it: every step with what it is made of and what happened to it. Plain data, whether it
// comes from a record or from a log of Nix.

/** "cached": its result was there. "waiting": it was to be built, and the build ended before. */
export type StepState = "built" | "cached" | "cut-off" | "failed" | "running" | "waiting";

export interface BuildStep {
  readonly label: string;
  readonly kind: string;
  /** Store path; "" when unknown. */
  readonly derivation: string;
  readonly command: string;
  /** Relative to the root of the tree. */
  readonly outputs: readonly string[];
  /** Indexes into {@link BuildRecord.files}, ascending. */
  readonly sources: readonly number[];
  /** Indexes of steps, ascending; always earlier than the step itself. */
  readonly inputs: readonly number[];
  readonly state: StepState;
  /** Milliseconds since the beginning; 0 unless it ran. */
  readonly start: number;
  readonly end: number;
  readonly lane: number;
  /** Those of `sources` that the compiler did not read; `undefined` where it did not say. */
  readonly unread: readonly number[] | undefined;
  readonly log: readonly string[];
}

export interface BuildRecord {
  readonly name: string;
  /** RFC 3339, or "". */
  readonly at: string;
  readonly end: "built" | "failed" | "interrupted" | "unfinished";
  /** Milliseconds from the beginning to the end, or to the last thing that is known. */
  readonly duration: number;
  /** False: the order is known, times are not; one unit of time is one event. */
  readonly hasTimes: boolean;
  /** How many steps could run at a time. */
  readonly jobs: number;
  readonly files: readonly string[];
  readonly steps: readonly BuildStep[];
}
