// Steps that failed: who, why and what to do first, then what the command itself printed, which is what a person
// wants to see last.

import type { Plan } from "../../emit/plan/plan.ts";
import { asBytes, type Bytes, toText } from "../../graph/bytes.ts";
import { type Diagnostic, InputError } from "../../graph/diagnostic.ts";
import type { Failure, Realised } from "./realise.ts";

/** Diagnostics of failed steps, each with the command and its own output. */
export class StepsFailed extends InputError {
  /** In the order of the diagnostics; lines that end in newlines. */
  readonly outputs: readonly string[];

  constructor(plan: Plan, realised: Realised) {
    const told = realised.failures.map((failure) => tell(plan, failure));
    super(told.map(({ diagnostic }) => diagnostic));
    this.outputs = told.map(({ output }) => output);
  }
}

interface Told {
  readonly diagnostic: Diagnostic;
  readonly output: string;
}

function tell(plan: Plan, failure: Failure): Told {
  const step = plan.steps[failure.step];
  const label = toText(step?.label ?? asBytes(""));
  const { own, complaint, hint } = splitLog(failure.log, label);
  const message = complaint ?? firstLine(failure.message);
  return {
    diagnostic: {
      code: "cli/step-failed",
      message: `${label}: ${message}`,
      ...(hint === undefined ? {} : { hint }),
    },
    output: [shownCommand(step?.command ?? asBytes("")), ...own].map((line) => `${line}\n`).join(""),
  };
}

/** Longest part of a command that is shown. */
const longest = 2000;

function shownCommand(command: Bytes): string {
  const text = toText(command);
  return text.length <= longest ? text : `${text.slice(0, longest)}... (${text.length} characters)`;
}

export interface SplitLog {
  /** What the command printed. */
  readonly own: readonly string[];
  /** What the step's script says is wrong. */
  readonly complaint?: string;
  readonly hint?: string;
}

/** The script of a step complains after the command, in lines that begin with `unravel: LABEL: `. */
export function splitLog(log: readonly string[], label: string): SplitLog {
  const prefix = `unravel: ${label.split("\n")[0]}`;
  const at = log.findLastIndex((line) => line.startsWith(prefix));
  if (at < 0) return { own: log };
  const after = log.slice(at + 1);
  const hintAt = after.findLastIndex((line) => line.startsWith("  hint: "));
  const complaint = (log[at] ?? "").slice(prefix.length).replace(/^: /, "");
  return {
    own: log.slice(0, at),
    complaint: complaint === "" ? "it failed" : complaint,
    ...(hintAt < 0 ? {} : { hint: hintOf(after[hintAt] ?? "") }),
  };
}

/** The script names the setting of the Nix function; here it is an option. */
function hintOf(line: string): string {
  return line.slice("  hint: ".length).replace("extraInputs", "--extra-inputs");
}

/** Nix's message without the lines of log that it repeats. */
function firstLine(message: string): string {
  const lines = message.split("\n").map((line) => line.trim());
  const reason = lines.find((line) => line.startsWith("Reason:"));
  return reason?.slice("Reason:".length).trim().replace(/\.$/, "") ?? lines[0] ?? "it failed";
}
