// A plan made for a tree at one place becomes a plan for the same tree at another: builds run at a fixed directory
// of the sandbox, while a graph that was configured on the host names the host's. Pure.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { Plan, PlannedStep } from "./plan.ts";

/** Writes `to` for `from`, an absolute directory, wherever the whole directory is meant. */
export type Relocate = (text: Bytes) => Bytes;

/**
 * `from` is replaced where a path begins with it: not after a byte that could be part of a longer path, and not
 * before one. `/src` is found in `-I/src/a`, `"/src"` and `-Wl,-rpath,/src:`, not in `/src2`, `/src-old`, `/usr/src`.
 */
export function relocation(from: Bytes, to: Bytes): Relocate {
  if (from === to) return (text) => text;
  const spellings = [...new Set([from, shellSpelling(from)])];
  return (text) => spellings.reduce((result, spelling) => replacePlaces(result, spelling, to), text);
}

/** The plan with its root, commands, response files, depfiles and labels at `to`. */
export function relocatePlan(plan: Plan, to: Bytes): Plan {
  if (plan.root === to) return plan;
  const move = relocation(plan.root, to);
  return {
    ...plan,
    root: to,
    steps: plan.steps.map((step) => relocateStep(step, move)),
    ...(plan.install === undefined ? {} : { install: move(plan.install) }),
  };
}

function relocateStep(step: PlannedStep, move: Relocate): PlannedStep {
  const { responseFile, depfile, links, followers } = step;
  return {
    ...step,
    label: move(step.label),
    command: move(step.command),
    ...(responseFile === undefined
      ? {}
      : { responseFile: { path: move(responseFile.path), content: move(responseFile.content) } }),
    ...(depfile === undefined ? {} : { depfile: move(depfile) }),
    ...(links === undefined
      ? {}
      : { links: links.map(({ path, target }) => ({ path, target: move(target) })) }),
    ...(followers === undefined
      ? {}
      : {
          followers: followers.map((one) => ({ ...one, label: move(one.label), command: move(one.command) })),
        }),
  };
}

function replacePlaces(text: Bytes, from: string, to: string): Bytes {
  let at = text.indexOf(from);
  if (at < 0) return text;
  let result = "";
  let done = 0;
  for (; at >= 0; at = text.indexOf(from, at + 1)) {
    if (at < done || !startsPath(text, at) || !endsName(text, at + from.length)) continue;
    result += text.slice(done, at) + to;
    done = at + from.length;
  }
  return asBytes(result + text.slice(done));
}

/** Nothing before that makes it the tail of a longer path; a flag's letter (`-I/src`) may be there. */
function startsPath(text: string, at: number): boolean {
  if (at === 0) return true;
  const before = text.charAt(at - 1);
  if (!/[\w.~+%/\x80-\xff-]/.test(before)) return true;
  if (before === "/") return false;
  return /(^|[\s"'=,;(])-[A-Za-z][\w-]*$/.test(text.slice(Math.max(0, at - 64), at));
}

/** The name of the directory ends here. */
function endsName(text: string, at: number): boolean {
  if (at >= text.length) return true;
  const after = text.charAt(at);
  if (after === ".") return !/[\w.~+@%\x80-\xff-]/.test(text.charAt(at + 1));
  return !/[\w~+@%\x80-\xff-]/.test(after);
}

/** As generators write it into a command when quotes are not used: blanks and specials with a backslash. */
function shellSpelling(path: Bytes): Bytes {
  return asBytes(path.replace(/[^\w@%+=:,./\x80-\xff-]/g, "\\$&"));
}
