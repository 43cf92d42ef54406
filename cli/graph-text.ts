// A loaded graph for people, and as JSON in pieces.

import { factsOf } from "../generators/ninja/facts.ts";
import type { NinjaManifest } from "../generators/ninja/manifest.ts";
import { type Bytes, compareBytes, toText } from "../graph/bytes.ts";
import type { BuildGraph } from "../graph/graph.ts";
import { Interrupted, type Session } from "./io.ts";

/** Characters written at once. */
const chunk = 1 << 18;
/** Names that a summary shows of a long list. */
const few = 20;

/** The graph as JSON, written as it is made: a large one is gigabytes of text. */
export async function printFacts({ io }: Session, manifest: NinjaManifest): Promise<void> {
  let text = "";
  for (const piece of factsOf(manifest)) {
    text += piece;
    if (text.length < chunk) continue;
    await io.out(text);
    text = "";
    if (io.signal.aborted) throw new Interrupted();
  }
  await io.out(text);
}

/** Counts of what there is, then the names to build. */
export function summaryOf(graph: BuildGraph): string {
  const rules = new Map<Bytes, number>();
  const phonies: Bytes[] = [];
  for (const step of graph.steps) {
    rules.set(step.rule, (rules.get(step.rule) ?? 0) + 1);
    if (!step.isPhony) continue;
    for (const file of step.outputs) phonies.push(nameOf(graph, file));
  }
  const steps = graph.steps.length - (rules.get("phony" as Bytes) ?? 0);
  const sources = graph.files.length - madeCount(graph);
  const lines = [
    `${count(steps, "step")}, ${count(graph.files.length, "file")}, ${sources} of them made by no step`,
    "",
    "steps per rule",
    ...[...rules]
      .sort(([a, m], [b, n]) => n - m || compareBytes(a, b))
      .map(([rule, number]) => `${String(number).padStart(8)}  ${toText(rule)}`),
  ];
  const pools = [...graph.pools].filter(([name]) => name !== "" && name !== "console");
  if (pools.length > 0) {
    lines.push("", "pools", ...pools.map(([name, depth]) => `${String(depth).padStart(8)}  ${toText(name)}`));
  }
  lines.push("", "built by default", ...listed(graph.defaults.map((file) => nameOf(graph, file))));
  if (phonies.length > 0) lines.push("", "phony targets", ...listed(phonies));
  return `${lines.join("\n")}\n`;
}

function madeCount(graph: BuildGraph): number {
  let made = 0;
  for (const step of graph.steps) made += step.outputs.length;
  return made;
}

function nameOf(graph: BuildGraph, file: number): Bytes {
  return graph.files[file] ?? ("" as Bytes);
}

function listed(names: readonly Bytes[]): readonly string[] {
  const shown = names.slice(0, few).map((name) => `  ${toText(name)}`);
  const more = names.length - few;
  return more > 0 ? [...shown, `  and ${more} more (--json has all)`] : shown;
}

export function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
