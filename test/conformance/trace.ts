// Replays what ninja's own tests saw: a disk and a clock of their own, targets, and the commands in the order in which
// ninja ran them. What is replaced is the backend: the disk, and the runner, whose commands have the effects that the
// trace tells. The scan, the plan and the build are the program's.

import { Build, type BuildResult } from "../../cli/ninja/build.ts";
import type { Disk, Removal } from "../../cli/ninja/disk.ts";
import { BuildError } from "../../cli/ninja/failure.ts";
import { type LogEntry, MemoryLog, type RecordedDeps } from "../../cli/ninja/log.ts";
import type { Edge, Node } from "../../cli/ninja/node.ts";
import type { CommandRunner, Completed } from "../../cli/ninja/runner.ts";
import { State } from "../../cli/ninja/state.ts";
import { loadNinja } from "../../generators/ninja/load.ts";
import type { FileContent } from "../../generators/ninja/parse.ts";
import { asBytes, type Bytes, fromText } from "../../graph/bytes.ts";

export interface TraceCase {
  readonly id: string;
  readonly name: string;
  readonly events: readonly TraceEvent[];
}

export interface TraceEvent {
  readonly manifest?: string;
  readonly state?: number;
  readonly write?: string;
  readonly content?: string;
  readonly clock?: number;
  readonly want?: string;
  readonly run?: string;
  readonly build?: "begin" | "end";
  readonly error?: string;
  readonly remove?: string;
}

/** What ninja's test fixtures set, which the traces do not tell. */
export interface Fixture {
  readonly buildLog: boolean;
  readonly depsLog: boolean;
  readonly isDryRun: boolean;
  readonly failuresAllowed: number;
  readonly jobs: number;
  /** Before which of its manifests the test takes an empty deps log; they count from 1. */
  readonly newDepsLogAt: number;
  /** Before which of its targets the test writes another command into the log; they count from 1. */
  readonly otherCommandAt: number;
}

const lock = ".ninja_lock";

/** The rules by which ninja's fixtures are set up (src/build_test.cc), by the name of the test. */
export function fixtureOf(name: string): Fixture {
  const [suite = "", test = ""] = name.split(".");
  const isDeps = /^BuildWith(Query)?DepsLogTest$/.test(suite);
  const bothLogs = /^(TestInputMtimeRace|DiscoveredDepDuring|RestatMissingDepfileDepslog)/.test(test);
  const failures = new Map([
    ["SwallowFailures", 3],
    ["SwallowFailuresLimit", 11],
    ["SwallowFailuresPool", 11],
  ]);
  return {
    buildLog: /^Build(WithLogTest|DryRun)$/.test(suite) || bothLogs,
    depsLog: isDeps,
    isDryRun: suite === "BuildDryRun" || test === "DepsIgnoredInDryRun",
    failuresAllowed: failures.get(test) ?? 1,
    jobs: test === "DyndepBuildDiscoverScheduledEdge" ? 2 : 1,
    otherCommandAt: test === "RspFileCmdLineChange" ? 3 : 0,
    newDepsLogAt: test === "RestatMissingDepfileDepslog" ? 4 : 0,
  };
}

/** Throws when the program does anything else than the trace tells. */
export class Replay implements Disk {
  readonly #events: readonly TraceEvent[];
  readonly #fixture: Fixture;
  readonly #files = new Map<string, { mtime: number; content: string }>();
  readonly #buildLog = new MemoryLog<LogEntry>();
  #depsLog = new MemoryLog<RecordedDeps>();
  #now = 1;
  #at = 0;
  #isBuilding = false;
  #runs = 0;

  constructor({ name, events }: TraceCase) {
    this.#events = events;
    this.#fixture = fixtureOf(name);
  }

  /** Returns how many commands were compared. */
  async all(): Promise<number> {
    let manifest = "";
    let stateId: number | undefined;
    let states = 0;
    let wants = 0;
    let state: State | undefined;
    let build: Build | undefined;
    for (let event = this.#next(); event !== undefined; event = this.#next()) {
      if (event.manifest !== undefined) {
        if (event.state !== stateId) {
          manifest = "";
          states++;
          if (states === this.#fixture.newDepsLogAt) this.#depsLog = new MemoryLog();
        }
        manifest += event.manifest;
        stateId = event.state;
        state = undefined;
        build = undefined;
      } else if (event.want !== undefined) {
        if (++wants === this.#fixture.otherCommandAt) {
          this.#replaceCommands();
          build = reset(state);
        }
        state ??= parse(manifest);
        build ??= this.#newBuild(state);
        const isLast = !this.#isBuildNext();
        this.#want(build, state, event.want, isLast);
        if (isLast) build = reset(state);
      } else if (event.build === "begin" && build !== undefined) {
        this.#isBuilding = true;
        const result = await build.run();
        this.#isBuilding = false;
        this.#checkEnd(result);
        build = reset(state);
      } else this.#apply(event);
    }
    return this.#runs;
  }

  stat(path: Bytes): number {
    return this.#files.get(path)?.mtime ?? 0;
  }

  readFile(path: Bytes): FileContent {
    const file = this.#files.get(path);
    return file === undefined ? undefined : fromText(file.content);
  }

  writeFile(path: Bytes, content: Bytes): void {
    const event = this.#expect("write", path);
    if (path !== lock && event.content !== content) throw new Error(`wrote "${content}" to ${path}`);
    this.#apply(event);
  }

  removeFile(path: Bytes): Removal {
    // Ninja removes it when its own objects go, not when a build ends.
    if (path !== lock && this.#files.has(path)) this.#expect("remove", path);
    return this.#files.delete(path) ? "removed" : "absent";
  }

  makeParents(): void {}

  /** A command starts: what it does, it does at once. */
  run(edge: Edge): void {
    const { command } = edge.state.recipeOf(edge);
    this.#expect("run", command);
    this.#runs++;
    for (;;) {
      const event = this.#events[this.#at];
      if (event?.write === undefined || event.write === lock) return;
      this.#at++;
      this.#apply(event);
    }
  }

  /** A command ends; the rules have these names in ninja's tests. */
  finish(edge: Edge): Completed | "interrupted" {
    switch (edge.rule) {
      case "interrupt":
      case "touch-interrupt":
        return "interrupted";
      case "fail":
        return this.#completed(edge, 1);
      case "touch-fail-tick2":
        return this.#completed(edge, this.#now === 2 ? 1 : 0);
      case "console":
        return this.#completed(edge, edge.usesConsole ? 0 : 1);
      case "cp_multi_msvc": {
        const prefix = edge.state.binding(edge, "msvc_deps_prefix");
        const lines = edge.inputs.map(({ path }) => `${prefix}${path}\n`);
        return { edge, code: 0, output: asBytes(lines.join("")) };
      }
      case "long-cc": {
        // Somebody changes the dependency while the command runs: the first time and the third.
        const file = this.#files.get(edge.state.binding(edge, "test_dependency"));
        if (file !== undefined && (this.#now === 4 || this.#now === 10)) file.mtime = this.#now - 1;
        return this.#completed(edge, 0);
      }
      default:
        return this.#completed(edge, 0);
    }
  }

  get jobs(): number {
    return this.#fixture.jobs;
  }

  #replaceCommands(): void {
    for (const output of [...this.#buildLog.outputs()]) {
      const entry = this.#buildLog.lookup(output);
      if (entry !== undefined) this.#buildLog.record(output, { ...entry, command: asBytes("another") });
    }
  }

  /** A build follows, with nothing before it but further targets and then changes of files. */
  #isBuildNext(): boolean {
    const after = this.#events.slice(this.#at);
    const change = after.findIndex(({ want }) => want === undefined);
    return (
      after.slice(change).find(({ write, remove }) => write === undefined && remove === undefined)?.build ===
      "begin"
    );
  }

  #completed(edge: Edge, code: number): Completed {
    return { edge, code, output: asBytes("") };
  }

  #newBuild(state: State): Build {
    const { buildLog, depsLog, isDryRun, failuresAllowed } = this.#fixture;
    const silent = (): void => undefined;
    return new Build({
      state,
      disk: this,
      runner: () => new TraceRunner(this),
      events: {
        added: silent,
        removed: silent,
        buildStarted: silent,
        edgeStarted: silent,
        edgeFinished: silent,
        edgeSkipped: silent,
        buildFinished: silent,
      },
      ...(buildLog ? { buildLog: this.#buildLog } : {}),
      ...(depsLog ? { depsLog: this.#depsLog } : {}),
      isDryRun,
      failuresAllowed,
      keepsDepfile: false,
      keepsResponseFile: false,
      now: () => 0,
    });
  }

  /** The last target of those that nothing is built for: it is up to date, or cannot be built. */
  #want(build: Build, state: State, name: string, isLast: boolean): void {
    const node: Node | undefined = state.lookup(fromText(name));
    if (node === undefined) throw new Error(`unknown target ${name}`);
    try {
      build.addTarget(node);
    } catch (error) {
      if (isLast && error instanceof BuildError) return;
      throw error;
    }
    if (isLast && !build.isUpToDate) throw new Error(`"${name}" is not up to date`);
  }

  #checkEnd(result: BuildResult): void {
    let event = this.#next();
    while (event?.remove === lock) event = this.#next();
    if (event?.build !== "end") throw new Error(`the build ended before ${JSON.stringify(event)}`);
    const error = fromText(event.error ?? "");
    if (result.error !== error) throw new Error(`the build ended with "${result.error}", not "${error}"`);
  }

  #expect(kind: "remove" | "run" | "write", what: string): TraceEvent {
    if (!this.#isBuilding) throw new Error(`${kind} ${what} outside a build`);
    const event = this.#next();
    if (event?.[kind] === undefined || fromText(event[kind]) !== what) {
      throw new Error(`${kind} ${what}, where ninja had ${JSON.stringify(event)}`);
    }
    return event;
  }

  #apply({ write, content, clock, remove }: TraceEvent): void {
    if (clock !== undefined) this.#now = clock;
    if (write !== undefined) this.#files.set(fromText(write), { mtime: this.#now, content: content ?? "" });
    if (remove !== undefined) this.#files.delete(fromText(remove));
  }

  #next(): TraceEvent | undefined {
    return this.#events[this.#at++];
  }
}

class TraceRunner implements CommandRunner {
  readonly #replay: Replay;
  #active: Edge[] = [];

  constructor(replay: Replay) {
    this.#replay = replay;
  }

  capacity(): number {
    return this.#active.length < this.#replay.jobs ? Number.MAX_SAFE_INTEGER : 0;
  }

  start(edge: Edge): void {
    this.#replay.run(edge);
    this.#active.push(edge);
    // The one whose first output comes last ends first.
    const nameOf = (active: Edge): string => active.outputs[0]?.path ?? "";
    this.#active.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }

  async wait(): Promise<Completed | "interrupted"> {
    const edge = this.#active.at(-1);
    if (edge === undefined) throw new Error("nothing runs");
    const result = this.#replay.finish(edge);
    if (result !== "interrupted") this.#active.pop();
    return result;
  }

  active(): readonly Edge[] {
    return this.#active;
  }

  abort(): void {
    this.#active = [];
  }
}

function parse(text: string): State {
  return new State(loadNinja(asBytes("input"), { readFile: () => fromText(text) }));
}

function reset(state: State | undefined): undefined {
  state?.reset();
  return undefined;
}
