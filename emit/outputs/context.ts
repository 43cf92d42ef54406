// What emitting derivations have in common.

import type { Bytes } from "../../graph/bytes.ts";
import type { StepContext } from "../derive.ts";

/** What emitting derivations run with. */
export interface EmissionContext extends StepContext {
  /** Store object that holds bin/node. */
  readonly node: Bytes;
  /** Store object that holds the bundle. */
  readonly planner: Bytes;
  /** The script that stands for another derivation's output (templates/builder/forward.sh). */
  readonly forwardScript: Bytes;
}
