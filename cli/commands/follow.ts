// `unravel follow`: shows a build of Nix that runs elsewhere.

import { Command } from "commander";
import type { Session } from "../io.ts";

const examples = `
Examples:
  nix-build -A app --log-format internal-json |& unravel follow
  nix-build -A app --log-format internal-json |& unravel follow --record app.log && unravel report app.log
  nix build .#app --log-format internal-json 2>&1 | unravel follow --json > events

On a terminal one line is written over, as ninja does it; elsewhere there is a line per derivation. What failed comes
with what it printed. Lines that are not Nix's are passed on. The exit code is 1 when Nix reported an error.`;

export function followCommand(session: Session): Command {
  return new Command("follow")
    .description("read Nix's internal-json log from standard input and show how far the build is")
    .option("--json", "print a line of JSON for each event")
    .option("-v, --verbose", "show what builders print when they succeed, too")
    .option("--record <file>", "also write the log there, with times, for `unravel report`")
    .addHelpText("after", examples)
    .action(async (flags: { readonly json?: true; readonly verbose?: true; readonly record?: string }) => {
      session.isJson = flags.json === true;
      const { follow } = await import("../follow-input.ts");
      const options = { json: flags.json === true, verbose: flags.verbose === true };
      await follow(session, options, flags.record);
    });
}
