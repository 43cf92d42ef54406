// `unravel plan --dry-run`: which steps a build would run, as far as that can be known without building.

import { openDaemonSink } from "../../emit/sink/daemon.ts";
import { queryValidPaths } from "../../emit/sink/worker/operations.ts";
import type { PlanRequest } from "../commands/plan-options.ts";
import { count } from "../graph-text.ts";
import { contextOf, objectsOf, readToolchain } from "../host/host-objects.ts";
import { planOnce } from "../host/plan-once.ts";
import { survey } from "../host/realise.ts";
import { explain } from "../host/refusal.ts";
import type { Session } from "../io.ts";
import { labelOf } from "./why.ts";

/** "static": what is planned, Nix not asked. "planned": what of it is not built yet. */
export type DryRun = "planned" | "static";

export async function dryRun(
  session: Session,
  request: PlanRequest,
  policy: DryRun,
  flags: { readonly toolchain?: string; readonly json?: true },
): Promise<string> {
  const { host, plan } = planOnce(session, request);
  const needed = policy === "static" ? new Set(plan.steps.keys()) : await neededNow();
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
  if (open > 0) lines.push(`more is planned when ${count(open, "generated file")} are built`);
  return `${lines.join("\n")}\n`;

  async function neededNow(): Promise<ReadonlySet<number>> {
    const toolchain = readToolchain(session, flags.toolchain);
    const sink = await openDaemonSink({ environment: session.io.env });
    try {
      const context = await contextOf(host, toolchain, (paths) => queryValidPaths(sink.context, paths));
      const { derived, objects } = objectsOf(host, plan, context);
      // Nix answers only for derivations that it has.
      await sink.deliver(objects);
      return (await survey(sink.context, plan, derived)).needed;
    } catch (error) {
      throw explain(error);
    } finally {
      await sink.close();
    }
  }
}
