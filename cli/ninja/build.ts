// A build from its targets to its end: starts what is ready, takes what is finished, goes on (ninja: `Builder`).

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { Disk } from "./disk.ts";
import type { Explanations } from "./explain.ts";
import { extractDeps } from "./extract-deps.ts";
import { wordsOf } from "./failure.ts";
import type { BuildLog, DepsLog } from "./log.ts";
import type { Edge, Node } from "./node.ts";
import { BuildPlan } from "./plan.ts";
import type { CommandRunner, Completed } from "./runner.ts";
import { DependencyScan } from "./scan.ts";
import type { State } from "./state.ts";

/** What is told while a build runs. Times are milliseconds since the program began. */
export interface BuildEvents {
  added(edge: Edge): void;
  removed(edge: Edge): void;
  buildStarted(): void;
  edgeStarted(edge: Edge, time: number): void;
  edgeFinished(edge: Edge, start: number, end: number, code: number, output: Bytes): void;
  /** It was started, and then there was nothing to do. */
  edgeSkipped(edge: Edge): void;
  buildFinished(): void;
}

export interface BuildOptions {
  readonly state: State;
  readonly disk: Disk;
  readonly runner: () => CommandRunner | Promise<CommandRunner>;
  readonly events: BuildEvents;
  readonly buildLog?: BuildLog;
  readonly depsLog?: DepsLog;
  readonly isDryRun: boolean;
  /** Infinity: go on whatever fails. */
  readonly failuresAllowed: number;
  readonly explanations?: Explanations;
  readonly keepsDepfile: boolean;
  readonly keepsResponseFile: boolean;
  readonly isRecorded?: (edge: Edge) => boolean;
  readonly saltOf?: (edge: Edge) => Bytes;
  /** Milliseconds since the program began. */
  readonly now: () => number;
}

export interface BuildResult {
  /** The exit code: 0, that of the last command that failed, 1, or 130. */
  readonly code: number;
  /** Why it was not finished, a clause. */
  readonly error: Bytes;
}

export const interruptedCode = 130;

export class Build {
  readonly #options: BuildOptions;
  readonly #scan: DependencyScan;
  readonly #plan: BuildPlan;
  readonly #lockFile: Bytes;
  readonly #startTimes = new Map<Edge, number>();
  #runner: CommandRunner | undefined;
  #lastFailure = 0;

  constructor(options: BuildOptions) {
    this.#options = options;
    this.#scan = new DependencyScan(options);
    this.#plan = new BuildPlan(this.#scan, {
      added: (edge) => {
        edge.lastDuration = lastDuration(edge, options.buildLog);
        options.events.added(edge);
      },
      removed: (edge) => options.events.removed(edge),
      loadDyndeps: (edge) => this.#loadDyndeps(edge),
    });
    const { buildDirectory } = options.state;
    this.#lockFile = asBytes(buildDirectory === "" ? ".ninja_lock" : `${buildDirectory}/.ninja_lock`);
  }

  /** Throws BuildError when the target cannot be built. */
  addTarget(target: Node): void {
    const validations = this.#scan.recompute(target);
    if (target.inEdge === undefined || !target.inEdge.areOutputsReady) this.#plan.addTarget(target);
    for (const node of validations) {
      if (node.inEdge !== undefined && !node.inEdge.areOutputsReady) this.#plan.addTarget(node);
    }
  }

  get isUpToDate(): boolean {
    return !this.#plan.hasMore;
  }

  /** Errors of the runner itself are thrown, after what runs was ended. */
  async run(): Promise<BuildResult> {
    const { events } = this.#options;
    try {
      this.#plan.prepare();
      this.#runner = await this.#options.runner();
      events.buildStarted();
      const result = await this.#loop(this.#runner);
      if (result.code === interruptedCode && result.error === "interrupted by user") this.#cleanUp();
      events.buildFinished();
      return result;
    } catch (error) {
      this.#cleanUp();
      events.buildFinished();
      const words = wordsOf(error);
      if (words === undefined) throw error;
      return { code: 1, error: words };
    } finally {
      // Its place in time is all it was for.
      if (this.#options.disk.stat(this.#lockFile) > 0) this.#options.disk.removeFile(this.#lockFile);
    }
  }

  async #loop(runner: CommandRunner): Promise<BuildResult> {
    const allowed = this.#options.failuresAllowed;
    let left = allowed;
    let running = 0;
    let waiting: Edge[] = [];
    while (this.#plan.hasMore) {
      if (left > 0) {
        for (let capacity = runner.capacity(); capacity > 0; ) {
          const edge = this.#plan.take();
          if (edge === undefined) break;
          if (edge.isPhony) this.#plan.finished(edge, true);
          else if (runner.accepts?.(edge) === false) waiting.push(edge);
          else {
            this.#start(edge, runner);
            running++;
            capacity = Math.min(capacity - 1, runner.capacity());
          }
        }
        if (running === 0 && !this.#plan.hasMore) break;
        if (running === 0 && waiting.length > 0) {
          await runner.advance?.(waiting);
          for (const edge of waiting) this.#plan.putBack(edge);
          waiting = [];
          continue;
        }
      }
      if (running === 0) return { code: this.#lastFailure, error: asBytes(this.#whyStuck(left)) };
      const result = await runner.wait();
      if (result === "interrupted" || result.code === interruptedCode) return interrupted;
      running--;
      const hasSucceeded = this.#finish(result);
      if (!hasSucceeded && left > 0) left--;
    }
    return { code: 0, error: asBytes("") };
  }

  #whyStuck(left: number): string {
    const allowed = this.#options.failuresAllowed;
    if (left === 0) return allowed > 1 ? "subcommands failed" : "subcommand failed";
    // Infinitely many were allowed: then one failed, or nothing would be left.
    if (left < allowed || this.#lastFailure !== 0) return "cannot make progress due to previous errors";
    return "stuck [this is a bug]";
  }

  #start(edge: Edge, runner: CommandRunner): void {
    const { events, isDryRun } = this.#options;
    const time = this.#options.now();
    this.#startTimes.set(edge, time);
    events.edgeStarted(edge, time);
    if (!isDryRun) this.#prepareFiles(edge, runner);
    runner.start(edge);
  }

  /** Makes directories and the response file, and notes the time. */
  #prepareFiles(edge: Edge, runner: CommandRunner): void {
    const { disk, state } = this.#options;
    for (const output of edge.outputs) disk.makeParents(output.path);
    edge.startedAt = this.#clock();
    const { depfile, responseFile } = state.recipeOf(edge);
    if (depfile !== undefined) disk.makeParents(depfile);
    if (responseFile !== undefined && runner.isLocal?.(edge) !== false) {
      disk.writeFile(responseFile.path, responseFile.content);
    }
  }

  /** The time by the clock that stamps files. */
  #clock(): number {
    const time = this.#options.disk.clock?.();
    if (time !== undefined) return time;
    this.#options.disk.writeFile(this.#lockFile, asBytes(""));
    return this.#options.disk.stat(this.#lockFile);
  }

  /** True when the edge succeeded. */
  #finish(result: Completed): boolean {
    const { state, events, isDryRun } = this.#options;
    const { edge } = result;
    const isRecorded = this.#options.isRecorded?.(edge) === true;
    const kind = isRecorded ? "" : state.factsOf(edge).deps;
    let { code, output, deps } = result;
    if (kind !== "") {
      try {
        ({ files: deps, output } = this.#extract(edge, asBytes(kind), output));
      } catch (error) {
        const words = wordsOf(error);
        if (words === undefined) throw error;
        if (code === 0) {
          output = asBytes(`${output === "" ? "" : `${output}\n`}${words}`);
          code = 1;
        }
      }
    }
    const start = this.#startTimes.get(edge) ?? 0;
    const end = this.#options.now();
    this.#startTimes.delete(edge);
    if (result.isCached === true && code === 0 && output === "") events.edgeSkipped(edge);
    else events.edgeFinished(edge, start, end, code, output);
    if (code !== 0) {
      this.#lastFailure = code;
      this.#plan.finished(edge, false);
      return false;
    }
    if (!isRecorded && !isDryRun)
      for (const output of edge.outputs) this.#options.disk.noteRun?.(output.path);
    const mtime = isDryRun ? 0 : this.#restat(edge);
    this.#plan.finished(edge, true);
    this.#record(
      edge,
      { command: asBytes(""), start, end, mtime },
      kind !== "" || isRecorded ? (deps ?? []) : undefined,
    );
    return true;
  }

  #extract(edge: Edge, kind: Bytes, output: Bytes): ReturnType<typeof extractDeps> {
    return extractDeps(edge, kind, output, this.#options.disk, this.#options.keepsDepfile);
  }

  /** What the log says of the outputs; cleans what depends on an output that stayed as it was. */
  #restat(edge: Edge): number {
    const isRestat = this.#scan.isRestat(edge);
    const isGenerator = edge.state.factsOf(edge).isGenerator;
    if (edge.startedAt !== 0 && !isRestat && !isGenerator) return edge.startedAt;
    let newest = edge.startedAt;
    let isCleaned = false;
    for (const output of edge.outputs) {
      const mtime = this.#options.disk.stat(output.path);
      newest = Math.max(newest, mtime);
      if (!isRestat || output.mtime !== mtime) continue;
      this.#plan.clean(output);
      isCleaned = true;
    }
    return isCleaned ? edge.startedAt : newest;
  }

  #record(
    edge: Edge,
    entry: { command: Bytes; start: number; end: number; mtime: number },
    deps: readonly Bytes[] | undefined,
  ): void {
    const { state, disk, buildLog, depsLog, isDryRun } = this.#options;
    const { responseFile } = state.recipeOf(edge);
    if (responseFile !== undefined && !this.#options.keepsResponseFile && !isDryRun) {
      disk.removeFile(responseFile.path);
    }
    if (buildLog !== undefined && !isDryRun) {
      const command = this.#scan.hashOf(edge);
      for (const output of edge.outputs) buildLog.record(output.path, { ...entry, command });
    }
    if (deps === undefined || isDryRun) return;
    for (const file of deps) state.nodeFor(file);
    for (const output of edge.outputs) {
      depsLog?.record(output.path, { mtime: disk.stat(output.path), files: deps });
    }
  }

  #loadDyndeps(edge: Edge): void {
    const files = edge.outputs.filter((output) => output.isDyndepPending);
    if (files.length === 0) return;
    const loaded = new Map<Edge, readonly Node[]>();
    for (const file of files) {
      for (const [waiting, inputs] of this.#scan.loadDyndep(file)) loaded.set(waiting, inputs);
    }
    this.#plan.dyndepsLoaded(files, loaded);
  }

  /** Ends what runs. What it may have half written goes, so that nobody takes it for whole. */
  #cleanUp(): void {
    const { disk, state } = this.#options;
    const active = this.#runner?.active() ?? [];
    this.#runner?.abort();
    for (const edge of active) {
      if (this.#runner?.isLocal?.(edge) === false) continue;
      const { depfile } = state.recipeOf(edge);
      for (const output of edge.outputs) {
        if (depfile !== undefined || disk.stat(output.path) !== output.mtime) disk.removeFile(output.path);
      }
      if (depfile !== undefined) disk.removeFile(depfile);
    }
  }
}

const interrupted: BuildResult = { code: interruptedCode, error: asBytes("interrupted by user") };

/** By the first output that the log knows. */
function lastDuration(edge: Edge, log: BuildLog | undefined): number {
  for (const { path } of edge.outputs) {
    const entry = log?.lookup(path);
    if (entry !== undefined) return entry.end - entry.start;
  }
  return -1;
}
