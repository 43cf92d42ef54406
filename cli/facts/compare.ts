// Two builds compared: which steps differ, the first thing about each that does, and the way from there.

import { asBytes, type Bytes, toText } from "../../graph/bytes.ts";
import { shown } from "../plan-text.ts";
import type { BuildFacts, StepFacts } from "./facts.ts";

export interface Change {
  readonly step: StepFacts;
  /** "src/a.h changed", of the step itself or of the one that it comes from. */
  readonly cause: string;
  /** From what changed to the step, as people read it: file, step, step. */
  readonly chain: readonly string[];
}

export interface Comparison {
  /** In the order of the second build. */
  readonly changed: readonly Change[];
  readonly gone: readonly StepFacts[];
  readonly unchanged: number;
}

export function compareFacts(before: BuildFacts, after: BuildFacts): Comparison {
  const old = new Map(before.steps.map((step) => [step.name, step]));
  const isElsewhere = differs(before.environment, after.environment);
  const changes = new Map<Bytes, Change>();
  for (const step of after.steps) {
    const was = old.get(step.name);
    const own = ownCause(was, step, isElsewhere);
    const change = own ?? inheritedCause(was, step, old, after, changes);
    if (change !== undefined) changes.set(step.name, change);
  }
  const names = new Set(after.steps.map(({ name }) => name));
  return {
    changed: [...changes.values()],
    gone: before.steps.filter(({ name }) => !names.has(name)),
    unchanged: after.steps.length - changes.size,
  };
}

/** Store paths differ when both are known. */
function differs(a: Bytes, b: Bytes): boolean {
  return a !== "" && b !== "" && a !== b;
}

function ownCause(was: StepFacts | undefined, step: StepFacts, isElsewhere: boolean): Change | undefined {
  const because = (cause: string, file = ""): Change => ({
    step,
    cause,
    chain: [...(file === "" ? [cause] : [file]), labelOf(step)],
  });
  if (was === undefined) return because("the step is new");
  if (was.command !== step.command) return because("its command changed");
  if (was.response !== step.response) return because("its response file changed");
  if (isElsewhere) return because("the environment changed (toolchain or variables)");
  const [sources, old] = [new Map(step.sources), new Map(was.sources)];
  for (const path of step.own)
    if (!was.own.includes(path)) return because(`it reads ${toText(path)} now`, toText(path));
  for (const [path, store] of sources) {
    const before = old.get(path);
    if (before === undefined) return because(`it reads ${toText(path)} now`, toText(path));
    if (differs(before, store)) return because(`${toText(path)} changed`, toText(path));
  }
  for (const path of [...was.own, ...old.keys()]) {
    if (!sources.has(path) && !step.own.includes(path))
      return because(`it does not read ${toText(path)} any more`, toText(path));
  }
  const inputs = new Set(step.inputs.map(([path]) => path));
  const oldInputs = new Set(was.inputs.map(([path]) => path));
  for (const path of inputs)
    if (!oldInputs.has(path)) return because(`it reads ${toText(path)} now`, toText(path));
  for (const path of oldInputs) {
    if (!inputs.has(path)) return because(`it does not read ${toText(path)} any more`, toText(path));
  }
  if (!differs(was.recipe, step.recipe)) return undefined;
  // Only what lies in the recipe is left.
  const files = step.own.map(toText).join(" or ");
  return files === "" ? because("its outputs or directories changed") : because(`${files} changed`, files);
}

/** An input that is another file than before; without contents, one whose maker changed. */
function inheritedCause(
  was: StepFacts | undefined,
  step: StepFacts,
  old: ReadonlyMap<Bytes, StepFacts>,
  after: BuildFacts,
  changes: ReadonlyMap<Bytes, Change>,
): Change | undefined {
  if (was === undefined) return undefined;
  const makers = new Map(after.steps.map((maker) => [maker.name, maker]));
  for (const [path, name] of step.inputs) {
    const change = changes.get(name);
    if (change === undefined) continue;
    const [before, now] = [old.get(name), makers.get(name)].map(
      (maker) => new Map(maker?.outputs ?? []).get(path) ?? asBytes(""),
    );
    const isKnown = before !== "" && now !== "";
    if (isKnown && before === now) continue;
    return { step, cause: change.cause, chain: [...change.chain, labelOf(step)] };
  }
  return undefined;
}

export function labelOf(step: StepFacts): string {
  return shown(toText(step.label));
}

/** "src/a.h -> CC a.o -> LINK app": a long way keeps its ends. */
export function chainText(chain: readonly string[]): string {
  const parts = chain.length <= 6 ? chain : [...chain.slice(0, 3), "...", ...chain.slice(-2)];
  return parts.join(" -> ");
}

export function textOfComparison({ changed, gone, unchanged }: Comparison): string {
  const lines = changed.map(({ cause, chain }) => {
    const way = chainText(chain);
    return chain.length > 2 ? way : `${chain.at(-1)}: ${cause}`;
  });
  for (const step of gone) lines.push(`${labelOf(step)}: the step is gone`);
  const counts = [`${changed.length} changed`];
  if (gone.length > 0) counts.push(`${gone.length} gone`);
  counts.push(`${unchanged} as before`);
  return `${[...lines, ...(lines.length > 0 ? [""] : []), counts.join(", ")].join("\n")}\n`;
}

export function jsonOfComparison({ changed, gone, unchanged }: Comparison): string {
  const rows = changed.map(({ step, cause, chain }) => ({ step: labelOf(step), cause, chain }));
  return `${JSON.stringify({ changed: rows, gone: gone.map(labelOf), unchanged })}\n`;
}
