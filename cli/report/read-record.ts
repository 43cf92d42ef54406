// Reads the record of a build, whole or cut off.

import { posix } from "node:path";
import { fail } from "../../graph/diagnostic.ts";
import type { BuildRecord, BuildStep, StepState } from "./build-record.ts";
import type { RecordedEvent, RecordedPlan, RecordedStep, RecordHead } from "./record.ts";

type Line = Partial<RecordHead> & Partial<RecordedPlan> & Partial<Record<EventField, unknown>>;
type EventField = RecordedEvent extends infer Event ? (Event extends unknown ? keyof Event : never) : never;

interface Draft {
  step: RecordedStep;
  /** Merged over phases, as paths and derivations. */
  sources: ReadonlySet<string>;
  inputs: ReadonlySet<string>;
  state: StepState;
  start: number;
  end: number;
  lane: number;
  read: Set<string> | undefined;
  log: string[];
}

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
      reader.take(JSON.parse(line) as Line);
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

  take(line: Line): void {
    if (line.unravelRecord !== undefined) this.#takeHead(line as RecordHead);
    else if (line.plan !== undefined) this.#takePlan(line.plan);
    else this.#takeEvent(line as unknown as RecordedEvent);
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
      this.#drafts.set(step.derivation, {
        ...{ step, sources, inputs, state, start: 0, end: 0, lane: 0 },
        read: undefined,
        log: [],
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
    else if ("log" in event) this.#draft(event.log).log.push(event.line);
    else throw new TypeError("not an event");
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
    const ordered = inOrder(this.#drafts);
    const numberOf = new Map(ordered.map(({ step }, index) => [step.derivation, index]));
    const files = [...new Set(ordered.flatMap(({ sources }) => [...sources]))].sort();
    const fileNumber = new Map(files.map((file, index) => [file, index]));
    const numbers = (names: Iterable<string>, table: ReadonlyMap<string, number>): readonly number[] =>
      [...names].flatMap((name) => table.get(name) ?? []).sort((a, b) => a - b);
    const steps = ordered.map((draft): BuildStep => {
      const { step, read, state } = draft;
      // It never ended, or it was not the command that ran.
      const end = state === "running" ? this.#duration : draft.end;
      const unread =
        read === undefined ? undefined : [...draft.sources].filter((source) => !read.has(source));
      return {
        label: step.label,
        kind: step.kind,
        derivation: step.derivation,
        command: step.command,
        outputs: step.outputs,
        sources: numbers(draft.sources, fileNumber),
        inputs: numbers(draft.inputs, numberOf),
        ...{ state, start: draft.start, end, lane: draft.lane },
        unread: unread === undefined ? undefined : numbers(unread, fileNumber),
        log: draft.log,
      };
    });
    const { name, at, jobs } = this.#head;
    return { name, at, jobs, end: this.#end, duration: this.#duration, hasTimes: true, files, steps };
  }
}

/** Inputs before users, whatever phases they are of. */
function inOrder(drafts: ReadonlyMap<string, Draft>): readonly Draft[] {
  const done = new Set<string>();
  const ordered: Draft[] = [];
  for (const first of drafts.keys()) {
    const stack = [first];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const draft = drafts.get(top);
      const before = [...(draft?.inputs ?? [])].filter((input) => !done.has(input) && drafts.has(input));
      if (done.has(top) || before.length === 0) {
        stack.pop();
        if (!done.has(top) && draft !== undefined) ordered.push(draft);
        done.add(top);
      } else {
        // Marked on the way in, a circle would be left as it stands.
        if (stack.length > drafts.size) throw new TypeError("steps need each other");
        stack.push(...before);
      }
    }
  }
  return ordered;
}
