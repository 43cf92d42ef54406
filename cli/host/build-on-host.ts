// Host mode from end to end: plan, derive, add, build, copy the built files back.

import { setTimeout } from "node:timers/promises";
import type { Derived } from "../../emit/derive.ts";
import type { Plan } from "../../emit/plan/plan.ts";
import { type DaemonSink, type DaemonSinkOptions, openDaemonSink } from "../../emit/sink/daemon.ts";
import { buildPathsWithResults } from "../../emit/sink/worker/builds.ts";
import { queryValidPaths } from "../../emit/sink/worker/operations.ts";
import type { Bytes } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import type { BuildFlags } from "../commands/build.ts";
import type { PlanRequest } from "../commands/plan-options.ts";
import { count } from "../graph-text.ts";
import { Interrupted, type Io, type Session } from "../io.ts";
import { openRecorder } from "../report/recorder.ts";
import { StepsFailed } from "./failure.ts";
import { contextOf, readToolchain } from "./host-objects.ts";
import { loadHost } from "./host-plan.ts";
import { type LinkedOut, linkOut } from "./link-out.ts";
import { writeOutLink } from "./out-link.ts";
import { Phases } from "./phases.ts";
import { Progress } from "./progress.ts";
import type { Realised } from "./realise.ts";
import { explain } from "./refusal.ts";

/** Milliseconds in which a signal that was sent to a process group arrives everywhere. */
const signalDelay = 100;

/** What goes to standard output: nothing, or JSON. */
export async function buildOnHost(
  session: Session,
  request: PlanRequest,
  flags: BuildFlags,
): Promise<string> {
  const { io } = session;
  const toolchain = readToolchain(session, flags.toolchain);
  const host = loadHost(session, request);
  const first = host.plan(new Map());
  const connection: DaemonSinkOptions = { environment: io.env };
  const sink = await openDaemonSink(connection);
  const recorder = openRecorder(session, host, flags);
  const close = (): void => void sink.close();
  io.signal.addEventListener("abort", close);
  try {
    const context = await contextOf(host, toolchain, (paths) => queryValidPaths(sink.context, paths));
    const progress = new Progress(io, flags.quiet === true || flags.json === true);
    const phases = new Phases(session, {
      host,
      context,
      sink,
      connection,
      progress,
      observer: recorder,
      flags,
    });
    const { plan, derived, realised } = await phases.all(first);
    recorder.close(realised.failures.length > 0 ? "failed" : "built");
    // What was built is put in place even when something else failed, as with ninja.
    const linked = flags.linkOut ? await linkOut(sink.context, host, plan, realised) : undefined;
    if (realised.failures.length > 0) {
      if (flags.quiet !== true && flags.json !== true) io.err(`${failedText(realised)}\n`);
      throw new StepsFailed(plan, realised);
    }
    if (flags.outLink !== undefined) await makeOutLink(session, sink, derived, flags.outLink);
    return report(session, plan, realised, linked, flags);
  } catch (error) {
    throw (await isInterrupted(io, error)) ? new Interrupted() : explain(error);
  } finally {
    io.signal.removeEventListener("abort", close);
    recorder.close("interrupted");
    await sink.close();
  }
}

/** Ctrl-C reaches a daemon that is our child as well: its end may be seen before the signal is. */
async function isInterrupted(io: Io, error: unknown): Promise<boolean> {
  if (!(error instanceof InputError)) return false;
  const isLost = error.diagnostics.some(({ code }) => code === "nix/connection-lost");
  if (isLost && !io.signal.aborted) await setTimeout(signalDelay);
  return io.signal.aborted;
}

async function makeOutLink(
  session: Session,
  sink: DaemonSink,
  derived: Derived,
  link: string,
): Promise<void> {
  const [result] = await buildPathsWithResults(sink.context, [{ path: derived.root, outputs: "*" }]);
  const path: Bytes | undefined = result?.outputs.values().next().value;
  if (path === undefined) throw new Error(`the root was not built: ${result?.message}`);
  await writeOutLink(session, sink.context, link, path);
}

function failedText({ built, failures, lost }: Realised): string {
  const parts = [`built ${count(built, "step")}`, `${failures.length} failed`];
  if (lost > 0) parts.push(`${lost} not run because of that`);
  return parts.join(", ");
}

function report(
  session: Session,
  plan: Plan,
  realised: Realised,
  linked: LinkedOut | undefined,
  flags: BuildFlags,
): string {
  const { built, cutOff } = realised;
  const copied = linked?.written ?? 0;
  if (flags.json === true) {
    return `${JSON.stringify({ steps: plan.steps.length, built, cutOff, copied })}\n`;
  }
  if (flags.quiet !== true) {
    const rest = plan.steps.length - built - cutOff;
    const parts = [`built ${built} of ${count(plan.steps.length, "step")}`];
    if (cutOff > 0) parts.push(`${cutOff} cut off`);
    if (built > 0 && rest > 0) parts.push(`${rest} up to date`);
    if (copied > 0) parts.push(`${count(copied, "file")} copied`);
    session.io.err(built === 0 && copied === 0 ? "nothing to do\n" : `${parts.join(", ")}\n`);
  }
  return "";
}
