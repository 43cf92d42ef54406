// Arguments and options of every command that plans.

import type { Command } from "commander";

export interface PlanFlags {
  readonly root?: string;
  readonly name?: string;
  readonly extraInputs?: readonly string[];
  readonly C?: string;
  readonly useGenerated?: true;
}

export interface PlanRequest {
  readonly frontend: string;
  readonly file: string;
  readonly targets: readonly string[];
  readonly flags: PlanFlags;
}

export function addPlanOptions(command: Command): Command {
  return command
    .argument("<frontend>", "ninja")
    .argument("<file>", "the manifest")
    .argument("[targets...]", "what to build; the manifest's defaults unless given")
    .option(
      "--root <dir>",
      "the source tree; the nearest directory above the manifest with a .git, or its parent",
    )
    .option("--name <name>", "prefix of the store objects' names; the name of the root unless given")
    .option(
      "--extra-inputs <glob=file,...>",
      "files that the steps making GLOB read without declaring them; may be given again",
      (value: string, all: readonly string[] = []) => [...all, value],
    )
    .option("-C <dir>", "where the build tool would run; the manifest's directory unless given");
}

/** For commands that do not build, so that a generated header cannot be looked into otherwise. */
export function addGeneratedOption(command: Command): Command {
  return command.option(
    "--use-generated",
    "look into generated headers that an earlier build left in the build directory",
  );
}
