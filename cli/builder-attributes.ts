// What a stage of the builder is given: variables or structured attributes of its derivation, and its closure.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { KnownPaths } from "../emit/references.ts";
import { hashPartOf, storePathProblem } from "../emit/store-path.ts";
import { fromText } from "../graph/bytes.ts";

export type Attributes = ReadonlyMap<string, unknown>;

/** The sandbox holds the builder's input closure and nothing else. */
export function closureIn(storeDir: string): KnownPaths {
  return new Map(
    readdirSync(storeDir)
      .map((name) => fromText(join(storeDir, name)))
      .filter((path) => storePathProblem(path, fromText(storeDir)) === undefined)
      .map((path) => [hashPartOf(path), path]),
  );
}

export function structuredAttributes(env: NodeJS.ProcessEnv): Attributes {
  const parsed: unknown = JSON.parse(readFileSync(variable(env, "NIX_ATTRS_JSON_FILE"), "utf8"));
  return new Map(Object.entries(parsed as object));
}

export function scratchPaths(attributes: Attributes): ReadonlyMap<string, string> {
  return new Map(Object.entries(attributes.get("outputs") as Record<string, string>));
}

export function text(attributes: Attributes, name: string): string {
  const value = attributes.get(name);
  if (typeof value !== "string") throw new Error(`the derivation has no attribute "${name}"`);
  return value;
}

export function variable(env: NodeJS.ProcessEnv, name: string): string {
  const value = env[name];
  if (value === undefined) throw new Error(`the derivation has no variable "${name}"`);
  return value;
}
