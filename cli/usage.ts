// A command line that is wrong: commander's words as a diagnostic of ours.

import type { CommanderError } from "commander";
import { type Diagnostic, fail, InputError } from "../graph/diagnostic.ts";

/** Fails with exit code 2. */
export function failUsage(message: string, hint: string): never {
  return fail({ code: "cli/usage", message: message, hint: hint }, 2);
}

/** `undefined` when nothing is wrong: help or the version was asked for. */
export function usageError(error: CommanderError, command: string): InputError | undefined {
  if (error.exitCode === 0) return undefined;
  const [first = "", ...rest] = error.message.split("\n");
  const suggestion = /^\(Did you mean (.+)\?\)$/.exec(rest.join(" "))?.[1];
  const usual = `\`${command} --help\` shows what it takes`;
  const diagnostic: Diagnostic = {
    code: "cli/usage",
    message: first
      .replace(/^error: /, "")
      .replace(/'([^']*)'/g, '"$1"')
      .replace(/\.$/, ""),
    hint: suggestion === undefined ? usual : `did you mean ${suggestion.replace(/^one of /, "")}?`,
  };
  return new InputError([diagnostic], 2, { cause: error });
}
