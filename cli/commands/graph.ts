// `unravel graph`: what a build description means, without planning anything.

import { Command } from "commander";
import { buildDirectoryOf, checkFrontend } from "../frontend.ts";
import type { Session } from "../io.ts";
import { addManifestOptions, type PlanFlags } from "./plan-options.ts";

interface GraphFlags extends Pick<PlanFlags, "C" | "w"> {
  readonly json?: true;
}

const examples = `
Examples:
  unravel graph ninja build/build.ninja          a summary: rules, targets, defaults
  unravel graph ninja build/build.ninja --json   everything, an edge per line
  unravel graph ninja gen/all.ninja -C build     paths in the manifest are relative to build/`;

export function graphCommand(session: Session): Command {
  return addManifestOptions(new Command("graph"))
    .description("load a build graph and print it")
    .argument("<frontend>", "ninja")
    .argument("<file>", "the manifest")
    .option("--json", "print the whole graph as JSON")
    .addHelpText("after", examples)
    .action(async (frontend: string, file: string, flags: GraphFlags) => {
      session.isJson = flags.json === true;
      checkFrontend(frontend);
      const { loadNinjaFile } = await import("../ninja-file.ts");
      const manifest = loadNinjaFile(session, file, buildDirectoryOf(session.io, file, flags.C), flags.w);
      if (flags.json === true) {
        const { printFacts } = await import("../graph-text.ts");
        await printFacts(session, manifest);
      } else {
        const { summaryOf } = await import("../graph-text.ts");
        await session.io.out(summaryOf(manifest));
      }
    });
}
