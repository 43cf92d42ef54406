// Builds the steps of a plan through a Nix daemon: every connection builds one step at a time, so that the daemon
// never holds a queue, progress is exact, and a step starts as soon as its inputs are there.

import type { Derived } from "../../emit/derive.ts";
import type { Plan } from "../../emit/plan/plan.ts";
import { type DaemonSinkOptions, openDaemonSink } from "../../emit/sink/daemon.ts";
import { type BuildResult, buildPathsWithResults, setOptions } from "../../emit/sink/worker/builds.ts";
import { plainText, type WorkerEvent } from "../../emit/sink/worker/events.ts";
import { addTempRoot, queryDerivationOutputMap, queryValidPaths } from "../../emit/sink/worker/operations.ts";
import type { OperationContext } from "../../emit/sink/worker/request.ts";
import { asBytes, type Bytes, toText } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { Interrupted } from "../io.ts";
import type { BuildObserver } from "./observer.ts";
import type { Progress } from "./progress.ts";
import { settingFor } from "./refusal.ts";
import { Schedule } from "./schedule.ts";

/** Output name -> store path. */
export type OutputPaths = ReadonlyMap<Bytes, Bytes>;

export interface Failure {
  readonly step: number;
  /** What Nix says about it. */
  readonly message: string;
  /** Lines that the step printed. */
  readonly log: readonly string[];
}

export interface Realised {
  /** Step -> its outputs, for every step that was looked at and has not failed. */
  readonly outputs: ReadonlyMap<number, OutputPaths>;
  /** Steps whose command ran. */
  readonly built: number;
  /** Steps whose inputs changed to what they once were. */
  readonly cutOff: number;
  readonly failures: readonly Failure[];
  /** Steps that were given up because of a failure. */
  readonly lost: number;
}

/** What is there already: the outputs of steps that need no run, and the steps to run, bottom-up. */
export interface Survey {
  readonly valid: ReadonlyMap<number, OutputPaths>;
  readonly needed: ReadonlySet<number>;
}

const questionsAtOnce = 256;

/** Asks which steps have been built. Only what a wanted step still needs is looked at. */
export async function survey(context: OperationContext, plan: Plan, derived: Derived): Promise<Survey> {
  const known: (OutputPaths | undefined)[] = [];
  for (let start = 0; start < plan.steps.length; start += questionsAtOnce) {
    const paths = derived.derivations.slice(start, start + questionsAtOnce);
    known.push(...(await Promise.all(paths.map((path) => knownOutputs(context, path)))));
  }
  const paths = [
    ...new Set(known.flatMap((outputs) => (outputs === undefined ? [] : [...outputs.values()]))),
  ];
  // Rooted first, then asked: what is there stays there while we build.
  await root(context, paths);
  const there = new Set(await queryValidPaths(context, paths));
  const valid = new Map<number, OutputPaths>();
  const needed = new Set<number>();
  const queue = [...new Set(plan.built.map((ref) => ref.step))];
  const seen = new Set(queue);
  for (let step = queue.pop(); step !== undefined; step = queue.pop()) {
    const outputs = known[step];
    if (outputs !== undefined && [...outputs.values()].every((path) => there.has(path))) {
      valid.set(step, outputs);
      continue;
    }
    needed.add(step);
    for (const input of plan.steps[step]?.inputs ?? []) {
      if (!seen.has(input.step)) queue.push(input.step);
      seen.add(input.step);
    }
  }
  return { valid, needed: new Set([...needed].sort((a, b) => a - b)) };
}

async function knownOutputs(context: OperationContext, path: Bytes): Promise<OutputPaths | undefined> {
  const outputs = new Map<Bytes, Bytes>();
  for (const [name, output] of await queryDerivationOutputMap(context, path)) {
    if (output === undefined) return undefined;
    outputs.set(name, output);
  }
  return outputs.size === 0 ? undefined : outputs;
}

/** Keeps paths from garbage collection until the connection closes. */
export async function root(context: OperationContext, paths: Iterable<Bytes>): Promise<void> {
  let last: Promise<void> = Promise.resolve();
  for (const path of paths) {
    const { sent, reply } = addTempRoot(context, path);
    await sent;
    last = reply;
  }
  await last;
}

export interface RealiseOptions {
  readonly plan: Plan;
  readonly derived: Derived;
  readonly survey: Survey;
  readonly progress: Progress;
  readonly observer?: BuildObserver | undefined;
  readonly jobs: number;
  readonly keepGoing: boolean;
  readonly substitute: boolean;
  readonly connection: DaemonSinkOptions;
  /** Stays open to the end: it holds the temporary roots of what is built. */
  readonly context: OperationContext;
  readonly signal: AbortSignal;
}

export async function realise(options: RealiseOptions): Promise<Realised> {
  const run = new Run(options);
  return run.all();
}

class Run {
  readonly #options: RealiseOptions;
  readonly #schedule: Schedule;
  readonly #outputs: Map<number, OutputPaths>;
  readonly #failures: Failure[] = [];
  readonly #waiting: (() => void)[] = [];
  #built = 0;
  #cutOff = 0;
  #lost = 0;
  /** No further step is started. */
  #isEnding = false;

  constructor(options: RealiseOptions) {
    this.#options = options;
    this.#schedule = new Schedule(options.plan, options.survey.needed);
    this.#outputs = new Map(options.survey.valid);
  }

  async all(): Promise<Realised> {
    const count = Math.min(this.#options.jobs, this.#schedule.open);
    const workers = Array.from({ length: count }, (_, lane) => this.#work(lane));
    // All are waited for, so that nothing is left running when one breaks.
    const results = await Promise.allSettled(workers);
    this.#options.progress.close();
    if (this.#options.signal.aborted) throw new Interrupted();
    for (const result of results) if (result.status === "rejected") throw result.reason;
    return {
      outputs: this.#outputs,
      built: this.#built,
      cutOff: this.#cutOff,
      failures: this.#failures,
      lost: this.#lost,
    };
  }

  /** One connection, one step at a time, until nothing is left. */
  async #work(lane: number): Promise<void> {
    const log = new StepLog();
    const { signal, observer } = this.#options;
    let current = -1;
    let close: (() => void) | undefined;
    try {
      for (;;) {
        // A connection of its own is only worth it when there is a step for it.
        const first = await this.#next();
        if (first === undefined) return;
        const sink = await openDaemonSink({
          ...this.#options.connection,
          onEvent: (event) => {
            log.take(event);
            if (current >= 0) observer?.event(current, event);
          },
        });
        close = () => void sink.close();
        signal.addEventListener("abort", close);
        if (signal.aborted) close();
        try {
          await setOptions(sink.context, {
            keepGoing: this.#options.keepGoing,
            maxJobs: 1,
            useSubstitutes: this.#options.substitute,
          });
          for (let step: number | undefined = first; step !== undefined; step = await this.#next()) {
            current = step;
            observer?.started(step, lane);
            await this.#build(sink.context, step, log);
          }
        } finally {
          await sink.close();
        }
      }
    } finally {
      if (close !== undefined) signal.removeEventListener("abort", close);
      // Whatever ended this worker, the others must not wait for a step that it took.
      this.#isEnding ||= this.#schedule.open > 0 && !signal.aborted && this.#failures.length > 0;
      this.#wake();
    }
  }

  /** The next step to build; waits while all that is left waits for steps that run. */
  async #next(): Promise<number | undefined> {
    for (;;) {
      if (this.#isEnding || this.#options.signal.aborted || this.#schedule.open === 0) return undefined;
      const step = this.#schedule.take();
      if (step !== undefined) return step;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async #build(context: OperationContext, step: number, log: StepLog): Promise<void> {
    const { plan, derived, progress } = this.#options;
    const label = toText(plan.steps[step]?.label ?? asBytes(""));
    log.begin(() => progress.started(label));
    try {
      const path = derived.derivations[step] ?? asBytes("");
      const [result] = await buildPathsWithResults(context, [{ path, outputs: "*" }]);
      if (result === undefined) throw new Error("no result for a build");
      if (result.isSuccess) await this.#finish(step, result, label, log);
      else this.#fail(step, result, label, log);
    } catch (error) {
      this.#isEnding = true;
      throw error;
    } finally {
      this.#wake();
    }
  }

  async #finish(step: number, result: BuildResult, label: string, log: StepLog): Promise<void> {
    const { progress, context } = this.#options;
    this.#outputs.set(step, result.outputs);
    // Nix keeps no root for a finished output of a build that goes on.
    await root(context, result.outputs.values());
    if (log.isBuilt) {
      this.#built++;
      this.#options.observer?.finished(step, "built", "");
      progress.built(label, log.lines.join("\n"));
    } else {
      this.#cutOff++;
      this.#options.observer?.finished(step, "cut-off", "");
      progress.cutOff();
    }
    this.#schedule.finish(step);
  }

  #fail(step: number, result: BuildResult, label: string, log: StepLog): void {
    const message = toText(plainText(result.message)).replace(/^error:\s*/, "");
    const setting = settingFor(message);
    if (setting !== undefined) throw new InputError([setting], 3);
    this.#options.observer?.finished(step, "failed", message);
    this.#failures.push({ step, message, log: log.lines });
    this.#lost += this.#schedule.fail(step);
    if (!this.#options.keepGoing) this.#isEnding = true;
    // The whole story is told at the end; who goes on wants to know now.
    else this.#options.progress.failed(label);
  }
}

/** What one connection tells about the step that it builds. */
export class StepLog {
  #lines: string[] = [];
  #isBuilt = false;
  #onStart: () => void = () => undefined;

  get lines(): readonly string[] {
    return this.#lines;
  }

  /** The command ran, or was about to. */
  get isBuilt(): boolean {
    return this.#isBuilt;
  }

  begin(onStart: () => void): void {
    this.#lines = [];
    this.#isBuilt = false;
    this.#onStart = onStart;
  }

  take(event: WorkerEvent): void {
    if (event.kind === "start" && event.activity === "build") {
      this.#isBuilt = true;
      this.#onStart();
    } else if (event.kind === "log-line") this.#lines.push(toText(event.line));
  }
}
