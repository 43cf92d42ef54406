// What travels further than one edge: a thin archive only names its members, a link only names its target, and
// a program that a later step runs needs its shared libraries.

import type { Bytes } from "../../graph/bytes.ts";
import type { OutputRef, PlannedStep, StepKind } from "./plan.ts";

/** Inputs of a step that whoever reads its outputs needs as well. `inputs` already hold what they carry. */
export function carriedBy(
  kind: StepKind,
  command: Bytes,
  inputs: readonly OutputRef[],
  planned: readonly Pick<PlannedStep, "outputs">[],
): readonly OutputRef[] {
  if (kind === "symlink") return inputs;
  if (kind === "archive") return isThin(command) ? inputs : [];
  if (kind !== "link") return [];
  return inputs.filter((ref) => /\.so(\.|$)/.test(planned[ref.step]?.outputs[ref.output]?.path ?? ""));
}

/** `ar csrDT`, `ar -T -S`, `ar rcs --thin`: the letter T in the operation, or the long option. */
export function isThin(command: Bytes): boolean {
  return (
    /\s--thin(\s|$)/.test(command) ||
    /(^|[\s/-])ar(-\d+)?["']?\s+(-?[a-zA-Z]+\s+)*-?[a-zA-Z]*T[a-zA-Z]*\s/.test(command)
  );
}
