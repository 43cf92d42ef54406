// What runs inside builders: one stage per derivation of a build. Bundled to a single file; it reads the
// derivation's attributes and writes its outputs.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printDerivation } from "../emit/aterm.ts";
import { derive, type StepContext } from "../emit/derive.ts";
import { bytesOfContents } from "../emit/nar.ts";
import type { StoreObject } from "../emit/object.ts";
import { objectSetOf } from "../emit/object-keys.ts";
import type { EmissionContext } from "../emit/outputs/context.ts";
import {
  divisionOf,
  entryDerivation,
  entryObjects,
  postponedDerivation,
  postponedObjects,
  postponedRoot,
} from "../emit/outputs/emission.ts";
import { type Plan, parsePlan, printPlan } from "../emit/plan/plan.ts";
import { placeOf } from "../emit/plan/tree-path.ts";
import { deliverFromBuilder } from "../emit/sink/builder.ts";
import { writeOutputs } from "../emit/sink/outputs.ts";
import { writeScannable, writeSkeleton } from "../emit/sink/skeleton.ts";
import { openTree } from "../emit/sink/tree.ts";
import { asBytes, type Bytes, fromText, toBuffer } from "../graph/bytes.ts";
import {
  type Attributes,
  closureIn,
  scratchPaths,
  structuredAttributes,
  text,
  variable,
} from "./builder-attributes.ts";
import { popularityFile, runLayersStage } from "./layers/stages.ts";
import { runMerkleStage } from "./merkle/stages.ts";
import { runSetStage } from "./object-set/run.ts";
import { planTree } from "./plan-tree.ts";
import { emissionContext, planSettings, wholeFiles } from "./settings.ts";

/** Runs the stage named by the first argument. `env` is the derivation's environment. */
export async function runStage(stage: string | undefined, env: NodeJS.ProcessEnv): Promise<void> {
  switch (stage) {
    case "skeleton":
      writeSkeleton(
        variable(env, "source"),
        variable(env, "out"),
        variable(env, "install"),
        wholeFiles(variable(env, "whole")),
        wordsOf(env),
      );
      return;
    case "generated":
      writeScannable(variable(env, "tree"), variable(env, "out"), wordsOf(env));
      return;
    case "plan": {
      const layers = layersOf(env);
      const generated = variable(env, "generated")
        .split(" ")
        .filter((path) => path !== "");
      const plan = planTree(planSettings(variable(env, "settings")), layers, generated, (note) =>
        process.stderr.write(`unravel: ${note}\n`),
      );
      mkdirSync(variable(env, "out"));
      writeFileSync(join(variable(env, "out"), "plan.json"), printPlan(plan));
      writeFileSync(variable(env, "install"), toBuffer(plan.install ?? asBytes("")));
      return;
    }
    case "entry":
      writeEntry(env);
      return;
    case "deliver":
      await deliver(env);
      return;
    case "emit":
      emit(structuredAttributes(env), env);
      return;
    case "postpone": {
      const attributes = structuredAttributes(env);
      const context = contextOf(text(attributes, "settings"), text(attributes, "environment"), env);
      const objects = postponedObjects(
        fromText(text(attributes, "name")),
        fromText(text(attributes, "next")),
        context,
      );
      writeOutputs(objects, scratchPaths(attributes));
      return;
    }
    case "layers-plan":
    case "layers-entry":
    case "layers-emit":
      runLayersStage(stage, env);
      return;
    case "evaluate":
    case "set-deliver":
    case "set-emit":
    case "set-entry":
      await runSetStage(stage, env);
      return;
    case "merkle-copy":
    case "merkle-emit":
    case "merkle-expand":
    case "merkle-object":
    case "merkle-tree":
      runMerkleStage(stage, env);
      return;
    default:
      if (stage?.startsWith("cargo-") === true) {
        (await import("./cargo/stages.ts")).runCargoStage(stage, env);
        return;
      }
      if (stage?.startsWith("npm-") !== true) throw new Error(`there is no stage "${stage}"`);
      await (await import("./npm/stages.ts")).runNpmStage(stage, env);
  }
}

/** Words that skeletons keep, from wherever they stand. */
function wordsOf(env: NodeJS.ProcessEnv): RegExp | undefined {
  const words = env["words"] ?? "";
  return words === "" ? undefined : new RegExp(words, "g");
}

/** Reads a file of the graph that a stage was given, as messages name it, to show the place. */
export function graphFileOf(
  stage: string | undefined,
  env: NodeJS.ProcessEnv,
): (file: Bytes) => Bytes | undefined {
  return (file) => {
    if (stage === "layers-plan") return popularityFile(file, env);
    if (stage !== "plan") return undefined;
    const { root, buildDirectory } = planSettings(variable(env, "settings"));
    const place = placeOf(file, { root, buildDirectory: asBytes(`${root}/${buildDirectory}`) });
    return place.kind === "tree" ? openTree(layersOf(env)).read(place.path) : undefined;
  };
}

/** The tree that is planned: the source without bodies, and over it what configure made. */
function layersOf(env: NodeJS.ProcessEnv): readonly string[] {
  return [variable(env, "skeleton"), variable(env, "configured")];
}

/** The attributes that `entry` hands on to `emit`, by name. */
const handedOn = ["plan", "source", "configured", "environment"] as const;

function writeEntry(env: NodeJS.ProcessEnv): void {
  const settings = variable(env, "settings");
  const context = contextOf(settings, variable(env, "environment"), env);
  const plan = readPlan(variable(env, "plan"));
  const inputs = new Map(handedOn.map((name): [string, Bytes] => [name, fromText(variable(env, name))]));
  const next = variable(env, "next");
  const derivation =
    plan.isComplete || variable(env, "purpose") === "generated"
      ? entryDerivation(divisionOf(objectSetOf(plan)), "emit", context, inputs, fromText(settings))
      : postponedDerivation(plan.name, fromText(next), fromText(settings), context);
  writeFileSync(variable(env, "out"), toBuffer(printDerivation(derivation)));
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

function readPlan(directory: string): ReturnType<typeof parsePlan> {
  return parsePlan(readFileSync(join(directory, "plan.json")));
}
