// `unravel why`: one file of a build, explained.

import { Command } from "commander";
import { frontends } from "../frontend.ts";
import type { Session } from "../io.ts";
import { addManifestOptions, addRootOptions, type PlanFlags } from "./plan-options.ts";

interface Flags extends PlanFlags {
  readonly toolchain?: string;
  readonly json?: true;
}

const examples = `
Examples:
  unravel why ninja build/build.ninja obj/parser.o       what it is made of, and what wants it
  unravel why ninja build/build.ninja ../include/list.h  who reads it, and how much an edit can rebuild

Paths are relative to the build directory. "declared" inputs stand in the graph; "found" ones were found by looking
into sources and commands. What an edit can rebuild is what depends on the file: a step whose inputs end up as they
were is not run.`;

export function whyCommand(session: Session): Command {
  return addRootOptions(addManifestOptions(new Command("why")))
    .description("explain a file: what it is made of, why it is built, what depends on it")
    .argument("<frontend>", frontends.join(" or "))
    .argument("<file>", "the manifest or graph")
    .argument("<path>", "a file that is built or read, relative to the build directory")
    .argument("[targets...]", "what would be built; the manifest's defaults unless given")
    .option("--toolchain <file>", "as for build: tells the derivation's path as well")
    .option("--json", "print everything as JSON")
    .addHelpText("after", examples)
    .action(
      async (frontend: string, file: string, path: string, targets: readonly string[], flags: Flags) => {
        session.isJson = flags.json === true;
        const { why } = await import("../explain/why.ts");
        await session.io.out(await why(session, { frontend, file, targets, flags }, path, flags));
      },
    );
}
