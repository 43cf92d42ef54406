// A lockfile that does not fit its package.json files, told as `npm ci` tells it.

import { type Bytes, toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { EdgeProblem } from "./virtual-tree.ts";

/** @throws InputError unless there are no problems */
export function refuseOutOfSync(problems: readonly EdgeProblem[], file: Bytes): void {
  if (problems.length === 0) return;
  const lines = [...new Set(problems.map(lineOf))].sort();
  fail({
    code: "npm/out-of-sync",
    message: `package.json and ${toText(file)} are not in sync:\n  ${lines.join("\n  ")}`,
    hint: "update the lock file with `npm install` before continuing",
  });
}

/** npm's words; it names the version that it would install, which only a registry knows: here it is the range. */
function lineOf({ name, spec, locked }: EdgeProblem): string {
  const wanted = toText(`${name}@${spec}` as Bytes);
  if (locked === undefined) return `Missing: ${wanted} from lock file`;
  return `Invalid: lock file's ${toText(name)}@${toText(locked)} does not satisfy ${wanted}`;
}
