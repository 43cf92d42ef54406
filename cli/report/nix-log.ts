// A build from what Nix prints with `--log-format internal-json`: which derivations were built, and, where each line
// has a time before it (`unravel follow --record`, or `ts %.s` of moreutils), when. What they are made of comes from a plan, when there is one.

import { posix } from "node:path";
import type { Plan } from "../../emit/plan/plan.ts";
import { toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { BuildRecord, StepState } from "./build-record.ts";
import { type Draft, stepsOf } from "./drafts.ts";
import { readText } from "./recorder.ts";

const buildActivity = 105;
const logLine = 101;

interface Running {
  readonly derivation: string;
  readonly lane: number;
  readonly start: number;
}

interface Found {
  readonly derivation: string;
  state: StepState;
  start: number;
  end: number;
  lane: number;
  read: readonly string[] | undefined;
  readonly log: string[];
}

interface NixEvent {
  readonly action?: unknown;
  readonly id?: unknown;
  readonly type?: unknown;
  readonly text?: unknown;
  readonly parent?: unknown;
  readonly fields?: unknown;
  readonly msg?: unknown;
  readonly level?: unknown;
}

const pattern = /^(?:(\d+(?:\.\d+)?) )?@nix (\{.*)$/;

/** Whether a text has a line of such a log. */
export function isNixLog(text: string): boolean {
  return /^(?:\d+(?:\.\d+)? )?@nix \{/m.test(text);
}

/** @param plans of what was built, one per phase: what the steps are */
export function readNixLog(text: string, name: string, plans: readonly Plan[]): BuildRecord {
  return readerOf(text).record(name, plans);
}

/** Derivations of the log that give a plan, first to last. */
export function planDerivations(text: string): readonly string[] {
  return readerOf(text).derivations.filter((path) => path.endsWith("-plan.drv"));
}

function readerOf(text: string): LogReader {
  const reader = new LogReader();
  for (const line of text.split("\n")) reader.take(line);
  return reader;
}

class LogReader {
  readonly #found = new Map<string, Found>();
  readonly #running = new Map<unknown, Running>();
  readonly #lanes: boolean[] = [];
  #first: number | undefined;
  #now = 0;
  #isTimed = true;
  #isFailed = false;
  #events = 0;

  take(line: string): void {
    const match = pattern.exec(line);
    if (match === null) return;
    const event = parse(match[2] ?? "");
    if (event === undefined) return;
    this.#events++;
    const time = match[1] === undefined ? undefined : Number(match[1]) * 1000;
    if (time === undefined) this.#isTimed = false;
    this.#first ??= time;
    this.#now = this.#isTimed && time !== undefined ? Math.round(time - (this.#first ?? 0)) : this.#events;
    this.#act(event);
  }

  #act(event: NixEvent): void {
    const fields: readonly unknown[] = Array.isArray(event.fields) ? event.fields : [];
    if (event.action === "start" && event.type === buildActivity) this.#start(event.id, String(fields[0]));
    else if (event.action === "start" && event.text === readText) {
      const found = this.#foundAt(event.parent);
      if (found !== undefined) found.read = fields.map(String);
    } else if (event.action === "stop") this.#stop(event.id);
    else if (event.action === "result" && event.type === logLine)
      this.#foundAt(event.id)?.log.push(String(fields[0]));
    else if (event.action === "msg" && event.level === 0) this.#fail(String(event.msg));
  }

  #start(id: unknown, derivation: string): void {
    let lane = this.#lanes.indexOf(false);
    if (lane < 0) lane = this.#lanes.length;
    this.#lanes[lane] = true;
    this.#running.set(id, { derivation, lane, start: this.#now });
    const times = { start: this.#now, end: this.#now, lane };
    this.#found.set(derivation, { derivation, state: "running", ...times, read: undefined, log: [] });
  }

  #stop(id: unknown): void {
    const running = this.#running.get(id);
    if (running === undefined) return;
    this.#running.delete(id);
    this.#lanes[running.lane] = false;
    const found = this.#found.get(running.derivation);
    if (found === undefined) return;
    found.end = this.#now;
    if (found.state === "running") found.state = "built";
  }

  /** Nix names the derivation that failed, after it has stopped. */
  #fail(message: string): void {
    this.#isFailed = true;
    const plain = message.replace(/\x1b\[[0-9;]*m/g, "");
    const path = /Cannot build '([^']+\.drv)'|builder for '([^']+\.drv)' failed/.exec(plain);
    const found = this.#found.get(path?.[1] ?? path?.[2] ?? "");
    if (found === undefined) return;
    found.state = "failed";
    found.log.push(...plain.split("\n"));
  }

  #foundAt(id: unknown): Found | undefined {
    return this.#found.get(this.#running.get(id)?.derivation ?? "");
  }

  get derivations(): readonly string[] {
    return [...this.#found.keys()];
  }

  record(name: string, plans: readonly Plan[]): BuildRecord {
    if (this.#events === 0) {
      fail({
        code: "report/record",
        message: "there is no event of Nix in this log",
        hint: "make one: nix-build --log-format internal-json |& unravel follow --record build.log",
      });
    }
    const drafts = new Map<string, Draft>();
    const byName = new Map([...this.#found.values()].map((found) => [nameOf(found.derivation), found]));
    for (const plan of plans) addPlan(drafts, plan, byName);
    for (const [index, found] of [...this.#found.values()].entries()) {
      const label = nameOf(found.derivation);
      // Stages of several phases have the same name.
      if (!drafts.has(label)) drafts.set(`${label} ${index}`, stageDraft(label, found));
    }
    addWaits(drafts);
    return {
      name,
      at: this.#isTimed && this.#first !== undefined ? new Date(this.#first).toISOString() : "",
      end: this.#isFailed ? "failed" : this.#running.size > 0 ? "unfinished" : "built",
      duration: this.#now,
      hasTimes: this.#isTimed,
      jobs: Math.max(1, this.#lanes.length),
      ...stepsOf(drafts, this.#now),
    };
  }
}

function parse(json: string): NixEvent | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    // A line that was cut off.
    return undefined;
  }
}

/** Without hash and `.drv`. */
function nameOf(derivation: string): string {
  return derivation.slice(derivation.lastIndexOf("/") + 34).replace(/\.drv$/, "");
}

/** What runs before steps do, and after them. */
function stageDraft(label: string, found: Found): Draft {
  const { derivation, state, start, end, lane, log } = found;
  return {
    ...{ label, kind: "stage", derivation, command: "", outputs: [], sources: new Set(), inputs: new Set() },
    ...{ state, start, end, lane, read: undefined, log },
  };
}

/** Steps by the names of their derivations; those that an earlier phase has already are the same. */
function addPlan(drafts: Map<string, Draft>, plan: Plan, found: ReadonlyMap<string, Found>): void {
  const names = plan.steps.map((step) => `${plan.name}-${step.name}`);
  for (const [index, step] of plan.steps.entries()) {
    const name = names[index] ?? "";
    const run = found.get(name);
    if (drafts.has(name)) continue;
    const files = [...step.sources, ...step.ownSources].map((file) => toText(plan.files[file] ?? plan.root));
    drafts.set(name, {
      label: toText(step.label),
      kind: step.kind,
      derivation: run?.derivation ?? "",
      command: [step, ...(step.followers ?? [])].map(({ command }) => toText(command)).join("\n"),
      outputs: [...new Set(step.outputs.map(({ path }) => toText(path)))],
      sources: new Set(files),
      inputs: new Set(step.inputs.map((input) => names[input.step] ?? "")),
      state: run?.state ?? "cached",
      ...{ start: run?.start ?? 0, end: run?.end ?? 0, lane: run?.lane ?? 0 },
      read: run?.read === undefined ? undefined : new Set(run.read.map((file) => placeIn(plan, file))),
      log: run?.log ?? [],
    });
  }
}

/**
 * A stage waits for what ended last before it, and a step for the stage that wrote its derivation: the log does not
 * say so, but nothing else was to be done.
 */
function addWaits(drafts: ReadonlyMap<string, Draft>): void {
  const ran = [...drafts].filter(([, { end }]) => end > 0).sort(([, a], [, b]) => a.end - b.end);
  // Of what ended in the same millisecond, each may wait for those before it in this order: no two for each other.
  const lastBefore = (list: typeof ran, length: number, time: number): string | undefined => {
    let [low, high] = [0, length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((list[middle]?.[1].end ?? 0) <= time) low = middle + 1;
      else high = middle;
    }
    return list[low - 1]?.[0];
  };
  const stages: (typeof ran)[number][] = [];
  for (const [index, row] of ran.entries()) {
    const [, draft] = row;
    const isStage = draft.kind === "stage";
    const before = isStage
      ? lastBefore(ran, index, draft.start)
      : lastBefore(stages, stages.length, draft.start);
    if (before !== undefined) draft.inputs.add(before);
    if (isStage) stages.push(row);
  }
}

/** A file as a compiler names it, relative to the root. */
function placeIn(plan: Plan, file: string): string {
  const root = toText(plan.root);
  const path = posix.resolve(root, toText(plan.buildDirectory), file);
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}
