// A plan for people: a line per step, then totals.

import type { Plan } from "../emit/plan/plan.ts";
import { toText } from "../graph/bytes.ts";
import { count } from "./graph-text.ts";

export function textOfPlan(plan: Plan): string {
  const width = String(plan.steps.length).length;
  const lines = plan.steps.map((step, index) => {
    const number = String(index + 1).padStart(width);
    const read = `${count(step.sources.length + step.ownSources.length, "source")}, ${count(step.inputs.length, "input")}`;
    const leader = step.follows === undefined ? undefined : plan.steps[step.follows];
    const told = [
      ...(leader === undefined
        ? []
        : [`cheap: in the derivation of ${shown(toText(leader.label))} where Nix plans`]),
      ...(step.grants ?? []).map(
        ({ directory, files }) =>
          `${count(files, "file")} for being ${directory.includes("*") ? "in" : "below"} ${placeName(toText(directory))}`,
      ),
      ...(step.unresolved ?? []).map((line) => `unknown meaning of ${shown(toText(line))}`),
    ];
    const more = told.map((one) => `\n${" ".repeat(width)}  ${one}`).join("");
    return `${number}  ${step.kind.padEnd(7)}  ${shown(toText(step.label))}  (${read})${more}`;
  });
  const kinds = new Map<string, number>();
  for (const { kind } of plan.steps) kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  const parts = [...kinds].sort(([, m], [, n]) => n - m).map(([kind, number]) => `${number} ${kind}`);
  const outputs = plan.steps
    .flatMap((step) => step.outputs)
    .filter(({ isInterface }) => isInterface !== true).length;
  lines.push(
    "",
    `${count(plan.steps.length, "step")}${parts.length === 0 ? "" : ` (${parts.join(", ")})`}, ${count(outputs, "output")}`,
    `${count(plan.files.length, "source file")}, ${count(plan.built.length, "built file")} in the result`,
    ...followTotals(plan),
    ...grantTotals(plan),
  );
  return `${lines.join("\n")}\n`;
}

function followTotals(plan: Plan): readonly string[] {
  const following = plan.steps.filter(({ follows }) => follows !== undefined).length;
  return following === 0 ? [] : [`${count(following, "step")} in the derivations of others where Nix plans`];
}

/** Directories that steps have whole, and computed includes of unknown meaning: what makes a plan less than exact. */
function grantTotals(plan: Plan): readonly string[] {
  const granting = plan.steps.filter((step) => step.grants !== undefined);
  const grants = granting.flatMap((step) => step.grants ?? []);
  const whole = grants.filter(({ directory }) => directory === "").length;
  const unresolved = plan.steps.reduce((sum, step) => sum + (step.unresolved?.length ?? 0), 0);
  return [
    ...(grants.length === 0
      ? []
      : [
          `${count(grants.length, "grant")} of whole directories, to ${count(granting.length, "step")}; ${whole} of the whole tree`,
        ]),
    ...(unresolved === 0 ? [] : [`${count(unresolved, "computed include")} of unknown meaning`]),
  ];
}

function placeName(directory: string): string {
  return directory === "" ? "the source tree" : JSON.stringify(shown(directory));
}

/** Labels are foreign text: one line of it. */
export function shown(label: string): string {
  return label.replace(/[\x00-\x1f\x7f]+/g, " ");
}
