// The stages that reduce sources to what a planner can see: `skeleton` of a source, `generated` of what steps made.

import { writeScannable, writeSkeleton } from "../../emit/sink/skeleton.ts";
import { variable } from "../builder-attributes.ts";
import { wholeFiles } from "../settings.ts";

/** Runs one of the stages above. */
export function runSkeletonStage(stage: "generated" | "skeleton", env: NodeJS.ProcessEnv): void {
  const out = variable(env, "out");
  if (stage === "generated") {
    writeScannable(variable(env, "tree"), out, wordsOf(env));
    return;
  }
  const whole = wholeFiles(variable(env, "whole"));
  writeSkeleton(variable(env, "source"), out, env["install"], whole, wordsOf(env));
}

/** Words that skeletons keep, from wherever they stand. */
function wordsOf(env: NodeJS.ProcessEnv): RegExp | undefined {
  const words = env["words"] ?? "";
  return words === "" ? undefined : new RegExp(words, "g");
}
