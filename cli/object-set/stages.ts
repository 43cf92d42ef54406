// Stages that emit objects which an earlier stage left in a directory (file.ts), whatever they are the objects of.

import { writeFileSync } from "node:fs";
import { printDerivation } from "../../emit/aterm.ts";
import { bytesOfContents } from "../../emit/nar.ts";
import type { EmissionContext } from "../../emit/outputs/context.ts";
import { divisionOf, entryDerivation, entryObjects } from "../../emit/outputs/emission.ts";
import { deliverFromBuilder } from "../../emit/sink/builder.ts";
import { writeOutputs } from "../../emit/sink/outputs.ts";
import { fromText, toBuffer } from "../../graph/bytes.ts";
import { readDerivedSet, readObjectSet } from "./file.ts";

export interface EntryOptions {
  /** Directory that holds the set. */
  readonly set: string;
  readonly settings: string;
  readonly out: string;
}

/** Writes the derivation whose outputs are the objects. */
export function writeSetEntry({ set, settings, out }: EntryOptions, context: EmissionContext): void {
  const inputs = new Map([
    ["set", fromText(set)],
    ["environment", context.environment],
  ]);
  const division = divisionOf(readObjectSet(set));
  const derivation = entryDerivation(division, "set-emit", context, inputs, fromText(settings));
  writeFileSync(out, toBuffer(printDerivation(derivation)));
}

/** Runs in that derivation. */
export function emitSet(set: string, context: EmissionContext, scratch: ReadonlyMap<string, string>): void {
  writeOutputs(entryObjects(divisionOf(readObjectSet(set)), readDerivedSet(set), context), scratch);
}

/** With recursive-nix: adds the objects through the daemon; the output is the text of the root. */
export async function deliverSet(set: string, out: string, env: NodeJS.ProcessEnv): Promise<void> {
  const { objects } = readDerivedSet(set);
  const root = objects.at(-1)?.object;
  if (root?.method !== "text") throw new Error("the root is no derivation");
  await deliverFromBuilder({
    environment: env,
    objects: objects.map(({ object }) => object),
    root,
    write: ({ contents }) => writeFileSync(out, bytesOfContents(contents)),
  });
}
