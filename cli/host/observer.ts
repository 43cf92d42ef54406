// Who looks on while steps are built: a record for `unravel report`, or nobody.

import type { Derived } from "../../emit/derive.ts";
import type { Plan } from "../../emit/plan/plan.ts";
import type { WorkerEvent } from "../../emit/sink/worker/events.ts";

/** How a step that was to be built ended; "cut-off" when its inputs became what they once were. */
export type StepEnd = "built" | "cut-off" | "failed";

/** Steps are indexes into the plan that was announced last. */
export interface BuildObserver {
  /** `needed`: steps without a result yet, and wanted. Once per phase. */
  readonly planned: (plan: Plan, derived: Derived, needed: ReadonlySet<number>) => void;
  /** `lane`: the connection that builds it, from 0. */
  readonly started: (step: number, lane: number) => void;
  /** What Nix tells about the step that the lane builds. */
  readonly event: (step: number, event: WorkerEvent) => void;
  readonly finished: (step: number, end: StepEnd, message: string) => void;
}
