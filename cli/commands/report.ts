// `unravel report`: a build as a page to look at.

import { Command } from "commander";
import type { Session } from "../io.ts";
import type { ReportFlags } from "../report/make-report.ts";

const examples = `
Examples:
  unravel report build                       of the last build in this build directory: report.html
  unravel report run.jsonl --to run.html     of a record that \`unravel build --record run.jsonl\` wrote
  nix-build -A app --log-format internal-json |& unravel follow --record app.log
  unravel report app.log

The page needs no network. A build that failed or was interrupted has a record, too. A log of Nix has no times of its
own: \`unravel follow --record\` puts them before each line.`;

export function reportCommand(session: Session): Command {
  return new Command("report")
    .description("write a page that shows a build: timeline, critical path, what was built and why")
    .argument("<from>", "a build directory, a record, a log of nix-build --log-format internal-json, or -")
    .option("--to <file>", "where to write it; - for standard output", "report.html")
    .option(
      "--plan <file>",
      "for a log: plan.json, or the directory that holds it; may be given again. Those made in that build are known",
      (value: string, all: readonly string[] = []) => [...all, value],
    )
    .option("--json", "print the data of the report instead, and diagnostics as JSON")
    .addHelpText("after", examples)
    .action(async (from: string, flags: ReportFlags) => {
      session.isJson = flags.json === true;
      const { makeReport } = await import("../report/make-report.ts");
      await session.io.out(await makeReport(session, from, flags));
    });
}
