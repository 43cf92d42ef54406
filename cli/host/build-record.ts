// Keeps what a build was made of in the build directory, and explains the next one by it.

import { mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bytes } from "../../graph/bytes.ts";
import { chainText, compareFacts } from "../facts/compare.ts";
import { type BuildFacts, parseFacts, printFacts, type StepFacts } from "../facts/facts.ts";
import { readIfThere } from "../files.ts";
import { count } from "../graph-text.ts";
import { stateDirectory } from "../state-directory.ts";

const fileName = "steps.json";

/** The last build's facts; `undefined` when there was none, or its record cannot be read. */
export function readRecord(buildDirectory: string): BuildFacts | undefined {
  const buffer = readIfThere(join(buildDirectory, stateDirectory, fileName));
  return buffer === undefined ? undefined : parseFacts(buffer);
}

/** Losing the record costs an explanation, never correctness. */
export function writeRecord(buildDirectory: string, facts: BuildFacts): void {
  const directory = join(buildDirectory, stateDirectory);
  mkdirSync(directory, { recursive: true });
  const partial = join(directory, `${fileName}.part`);
  writeFileSync(partial, printFacts(facts));
  renameSync(partial, join(directory, fileName));
}

/** Steps that nobody looked at are as they were: what they made is taken from the record. */
export function withKnownOutputs(facts: BuildFacts, before: BuildFacts | undefined): BuildFacts {
  const old = new Map(before?.steps.map((step) => [step.name, step]));
  const known = (step: StepFacts): StepFacts => {
    const was = old.get(step.name);
    if (was === undefined || was.recipe !== step.recipe || step.outputs.some(([, store]) => store !== ""))
      return step;
    const stores = new Map(was.outputs);
    return {
      ...step,
      outputs: step.outputs.map(([path, store]) => [path, stores.get(path) ?? store] as const),
    };
  };
  return { ...facts, steps: facts.steps.map(known) };
}

/** Explained steps from which on their causes are counted. */
const many = 10;

/** A line for each step that was built: the first thing that differs, and the way from there. */
export function explanationOf(
  before: BuildFacts | undefined,
  after: BuildFacts,
  built: ReadonlySet<Bytes>,
): string {
  if (built.size === 0) return "";
  if (before === undefined) {
    return "explain: there is no record of an earlier build in this directory; this one is recorded\n";
  }
  const causes = new Map(compareFacts(before, after).changed.map((change) => [change.step.name, change]));
  const counts = new Map<string, number>();
  const lines = [...built].map((name) => {
    const change = causes.get(name);
    const cause = change?.cause ?? "its result was not in the store any more, or it failed before";
    counts.set(cause, (counts.get(cause) ?? 0) + 1);
    if (change === undefined) return `explain: ${name}: ${cause}\n`;
    return `explain: ${change.chain.length > 2 ? chainText(change.chain) : `${change.chain.at(-1)}: ${cause}`}\n`;
  });
  return `${lines.join("")}${built.size < many ? "" : countsText(counts)}`;
}

/** What most steps ran for comes first. */
function countsText(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, many)
    .map(([cause, steps]) => `explain: in all: ${cause}: ${count(steps, "step")}\n`)
    .join("");
}
