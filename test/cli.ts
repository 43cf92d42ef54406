// The command line as tests call it: no child process, everything it prints kept.

import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Io, PipeClosed } from "../cli/io.ts";
import { run } from "../cli/run.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface RunOptions extends Partial<Omit<Io, "err" | "out" | "readStdin">> {
  readonly stdin?: string | Uint8Array;
  /** Characters of standard output after which its reader is gone. */
  readonly outCloses?: number;
  /** Called with each text that goes to standard error. */
  readonly onErr?: (text: string) => void;
}

export async function unravel(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  let out = "";
  let err = "";
  const code = await run(args, {
    env: {},
    cwd: "/",
    isTerminal: false,
    columns: 80,
    signal: new AbortController().signal,
    ...options,
    out: async (text) => {
      if (out.length >= (options.outCloses ?? Number.POSITIVE_INFINITY)) throw new PipeClosed();
      out += typeof text === "string" ? text : Buffer.from(text).toString("latin1");
    },
    err: (text) => {
      err += text;
      options.onErr?.(text);
    },
    readStdin: async () => Buffer.from(options.stdin ?? ""),
  });
  return { code, out, err };
}

/** A file's contents; a link's target; or contents of a file that may be executed. */
export type Entry = string | Uint8Array | { readonly link: string } | { readonly program: string };

export interface Project {
  readonly directory: string;
  readonly write: (files: Readonly<Record<string, Entry>>) => void;
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Ran>;
  readonly remove: () => void;
}

/** Files in a directory of their own, in which commands run. */
export function makeProject(files: Readonly<Record<string, Entry>>, name = "project"): Project {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "unravel-cli-")));
  const directory = join(top, name);
  mkdirSync(directory);
  const write = (entries: Readonly<Record<string, Entry>>): void => {
    for (const [path, entry] of Object.entries(entries)) {
      const file = join(directory, path);
      mkdirSync(dirname(file), { recursive: true });
      rmSync(file, { force: true });
      if (typeof entry === "string" || entry instanceof Uint8Array) writeFileSync(file, entry);
      else if ("link" in entry) symlinkSync(entry.link, file);
      else {
        writeFileSync(file, entry.program);
        chmodSync(file, 0o755);
      }
    }
  };
  write(files);
  return {
    directory,
    write,
    run: (args, options) => unravel(args, { cwd: directory, ...options }),
    remove: () => rmSync(top, { recursive: true, force: true }),
  };
}
