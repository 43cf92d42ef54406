// Runs one program and says what it cost: CPU of the whole process tree, CPU and memory of the program itself, and
// both over time.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Sample {
  /** Seconds since the start. */
  readonly wall: number;
  /** CPU seconds of the program itself, without its children. */
  readonly own: number;
  /** Resident megabytes of the program itself. */
  readonly memory: number;
  /** Lines so far that `counts` matched. */
  readonly counted: number;
}

export interface Cost {
  /** CPU seconds, user and system, of the program and all descendants that were waited for. */
  readonly cpu: number;
  /** The program's own part; missing its last moment (half a sampling interval). */
  readonly own: number;
  readonly wall: number;
  /** Peak resident megabytes of the program itself. */
  readonly memory: number;
  readonly counted: number;
  readonly samples: readonly Sample[];
  readonly exitCode: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CostOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Lines of stderr to count. */
  readonly counts?: RegExp;
  /** Told once, with the process id. */
  readonly onStart?: (pid: number) => void;
  /** Seconds after which the program is ended. */
  readonly limit?: number;
}

const interval = 20;
/** Fields of stat(5) are in hundredths of a second on every Linux that Nix runs on. */
const tick = 0.01;

export async function costOf(words: readonly string[], options: CostOptions = {}): Promise<Cost> {
  const [program = "", ...args] = words;
  const samples: Sample[] = [];
  let counted = 0;
  let memory = 0;
  let out = "";
  let err = "";
  const before = childrenCpu();
  const start = performance.now();
  const child = spawn(program, args, {
    env: options.env ?? process.env,
    cwd: options.cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    out += text;
  });
  let rest = "";
  child.stderr.setEncoding("latin1").on("data", (text: string) => {
    err += text;
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    if (options.counts !== undefined) for (const line of lines) if (options.counts.test(line)) counted++;
  });
  const { pid } = child;
  if (pid !== undefined) options.onStart?.(pid);
  const look = (): void => {
    try {
      const stat = statOf(pid);
      const status = readFileSync(`/proc/${pid}/status`, "latin1");
      memory = Math.max(memory, Number(/VmHWM:\s*(\d+)/.exec(status)?.[1] ?? 0) / 1024);
      const now = Number(/VmRSS:\s*(\d+)/.exec(status)?.[1] ?? 0) / 1024;
      if (now > 0) {
        const wall = (performance.now() - start) / 1000;
        samples.push({ wall, own: ((stat[11] ?? 0) + (stat[12] ?? 0)) * tick, memory: now, counted });
      }
    } catch {
      // It has just ended.
    }
  };
  const timer = setInterval(look, interval);
  const stop = setTimeout(() => child.kill("SIGINT"), (options.limit ?? 1200) * 1000);
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  clearInterval(timer);
  clearTimeout(stop);
  return {
    cpu: childrenCpu() - before,
    own: samples.at(-1)?.own ?? 0,
    wall: (performance.now() - start) / 1000,
    memory,
    counted,
    samples,
    exitCode,
    out,
    err,
  };
}

/** CPU seconds of the children that this process has waited for. */
export function childrenCpu(): number {
  const stat = statOf("self");
  return ((stat[13] ?? 0) + (stat[14] ?? 0)) * tick;
}

/** Numbers after the program's name, from field 3 on: field n of proc(5) is at n - 3. */
function statOf(pid: number | string | undefined): readonly number[] {
  return readFileSync(`/proc/${pid}/stat`, "latin1")
    .replace(/^.*\) /s, "")
    .split(" ")
    .map(Number);
}

export function mustSucceed(cost: Cost, what: string): Cost {
  if (cost.exitCode !== 0) throw new Error(`${what} failed (${cost.exitCode}):\n${cost.err.slice(-4000)}`);
  return cost;
}

/** Min and median of at least one number. */
export function spread(values: readonly number[]): { readonly min: number; readonly median: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { min: sorted[0] ?? 0, median: sorted[Math.floor(sorted.length / 2)] ?? 0 };
}

/** A row of a Markdown table. */
export function row(...cells: readonly (string | number)[]): void {
  process.stdout.write(`| ${cells.join(" | ")} |\n`);
}

export function head(...cells: readonly string[]): void {
  row(...cells);
  row(...cells.map(() => "---"));
}
