// What a Nix daemon refuses for a reason that a setting changes: told with the setting.

import { type Diagnostic, InputError } from "../../graph/diagnostic.ts";

/** A refusal because of a setting becomes a diagnostic of its own, exit code 3; any other error is left as it is. */
export function explain(error: unknown): unknown {
  if (!(error instanceof InputError)) return error;
  for (const { message } of error.diagnostics) {
    const diagnostic = settingFor(message);
    if (diagnostic !== undefined) return new InputError([diagnostic], 3, { cause: error });
  }
  return error;
}

/** The setting that Nix's words ask for, if they ask for one. */
export function settingFor(message: string): Diagnostic | undefined {
  const feature = /experimental Nix feature '([a-z-]+)' is disabled/.exec(message)?.[1];
  if (feature !== undefined) {
    return {
      code: "nix/feature-off",
      message: `the experimental feature ${feature} of Nix is off`,
      hint: `add to nix.conf, the daemon's too: extra-experimental-features = ${feature}`,
    };
  }
  if (/No space left on device|disk full|database or disk is full/i.test(message)) {
    return {
      code: "nix/no-space",
      message: `no space is left for the Nix store (${message.split("\n")[0]})`,
      hint: "make room, for instance with `nix-collect-garbage`, and run again: what was finished is kept",
    };
  }
  return undefined;
}
