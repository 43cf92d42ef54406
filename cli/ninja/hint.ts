// Hints name options of `unravel`; ninja's arguments have no place for them, so that here they are variables.

import { InputError } from "../../graph/diagnostic.ts";

const variables: readonly (readonly [RegExp, string])[] = [
  [/--toolchain FILE\.json/g, "UNRAVEL_TOOLCHAIN=FILE.json"],
  [/--toolchain\b/g, "UNRAVEL_TOOLCHAIN"],
  [/--extra-inputs\b/g, "UNRAVEL_EXTRA_INPUTS"],
  [/--root\b/g, "UNRAVEL_ROOT"],
];

export function inNinjaTerms(error: InputError): InputError {
  const diagnostics = error.diagnostics.map((diagnostic) =>
    diagnostic.hint === undefined ? diagnostic : { ...diagnostic, hint: inVariables(diagnostic.hint) },
  );
  return new InputError(diagnostics, error.exitCode, { cause: error });
}

export function inVariables(hint: string): string {
  return variables.reduce((text, [option, variable]) => text.replace(option, variable), hint);
}
