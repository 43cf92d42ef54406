// Runs commands on this machine, as ninja does: `/bin/sh -c COMMAND` in the working directory (ninja: `Subprocess`).

import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { constants, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { asBytes, type Bytes, fromBuffer, toText } from "../../graph/bytes.ts";
import { interruptedCode } from "./build.ts";
import type { Edge } from "./node.ts";
import type { CommandRunner, Completed } from "./runner.ts";

export interface LocalOptions {
  readonly directory: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly jobs: number;
  /** 0 is no limit. */
  readonly maxLoad: number;
  readonly signal: AbortSignal;
  /** Takes what commands of the pool `console` print; without it they print for themselves. */
  readonly console?: (text: Bytes) => void;
}

export class LocalRunner implements CommandRunner {
  readonly #options: LocalOptions;
  readonly #running = new Map<Edge, ChildProcess>();
  readonly #finished: Completed[] = [];
  readonly #scratch: string;
  #wake: () => void = () => undefined;
  #count = 0;
  #isInterrupted = false;
  #isClosed = false;

  constructor(options: LocalOptions) {
    this.#options = options;
    this.#scratch = mkdtempSync(join(tmpdir(), "unravel-ninja-"));
    options.signal.addEventListener("abort", () => {
      this.#isInterrupted = true;
      this.#wake();
    });
  }

  capacity(): number {
    return capacityFor(this.#running.size + this.#finished.length, this.#running.size, this.#options);
  }

  start(edge: Edge): void {
    const { directory, env } = this.#options;
    const log = join(this.#scratch, String(this.#count++));
    // One file for both streams: two pipes would lose the order of what is written.
    const file = openSync(log, "wx");
    const isShared = edge.usesConsole && this.#options.console === undefined;
    const options: SpawnOptions = {
      cwd: directory,
      env,
      stdio: isShared ? "inherit" : ["ignore", file, file],
      // Ctrl-C at the terminal is for us; we stop the commands.
      detached: !edge.usesConsole,
    };
    const child = spawn("/bin/sh", ["-c", toText(edge.state.recipeOf(edge).command)], options);
    this.#running.set(edge, child);
    let isDone = false;
    const end = (code: number, complaint: string): void => {
      if (isDone) return;
      isDone = true;
      closeSync(file);
      // After an abort nobody asks any more.
      if (this.#isClosed) return;
      const text = asBytes(fromBuffer(readFileSync(log)) + complaint);
      rmSync(log, { force: true });
      this.#end(edge, code, text);
    };
    child.on("error", (error) => end(1, `${error.message}\n`));
    child.on("close", (code, signal) => end(code ?? codeOfSignal(signal), ""));
  }

  async wait(): Promise<Completed | "interrupted"> {
    for (;;) {
      if (this.#isInterrupted) return "interrupted";
      const next = this.#finished.shift();
      if (next !== undefined) return next;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  active(): readonly Edge[] {
    return [...this.#running.keys()];
  }

  abort(): void {
    for (const [edge, child] of this.#running) {
      if (child.pid === undefined) continue;
      try {
        process.kill(edge.usesConsole ? child.pid : -child.pid, "SIGINT");
      } catch {
        // It ended by itself.
      }
    }
    this.close();
  }

  /** Removes what was only needed to run. */
  close(): void {
    this.#isClosed = true;
    rmSync(this.#scratch, { recursive: true, force: true });
  }

  #end(edge: Edge, code: number, text: Bytes): void {
    this.#running.delete(edge);
    const show = edge.usesConsole ? this.#options.console : undefined;
    if (text !== "") show?.(text);
    this.#finished.push({ edge, code, output: show === undefined ? text : asBytes("") });
    this.#wake();
  }
}

/** How many more may be started; always one when none runs (ninja: `CanRunMore`). */
export function capacityFor(
  busy: number,
  running: number,
  { jobs, maxLoad }: Pick<LocalOptions, "jobs" | "maxLoad">,
): number {
  let capacity = jobs - busy;
  if (maxLoad > 0) capacity = Math.min(capacity, Math.trunc(maxLoad - (loadavg()[0] ?? 0)));
  return capacity <= 0 && running === 0 ? 1 : Math.max(0, capacity);
}

function codeOfSignal(signal: NodeJS.Signals | null): number {
  if (signal === "SIGINT" || signal === "SIGTERM" || signal === "SIGHUP") return interruptedCode;
  return 128 + (signal === null ? 0 : constants.signals[signal]);
}
