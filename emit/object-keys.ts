// Names of a plan's store objects, known before any content is: an emitting derivation must declare its outputs
// when it is written, and they are named after the objects.

import { asBytes, type Bytes } from "../graph/bytes.ts";
import type { Plan } from "./plan/plan.ts";
import { NameTable } from "./plan/step-name.ts";

/** Objects that are emitted together, with the name they share. */
export interface ObjectUnit {
  /** "0-src-a.c" for a source, the step's name for a step, "r-root" for the root. */
  readonly name: Bytes;
  /** Keys of its objects: a key is the object's name without the plan's "<name>-". */
  readonly keys: readonly Bytes[];
}

export const rootName: Bytes = asBytes("r-root");

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

export function derivationKey(stepName: Bytes): Bytes {
  return asBytes(`${stepName}.drv`);
}

/** Every object of the plan, bottom-up: sources, then steps, then the root. */
export function unitsOf(plan: Plan): readonly ObjectUnit[] {
  return [
    ...sourceKeys(plan).flatMap((name) => (name === undefined ? [] : [{ name, keys: [name] }])),
    ...plan.steps.map((step) => ({
      name: step.name,
      keys: [recipeKey(step.name), derivationKey(step.name)],
    })),
    { name: rootName, keys: [derivationKey(rootName)] },
  ];
}
