// Steps that a build cannot run, although the graph's own tool would.

import { quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { Step } from "../../graph/graph.ts";
import type { GraphView } from "./graph-view.ts";

/** Throws InputError for such a step. */
export function refuse(step: Step, view: GraphView): void {
  for (const path of view.pathsOf(step)) {
    const maker = view.makerAt(path)?.step;
    if (maker === undefined || maker === step) continue;
    fail({
      code: "plan/duplicate-output",
      message: `two steps make ${quoted(path)}, under two of its names`,
      at: step.declaredAt,
      hint: "the file would be whichever step ran last; let one of them make another file",
    });
  }
  if (!view.isGenerator(step)) return;
  const missing = view.pathsOf(step).filter((path) => view.makerAt(path) !== undefined);
  if (missing.length === view.pathsOf(step).length) return;
  fail({
    code: "plan/generator",
    message: `${missing.map(quoted).join(", ")} ${missing.length === 1 ? "is" : "are"} missing, and only running configure again would make ${missing.length === 1 ? "it" : "them"}`,
    at: step.declaredAt,
    hint: "configure has run already, and a step cannot run it; see why it did not write the file, or ask for other targets",
  });
}
