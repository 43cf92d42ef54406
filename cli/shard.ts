// A shard's builder: it writes objects that are ready in its data. A program of its own, because there are dozens of
// them in a build and loading the other stages takes longer than this one's work.

import { readFileSync } from "node:fs";
import { parseShardData } from "../emit/outputs/shard-data.ts";
import { writeOutputs } from "../emit/sink/outputs.ts";
import { scratchPaths, structuredAttributes, text } from "./builder-attributes.ts";

/** `env` is the derivation's environment. */
export function writeShard(env: NodeJS.ProcessEnv): void {
  const attributes = structuredAttributes(env);
  writeOutputs(parseShardData(readFileSync(text(attributes, "data"))), scratchPaths(attributes));
}
