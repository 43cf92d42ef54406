// Shared libraries as a linker sees them. A step that does nothing but link depends on the interface of a library
// (templates/builder/interface.sh), so it does not run again when only code in the library changes. Whoever may run what
// was linked gets the library.

import type { Bytes } from "../../graph/bytes.ts";
import type { Recipe } from "../../graph/graph.ts";
import { type ShellWord, splitShell } from "../../graph/shell-words.ts";
import { isSharedLibrary } from "./carried.ts";
import type { OutputRef, PlannedStep, StepKind } from "./plan.ts";

const driver = /^(?:[\w.+-]+-)?(?:cc|c\+\+|gcc|g\+\+|clang|clang\+\+|gfortran)(?:-[\d.]+)?$/;

/** What makes a linker, or what a compiler runs, look at more of a library than is in its interface. */
const looksCloser = /(?:^|[\s,"'])--?(?:R|just-symbols|Map|reproduce|wrapper|f?plugin|specs)|(?:^|[\s,"'])@/;

/** Whether a step's outputs follow from what a linker sees of the shared libraries that it is given. */
export function onlyLinks(kind: StepKind, { command, responseFile }: Recipe): boolean {
  if (kind !== "link") return false;
  const words = onlyCommand(command);
  const program = words?.[0]?.text;
  if (words === undefined || program === undefined) return false;
  if (!driver.test(program.slice(program.lastIndexOf("/") + 1))) return false;
  const response = responseFile === undefined ? undefined : `@${responseFile.path}`;
  if (looksCloser.test(responseFile?.content ?? "")) return false;
  return words.every(({ text, isLiteral }) => isLiteral && (text === response || !looksCloser.test(text)));
}

/** The words of a line that is one command, but for the `:` that CMake puts around it. */
function onlyCommand(line: Bytes): readonly ShellWord[] | undefined {
  const commands: (readonly ShellWord[])[] = [];
  for (const item of splitShell(line)) {
    if (item.kind !== "command" || item.assignments.length > 0 || item.redirects.length > 0) return undefined;
    if (item.after === "|" || item.after === "&") return undefined;
    if (item.words.length !== 1 || item.words[0]?.text !== ":") commands.push(item.words);
  }
  return commands.length === 1 ? commands[0] : undefined;
}

/** Whether the interface of an output is made beside it: a shared library, by its name, that some step reads. */
export function hasInterface(kind: StepKind, path: Bytes, isConsumed: (path: Bytes) => boolean): boolean {
  return kind === "link" && isSharedLibrary(path) && isConsumed(path);
}

/** Every library in its interface, where there is one. */
export function asInterfaces(
  refs: readonly OutputRef[],
  steps: readonly Pick<PlannedStep, "outputs">[],
): readonly OutputRef[] {
  return refs.map((ref) => {
    const outputs = steps[ref.step]?.outputs ?? [];
    const path = outputs[ref.output]?.path;
    const output = outputs.findIndex((other) => other.isInterface === true && other.path === path);
    return output < 0 ? ref : { step: ref.step, output };
  });
}
