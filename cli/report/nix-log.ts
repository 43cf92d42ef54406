// A build from what Nix prints with `--log-format internal-json`: which derivations were built, and, where each line
// has a time before it (`unravel follow --record`, or `ts %.s` of moreutils), when. What they are made of comes from a plan, when there is one.

import { posix } from "node:path";
import type { Plan } from "../../emit/plan/plan.ts";
import { toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { BuildRecord, BuildStep, StepState } from "./build-record.ts";
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

/** @param plan of the package that was built: `nix-build -A package.plan` */
export function readNixLog(text: string, name: string, plan: Plan | undefined): BuildRecord {
  const reader = new LogReader();
  for (const line of text.split("\n")) reader.take(line);
  return reader.record(name, plan);
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

  record(name: string, plan: Plan | undefined): BuildRecord {
    if (this.#events === 0) {
      fail({
        code: "report/record",
        message: "there is no event of Nix in this log",
        hint: "make one: nix-build --log-format internal-json |& unravel follow --record build.log",
      });
    }
    const byName = new Map([...this.#found.values()].map((found) => [nameOf(found.derivation), found]));
    const planned = plan === undefined ? [] : plan.steps.map((_, index) => plannedStep(plan, index, byName));
    const names = new Set(plan?.steps.map((step) => `${plan.name}-${step.name}`));
    const others = [...this.#found.values()].filter(({ derivation }) => !names.has(nameOf(derivation)));
    const isRunning = this.#running.size > 0;
    return {
      name,
      at: this.#isTimed && this.#first !== undefined ? new Date(this.#first).toISOString() : "",
      end: this.#isFailed ? "failed" : isRunning ? "unfinished" : "built",
      duration: this.#now,
      hasTimes: this.#isTimed,
      jobs: Math.max(1, this.#lanes.length),
      files: plan?.files.map(toText) ?? [],
      steps: [...planned, ...others.map((found) => plainStep(found, this.#now))],
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

/** What runs before steps do, by the names that templates/lib gives. */
function plainStep(found: Found, now: number): BuildStep {
  const { derivation, state, start, lane, log } = found;
  return {
    label: nameOf(derivation),
    kind: "stage",
    derivation,
    command: "",
    outputs: [],
    sources: [],
    inputs: [],
    ...{ state, start, lane, log },
    end: state === "running" ? now : found.end,
    unread: undefined,
  };
}

function plannedStep(plan: Plan, index: number, found: ReadonlyMap<string, Found>): BuildStep {
  const step = plan.steps[index];
  if (step === undefined) throw new Error(`no step ${index}`);
  const run = found.get(`${plan.name}-${step.name}`);
  const sources = [...step.sources, ...step.ownSources].sort((a, b) => a - b);
  const read = run?.read === undefined ? undefined : new Set(run.read.map((file) => placeIn(plan, file)));
  return {
    label: toText(step.label),
    kind: step.kind,
    derivation: run?.derivation ?? "",
    command: toText(step.command),
    outputs: step.outputs.map(({ path }) => toText(path)),
    sources,
    inputs: [...new Set(step.inputs.map((input) => input.step))].sort((a, b) => a - b),
    state: run?.state ?? "cached",
    start: run?.start ?? 0,
    end: run?.end ?? 0,
    lane: run?.lane ?? 0,
    unread:
      read === undefined
        ? undefined
        : sources.filter((file) => !read.has(toText(plan.files[file] ?? plan.root))),
    log: run?.log ?? [],
  };
}

/** A file as a compiler names it, relative to the root. */
function placeIn(plan: Plan, file: string): string {
  const root = toText(plan.root);
  const path = posix.resolve(root, toText(plan.buildDirectory), file);
  return path.startsWith(`${root}/`) ? path.slice(root.length + 1) : path;
}
