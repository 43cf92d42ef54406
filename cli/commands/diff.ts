// `unravel diff`: what two plans, or two builds, do differently.

import { resolve } from "node:path";
import { Command } from "commander";
import type { Session } from "../io.ts";

const examples = `
Examples:
  unravel plan ninja build/build.ninja --json > before.json
  unravel plan ninja build/build.ninja --json > after.json
  unravel diff before.json after.json            which steps changed, and why

A plan names files and has no contents. What \`unravel build\` leaves in BUILD/.unravel/steps.json has them: keep a copy
to compare builds.`;

export function diffCommand(session: Session): Command {
  return new Command("diff")
    .description("compare two plans: steps that changed, each with the first thing that differs")
    .argument("<before>", "what `unravel plan --json` printed, or BUILD/.unravel/steps.json")
    .argument("<after>", "another one")
    .option("--json", "print the differences as JSON")
    .addHelpText("after", examples)
    .action(async (before: string, after: string, flags: { readonly json?: true }) => {
      session.isJson = flags.json === true;
      const { readFacts } = await import("../facts/facts.ts");
      const { compareFacts, jsonOfComparison, textOfComparison } = await import("../facts/compare.ts");
      const { readNamedFile } = await import("../files.ts");
      const [old, now] = [before, after].map((file) =>
        readFacts(readNamedFile(resolve(session.io.cwd, file), file), file),
      );
      if (old === undefined || now === undefined) throw new Error("two files were read");
      const comparison = compareFacts(old, now);
      await session.io.out(flags.json === true ? jsonOfComparison(comparison) : textOfComparison(comparison));
    });
}
