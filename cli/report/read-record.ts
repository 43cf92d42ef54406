// Reads the record of a build, whole or cut off.

import { posix } from "node:path";
import { fail } from "../../graph/diagnostic.ts";
import type { BuildRecord } from "./build-record.ts";
import { type Draft, stepsOf } from "./drafts.ts";
import type { RecordedEvent, RecordedPlan, RecordHead } from "./record.ts";
import { parseLine } from "./record-lines.ts";

/** Whether a text is a record: its first line says so. */
export function isRecord(text: string): boolean {
  return text.startsWith('{"unravelRecord":');
}

/** @throws InputError with the number of the line that is wrong; a last line that is cut off is left out */
export function readRecord(text: string, file: string): BuildRecord {
  const lines = text.split("\n");
  // What follows the last newline is nothing, or a line that was being written.
  lines.pop();
  const reader = new Reader();
  for (const [index, line] of lines.entries()) {
    try {
      reader.take(parseLine(line));
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
      fail({
        code: "report/record",
        message: `line ${index + 1} of "${file}" is not one of a build's record`,
        hint: "build again: `unravel build` writes .unravel/build.jsonl in the build directory",
      });
    }
  }
  return reader.record();
}

class Reader {
  readonly #drafts = new Map<string, Draft>();
  #head: RecordHead = { unravelRecord: 1, name: "", at: "", jobs: 1 };
  /** Derivations of the plan before, by index. */
  #current: readonly string[] = [];
  #directory = "";
  #root = "";
  #duration = 0;
  #end: BuildRecord["end"] = "unfinished";

  take(line: ReturnType<typeof parseLine>): void {
    if ("unravelRecord" in line) this.#takeHead(line);
    else if ("plan" in line) this.#takePlan(line.plan);
    else this.#takeEvent(line);
  }

  #takeHead(head: RecordHead): void {
    if (head.unravelRecord !== 1) {
      fail({
        code: "report/record",
        message: `the record has version ${String(head.unravelRecord)}, and this program reads 1`,
        hint: "use the unravel that wrote it",
      });
    }
    this.#head = head;
  }

  #takePlan(plan: RecordedPlan["plan"]): void {
    this.#current = plan.steps.map(({ derivation }) => derivation);
    this.#directory = plan.directory;
    this.#root = plan.root;
    const needed = new Set(plan.needed);
    for (const index of plan.wanted) {
      const step = plan.steps[index];
      if (step === undefined) throw new TypeError("no such step");
      const known = this.#drafts.get(step.derivation);
      const sources = new Set(step.sources.map((file) => plan.files[file] ?? ""));
      const inputs = new Set(step.inputs.map((input) => this.#current[input] ?? ""));
      if (known !== undefined) continue;
      const state = needed.has(index) ? "waiting" : "cached";
      const { label, kind, derivation, command, outputs } = step;
      this.#drafts.set(derivation, {
        ...{ label, kind, derivation, command, outputs, sources, inputs, state },
        ...{ start: 0, end: 0, lane: 0, read: undefined, log: [] },
      });
    }
  }

  #takeEvent(event: RecordedEvent): void {
    if ("t" in event) this.#duration = Math.max(this.#duration, event.t);
    if ("done" in event) this.#end = event.done;
    else if ("start" in event) {
      const draft = this.#draft(event.start);
      draft.state = "running";
      draft.start = event.t;
      draft.lane = event.lane;
    } else if ("end" in event) {
      const draft = this.#draft(event.end);
      draft.state = event.state;
      draft.end = event.t;
      if (event.message !== undefined) draft.log.push(...event.message.split("\n"));
    } else if ("read" in event)
      this.#draft(event.read).read = new Set(event.files.map((file) => this.#place(file)));
    else this.#draft(event.log).log.push(event.line);
  }

  #draft(index: number): Draft {
    const draft = this.#drafts.get(this.#current[index] ?? "");
    if (draft === undefined) throw new TypeError("no such step");
    return draft;
  }

  /** A file as a compiler names it, relative to the root. */
  #place(file: string): string {
    const path = posix.resolve(this.#root, this.#directory, file);
    return path.startsWith(`${this.#root}/`) ? path.slice(this.#root.length + 1) : path;
  }

  record(): BuildRecord {
    const { name, at, jobs } = this.#head;
    const duration = this.#duration;
    return { name, at, jobs, end: this.#end, duration, hasTimes: true, ...stepsOf(this.#drafts, duration) };
  }
}
