// The program from its arguments to its exit code (ninja: `real_main`).

import { statSync } from "node:fs";
import { resolve } from "node:path";
import { loadNinja, type NinjaManifest } from "../../generators/ninja/load.ts";
import { asBytes, type Bytes, fromText, toText } from "../../graph/bytes.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { errorCode } from "../files.ts";
import type { Backend, OpenBackend, Workshop } from "./backend.ts";
import { Build, interruptedCode } from "./build.ts";
import { systemWords } from "./disk.ts";
import { Explanations } from "./explain.ts";
import { BuildError, FatalError, fatal, wordsOf } from "./failure.ts";
import type { Environment } from "./line-printer.ts";
import { MemoryLog } from "./log.ts";
import type { Node } from "./node.ts";
import { type Options, readArguments } from "./options.ts";
import { Print } from "./print.ts";
import { DryRunner } from "./runner.ts";
import { State } from "./state.ts";
import { Statistics } from "./statistics.ts";
import { Status } from "./status.ts";
import { collectTargets } from "./targets.ts";
import type { Terminal } from "./terminal.ts";
import type { Memory, ToolContext } from "./tools/tool.ts";

export interface NinjaIo {
  readonly terminal: Terminal;
  readonly env: Environment;
  /** Absolute. */
  readonly cwd: string;
  readonly open: OpenBackend;
  /** Prints what ninja has no words for; returns the exit code. */
  readonly explain: (error: unknown) => number;
}

/** Most times that a manifest is made again before it is looked at as hopeless. */
const mostCycles = 100;

export async function runNinja(argv: readonly string[], io: NinjaIo): Promise<number> {
  const print = new Print(io.terminal);
  try {
    const options = readArguments(argv.map(fromText), print);
    return typeof options === "number" ? options : await new Program(options, io, print).run();
  } catch (error) {
    if (error instanceof FatalError) {
      print.fatal(error.text);
      return 1;
    }
    const words = wordsOf(error);
    if (words === undefined) {
      print.flush();
      return io.explain(error);
    }
    print.error(words);
    return 1;
  } finally {
    print.flush();
  }
}

class Program {
  readonly #options: Options;
  readonly #io: NinjaIo;
  readonly #print: Print;
  readonly #started = performance.now();
  readonly #status: Status;
  readonly #explanations: Explanations | undefined;
  readonly #statistics = new Statistics();

  constructor(options: Options, io: NinjaIo, print: Print) {
    this.#options = options;
    this.#io = io;
    this.#print = print;
    const { verbosity, statusFormat: format, jobs } = options;
    this.#status = new Status({ terminal: io.terminal, env: io.env, verbosity, format, jobs });
    if (options.explains) {
      this.#explanations = new Explanations((reason) => {
        this.#status.newLine();
        print.complain(asBytes(`ninja explain: ${reason}\n`));
      });
      this.#status.explanations = this.#explanations;
    }
  }

  async run(): Promise<number> {
    const directory = this.#changeDirectory();
    const { tool } = this.#options;
    const backend = this.#io.open(directory, this.#options);
    if (tool?.after === "flags") return this.#runTool(backend, emptyState(), directory);
    for (let cycle = 1; cycle <= mostCycles; cycle++) {
      const state = this.#statistics.time("load build.ninja", () => this.#load(backend));
      if (tool !== undefined) return this.#runTool(backend, state, directory);
      const code = await this.#cycle(backend, state);
      if (code !== "again") return code;
    }
    this.#print.error(
      `manifest '${this.#options.inputFile}' still dirty after ${mostCycles} tries, perhaps system time is not set`,
    );
    return 1;
  }

  #changeDirectory(): string {
    const { directory, tool, verbosity } = this.#options;
    if (directory === undefined) return this.#io.cwd;
    // Editors look for this line, with quotes as they are.
    if (tool === undefined && verbosity !== "no-status") {
      this.#print.info(`Entering directory \`${directory}'`);
    }
    const path = resolve(this.#io.cwd, toText(asBytes(directory)));
    const words = notADirectory(path);
    return words === undefined ? path : fatal(`chdir to '${directory}' - ${words}`);
  }

  #load(backend: Backend): State {
    return new State(this.#parse(backend));
  }

  #parse({ disk }: Backend): NinjaManifest {
    const { inputFile, phonyCycle } = this.#options;
    const manifest = loadNinja(asBytes(inputFile), { readFile: (path) => disk.readFile(path), phonyCycle });
    // The words are ninja's, prefix and all.
    for (const { ninja } of manifest.warnings) this.#print.complain(asBytes(`${ninja.trimEnd()}\n`));
    return manifest;
  }

  async #runTool(backend: Backend, state: State, directory: string): Promise<number> {
    const { tool, operands, isDryRun, verbosity } = this.#options;
    if (tool === undefined) throw new Error("no tool");
    const context: ToolContext = {
      state,
      disk: backend.disk,
      memory: tool.after === "load" && tool.name !== "recompact" ? forgetful(backend.memory) : backend.memory,
      directory: fromText(directory),
      isDryRun,
      isVerbose: verbosity === "verbose" || isDryRun,
      print: this.#print,
    };
    const code = tool.run(context, operands.map(asBytes));
    await backend.save();
    return code;
  }

  /** One build; "again" when it made the manifest itself anew. */
  async #cycle(backend: Backend, state: State): Promise<number | "again"> {
    const workshop = backend.open(state);
    try {
      const hasChanged = await this.#rebuildManifest(backend, state, workshop);
      if (hasChanged) return this.#options.isDryRun ? 0 : "again";
      return await this.#build(backend, state, workshop);
    } finally {
      await workshop.close();
      await backend.save();
      if (this.#options.showsStatistics) this.#print.out(this.#statistics.report());
    }
  }

  async #rebuildManifest(backend: Backend, state: State, workshop: Workshop): Promise<boolean> {
    const { inputFile } = this.#options;
    if (inputFile === "") this.#refuseManifest("empty path");
    const node = state.lookup(canonicalizePath(asBytes(inputFile)));
    if (node === undefined) return false;
    const build = this.#newBuild(backend, state, workshop, [node]);
    try {
      build.addTarget(node);
    } catch (error) {
      const words = wordsOf(error);
      if (words === undefined) throw error;
      this.#refuseManifest(words);
    }
    if (build.isUpToDate) return false;
    const { code, error } = await build.run();
    if (code !== 0) this.#refuseManifest(error);
    // A generator that changed nothing has made nothing new.
    if (node.isDirty) return true;
    state.reset();
    return false;
  }

  #refuseManifest(words: string): never {
    throw new BuildError(`rebuilding '${this.#options.inputFile}': ${words}`);
  }

  async #build(backend: Backend, state: State, workshop: Workshop): Promise<number> {
    const names = this.#options.operands.map(asBytes);
    const targets = collectTargets(names, state, backend.memory.depsLog);
    const build = this.#newBuild(backend, state, workshop, targets);
    this.#statistics.time("look for what changed", () => {
      for (const target of targets) build.addTarget(target);
    });
    if (build.isUpToDate) return this.#sayNothingToDo();
    const { code, error } = await this.#statistics.timeAsync("build", () => build.run());
    if (error === "") return this.#status.shown === 0 ? this.#sayNothingToDo() : code;
    this.#print.info(`build stopped: ${error}.`);
    return error.includes("interrupted by user") ? interruptedCode : code;
  }

  #sayNothingToDo(): number {
    if (this.#options.verbosity !== "no-status") this.#print.info("no work to do.");
    return 0;
  }

  #newBuild(backend: Backend, state: State, workshop: Workshop, targets: readonly Node[]): Build {
    const { isDryRun, failuresAllowed, keepsDepfile, keepsResponseFile } = this.#options;
    const { isRecorded, saltOf } = workshop;
    return new Build({
      state,
      disk: backend.disk,
      runner: () => (isDryRun ? new DryRunner() : workshop.runner(targets)),
      events: this.#status,
      buildLog: backend.memory.buildLog,
      depsLog: backend.memory.depsLog,
      isDryRun,
      failuresAllowed,
      ...(this.#explanations === undefined ? {} : { explanations: this.#explanations }),
      ...(isRecorded === undefined ? {} : { isRecorded }),
      ...(saltOf === undefined ? {} : { saltOf }),
      keepsDepfile,
      keepsResponseFile,
      now: () => Math.round(performance.now() - this.#started),
    });
  }
}

function notADirectory(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : "Not a directory";
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return systemWords(error);
  }
}

/** For tools that run before ninja reads its logs. */
function forgetful(memory: Memory): Memory {
  return { ...memory, buildLog: new MemoryLog(), depsLog: new MemoryLog() };
}

function emptyState(): State {
  return new State(loadNinja(asBytes("build.ninja"), { readFile: (): Bytes => asBytes("") }));
}
