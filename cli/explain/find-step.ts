// The step behind a path that a person names, with its derivation: for commands that ask Nix about it.

import type { Derived } from "../../emit/derive.ts";
import type { Plan, PlannedStep } from "../../emit/plan/plan.ts";
import { placeOf } from "../../emit/plan/tree-path.ts";
import { asBytes, type Bytes, fromText, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import { canonicalizePath } from "../../graph/path.ts";
import type { PlanRequest } from "../commands/plan-options.ts";
import { contextOf, type HostObjects, objectsOf, readToolchain } from "../host/host-objects.ts";
import type { Host } from "../host/host-plan.ts";
import { planOnce } from "../host/plan-once.ts";
import type { HostContext } from "../host/step-context.ts";
import type { Session } from "../io.ts";
import { failUnknownPath, PlanIndex } from "./plan-index.ts";

export interface FoundStep extends HostObjects {
  readonly host: Host;
  readonly plan: Plan;
  readonly derived: Derived;
  readonly context: HostContext;
  readonly index: number;
  readonly step: PlannedStep;
  /** Path of its derivation. */
  readonly derivation: Bytes;
}

export async function findStep(
  session: Session,
  request: PlanRequest,
  target: string,
  toolchain: string | undefined,
): Promise<FoundStep> {
  const { host, plan } = planOnce(session, request, true);
  const index = new PlanIndex(plan);
  const place = placeOf(canonicalizePath(fromText(target)), host.layout);
  const maker = index.makerOf(place.path);
  if (maker === undefined) {
    if (index.readersOf(place.path).length > 0) {
      fail({
        code: "graph/no-such-target",
        message: `${quoted(fromText(target))} is a source: no step makes it`,
        hint: "name a file that is built; `unravel why` tells which steps read this one",
      });
    }
    failUnknownPath(target, index);
  }
  const context = await contextOf(host, readToolchain(session, toolchain));
  const { derived, objects } = objectsOf(host, plan, context);
  const derivation = derived.derivations[maker] ?? asBytes("");
  return { host, plan, derived, objects, context, index: maker, step: index.step(maker), derivation };
}
