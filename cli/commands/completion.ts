// `unravel completion`: a script that makes a shell complete the command line.

import { Argument, Command } from "commander";
import type { Session } from "../io.ts";

const examples = `
Examples:
  source <(unravel completion bash)                                   in ~/.bashrc
  unravel completion zsh > "\${fpath[1]}/_unravel"
  unravel completion fish > ~/.config/fish/completions/unravel.fish`;

export function completionCommand(session: Session): Command {
  return new Command("completion")
    .description("print a completion script for a shell")
    .addArgument(new Argument("<shell>", "which one").choices(["bash", "zsh", "fish"]))
    .addHelpText("after", examples)
    .action(async (shell: "bash" | "fish" | "zsh", _: object, command: Command) => {
      const { completionFor } = await import("../completion.ts");
      await session.io.out(completionFor(shell, command.parent ?? command));
    });
}
