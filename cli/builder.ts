// What runs inside builders: one stage per derivation of a build. Each group of stages is a chunk of its own: most of
// what a stage costs is that Node starts and loads it.

import type { Bytes } from "../graph/bytes.ts";

/** Runs the stage named by the first argument. `env` is the derivation's environment. */
export async function runStage(stage: string | undefined, env: NodeJS.ProcessEnv): Promise<void> {
  switch (stage) {
    case "skeleton":
    case "generated":
      (await import("./stages/skeleton.ts")).runSkeletonStage(stage, env);
      return;
    case "plan":
      (await import("./stages/plan.ts")).runPlanStage(env);
      return;
    case "deliver":
    case "emit":
      await (await import("./stages/emit.ts")).runEmitStage(stage, env);
      return;
    case "layers-plan":
    case "layers-entry":
    case "layers-emit":
      (await import("./layers/stages.ts")).runLayersStage(stage, env);
      return;
    case "evaluate":
    case "set-deliver":
    case "set-emit":
    case "set-entry":
      await (await import("./object-set/run.ts")).runSetStage(stage, env);
      return;
    case "merkle-copy":
    case "merkle-emit":
    case "merkle-expand":
    case "merkle-object":
    case "merkle-tree":
      (await import("./merkle/stages.ts")).runMerkleStage(stage, env);
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

/** Reads a file of the graph that a stage was given, as messages name it, to show the place. */
export async function graphFileOf(
  stage: string | undefined,
  env: NodeJS.ProcessEnv,
): Promise<(file: Bytes) => Bytes | undefined> {
  if (stage === "layers-plan") {
    const { popularityFile } = await import("./layers/stages.ts");
    return (file) => popularityFile(file, env);
  }
  if (stage !== "plan") return () => undefined;
  const { graphFile } = await import("./stages/plan.ts");
  return (file) => graphFile(file, env);
}
