// `unravel emit`: writes the derivations of a plan somewhere, without building them.

import { Command } from "commander";
import type { Session } from "../io.ts";
import { addGeneratedOption, addPlanOptions, type PlanFlags } from "./plan-options.ts";

interface Flags extends PlanFlags {
  readonly to: string;
  readonly toolchain?: string;
  readonly json?: true;
}

const examples = `
Examples:
  unravel emit ninja build/build.ninja --root . --to daemon       into the Nix store
  unravel emit ninja build/build.ninja --root . --to cache:drvs   as a binary cache: nix copy --from file://$PWD/drvs
  unravel emit ninja build/build.ninja --root . --to out          as files below out/nix/store

  nix build "$(unravel emit ninja build/build.ninja --root . --to daemon)^out"`;

export function emitCommand(session: Session): Command {
  return addGeneratedOption(addPlanOptions(new Command("emit")))
    .description("write the derivations for targets and print the path of the one that joins them")
    .requiredOption("--to <place>", "a directory, daemon, or cache:DIR")
    .option("--toolchain <file>", "JSON with shell, path and env of the steps; the environment unless given")
    .option("--json", "print paths and counts as JSON")
    .addHelpText("after", examples)
    .action(async (frontend: string, file: string, targets: readonly string[], flags: Flags) => {
      session.isJson = flags.json === true;
      const { emitTo } = await import("../host/emit-to.ts");
      await session.io.out(await emitTo(session, { frontend, file, targets, flags }, flags));
    });
}
