// From a request on the command line to store objects: plan, toolchain, derive.

import { resolve } from "node:path";
import { type Derived, derive } from "../../emit/derive.ts";
import type { StoreObject } from "../../emit/object.ts";
import { relocation } from "../../emit/plan/relocate.ts";
import { type Bytes, fromText } from "../../graph/bytes.ts";
import type { PlanRequest } from "../commands/plan-options.ts";
import { readNamedFile } from "../files.ts";
import type { Session } from "../io.ts";
import { type HostPlan, hostPlan, sandboxRoot } from "./host-plan.ts";
import { hostContext, storeObjectsOfGraph } from "./step-context.ts";
import { parseToolchain, type Toolchain, toolchainOfEnvironment } from "./toolchain.ts";

/** All that can be known before a store is asked. */
export interface Prepared {
  readonly host: HostPlan;
  readonly toolchain: Toolchain;
}

export interface HostObjects {
  readonly derived: Derived;
  /** Everything to deliver, bottom-up. */
  readonly objects: readonly StoreObject[];
}

/** Tells which of some store paths exist. */
export type KeepValid = (paths: readonly Bytes[]) => Promise<readonly Bytes[]>;

export function prepare(session: Session, request: PlanRequest, toolchainFile: string | undefined): Prepared {
  const toolchain = readToolchain(session, toolchainFile);
  return { host: hostPlan(session, request), toolchain };
}

/** A place that cannot tell what exists takes every path that commands name to exist. */
export async function hostObjects(
  { host, toolchain }: Prepared,
  keepValid: KeepValid = async (paths) => paths,
): Promise<HostObjects> {
  const move = relocation(fromText(host.root), sandboxRoot);
  // A command may name a store path that never exists, such as a prefix that is filled in later.
  const named = await keepValid(storeObjectsOfGraph(host.manifest));
  const { context, objects } = hostContext(toolchain, move, named);
  const derived = derive(host.plan, context, host.tree.nodeAt);
  return { derived, objects: [...objects, ...derived.objects.map(({ object }) => object)] };
}

function readToolchain({ io }: Session, file: string | undefined): Toolchain {
  if (file === undefined) return toolchainOfEnvironment(io.env);
  return parseToolchain(readNamedFile(resolve(io.cwd, file), file).toString(), file);
}
