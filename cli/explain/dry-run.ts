// `unravel plan --dry-run`: which steps a build would run, as far as that can be known without building.

import type { Plan } from "../../emit/plan/plan.ts";
import { openDaemonSink } from "../../emit/sink/daemon.ts";
import { queryValidPaths } from "../../emit/sink/worker/operations.ts";
import type { PlanRequest } from "../commands/plan-options.ts";
import { count } from "../graph-text.ts";
import { phasesAsBuilt } from "../host/as-built.ts";
import { contextOf, readToolchain } from "../host/host-objects.ts";
import { loadHost } from "../host/host-plan.ts";
import { planOnce } from "../host/plan-once.ts";
import { explain } from "../host/refusal.ts";
import type { Session } from "../io.ts";
import { labelOf } from "./why.ts";

/** "static": what is planned, Nix not asked. "planned": what of it is not built yet. */
export type DryRun = "planned" | "static";

interface Found {
  readonly plan: Plan;
  readonly needed: ReadonlySet<number>;
}

export async function dryRun(
  session: Session,
  request: PlanRequest,
  policy: DryRun,
  flags: { readonly toolchain?: string; readonly json?: true },
): Promise<string> {
  const { plan, needed } =
    policy === "static"
      ? asPlanned(planOnce(session, request).plan)
      : await neededNow(session, request, flags.toolchain);
  const labels = [...needed].map((step) => {
    const found = plan.steps[step];
    return found === undefined ? "" : labelOf(found);
  });
  const open = plan.isComplete ? 0 : plan.built.length;
  if (flags.json === true) {
    return `${JSON.stringify({ policy, run: labels, upToDate: plan.steps.length - labels.length, complete: plan.isComplete })}\n`;
  }
  const rest = plan.steps.length - labels.length;
  const lines = [...labels.map((label) => `would run  ${label}`)];
  if (lines.length > 0) lines.push("");
  lines.push(
    policy === "static"
      ? `${count(plan.steps.length, "step")} planned; which of them are built already was not asked`
      : `${labels.length} of ${count(plan.steps.length, "step")} would run at most, ${rest} up to date`,
  );
  if (open > 0)
    lines.push(`more is planned when ${count(open, "generated file")} ${open === 1 ? "is" : "are"} built`);
  return `${lines.join("\n")}\n`;
}

function asPlanned(plan: Plan): Found {
  return { plan, needed: new Set(plan.steps.keys()) };
}

/** Goes on to the next plan, as a build does, while everything that the one before is for is built already. */
async function neededNow(
  session: Session,
  request: PlanRequest,
  toolchainFile: string | undefined,
): Promise<Found> {
  const host = loadHost(session, request);
  const toolchain = readToolchain(session, toolchainFile);
  const sink = await openDaemonSink({ environment: session.io.env });
  try {
    const context = await contextOf(host, toolchain, (paths) => queryValidPaths(sink.context, paths));
    let last: Found | undefined;
    for await (const { plan, survey } of phasesAsBuilt(sink, host, context))
      last = { plan, needed: survey.needed };
    if (last === undefined) throw new Error("a graph has no plan");
    return last;
  } catch (error) {
    throw explain(error);
  } finally {
    await sink.close();
  }
}
