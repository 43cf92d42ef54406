// What kbuild's recipes mean beyond their text: which parts of a line are make's own bookkeeping, what a line reads
// without saying so, and what of the environment it looks at. A dump in, the same dump in plain words out.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { DumpEnvironment, DumpLine, MakeDump } from "./dump.ts";
import { pathFrom } from "./executions.ts";
import { archiveLines } from "./kernel-archives.ts";
import { moduleLines, orderLines } from "./kernel-modules.ts";

/**
 * Rewrites the lines of a dump that was made of a kernel (templates/builder/kernel-profile.sh). `wanted` are files that
 * are asked for beside what make was asked for.
 */
export function kernelDump(dump: MakeDump, wanted: readonly Bytes[] = []): MakeDump {
  const environments = new Environments(dump);
  const plain = dump.lines.map((line): DumpLine => ({ ...line, command: plainCommand(line.command) }));
  const named = [...dump.arguments, ...wanted].map((name) => pathFrom(dump.directory, name));
  const lines = archiveLines(orderLines(plain), new Set(named)).map((line): DumpLine => {
    const { command } = line;
    const environment = readsNamedVariables(command)
      ? environments.narrowed(line.environment)
      : line.environment;
    return { ...line, command, environment, prerequisites: [...line.prerequisites, ...scriptReads(command)] };
  });
  return {
    ...dump,
    lines: linkLines(moduleLines(withoutIdle(lines)), dump.makes),
    environments: environments.all,
  };
}

/** Scripts that a line runs to put their words into a text, and what they look at. */
function scriptReads(command: Bytes): readonly Bytes[] {
  const scripts = [
    ...command.matchAll(/(?:\$\(|`)\s*(?:sh|bash|\S*\/sh|\S*\/bash)\s+(?:\.\/)?(scripts\/[\w./-]+)/g),
  ].map((match) => asBytes(match[1] ?? ""));
  return command.includes("scripts/setlocalversion")
    ? [...scripts, asBytes("include/config/auto.conf")]
    : scripts;
}

const idle = asBytes(":");

/** Lines that do nothing go, but for one of each target that has no other: others may wait for it. */
function withoutIdle(lines: readonly DumpLine[]): readonly DumpLine[] {
  const keyOf = (line: DumpLine): string => `${line.make} ${line.restart} ${line.target}`;
  const busy = new Set(lines.filter(({ command }) => command !== idle).map(keyOf));
  return lines.filter((line) => {
    if (line.command !== idle) return true;
    const key = keyOf(line);
    const isFirst = !busy.has(key);
    busy.add(key);
    return isFirst;
  });
}

/**
 * A kbuild recipe without what only make and people look at: the traps that remove a target when make is
 * interrupted, the names it prints, and the `.cmd` files from which the next make learns what has changed.
 */
export function plainCommand(command: Bytes): Bytes {
  let text: string = command.replace(/\btrap '(?:[^']|'"'"')*' (?:HUP|INT|QUIT|TERM|PIPE);\s*/g, "");
  text = text.replace(/^(\s*set -e;)?\s*(?:echo\s+'[^']*'[^;&|<>]*;\s*)+/, "$1 ");
  text = text.replace(/;\s*(?:\S*\/)?fixdep \S+ \S+ '[\s\S]*$/, "");
  text = text.replace(/;\s*printf '# cannot find fixdep[\s\S]*$/, "");
  text = text.replace(/;\s*printf '%s\\n' 'cmd_[\s\S]*$/, "");
  // A file in a directory that only `..` passes through: written below, it would have to be there.
  text = text.replace(/(> \S*?)\/[\w-]+\/\.\.\//g, "$1/").trim();
  const rest = text.replace(/^set -e;?\s*/, "");
  const isIdle = rest === "" || rest === ":" || /^\{\s*echo\s*;\s*echo [\s\S]*;\s*\} >> \S*\.cmd$/.test(rest);
  return isIdle || isCheck(rest) ? idle : asBytes(text);
}

/** They warn, and make nothing. Each asks for many files; one that fails tells kernel developers, not users. */
function isCheck(text: string): boolean {
  return /\bchecksyscalls\.sh\b|scripts\/atomic\/check-atomics\.sh|\bsync-check\.sh$|\/remove-stale-files$|cannot check the header due to sha1sum/.test(
    text,
  );
}

/** Programs that look at nothing of kbuild's hundred and more variables. */
const plainPrograms: ReadonlySet<string> = new Set(
  (
    "gcc g++ cc c++ clang as ar ld ld.bfd nm objcopy objdump strip objtool check-local-export rm mv cp cat printf echo xargs set " +
    "sed sort uniq true : mkdir trap awk gzip if then else fi grep genksyms"
  ).split(" "),
);

function readsNamedVariables(command: Bytes): boolean {
  const unquoted = command.replace(/\\.|'[^']*'|"(?:\\.|[^"\\])*"/gs, "_");
  if (/[`$(]/.test(unquoted)) return false;
  return unquoted.split(/[;&|\n{}]+/).every((part) => {
    const words = part.trim().split(/\s+/);
    const program = words.find((word) => !/^[<>]/.test(word)) ?? "";
    return program === "" || plainPrograms.has(program.slice(program.lastIndexOf("/") + 1));
  });
}

/** What those programs look at: check-local-export asks for $NM and $AWK, sort and sed for the locale. */
const namedVariables: ReadonlySet<string> = new Set("AWK NM LC_ALL LC_COLLATE LC_NUMERIC".split(" "));

class Environments {
  readonly all: Map<number, DumpEnvironment>;
  readonly #narrowed = new Map<string, number>();
  #next: number;

  constructor(dump: MakeDump) {
    this.all = new Map(dump.environments);
    this.#next = 1 + Math.max(0, ...dump.environments.keys());
  }

  narrowed(id: number): number {
    const full = this.all.get(id);
    if (full === undefined) return id;
    const set = full.set.filter(([name]) => namedVariables.has(name));
    const key = JSON.stringify(set);
    let known = this.#narrowed.get(key);
    if (known === undefined) {
      known = this.#next++;
      this.#narrowed.set(key, known);
      this.all.set(known, { set, unset: [] });
    }
    return known;
  }
}

/** What the table of symbols, which the script assembles, includes. */
function kallsymsReads(targets: ReadonlySet<string>): readonly string[] {
  if (!targets.has("scripts/kallsyms")) return [];
  const width = ["arch/x86/include/uapi/asm", "include/asm-generic", "include/uapi/asm-generic"];
  const always = ["linux/compiler-version", "linux/kconfig", "generated/autoconf"];
  return [
    ...width.map((directory) => `${directory}/bitsperlong.h`),
    ...always.map((name) => `include/${name}.h`),
  ];
}

/**
 * link-vmlinux.sh links what vmlinux.o was linked from, once more for each kallsyms pass, and makes System.map. What
 * its own make has made as a step is named in the line, as the script's text would: no prerequisite of the line can be.
 * A make behind it that changes vmlinux in place (Makefile.postlink) is part of the line.
 */
function linkLines(lines: readonly DumpLine[], makes: MakeDump["makes"]): readonly DumpLine[] {
  const objects = lines
    .filter(({ target }) => target === "vmlinux.o")
    .flatMap(({ prerequisites }) => prerequisites);
  const targets = new Set<string>(lines.map(({ target }) => target));
  const programs = ["scripts/sorttable", "scripts/kallsyms", ".vmlinux.export.o"].filter((path) =>
    targets.has(path),
  );
  const files = ["include/config/auto.conf", "scripts/mksysmap", "scripts/file-size.sh"];
  const read = [...objects, ...[...programs, ...files, ...kallsymsReads(targets)].map(asBytes)];
  const isLink = ({ target, command }: DumpLine): boolean =>
    target === "vmlinux" && command.includes("link-vmlinux.sh");
  const links = new Set(lines.filter(isLink).map(({ id }) => id));
  const isPost = ({ make }: DumpLine): boolean => {
    const started = makes.get(make);
    const isBehind = started !== undefined && links.has(started.line);
    return isBehind && started.arguments.some((word) => word.endsWith("/Makefile.postlink"));
  };
  const post = lines.filter(isPost).filter(({ command }) => command !== idle && command !== "true");
  return lines.flatMap((line): readonly DumpLine[] => {
    if (isPost(line)) return [];
    if (!isLink(line)) return [line];
    const words = post.flatMap(({ command }) => command.split(/[\s;]+/));
    const tools = words.filter((word) => targets.has(word) && word !== "vmlinux");
    return [
      {
        ...line,
        prerequisites: [...new Set([...line.prerequisites, ...read, ...tools.map(asBytes)])],
        also: [...line.also, asBytes("System.map")],
        command: asBytes(
          [
            ": init/version-timestamp.o",
            "export MAKE=:",
            line.command.replace("scripts/link", "./scripts/link"),
            ...post.map(({ command }) => `test $? -eq 0 || exit 1\n(\n${command}\n)`),
          ].join("\n"),
        ),
      },
    ];
  });
}
