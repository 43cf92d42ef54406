// Texts in the recipes of units, and names in what units make.

import type { PlannedUnit } from "./plan.ts";
import type { Variables } from "./variables.ts";

/** The file that rustc makes of a program. */
export function programFile({ unit, hash }: PlannedUnit): string {
  return `${unit.target.name.replaceAll("-", "_")}-${hash}`;
}

export function list(words: readonly string[]): string {
  return words.map((word) => `${word}\0`).join("");
}

export function assignments(variables: Variables): string {
  return list(variables.map(([name, value]) => `${name}=${value}`));
}
