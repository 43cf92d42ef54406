// `unravel drv`: derivations by themselves, without a store.

import { Command } from "commander";
import type { Session } from "../io.ts";

const examples = `
Examples:
  unravel drv show /nix/store/...-hello.drv      what \`nix derivation show\` prints
  unravel drv show - < hello.drv                 from standard input
  unravel drv path hello.drv                     where Nix would put it
  unravel drv path /tmp/x --name hello           the name is not part of the text`;

export function drvCommand(session: Session): Command {
  const command = new Command("drv").description("print a derivation, or compute its store path");
  command
    .command("show")
    .description("print a derivation as JSON, as `nix derivation show` does")
    .argument("<file>", "a .drv file, a store path, or - for standard input")
    .option("--name <name>", "the derivation's name; taken from the file's name unless given")
    .addHelpText("after", examples)
    .action(async (file: string, flags: { readonly name?: string }) => {
      const { showDerivation } = await import("../derivation-file.ts");
      await session.io.out(await showDerivation(session, file, flags.name));
    });
  command
    .command("path")
    .description("print the store path that a derivation's text has")
    .argument("<file>", "a .drv file, or - for standard input")
    .option("--name <name>", "the derivation's name; taken from the file's name unless given")
    .addHelpText("after", examples)
    .action(async (file: string, flags: { readonly name?: string }) => {
      const { pathOfDerivation } = await import("../derivation-file.ts");
      await session.io.out(await pathOfDerivation(session, file, flags.name));
    });
  return command.addHelpText("after", examples);
}
