// `unravel log` and `unravel shell`: one step of a build, looked at after it ran.

import { Command } from "commander";
import { frontends } from "../frontend.ts";
import type { Session } from "../io.ts";
import { addManifestOptions, addRootOptions, type PlanFlags } from "./plan-options.ts";

interface Flags extends PlanFlags {
  readonly toolchain?: string;
  readonly to?: string;
}

function stepCommand(name: string): Command {
  return addRootOptions(addManifestOptions(new Command(name)))
    .argument("<frontend>", frontends.join(" or "))
    .argument("<file>", "the manifest or graph")
    .argument("<path>", "a file that a step makes, relative to the build directory")
    .argument("[targets...]", "what was built; the manifest's defaults unless given")
    .option("--toolchain <file>", "as for build: the same one, or it is another step");
}

export function logCommand(session: Session): Command {
  return stepCommand("log")
    .description("print what the step that makes a file printed when it was built")
    .addHelpText(
      "after",
      "\nExamples:\n  unravel log ninja build/build.ninja obj/parser.o   warnings of an old build",
    )
    .action(
      async (frontend: string, file: string, path: string, targets: readonly string[], flags: Flags) => {
        const { log } = await import("../explain/log.ts");
        await session.io.out(await log(session, { frontend, file, targets, flags }, path, flags.toolchain));
      },
    );
}

const shellExamples = `
Examples:
  cd "$(unravel shell ninja build/build.ninja obj/parser.o)" && ./run.sh

The directory holds source/, laid out as the step finds it, the command, and run.sh, which runs it with the step's
environment. There is no sandbox around it.`;

export function shellCommand(session: Session): Command {
  return stepCommand("shell")
    .description("lay out the files of one step with its command ready to run, and print the directory")
    .option("--to <dir>", "a directory to make; one below TMPDIR unless given")
    .addHelpText("after", shellExamples)
    .action(
      async (frontend: string, file: string, path: string, targets: readonly string[], flags: Flags) => {
        const { layOut } = await import("../explain/shell.ts");
        await session.io.out(await layOut(session, { frontend, file, targets, flags }, path, flags));
      },
    );
}
