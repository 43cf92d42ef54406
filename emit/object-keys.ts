// Names of a plan's store objects.

import { asBytes, type Bytes } from "../graph/bytes.ts";
import { derivationKey, type ObjectSet, type ObjectUnit, rootName } from "./object-set.ts";
import type { Plan } from "./plan/plan.ts";
import { NameTable } from "./plan/step-name.ts";

/** Key of each of `plan.files`, in order; `undefined` for one that lies in recipes only. */
export function sourceKeys(plan: Plan): readonly (Bytes | undefined)[] {
  const names = new NameTable();
  const shared = new Set(plan.steps.flatMap((step) => step.sources));
  // What ends in ".drv" would be taken for a derivation.
  return plan.files.map((file, index) =>
    shared.has(index) ? names.nameFor(asBytes(file.endsWith(".drv") ? `${file}_` : file), "0-") : undefined,
  );
}

export function recipeKey(stepName: Bytes): Bytes {
  return asBytes(`${stepName}-recipe`);
}

/** Every object of the plan, bottom-up: sources, then steps, then the root. */
export function objectSetOf(plan: Plan): ObjectSet {
  return { name: plan.name, isGated: plan.isGated, units: unitsOf(plan) };
}

function unitsOf(plan: Plan): readonly ObjectUnit[] {
  return [
    ...(plan.groups ?? []).map(({ name }) => ({ name, keys: [name] })),
    ...sourceKeys(plan).flatMap((name) => (name === undefined ? [] : [{ name, keys: [name] }])),
    ...plan.steps.map((step) => ({
      name: step.name,
      keys: [recipeKey(step.name), derivationKey(step.name)],
    })),
    { name: rootName, keys: [derivationKey(rootName)] },
  ];
}
