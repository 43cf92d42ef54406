// Host mode from end to end: plan, derive, add, build, copy the built files back.

import { setTimeout } from "node:timers/promises";
import type { Derived } from "../../emit/derive.ts";
import type { Plan } from "../../emit/plan/plan.ts";
import { type DaemonSink, type DaemonSinkOptions, openDaemonSink } from "../../emit/sink/daemon.ts";
import { buildPathsWithResults } from "../../emit/sink/worker/builds.ts";
import { queryValidPaths } from "../../emit/sink/worker/operations.ts";
import { asBytes, type Bytes, fromText, toText } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { shellQuote } from "../../graph/shell-quote.ts";
import type { BuildFlags } from "../commands/build.ts";
import type { PlanRequest } from "../commands/plan-options.ts";
import { type Built, factsOf } from "../facts/facts.ts";
import { errorCode } from "../files.ts";
import { checkFrontend } from "../frontend.ts";
import { count } from "../graph-text.ts";
import { Interrupted, type Io, type Session } from "../io.ts";
import { openRecorder } from "../report/recorder.ts";
import { explanationOf, readRecord, withKnownOutputs, writeRecord } from "./build-record.ts";
import { StepsFailed } from "./failure.ts";
import { contextOf, readToolchain } from "./host-objects.ts";
import { type Host, loadHost } from "./host-plan.ts";
import { type LinkedOut, linkOut } from "./link-out.ts";
import type { BuildObserver } from "./observer.ts";
import { builtNames, jsonEvents, observers } from "./observers.ts";
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
  checkFrontend(request.frontend);
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
    const progress = new Progress(io, isQuiet(flags));
    const names = new Set<Bytes>();
    const phases = new Phases(session, {
      host,
      context,
      sink,
      connection,
      progress,
      observer: observers(recorder, builtNames(names), eventsOf(io, flags)),
      flags,
    });
    const { plan, derived, realised } = await phases.all(first);
    recorder.close(realised.failures.length > 0 ? "failed" : "built");
    remember(session, host, flags, names, plan, {
      derived,
      environment: context.context.environment,
      ...realised,
    });
    // What was built is put in place even when something else failed, as with ninja.
    const linked = flags.linkOut ? await linkOut(sink.context, host, plan, realised) : undefined;
    if (realised.failures.length > 0) {
      if (!isQuiet(flags)) io.err(`${failedText(realised)}\n${byHand(request, flags, plan, realised)}`);
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

function isQuiet(flags: BuildFlags): boolean {
  return flags.quiet === true || flags.json === true || flags.events === true;
}

function eventsOf(io: Io, flags: BuildFlags): BuildObserver | undefined {
  if (flags.events !== true) return undefined;
  return jsonEvents(
    (line) => void io.out(line).catch(() => undefined),
    () => Math.round(performance.now()),
  );
}

/** Explains, when that is wanted, what was built now by what was built last; then keeps this build's facts. */
function remember(
  session: Session,
  host: Host,
  flags: BuildFlags,
  names: ReadonlySet<Bytes>,
  plan: Plan,
  built: Built,
): void {
  const before = readRecord(host.buildDirectory);
  if (names.size === 0 && before !== undefined) return;
  const facts = withKnownOutputs(factsOf(plan, built), before);
  if (flags.explain === true) session.io.err(explanationOf(before, facts, names));
  try {
    writeRecord(host.buildDirectory, facts);
  } catch (error) {
    // Where nothing can be written, nothing is explained next time.
    if (errorCode(error) === undefined) throw error;
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

/** The command that lays the failed step out. */
function byHand(request: PlanRequest, flags: BuildFlags, plan: Plan, { failures }: Realised): string {
  const path = plan.steps[failures[0]?.step ?? 0]?.outputs[0]?.path;
  if (path === undefined || failures.length > 1) return "";
  const directory = plan.buildDirectory === "" ? "" : `${plan.buildDirectory}/`;
  const target = path.startsWith(directory) ? path.slice(directory.length) : path;
  const { frontend, file, targets } = request;
  const words = [
    "unravel",
    "shell",
    frontend,
    file,
    toText(asBytes(target)),
    ...targets,
    ...optionsOf(flags),
  ];
  return `to try it by hand: ${words.map((word) => toText(shellQuote(fromText(word)))).join(" ")}\n`;
}

/** Without one of these it is another derivation. */
function optionsOf(flags: BuildFlags): readonly string[] {
  const given = (option: string, value: string | undefined): readonly string[] =>
    value === undefined ? [] : [option, value];
  return [
    ...given("-C", flags.C),
    ...given("--root", flags.root),
    ...given("--name", flags.name),
    ...(flags.extraInputs ?? []).flatMap((text) => given("--extra-inputs", text)),
    ...given("--toolchain", flags.toolchain),
  ];
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
  if (!isQuiet(flags)) {
    const rest = plan.steps.length - built - cutOff;
    const parts = [`built ${built} of ${count(plan.steps.length, "step")}`];
    if (cutOff > 0) parts.push(`${cutOff} cut off`);
    if (built > 0 && rest > 0) parts.push(`${rest} up to date`);
    if (copied > 0) parts.push(`${count(copied, "file")} copied`);
    session.io.err(built === 0 && copied === 0 ? "nothing to do\n" : `${parts.join(", ")}\n`);
  }
  return "";
}
