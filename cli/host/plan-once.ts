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

/** Says so when the plan is one of generated files only. */
export function planOnce(session: Session, request: PlanRequest): PlannedOnce {
  const host = loadHost(session, request);
  const generated = request.flags.useGenerated === true ? generatedOnDisk(host) : new Map();
  const plan = host.plan(generated);
  if (!plan.isComplete) {
    session.io.err(
      `note: this is the plan of ${count(plan.built.length, "generated file")}; the rest follows when they are built\n` +
        "  hint: `unravel build` goes on by itself; --use-generated takes them from the build directory\n",
    );
  }
  return { host, plan };
}
