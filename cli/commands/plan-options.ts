// Arguments and options of every command that plans.

import { type Command, InvalidArgumentError } from "commander";
import { frontends } from "../frontend.ts";

export interface PlanFlags {
  readonly root?: string;
  readonly name?: string;
  readonly extraInputs?: readonly string[];
  readonly C?: string;
  readonly w?: PhonyCycle;
  readonly useGenerated?: true;
}

/** What a phony that names itself as an input is. */
export type PhonyCycle = "error" | "warn";

export interface PlanRequest {
  readonly frontend: string;
  readonly file: string;
  readonly targets: readonly string[];
  readonly flags: PlanFlags;
}

/** What every command that reads a manifest takes. */
export function addManifestOptions(command: Command): Command {
  return command
    .option("-C <dir>", "where the build tool would run; the manifest's directory unless given")
    .option("-w <flag>", "as for ninja: phonycycle=warn or phonycycle=err", phonyCycle);
}

function phonyCycle(text: string): PhonyCycle {
  if (text === "phonycycle=warn") return "warn";
  if (text === "phonycycle=err") return "error";
  throw new InvalidArgumentError("It must be phonycycle=warn or phonycycle=err.");
}

export function addPlanOptions(command: Command): Command {
  return addRootOptions(
    addManifestOptions(command)
      .argument("<frontend>", frontends.join(" or "))
      .argument("<file>", "the manifest or graph")
      .argument("[targets...]", "what to build; the manifest's defaults unless given"),
  );
}

/** Options that say where the tree is and what is not in the graph. */
export function addRootOptions(command: Command): Command {
  return command
    .option(
      "--root <dir>",
      "the source tree; the nearest directory above the manifest with a .git, or its parent",
    )
    .option("--name <name>", "prefix of the store objects' names; the name of the root unless given")
    .option(
      "--extra-inputs <glob=file,...>",
      "files that the steps making GLOB read without declaring them; may be given again",
      (value: string, all: readonly string[] = []) => [...all, value],
    );
}

/** For commands that do not build, so that a generated header cannot be looked into otherwise. */
export function addGeneratedOption(command: Command): Command {
  return command.option(
    "--use-generated",
    "look into generated headers that an earlier build left in the build directory",
  );
}
