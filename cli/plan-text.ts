// A plan for people: a line per step, then totals.

import type { Plan } from "../emit/plan/plan.ts";
import { toText } from "../graph/bytes.ts";
import { count } from "./graph-text.ts";

export function textOfPlan(plan: Plan): string {
  const width = String(plan.steps.length).length;
  const lines = plan.steps.map((step, index) => {
    const number = String(index + 1).padStart(width);
    const read = `${count(step.sources.length + step.ownSources.length, "source")}, ${count(step.inputs.length, "input")}`;
    return `${number}  ${step.kind.padEnd(7)}  ${shown(toText(step.label))}  (${read})`;
  });
  const kinds = new Map<string, number>();
  for (const { kind } of plan.steps) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const parts = [...kinds].sort(([, m], [, n]) => n - m).map(([kind, number]) => `${number} ${kind}`);
  const outputs = plan.steps.reduce((sum, step) => sum + step.outputs.length, 0);
  lines.push(
    "",
    `${count(plan.steps.length, "step")}${parts.length === 0 ? "" : ` (${parts.join(", ")})`}, ${count(outputs, "output")}`,
    `${count(plan.files.length, "source file")}, ${count(plan.built.length, "built file")} in the result`,
  );
  return `${lines.join("\n")}\n`;
}

/** Labels are foreign text: one line of it. */
export function shown(label: string): string {
  return label.replace(/[\x00-\x1f\x7f]+/g, " ");
}
