// The stages of an image: `layers-plan` groups the closure that Nix lists, `layers-entry` and `layers-emit` write the
// derivations of layers.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { printDerivation } from "../../emit/aterm.ts";
import type { JsonValue } from "../../emit/json.ts";
import { parseJson } from "../../emit/json-reader.ts";
import { readClosure } from "../../emit/layers/closure-graph.ts";
import { deriveImage, imageObjectSet } from "../../emit/layers/derive-image.ts";
import type { ImageSettings } from "../../emit/layers/image.ts";
import { parseImagePlan, planImage, printImagePlan, readPopularity } from "../../emit/layers/plan.ts";
import { divisionOf, entryDerivation, entryObjects } from "../../emit/outputs/emission.ts";
import { writeOutputs } from "../../emit/sink/outputs.ts";
import { asBytes, type Bytes, fromBuffer, fromText, toBuffer } from "../../graph/bytes.ts";
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
export function runLayersStage(stage: string, env: NodeJS.ProcessEnv): void {
  if (stage === "layers-plan") writePlan(structuredAttributes(env));
  else if (stage === "layers-entry") writeEntry(env);
  else emit(structuredAttributes(env), env);
}

function writePlan(attributes: Attributes): void {
  const contents = (attributes.get("contents") as readonly string[]).map(fromText);
  const graph = readClosure(attributes.get("closure"), contents);
  const table = fromBuffer(readFileSync(text(attributes, "popularity")));
  const popularity = readPopularity(table, tableName);
  const plan = planImage(graph, popularity, attributes.get("maxLayers") as number, contents);
  const out = scratchPaths(attributes).get("out") ?? "";
  mkdirSync(out);
  writeFileSync(join(out, "layers.json"), toBuffer(printImagePlan(plan)));
}

/** As the attribute is called: the file in the store has a name that nobody gave it. */
const tableName = asBytes("popularity");

/** The table, to show the place of what is wrong in it. */
export function popularityFile(file: Bytes, env: NodeJS.ProcessEnv): Bytes | undefined {
  if (file !== tableName) return undefined;
  return fromBuffer(readFileSync(text(structuredAttributes(env), "popularity")));
}

function planOf(directory: string): ReturnType<typeof parseImagePlan> {
  return parseImagePlan(fromBuffer(readFileSync(join(directory, "layers.json"))));
}

function writeEntry(env: NodeJS.ProcessEnv): void {
  const settings = variable(env, "settings");
  const environment = variable(env, "environment");
  const plan = variable(env, "plan");
  const context = contextOf(settings, environment, env);
  const inputs = new Map([
    ["plan", fromText(plan)],
    ["environment", fromText(environment)],
  ]);
  const division = divisionOf(imageObjectSet(planOf(plan)));
  const derivation = entryDerivation(division, "layers-emit", context, inputs, fromText(settings));
  writeFileSync(variable(env, "out"), toBuffer(printDerivation(derivation)));
}

function emit(attributes: Attributes, env: NodeJS.ProcessEnv): void {
  const settings = text(attributes, "settings");
  const context = contextOf(settings, text(attributes, "environment"), env);
  const plan = planOf(text(attributes, "plan"));
  const derived = deriveImage(plan, imageSettings(fromText(settings)), context);
  writeOutputs(entryObjects(divisionOf(imageObjectSet(plan)), derived, context), scratchPaths(attributes));
}

function contextOf(
  settings: string,
  environment: string,
  env: NodeJS.ProcessEnv,
): ReturnType<typeof emissionContext> {
  const storeDir = env["NIX_STORE"] ?? "/nix/store";
  return emissionContext(settings, fromText(environment), fromText(storeDir), closureIn(storeDir));
}

/** Nix code has looked at each (templates/lib/layers.nix). */
function imageSettings(settings: Bytes): ImageSettings {
  const fields = parseJson(settings, asBytes("settings"));
  const image = fields instanceof Map ? fields.get(asBytes("image")) : undefined;
  if (!(image instanceof Map)) throw new Error("the settings have no image");
  const field = (name: string): JsonValue => image.get(asBytes(name)) ?? null;
  const textOf = (name: string): Bytes => {
    const value: unknown = field(name);
    if (typeof value !== "string") throw new Error(`the settings have no image.${name}`);
    return asBytes(value);
  };
  const config = field("config");
  if (!(config instanceof Map)) throw new Error("the settings have no image.config");
  return {
    architecture: textOf("architecture"),
    config,
    created: textOf("created"),
    tag: textOf("tag"),
    compression: textOf("compression") === "gzip" ? "gzip" : "none",
  };
}
