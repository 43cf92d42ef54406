// Delivers a plan's objects to the sink that `--to` names.

import { resolve } from "node:path";
import { cacheSink } from "../../emit/sink/cache.ts";
import { openDaemonSink } from "../../emit/sink/daemon.ts";
import { filesSink } from "../../emit/sink/files.ts";
import type { Sink } from "../../emit/sink/sink.ts";
import { queryValidPaths } from "../../emit/sink/worker/operations.ts";
import { toText } from "../../graph/bytes.ts";
import type { PlanRequest } from "../commands/plan-options.ts";
import { checkFrontend } from "../frontend.ts";
import type { Session } from "../io.ts";
import { failUsage } from "../usage.ts";
import { writing } from "../writing.ts";
import { contextOf, type KeepValid, objectsOf, readToolchain } from "./host-objects.ts";
import { planOnce } from "./plan-once.ts";
import { explain } from "./refusal.ts";

interface Destination {
  readonly to: string;
  readonly toolchain?: string;
  readonly json?: true;
}

/** What goes to standard output: the path of the root derivation, or JSON. */
export async function emitTo(session: Session, request: PlanRequest, flags: Destination): Promise<string> {
  checkFrontend(request.frontend);
  const toolchain = readToolchain(session, flags.toolchain);
  const { host, plan } = planOnce(session, request);
  const { sink, keepValid } = await openSink(session, flags.to);
  try {
    const context = await contextOf(host, toolchain, keepValid);
    const { derived, objects } = objectsOf(host, plan, context);
    const delivery = await writing(flags.to, () => sink.deliver(objects));
    const root = toText(derived.root);
    if (flags.json !== true) return `${root}\n`;
    const { added, present, bytes } = delivery;
    return `${JSON.stringify({ root, derivations: derived.derivations, added, present, bytes, outside: delivery.outside })}\n`;
  } catch (error) {
    throw explain(error);
  } finally {
    await sink.close();
  }
}

async function openSink(
  { io }: Session,
  to: string,
): Promise<{ readonly sink: Sink; readonly keepValid?: KeepValid }> {
  if (to === "") failUsage("--to is empty", "--to takes a directory, daemon, or cache:DIR");
  if (to === "daemon") {
    const sink = await openDaemonSink({ environment: io.env });
    io.signal.addEventListener("abort", () => void sink.close());
    return { sink, keepValid: (paths) => queryValidPaths(sink.context, paths) };
  }
  if (to === "cache:") failUsage("--to cache: names no directory", "for instance --to cache:drvs");
  if (to.startsWith("cache:")) return { sink: cacheSink(resolve(io.cwd, to.slice("cache:".length))) };
  return { sink: filesSink(resolve(io.cwd, to)) };
}
