// The ninja-compatible command line as tests call it: in this process, with commands run on this machine instead of
// through Nix. What is replaced is the backend: disk, memory and runner; everything else is the program.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Backend } from "../cli/ninja/backend.ts";
import { RealDisk } from "../cli/ninja/disk.ts";
import { LocalRunner } from "../cli/ninja/local-runner.ts";
import { type LogEntry, MemoryLog, type RecordedDeps } from "../cli/ninja/log.ts";
import { runNinja } from "../cli/ninja/main.ts";
import { type Bytes, fromText, toBuffer } from "../graph/bytes.ts";

export interface NinjaRan {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface NinjaOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Columns of the terminal that standard output is; a file unless given. */
  readonly columns?: number;
  readonly signal?: AbortSignal;
}

export interface NinjaProject {
  readonly directory: string;
  readonly write: (files: Readonly<Record<string, string>>) => void;
  readonly run: (args: readonly string[], options?: NinjaOptions) => Promise<NinjaRan>;
  readonly remove: () => void;
}

/** Files in a directory of their own; what a run learns, the next one knows. */
export function makeNinjaProject(files: Readonly<Record<string, string>>): NinjaProject {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "unravel-ninja-test-")));
  const buildLog = new MemoryLog<LogEntry>();
  const depsLog = new MemoryLog<RecordedDeps>();
  const write = (entries: Readonly<Record<string, string>>): void => {
    for (const [path, text] of Object.entries(entries)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), toBuffer(fromText(text)));
    }
  };
  const run = async (args: readonly string[], options: NinjaOptions = {}): Promise<NinjaRan> => {
    let out = "";
    let err = "";
    const print = (text: Bytes): void => {
      out += toBuffer(text).toString();
    };
    const env = {
      PATH: process.env["PATH"],
      TERM: options.columns === undefined ? "" : "xterm",
      ...options.env,
    };
    const code = await runNinja(args, {
      terminal: {
        out: print,
        err: (text) => {
          err += toBuffer(text).toString();
        },
        isSmart: options.columns !== undefined,
        columns: options.columns ?? 0,
      },
      env,
      cwd: directory,
      open: (place, { jobs, maxLoad }): Backend => ({
        disk: new RealDisk(place),
        memory: { buildLog, depsLog, recompact: () => undefined, restat: () => undefined },
        open: () => {
          const runners: LocalRunner[] = [];
          const signal = options.signal ?? new AbortController().signal;
          return {
            runner: () => {
              const runner = new LocalRunner({
                directory: place,
                env,
                jobs,
                maxLoad,
                signal,
                console: print,
              });
              runners.push(runner);
              return runner;
            },
            close: async () => {
              for (const runner of runners) runner.close();
            },
          };
        },
        save: async () => undefined,
      }),
      explain: (error) => {
        throw error;
      },
    });
    return { code, out, err };
  };
  write(files);
  return { directory, write, run, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
