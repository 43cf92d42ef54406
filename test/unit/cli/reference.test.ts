// The pages about the command line: docs/options.md is what the commands say of themselves (`vitest -u` writes it anew),
// and whatever a page shows is a command that exists, with options that it takes.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openSession } from "../../../cli/io.ts";
import { programOf } from "../../../cli/run.ts";

type Command = ReturnType<typeof programOf>;

const project = join(import.meta.dirname, "../../..");
const program = programOf(
  openSession({
    out: async () => undefined,
    err: () => undefined,
    env: {},
    cwd: "/",
    readStdin: async () => Buffer.alloc(0),
    isTerminal: false,
    columns: 80,
    signal: new AbortController().signal,
  }),
);
const commands: readonly Command[] = program.commands.flatMap((command) =>
  command.commands.length === 0 ? [command] : command.commands,
);

/** "drv show": without the program's name. */
function nameOf(command: Command): string {
  const parent = command.parent;
  return parent === null || parent === program ? command.name() : `${parent.name()} ${command.name()}`;
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|");
}

function sectionOf(command: Command): string {
  const places = command.registeredArguments.map((argument) => {
    const name = argument.variadic ? `${argument.name()}...` : argument.name();
    return { shown: argument.required ? `<${name}>` : `[${name}]`, about: argument.description };
  });
  const rows = [
    ...places.map(({ shown, about }) => [shown, about]),
    ...command.options.map(({ flags, description, argChoices }) => [
      flags,
      `${description}${argChoices === undefined ? "" : `: ${argChoices.join(", ")}`}`,
    ]),
  ];
  const words = ["unravel", nameOf(command), ...places.map(({ shown }) => shown)].join(" ");
  const head = `## \`${words}\`\n\n${command.description()}\n`;
  if (rows.length === 0) return head;
  const table = rows.map(([what = "", about = ""]) => `| \`${cell(what)}\` | ${cell(about)} |\n`).join("");
  return `${head}\n| | |\n| --- | --- |\n${table}`;
}

describe("the pages about the command line", () => {
  it("list every command with every option", async () => {
    const text = `# Every command and option\n\nWhat \`--help\` says, in one page, kept by a test. [command-line.md](command-line.md) tells what it is for.\n\n${commands.map(sectionOf).join("\n")}`;
    await expect(text).toMatchFileSnapshot(join(project, "docs/options.md"));
  });

  const pages = ["docs", "docs/guides"]
    .flatMap((folder) =>
      readdirSync(join(project, folder))
        .filter((name) => name.endsWith(".md"))
        .map((name) => join(folder, name)),
    )
    .concat("README.md")
    .filter((page) => page !== "docs/options.md");

  it("tell of every command", () => {
    const page = readFileSync(join(project, "docs/command-line.md"), "utf8");
    const missing = program.commands.filter((command) => !page.includes(`unravel ${command.name()}`));
    expect(missing.map((command) => command.name())).toEqual([]);
  });

  it.each(pages)("%s shows commands that there are, and options that they take", (page) => {
    const text = readFileSync(join(project, page), "utf8");
    // Prose has the word, too: only blocks for a shell, and what is marked as code in a line, are commands.
    const blocks = [...text.matchAll(/^```(?:sh|console)\n([\s\S]*?)^```$/gm)].map(([, block = ""]) => block);
    const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
    const marked = [...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
    const wrong: string[] = [];
    for (const line of [...blocks.flatMap((block) => block.split("\n")), ...marked]) {
      // The first line of a format is no command.
      for (const [, names = "", rest = ""] of line.matchAll(
        /(?<![\w./-])unravel (?!make dump)([a-z]+(?:\\?\|[a-z]+)*)(?= |$)([^#]*)/g,
      )) {
        for (const name of names.split(/\\?\|/)) {
          const command = program.commands.find((one) => one.name() === name);
          if (command === undefined && name !== "help") wrong.push(line);
          const options = [command, ...(command?.commands ?? [])].flatMap((one) => one?.options ?? []);
          for (const [flag] of rest.matchAll(/(?<=[ [])--[a-z][a-z-]*/g))
            if (flag !== "--help" && !options.some((option) => option.long === flag))
              wrong.push(`${name} ${flag}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});
