// What sort of command a step is: it decides how inputs are laid out and what travels with outputs.

import type { BuildGraph, Recipe, Step } from "../../graph/graph.ts";
import type { StepKind } from "./plan.ts";

/** Judged by the command and the names; a compile is what the scanner recognised. */
export function kindOf(step: Step, recipe: Recipe, graph: BuildGraph, isCompile: boolean): StepKind {
  if (isCompile) return "compile";
  if (/(^|[\s;&(])ln\s+-\w*s|cmake_symlink_(library|executable)|create_symlink/.test(recipe.command))
    return "symlink";
  const output = graph.files[step.outputs[0] ?? 0] ?? "";
  if (
    /\.a$/.test(output) &&
    /(^|[\s/;&-])(ar|llvm-ar|gcc-ar|libtool)(-\d+)?(\.exe)?["']?\s/.test(recipe.command)
  ) {
    return "archive";
  }
  for (let i = 0; i < step.explicitInputs; i++) {
    const input = graph.files[step.inputs[i] ?? 0] ?? "";
    if (
      /\.(o|lo|obj|a|so)$|\.so\./.test(input) &&
      /(^|[\s/;&-])(cc|c\+\+|gcc|g\+\+|clang|clang\+\+|ld|gfortran)(-[\d.]+)?\s/.test(recipe.command)
    ) {
      return "link";
    }
  }
  return "command";
}
