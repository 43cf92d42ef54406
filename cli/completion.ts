// Shell completion, from the commands themselves: what can be typed is what they take.

import type { Argument, Command, Option } from "commander";

export type Shell = "bash" | "fish" | "zsh";

interface CompletedOption {
  /** `-k`, `--keep-going`: one of them or both. */
  readonly flags: readonly string[];
  readonly summary: string;
  readonly value: "none" | "optional" | "required";
  /** What its value can be; nothing when that is open. */
  readonly choices: readonly string[];
}

interface CompletedArgument {
  readonly name: string;
  readonly choices: readonly string[];
  readonly isVariadic: boolean;
}

interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  readonly arguments: readonly CompletedArgument[];
}

export function completionFor(shell: Shell, program: Command): string {
  const names = program.commands.map((command) => command.name());
  const help: Completed = {
    name: "help",
    summary: "show what a command takes",
    options: [],
    arguments: [{ name: "command", choices: names, isVariadic: false }],
  };
  const commands = [...program.commands.map(describe), help];
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      return zsh(commands);
    case "fish":
      return fish(commands);
  }
}

function describe(command: Command): Completed {
  const inner = command.commands.map((one) => one.name());
  const first = { name: "command", choices: inner, isVariadic: false };
  return {
    name: command.name(),
    summary: command.description(),
    options: [
      ...command.options.filter(({ hidden }) => !hidden).map(describeOption),
      { flags: ["-h", "--help"], summary: "show what it takes", value: "none", choices: [] },
    ],
    arguments:
      inner.length > 0
        ? [first, { name: "file", choices: [], isVariadic: true }]
        : command.registeredArguments.map(describeArgument),
  };
}

function describeOption({
  short,
  long,
  description,
  required,
  optional,
  argChoices,
}: Option): CompletedOption {
  return {
    flags: [short, long].filter((flag) => typeof flag === "string"),
    summary: description,
    value: required ? "required" : optional ? "optional" : "none",
    choices: argChoices ?? [],
  };
}

function describeArgument(argument: Argument): CompletedArgument {
  const name = argument.name();
  const listed = name === "frontend" ? argument.description.split(" or ") : [];
  return { name, choices: argument.argChoices ?? listed, isVariadic: argument.variadic };
}

/** Names, options and their values; files everywhere else, because most arguments are. */
function bash(commands: readonly Completed[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const cases = commands
    .map(({ name, options, arguments: [first, second] }) => {
      const words = [...(first?.choices ?? []), ...options.flatMap(({ flags }) => flags)];
      const only = second === undefined && (first?.choices ?? []).length > 0;
      return `    ${name}) words='${words.join(" ")}'${only ? " files=" : ""} ;;\n`;
    })
    .join("");
  const values = commands
    .flatMap(({ name, options }) =>
      options
        .filter(({ choices }) => choices.length > 0)
        .flatMap(({ flags, choices }) =>
          flags.map((flag) => `    ${name},${flag}) values='${choices.join(" ")}' ;;\n`),
        ),
    )
    .join("");
  return `_unravel() {
  local word=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]} words values='' files=1 reply
  COMPREPLY=()
  # Bash takes --format=dot for three words.
  [[ $word != = ]] || word=
  [[ \${COMP_WORDS[COMP_CWORD]} == = ]] || [[ $previous != = ]] || previous=\${COMP_WORDS[COMP_CWORD - 2]}
  case \${COMP_WORDS[1]},$previous in
${values}  esac
  if [[ -n $values ]]; then
    while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -W "$values" -- "$word")
    return
  fi
  case \${COMP_WORDS[1]} in
${cases}    *) words='--help --version' ;;
  esac
  if ((COMP_CWORD == 1)); then words='${names} --help --version'; fi
  while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -W "$words" -- "$word")
  if [[ -n $files && $word != -* ]] && ((COMP_CWORD > 1)); then
    while IFS= read -r reply; do COMPREPLY+=("$reply"); done < <(compgen -f -- "$word")
  fi
}
complete -o filenames -F _unravel unravel
`;
}

/** For `source`, and as a file `_unravel` in fpath, which zsh calls the first time that something is completed. */
function zsh(commands: readonly Completed[]): string {
  const rows = commands.map(
    ({ name, summary }) => `    ${quote(`${name}:${summary.replaceAll(":", "\\:")}`)}\n`,
  );
  const cases = commands.map(({ name, options, arguments: places }) => {
    const specs = [...options.map(zshOption), ...places.map(zshArgument)];
    return `        ${name}) _arguments -S ${specs.join(" \\\n          ")} ;;\n`;
  });
  return `#compdef unravel
_unravel() {
  local curcontext=$curcontext state line
  local -a commands=(
${rows.join("")}  )
  _arguments -C '(- *)'{-h,--help}'[show what there is]' '(- *)'{-V,--version}'[print the version]' \\
    '1:command:->command' '*::argument:->argument'
  case $state in
    command) _describe -t commands command commands ;;
    argument)
      case $words[1] in
${cases.join("")}      esac ;;
  esac
}
if [[ $funcstack[1] == _unravel ]]; then _unravel "$@"; else compdef _unravel unravel; fi
`;
}

function zshOption({ flags, summary, value, choices }: CompletedOption): string {
  const about = `[${summary.replace(/[[\]\\]/g, "\\$&")}]`;
  const what = choices.length > 0 ? `(${choices.join(" ")})` : "_files";
  const isLong = (flag: string): boolean => flag.startsWith("--");
  return flags
    .map((flag) => {
      if (value === "none") return quote(`(${flags.join(" ")})${flag}${about}`);
      // Options with values may be given again.
      const head = value === "optional" ? `${flag}=-` : isLong(flag) ? `${flag}=` : `${flag}+`;
      return quote(`*${head}${about}${value === "optional" ? "::" : ":"}value:${what}`);
    })
    .join(" ");
}

function zshArgument({ name, choices, isVariadic }: CompletedArgument, index: number): string {
  const what = choices.length > 0 ? `(${choices.join(" ")})` : "_files";
  return quote(`${isVariadic ? "*" : index + 1}:${name}:${what}`);
}

function fish(commands: readonly Completed[]): string {
  const lines = [
    "complete -c unravel -n __fish_use_subcommand -f",
    "complete -c unravel -n __fish_use_subcommand -s h -l help -d 'show what there is'",
    "complete -c unravel -n __fish_use_subcommand -s V -l version -d 'print the version'",
  ];
  for (const { name, summary, options, arguments: places } of commands) {
    lines.push(`complete -c unravel -n __fish_use_subcommand -a ${name} -d ${quote(summary)}`);
    const within = `-n '__fish_seen_subcommand_from ${name}'`;
    for (const { flags, summary: about, value, choices } of options) {
      const named = flags.map((flag) =>
        flag.startsWith("--") ? ` -l ${flag.slice(2)}` : ` -s ${flag.slice(1)}`,
      );
      const takes = value !== "required" ? "" : choices.length > 0 ? " -x" : " -r";
      const values = choices.length > 0 ? ` -a ${quote(choices.join(" "))}` : "";
      lines.push(`complete -c unravel ${within}${named.join("")}${takes}${values} -d ${quote(about)}`);
    }
    const [first, second] = places;
    if (first === undefined || first.choices.length === 0) continue;
    const words = first.choices.join(" ");
    const unless = `-n '__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${words}'`;
    // Where nothing else can stand, files would only be in the way.
    lines.push(`complete -c unravel ${unless}${second === undefined ? " -f" : ""} -a ${quote(words)}`);
  }
  return `${lines.join("\n")}\n`;
}

/** One word for all three shells; fish would read a backslash inside, and there is none. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
