// The stage that plans: the plan itself, and the derivation that will emit it, as far as it is known before the
// sources are.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { objectSetOf } from "../../emit/object-keys.ts";
import {
  divisionOf,
  emittedRootPlaceholder,
  entryDerivation,
  postponedDerivation,
} from "../../emit/outputs/emission.ts";
import { printTemplate, standInPath } from "../../emit/outputs/template.ts";
import { type Plan, printPlan } from "../../emit/plan/plan.ts";
import { placeOf } from "../../emit/plan/tree-path.ts";
import { openTree } from "../../emit/sink/tree.ts";
import { asBytes, type Bytes, fromText, toBuffer } from "../../graph/bytes.ts";
import { variable } from "../builder-attributes.ts";
import { planTree } from "../plan-tree.ts";
import { emissionContext, planSettings } from "../settings.ts";

/** Outputs: `out`, the plan; `install`, the command that installs; `entry`, what templates/builder/entry.sh fills. */
export function runPlanStage(env: NodeJS.ProcessEnv): void {
  const generated = variable(env, "generated")
    .split(" ")
    .filter((path) => path !== "");
  const plan = planTree(planSettings(variable(env, "settings")), layersOf(env), generated, (note) =>
    process.stderr.write(`unravel: ${note}\n`),
  );
  mkdirSync(variable(env, "out"));
  writeFileSync(join(variable(env, "out"), "plan.json"), printPlan(plan));
  writeFileSync(variable(env, "install"), toBuffer(plan.install ?? asBytes("")));
  const entry = variable(env, "entry");
  mkdirSync(entry);
  for (const [purpose, template] of templatesOf(plan, variable(env, "emission"), env["NIX_STORE"])) {
    writeFileSync(join(entry, purpose), toBuffer(template));
  }
}

/** Purpose -> the derivation that emits for it. A plan that is not complete builds nothing itself. */
export function templatesOf(
  plan: Plan,
  emission: string,
  store: string | undefined,
): ReadonlyMap<string, Bytes> {
  const storeDir = fromText(store ?? "/nix/store");
  const standIn = (name: string): Bytes => standInPath(name, storeDir);
  const context = emissionContext(emission, standIn("environment"), storeDir, new Map());
  const given = ["plan", "source", "configured", "environment"];
  const inputs = new Map(given.map((name) => [name, standIn(name)]));
  const emitting = entryDerivation(
    divisionOf(objectSetOf(plan)),
    "emit",
    context,
    inputs,
    fromText(emission),
  );
  const template = printTemplate(emitting, inputs, storeDir);
  if (plan.isComplete) return new Map([["build", template]]);
  const next = standIn("next.drv");
  const nextRoot = emittedRootPlaceholder(next);
  const gaps = new Map([
    ["environment", standIn("environment")],
    ["next", next],
    ["nextRoot", nextRoot],
  ]);
  const later = postponedDerivation(plan.name, next, nextRoot, context);
  return new Map([
    ["build", printTemplate(later, gaps, storeDir)],
    ["generated", template],
  ]);
}

/** The tree that is planned: the source without bodies, and over it what configure made. */
function layersOf(env: NodeJS.ProcessEnv): readonly string[] {
  return [variable(env, "skeleton"), variable(env, "configured")];
}

/** A file of the graph, as messages name it. */
export function graphFile(file: Bytes, env: NodeJS.ProcessEnv): Bytes | undefined {
  const { root, buildDirectory } = planSettings(variable(env, "settings"));
  const place = placeOf(file, { root, buildDirectory: asBytes(`${root}/${buildDirectory}`) });
  return place.kind === "tree" ? openTree(layersOf(env)).read(place.path) : undefined;
}
