// The plan: which commands run, on which files, making what. It names files, never their contents, so an edit
// inside a file leaves the plan as it is. Plain data; the same graph and the same directory listing give the
// same bytes.

import { asBytes, type Bytes, fromBuffer, toBuffer } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { SetupLink } from "./setup-links.ts";

export interface Plan {
  readonly format: 1;
  /** Prefix of every store object's name: the package's name without its version, which would re-key all. */
  readonly name: Bytes;
  /** Absolute directory at which the source tree lies when a step runs. */
  readonly root: Bytes;
  /** Where commands run, relative to `root`; "" is the root itself. */
  readonly buildDirectory: Bytes;
  /** False: this builds generated files only, with which the graph must be planned again. */
  readonly isComplete: boolean;
  /** So many steps that they are emitted in shards and let through in groups. */
  readonly isGated: boolean;
  /** Source paths relative to `root`; steps name them by index. Sorted. */
  readonly files: readonly Bytes[];
  /** Files that are one store object; their names are no other object's. */
  readonly groups?: readonly { readonly name: Bytes; readonly files: readonly number[] }[];
  /** Bottom-up: a step's inputs come from earlier steps. */
  readonly steps: readonly PlannedStep[];
  /** What the root lays over the tree, sorted by step. */
  readonly built: readonly OutputRef[];
  /** The command of the graph's own `install` target, if it has one. */
  readonly install?: Bytes;
}

/** How a step's inputs are laid out and what travels with its outputs. */
export type StepKind = "compile" | "archive" | "link" | "symlink" | "command";

export interface PlannedStep {
  /** Unique in the plan, fit for a store path; starts with the step's height above the sources. */
  readonly name: Bytes;
  readonly kind: StepKind;
  /** For people: the graph's own description, or the first output. */
  readonly label: Bytes;
  readonly command: Bytes;
  readonly responseFile?: { readonly path: Bytes; readonly content: Bytes };
  /** Relative to the build directory or absolute: written by the command, checked after it. */
  readonly depfile?: Bytes;
  /** Whatever else the command writes in the tree goes into the first output. */
  readonly keepsAll?: true;
  /** For people: why this is one step. */
  readonly note?: Bytes;
  /** Cheap commands of the graph that run after it in the same derivation, in order (followers.ts). */
  readonly followers?: readonly Follower[];
  /** In a plan in which every command has a derivation of its own: the step that this one would follow. */
  readonly follows?: number;
  /** Indexes into `Plan.files`, ascending: files that are store objects of their own, shared with other steps. */
  readonly sources: readonly number[];
  /**
   * Likewise; files that lie in the step's recipe. A compile's declared sources are: what only one step reads need
   * not be an object, and this rule looks at nothing but the step.
   */
  readonly ownSources: readonly number[];
  /** Indexes into `Plan.groups`: all their files are read; a file in two of them is laid out from the first. */
  readonly groups?: readonly number[];
  /** A header of which the step sees the definitions of these names alone; `file` is an index into `Plan.files`. */
  readonly narrowed?: { readonly file: number; readonly names: readonly Bytes[] };
  /** Links that configure made to libraries among the inputs. Sorted by path. */
  readonly links?: readonly SetupLink[];
  /** Computed includes of which it is not known what they mean: `src/a.c: #include CONFIG_H`. Sorted. */
  readonly unresolved?: readonly Bytes[];
  /**
   * Directories below which the step has every file, whether it reads it or not; "" is the whole tree. `tools/*.py`:
   * what lies beside a script. Sorted.
   */
  readonly grants?: readonly { readonly directory: Bytes; readonly files: number }[];
  /** Sorted by step, then output; no repeats. */
  readonly inputs: readonly OutputRef[];
  /** Its own, then those of each that follows it. */
  readonly outputs: readonly PlannedOutput[];
  /** Directories relative to `root` that must exist before the command runs. Sorted. */
  readonly directories: readonly Bytes[];
}

/** A command that reads nothing but what the step before it and others that follow that one make. */
export interface Follower {
  readonly label: Bytes;
  readonly command: Bytes;
  /** How many of the step's outputs are its. */
  readonly makes: number;
  /** Directories that must exist for it. Sorted. */
  readonly directories: readonly Bytes[];
}

export interface PlannedOutput {
  /** Name of the derivation's output; "out" for the first. */
  readonly name: Bytes;
  /** Relative to `root`. */
  readonly path: Bytes;
  /** Nobody reads it as a file: a command that does not make it has not failed. */
  readonly optional: boolean;
  /** Written beside an object without being declared (side-files.ts). */
  readonly isBeside?: true;
  /** What a linker sees of the library that another output of the step holds at this path (interfaces.ts). */
  readonly isInterface?: true;
}

export interface OutputRef {
  readonly step: number;
  readonly output: number;
}

/** Outputs of the step without those of its followers. */
export function ownOutputs({
  outputs,
  followers = [],
}: Pick<PlannedStep, "followers" | "outputs">): readonly PlannedOutput[] {
  const others = followers.reduce((sum, { makes }) => sum + makes, 0);
  return outputs.slice(0, outputs.length - others);
}

/** One line of JSON whose chars are bytes: write it as latin1. */
export function printPlan(plan: Plan): Buffer {
  return toBuffer(asBytes(JSON.stringify(plan)));
}

/** Reads what {@link printPlan} wrote. */
export function parsePlan(buffer: Uint8Array): Plan {
  const plan = JSON.parse(fromBuffer(buffer)) as Plan;
  if (plan.format !== 1) {
    fail({
      code: "plan/format",
      message: `plan format ${JSON.stringify(plan.format)} is not known`,
      hint: "plan and emit must come from the same unravel; make the plan again",
    });
  }
  return plan;
}
