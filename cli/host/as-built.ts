// The plans of a build as far as they can be known without building: the next one needs files that the steps of the one
// before make, and these may be in the store already.

import type { Derived } from "../../emit/derive.ts";
import type { StoreObject } from "../../emit/object.ts";
import type { Plan } from "../../emit/plan/plan.ts";
import type { DaemonSink } from "../../emit/sink/daemon.ts";
import type { Bytes } from "../../graph/bytes.ts";
import { builtContents } from "./built-contents.ts";
import { objectsOf } from "./host-objects.ts";
import type { Host } from "./host-plan.ts";
import { type Survey, survey } from "./realise.ts";
import type { HostContext } from "./step-context.ts";

export interface PhaseAsBuilt {
  readonly plan: Plan;
  readonly derived: Derived;
  readonly objects: readonly StoreObject[];
  readonly survey: Survey;
}

/** One plan after the other, each delivered to the store; the last is complete, or has steps that are not built. */
export async function* phasesAsBuilt(
  sink: DaemonSink,
  host: Host,
  context: HostContext,
): AsyncGenerator<PhaseAsBuilt> {
  const generated = new Map<Bytes, Bytes>();
  for (;;) {
    const plan = host.plan(generated);
    const { derived, objects } = objectsOf(host, plan, context);
    // Nix answers only for derivations that it has.
    await sink.deliver(objects);
    const found = await survey(sink.context, plan, derived);
    yield { plan, derived, objects, survey: found };
    if (plan.isComplete || found.needed.size > 0) return;
    for (const [path, text] of await builtContents(sink.context, plan, found.valid))
      generated.set(path, text);
  }
}
