// The stages that write what a plan becomes, from the plan and the sources: `emit` to the outputs of its derivation,
// `deliver` through the daemon that Nix gives the builder.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { derive, type StepContext } from "../../emit/derive.ts";
import { bytesOfContents } from "../../emit/nar.ts";
import type { StoreObject } from "../../emit/object.ts";
import { objectSetOf } from "../../emit/object-keys.ts";
import type { EmissionContext } from "../../emit/outputs/context.ts";
import { divisionOf, entryObjects, postponedRoot } from "../../emit/outputs/emission.ts";
import { type Plan, parsePlan } from "../../emit/plan/plan.ts";
import { writeOutputs } from "../../emit/sink/outputs.ts";
import { openTree } from "../../emit/sink/tree.ts";
import { fromText } from "../../graph/bytes.ts";
import {
  type Attributes,
  closureIn,
  scratchPaths,
  structuredAttributes,
  text,
  variable,
} from "../builder-attributes.ts";
import { emissionContext } from "../settings.ts";

/** Runs one of the stages above. */
export async function runEmitStage(stage: "deliver" | "emit", env: NodeJS.ProcessEnv): Promise<void> {
  if (stage === "deliver") await deliver(env);
  else emit(structuredAttributes(env), env);
}

function emit(attributes: Attributes, env: NodeJS.ProcessEnv): void {
  const context = contextOf(text(attributes, "settings"), text(attributes, "environment"), env);
  const plan = readPlan(text(attributes, "plan"));
  const tree = openTree([text(attributes, "source"), text(attributes, "configured")], plan.root);
  const derived = derive(plan, context, (path) => tree.nodeAt(path));
  writeOutputs(entryObjects(divisionOf(objectSetOf(plan)), derived, context), scratchPaths(attributes));
}

/** With recursive-nix: the objects go through the daemon that Nix gives the builder; the root's text is the output. */
async function deliver(env: NodeJS.ProcessEnv): Promise<void> {
  const { deliverFromBuilder } = await import("../../emit/sink/builder.ts");
  const context = contextOf(variable(env, "settings"), variable(env, "environment"), env);
  const plan = readPlan(variable(env, "plan"));
  const objects =
    plan.isComplete || variable(env, "purpose") === "generated" ? deliverable(plan, context, env) : [];
  const root = objects.at(-1) ?? postponedRoot(plan.name, fromText(variable(env, "next")), context);
  if (root.method !== "text") throw new Error(`${root.path} is no derivation`);
  await deliverFromBuilder({
    environment: env,
    objects,
    root,
    write: ({ contents }) => writeFileSync(variable(env, "out"), bytesOfContents(contents)),
  });
}

function deliverable(plan: Plan, context: StepContext, env: NodeJS.ProcessEnv): readonly StoreObject[] {
  const tree = openTree([variable(env, "source"), variable(env, "configured")], plan.root);
  return derive(plan, context, (path) => tree.nodeAt(path)).objects.map(({ object }) => object);
}

function contextOf(
  settings: string,
  environment: string,
  env: NodeJS.ProcessEnv,
): EmissionContext & StepContext {
  const storeDir = env["NIX_STORE"] ?? "/nix/store";
  return emissionContext(settings, fromText(environment), fromText(storeDir), closureIn(storeDir));
}

function readPlan(directory: string): Plan {
  return parsePlan(readFileSync(join(directory, "plan.json")));
}
