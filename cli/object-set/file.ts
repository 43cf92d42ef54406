// The objects of a build in a directory: what one stage found out, for the stages that emit it.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { DerivedSet, ObjectSet } from "../../emit/object-set.ts";
import { parseShardData, printShardData } from "../../emit/outputs/shard-data.ts";
import { asBytes, type Bytes, fromBuffer, toBuffer } from "../../graph/bytes.ts";

/** Writes a new directory. It names no store path as far as Nix can see, so that its own path depends on names alone. */
export function writeObjectSet(directory: string, set: ObjectSet, derived: DerivedSet): void {
  mkdirSync(directory);
  writeFileSync(join(directory, "set.json"), toBuffer(asBytes(JSON.stringify(set))));
  const objects = derived.objects.map(({ key, object }) => ({ output: key, object }));
  writeFileSync(join(directory, "objects"), printShardData(objects));
}

export function readObjectSet(directory: string): ObjectSet {
  return JSON.parse(fromBuffer(readFileSync(join(directory, "set.json")))) as ObjectSet;
}

export function readDerivedSet(directory: string): DerivedSet {
  const objects = parseShardData(readFileSync(join(directory, "objects"))).map(({ output, object }) => ({
    key: output,
    object,
  }));
  const root: Bytes | undefined = objects.at(-1)?.object.path;
  if (root === undefined) throw new Error("a set of objects has no root");
  return { objects, root };
}
