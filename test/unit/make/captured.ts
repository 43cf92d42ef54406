// Captures a makefile with the real make, and replays what the reader made of it.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { MakeGraph } from "../../../generators/make/load.ts";
import { loadMakeAt } from "../../../generators/make/load-file.ts";
import { asBytes, fromBuffer, fromText } from "../../../graph/bytes.ts";
import type { Step } from "../../../graph/graph.ts";

const script = fileURLToPath(new URL("../../../templates/builder/make-capture.sh", import.meta.url));

export interface Captured {
  readonly directory: string;
  readonly dump: string;
  readonly graph: MakeGraph;
  /** The step that makes a file. */
  readonly step: (path: string) => Step;
  readonly command: (path: string) => string;
  /** Names of what a step has: `inputs` are read, `after` only come first. */
  readonly names: (path: string, which: "after" | "inputs" | "outputs") => readonly string[];
  readonly remove: () => void;
}

export function writeFiles(files: Readonly<Record<string, string>>): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "unravel-make-test-")));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

export function capture(
  directory: string,
  args: readonly string[] = [],
  options: readonly string[] = [],
): string {
  const output = join(directory, ".unravel/make.dump");
  execFileSync(
    "bash",
    [script, "--root", directory, "--directory", directory, "--output", output, ...options, "--", ...args],
    {
      stdio: "pipe",
      env: { PATH: process.env["PATH"] },
    },
  );
  return readFileSync(output, "latin1");
}

export function captured(files: Readonly<Record<string, string>>, args: readonly string[] = []): Captured {
  const directory = writeFiles(files);
  const dump = capture(directory, args);
  const graph = loadMakeAt(
    fromBuffer(Buffer.from(dump, "latin1")),
    asBytes("make.dump"),
    fromText(directory),
  );
  const step = (path: string): Step => {
    const file = graph.fileNamed(asBytes(path));
    const found = file === undefined ? undefined : graph.producerOf(file);
    if (found === undefined) throw new Error(`no step makes ${path}`);
    return found;
  };
  return {
    directory,
    dump,
    graph,
    step,
    command: (path) => graph.recipeOf(step(path)).command,
    names: (path, which) => [...step(path)[which]].map((file) => graph.files[file] ?? ""),
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Runs every step's command where the dump was made, in an order that `pick` chooses among what is ready. */
export function replay(
  graph: MakeGraph,
  directory: string,
  pick: (count: number) => number,
  shell = "sh",
): void {
  const left = new Set(graph.steps);
  const isReady = (step: Step): boolean =>
    [...step.inputs, ...step.after].every((file) => {
      const maker = graph.producerOf(file);
      return maker === undefined || !left.has(maker);
    });
  while (left.size > 0) {
    const ready = [...left].filter(isReady);
    const step = ready[pick(ready.length)];
    if (step === undefined) throw new Error("the graph has a cycle");
    left.delete(step);
    if (step.isPhony) continue;
    const recipe = graph.recipeOf(step);
    for (const file of step.outputs) {
      mkdirSync(dirname(join(directory, graph.files[file] ?? "")), { recursive: true });
    }
    execFileSync(shell, ["-c", recipe.command], {
      cwd: directory,
      stdio: "pipe",
      env: { PATH: process.env["PATH"] },
    });
  }
}
