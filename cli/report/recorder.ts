// Writes the record of a build on the host, one line per event as it happens.

import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import type { Derived } from "../../emit/derive.ts";
import type { Plan } from "../../emit/plan/plan.ts";
import type { WorkerEvent } from "../../emit/sink/worker/events.ts";
import { toText } from "../../graph/bytes.ts";
import type { Host } from "../host/host-plan.ts";
import type { BuildObserver, StepEnd } from "../host/observer.ts";
import type { Session } from "../io.ts";
import { stateDirectory } from "../state-directory.ts";
import { writingNow } from "../writing.ts";
import type { BuildEnd, RecordedEvent, RecordedPlan, RecordHead } from "./record.ts";

/** Below a build directory; where `unravel report DIRECTORY` looks. */
export const usualRecord: string = join(stateDirectory, "build.jsonl");

/** The event by which step.sh tells what a compiler read. */
export const readText = "unravel: read";

/** A command in a record is for people to look at. */
const longestCommand = 2000;

export interface Recorder extends BuildObserver {
  /** The first call counts. */
  readonly close: (end: BuildEnd) => void;
}

export interface RecorderFlags {
  readonly record?: string;
  readonly jobs?: number;
}

/** Nothing is written while there is nothing to build: the record of the last build stays. */
export function openRecorder(session: Session, host: Host, flags: RecorderFlags): Recorder {
  const file =
    flags.record === undefined
      ? join(host.buildDirectory, usualRecord)
      : resolve(session.io.cwd, flags.record);
  const head: RecordHead = {
    unravelRecord: 1,
    name: basename(host.root),
    at: new Date().toISOString(),
    jobs: flags.jobs ?? availableParallelism(),
  };
  return new FileRecorder(file, head);
}

class FileRecorder implements Recorder {
  readonly #file: string;
  readonly #head: RecordHead;
  readonly #began = performance.now();
  #descriptor: number | undefined;
  #isClosed = false;

  constructor(file: string, head: RecordHead) {
    this.#file = file;
    this.#head = head;
  }

  planned = (plan: Plan, derived: Derived, needed: ReadonlySet<number>): void => {
    if (needed.size > 0) this.#open();
    this.#write(recordedPlan(plan, derived, needed));
  };

  started = (step: number, lane: number): void => this.#write({ t: this.#now(), start: step, lane });

  event = (step: number, event: WorkerEvent): void => {
    if (event.kind === "log-line") this.#write({ log: step, line: toText(event.line) });
    else if (event.kind === "start" && event.text === readText) {
      const files = event.fields.flatMap((field) => (typeof field === "string" ? [toText(field)] : []));
      this.#write({ read: step, files });
    }
  };

  finished = (step: number, state: StepEnd, message: string): void =>
    this.#write({ t: this.#now(), end: step, state, ...(message === "" ? {} : { message }) });

  close = (done: BuildEnd): void => {
    if (!this.#isClosed) this.#write({ t: this.#now(), done });
    this.#isClosed = true;
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = undefined;
  };

  #open(): void {
    if (this.#descriptor !== undefined) return;
    this.#descriptor = writingNow(this.#file, () => {
      mkdirSync(dirname(this.#file), { recursive: true });
      return openSync(this.#file, "w");
    });
    this.#write(this.#head);
  }

  #write(line: RecordedEvent | RecordedPlan | RecordHead): void {
    const descriptor = this.#descriptor;
    if (descriptor !== undefined)
      writingNow(this.#file, () => writeSync(descriptor, `${JSON.stringify(line)}\n`));
  }

  #now(): number {
    return Math.round(performance.now() - this.#began);
  }
}

/** A plan as a record has it; `needed` are steps to build, among those that the wanted files are made of. */
export function recordedPlan(
  plan: Plan,
  { derivations }: Pick<Derived, "derivations">,
  needed: ReadonlySet<number>,
): RecordedPlan {
  return {
    plan: {
      root: toText(plan.root),
      directory: toText(plan.buildDirectory),
      files: plan.files.map(toText),
      steps: plan.steps.map((step, index) => ({
        label: toText(step.label),
        kind: step.kind,
        derivation: derivations[index] ?? "",
        command: toText(step.command).slice(0, longestCommand),
        outputs: [...new Set(step.outputs.map(({ path }) => toText(path)))],
        sources: [...step.sources, ...step.ownSources],
        inputs: [...new Set(step.inputs.map((input) => input.step))],
      })),
      needed: [...needed],
      wanted: wantedSteps(plan),
    },
  };
}

function wantedSteps(plan: Plan): readonly number[] {
  const wanted = new Set(plan.built.map(({ step }) => step));
  for (let step = plan.steps.length - 1; step >= 0; step--)
    if (wanted.has(step)) for (const input of plan.steps[step]?.inputs ?? []) wanted.add(input.step);
  return [...wanted].sort((a, b) => a - b);
}
