// What a report says about a build besides the build itself. Pure.

import { posix } from "node:path";
import type { BuildRecord, BuildStep, StepState } from "./build-record.ts";

export interface DirectoryRow {
  readonly directory: string;
  readonly counts: Readonly<Record<StepState, number>>;
  /** Time of all its steps together, in milliseconds. */
  readonly time: number;
}

export interface FileRow {
  /** Index into the record's files. */
  readonly file: number;
  /** Steps that have it as an input: what an edit of it builds again. */
  readonly steps: number;
  /** Those of them whose compiler said that it did not read it. */
  readonly unread: number;
}

export interface Analysis {
  readonly counts: Readonly<Record<StepState, number>>;
  /** Steps that had to come one after the other and took longest together, first to last. */
  readonly criticalPath: readonly number[];
  /** Of those, in milliseconds. */
  readonly criticalTime: number;
  /** All steps together. */
  readonly totalTime: number;
  readonly directories: readonly DirectoryRow[];
  /** Files that steps have and do not read, worst first. */
  readonly unreadFiles: readonly FileRow[];
  /** Steps whose compiler told what it read. */
  readonly told: number;
}

export function analyse(record: BuildRecord): Analysis {
  const { steps } = record;
  const counts = noCounts();
  const directories = new Map<string, { counts: Record<StepState, number>; time: number }>();
  let totalTime = 0;
  for (const step of steps) {
    counts[step.state]++;
    totalTime += timeOf(step);
    const directory = directoryOf(step);
    const row = directories.get(directory) ?? { counts: noCounts(), time: 0 };
    row.counts[step.state]++;
    row.time += timeOf(step);
    directories.set(directory, row);
  }
  const criticalPath = criticalPathOf(steps);
  return {
    counts,
    criticalPath,
    criticalTime: criticalPath.reduce((sum, step) => sum + timeOf(steps[step]), 0),
    totalTime,
    directories: [...directories]
      .map(([directory, row]) => ({ directory, ...row }))
      .sort((a, b) => b.time - a.time || (a.directory < b.directory ? -1 : 1)),
    unreadFiles: unreadFilesOf(record),
    told: steps.filter(({ unread }) => unread !== undefined).length,
  };
}

/** How long it ran; a step that was cut off took only a question. */
export function timeOf(step: BuildStep | undefined): number {
  return step === undefined ? 0 : Math.max(0, step.end - step.start);
}

/** Of what it makes; "stages" for what is no step of the graph. */
function directoryOf(step: BuildStep): string {
  if (step.kind === "stage") return "(stages of the build)";
  return posix.dirname(step.outputs[0] ?? "");
}

function noCounts(): Record<StepState, number> {
  return { built: 0, cached: 0, "cut-off": 0, failed: 0, running: 0, waiting: 0 };
}

/** Steps are bottom-up: one pass finds the longest way to each. */
function criticalPathOf(steps: readonly BuildStep[]): readonly number[] {
  const longest = new Float64Array(steps.length);
  const before = new Int32Array(steps.length).fill(-1);
  let last = -1;
  for (const [index, step] of steps.entries()) {
    let best = 0;
    for (const input of step.inputs) {
      if ((longest[input] ?? 0) <= best) continue;
      best = longest[input] ?? 0;
      before[index] = input;
    }
    longest[index] = best + timeOf(step);
    if ((longest[index] ?? 0) > (longest[last] ?? 0)) last = index;
  }
  const path: number[] = [];
  for (let at = last; at >= 0; at = before[at] ?? -1) if (timeOf(steps[at]) > 0) path.push(at);
  return path.reverse();
}

function unreadFilesOf({ steps }: BuildRecord): readonly FileRow[] {
  const users = new Map<number, number>();
  const unread = new Map<number, number>();
  for (const step of steps) {
    for (const file of step.sources) users.set(file, (users.get(file) ?? 0) + 1);
    for (const file of step.unread ?? []) unread.set(file, (unread.get(file) ?? 0) + 1);
  }
  return [...unread]
    .map(([file, count]) => ({ file, steps: users.get(file) ?? 0, unread: count }))
    .sort((a, b) => b.unread - a.unread || a.file - b.file);
}
