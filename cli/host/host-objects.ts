// From a planned build to store objects.

import { resolve } from "node:path";
import { type Derived, derive } from "../../emit/derive.ts";
import type { StoreObject } from "../../emit/object.ts";
import type { Plan } from "../../emit/plan/plan.ts";
import type { Bytes } from "../../graph/bytes.ts";
import { readNamedFile } from "../files.ts";
import type { Session } from "../io.ts";
import type { Host } from "./host-plan.ts";
import { type HostContext, hostContext, storeObjectsOfGraph } from "./step-context.ts";
import { parseToolchain, type Toolchain, toolchainOfEnvironment } from "./toolchain.ts";

export interface HostObjects {
  readonly derived: Derived;
  /** Everything to deliver, bottom-up. */
  readonly objects: readonly StoreObject[];
}

/** Tells which of some store paths exist. */
export type KeepValid = (paths: readonly Bytes[]) => Promise<readonly Bytes[]>;

/** A place that cannot tell what exists takes every path that commands name to exist. */
export async function contextOf(
  host: Host,
  toolchain: Toolchain,
  keepValid: KeepValid = async (paths) => paths,
): Promise<HostContext> {
  // A command may name a store path that never exists, such as a prefix that is filled in later.
  return hostContext(toolchain, host.move, await keepValid(storeObjectsOfGraph(host.graph)));
}

export function objectsOf(host: Host, plan: Plan, { context, objects }: HostContext): HostObjects {
  const derived = derive(plan, context, host.tree.nodeAt);
  return { derived, objects: [...objects, ...derived.objects.map(({ object }) => object)] };
}

/** From the file that `--toolchain` names, or the environment. */
export function readToolchain({ io }: Session, file: string | undefined): Toolchain {
  if (file === undefined) return toolchainOfEnvironment(io.env);
  return parseToolchain(readNamedFile(resolve(io.cwd, file), file).toString(), file);
}
