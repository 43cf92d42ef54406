// What travels further than one edge: a thin archive only names its members, a link only names its target, and
// a program that a later step runs needs its shared libraries.

import type { Bytes } from "../../graph/bytes.ts";
import { unreachable } from "../../graph/diagnostic.ts";
import type { OutputRef, PlannedStep, StepKind } from "./plan.ts";

/** What a reader of some outputs of a step needs beside them. */
export interface Carried {
  readonly refs: readonly OutputRef[];
  /** Only who reads a module needs its modules: an object file stands alone. */
  readonly withModulesOnly: boolean;
}

/** `inputs` hold what they carry already; `own` are the step's outputs. */
export function carriedBy(
  kind: StepKind,
  command: Bytes,
  inputs: readonly OutputRef[],
  own: readonly OutputRef[],
  planned: readonly Pick<PlannedStep, "outputs">[],
): Carried {
  const pathOf = (ref: OutputRef): string => planned[ref.step]?.outputs[ref.output]?.path ?? "";
  const all = (refs: readonly OutputRef[]): Carried => ({ refs, withModulesOnly: false });
  switch (kind) {
    case "symlink":
      // CMake makes libx.so and libx.so.1 in one step, one leading to the other.
      return all([...inputs, ...own]);
    case "archive":
      return all(isThin(command) ? inputs : []);
    case "link":
      return all(inputs.filter((ref) => isSharedLibrary(pathOf(ref))));
    case "compile":
      // A dyndep file lists direct imports; the compiler opens what those import as well.
      return { refs: inputs.filter((ref) => isModule(pathOf(ref))), withModulesOnly: true };
    case "command":
      return all([]);
    default:
      return unreachable(kind);
  }
}

/** `libx.so`, `libx.so.1.2`; not what lies below `libx.so.1.2.p/`, where Meson has the objects of a library. */
export function isSharedLibrary(path: string): boolean {
  return /\.so(\.\d\w*)*$/.test(path);
}

/** Compiled module interfaces: GCC's, Clang's, and Fortran's. */
export function isModule(path: string): boolean {
  return /\.(gcm|pcm|mod|smod)$/.test(path);
}

/** `ar csrDT`, `ar -T -S`, `ar rcs --thin`: the letter T in the operation, or the long option. */
export function isThin(command: Bytes): boolean {
  return (
    /\s--thin(\s|$)/.test(command) ||
    /(^|[\s/-])ar(-\d+)?["']?\s+(-?[a-zA-Z]+\s+)*-?[a-zA-Z]*T[a-zA-Z]*\s/.test(command)
  );
}
