// A plan for commands that build nothing.

import type { Plan } from "../../emit/plan/plan.ts";
import type { PlanRequest } from "../commands/plan-options.ts";
import { count } from "../graph-text.ts";
import type { Session } from "../io.ts";
import { generatedOnDisk, type Host, loadHost } from "./host-plan.ts";

export interface PlannedOnce {
  readonly host: Host;
  readonly plan: Plan;
}

/**
 * Says so when the plan is one of generated files only. `looksBack`: generated files are those that the last build left
 * in the build directory, which is what commands about that build want.
 */
export function planOnce(
  session: Session,
  request: PlanRequest,
  looksBack: boolean = request.flags.useGenerated === true,
): PlannedOnce {
  const host = loadHost(session, request);
  const generated = looksBack ? generatedOnDisk(host) : new Map();
  const plan = host.plan(generated);
  if (!plan.isComplete) {
    session.io.err(
      `note: this is the plan of ${count(plan.built.length, "generated file")}; the rest follows when they are built\n` +
        (looksBack
          ? "  hint: they are not in the build directory: `unravel build` puts them there\n"
          : "  hint: `unravel build` goes on by itself; --use-generated takes them from the build directory\n"),
    );
  }
  return { host, plan };
}
