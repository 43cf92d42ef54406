// Shell completion, from the commands themselves: what can be typed is what they take.

import type { Command } from "commander";

export type Shell = "bash" | "fish" | "zsh";

interface Completed {
  readonly name: string;
  readonly summary: string;
  /** Options and inner commands. */
  readonly words: readonly string[];
  readonly options: readonly {
    readonly short?: string;
    readonly long?: string;
    readonly summary: string;
    readonly takesValue: boolean;
  }[];
}

export function completionFor(shell: Shell, program: Command): string {
  const commands = program.commands.map(describe);
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      return `#compdef unravel\nautoload -U +X bashcompinit && bashcompinit\n${bash(commands)}`;
    case "fish":
      return fish(commands);
  }
}

function describe(command: Command): Completed {
  const options = command.options
    .filter(({ hidden }) => !hidden)
    .map(({ short, long, description, required, optional }) => ({
      ...(short === undefined ? {} : { short }),
      ...(long === undefined || long === null ? {} : { long }),
      summary: description,
      takesValue: required || optional,
    }));
  const flags = options.flatMap(({ short, long }) => [short, long].filter((flag) => flag !== undefined));
  const frontends =
    command.registeredArguments[0]?.name() === "frontend"
      ? command.registeredArguments[0].description.split(" or ")
      : [];
  return {
    name: command.name(),
    summary: command.description(),
    words: [...frontends, ...command.commands.map((inner) => inner.name()), ...flags, "--help"],
    options,
  };
}

/** Names and options first; files everywhere, because most arguments are. */
function bash(commands: readonly Completed[]): string {
  const cases = commands.map(({ name, words }) => `    ${name}) words='${words.join(" ")}' ;;\n`).join("");
  return `_unravel() {
  local word=\${COMP_WORDS[COMP_CWORD]} words
  COMPREPLY=()
  case \${COMP_WORDS[1]} in
${cases}    *) words='--help --version' ;;
  esac
  if ((COMP_CWORD == 1)); then words='${commands.map(({ name }) => name).join(" ")} help --help --version'; fi
  while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -W "$words" -- "$word")
  if ((COMP_CWORD > 1)) && [[ $word != -* ]]; then
    while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _unravel unravel
`;
}

function fish(commands: readonly Completed[]): string {
  const lines = ["complete -c unravel -n __fish_use_subcommand -f"];
  for (const { name, summary, options, words } of commands) {
    lines.push(`complete -c unravel -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`);
    const within = `-n '__fish_seen_subcommand_from ${name}'`;
    for (const { short, long, summary: about, takesValue } of options) {
      const flags = [
        short === undefined ? "" : ` -s ${short.slice(1)}`,
        long === undefined ? "" : ` -l ${long.slice(2)}`,
      ];
      lines.push(
        `complete -c unravel ${within}${flags.join("")}${takesValue ? " -r" : ""} -d ${quote(about)}`,
      );
    }
    const plain = words.filter((word) => !word.startsWith("-"));
    if (plain.length > 0) lines.push(`complete -c unravel ${within} -a '${plain.join(" ")}'`);
  }
  return `${lines.join("\n")}\n`;
}

function quote(text: string): string {
  return `'${text.replace(/[\\']/g, "\\$&")}'`;
}
