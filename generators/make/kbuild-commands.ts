// Reads kbuild's `.cmd` files: what each says about one target, which is a command and the files that it read. They are
// made by a build, so there must have been one; notes say what is not in them.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import type { Span } from "../../graph/diagnostic.ts";
import { splitShell } from "../../graph/shell-words.ts";
import type { DumpLine } from "./dump.ts";
import { failAt, spanOf } from "./error.ts";
import { pathFrom } from "./executions.ts";
import type { ForeignDump } from "./trace.ts";

export interface NamedText {
  readonly file: Bytes;
  readonly text: Bytes;
}

const definition = /^(?:saved)?cmd_(\S+) := /m;

export function isKbuildCommand(text: Bytes): boolean {
  return definition.test(text);
}

interface Entry {
  readonly target: Bytes;
  readonly command: Bytes;
  readonly reads: readonly Bytes[];
  readonly span: Span;
}

/** Several files may lie behind each other in one text. Paths in them are relative to `directory`. */
export function readKbuildCommands(files: readonly NamedText[], directory: Bytes): ForeignDump {
  const entries = new Map<Bytes, Entry>();
  for (const entry of files.flatMap(({ file, text }) => entriesOf(file, text))) {
    const known = entries.get(entry.target);
    if (known !== undefined && known.command !== entry.command) {
      failAt(
        "make/bad-record",
        `there are two commands for ${quoted(entry.target)}`,
        entry.span,
        "give the .cmd files of one build",
      );
    }
    entries.set(entry.target, entry);
  }
  if (entries.size === 0) {
    const at = spanOf(files[0]?.file ?? asBytes("."), 0, 0);
    failAt(
      "make/not-a-dump",
      "there are no .cmd files of kbuild below this",
      at,
      "name the directory that was built",
    );
  }
  const byPath = new Map([...entries.keys()].map((target) => [pathFrom(directory, target), target]));
  const lines = [...entries.values()].map((entry, index): DumpLine => {
    const own = pathFrom(directory, entry.target);
    const named = wordsOf(entry.command).flatMap((word) => byPath.get(pathFrom(directory, word)) ?? []);
    const all = [...new Set([...entry.reads, ...named])];
    return {
      id: index + 1,
      make: 1,
      restart: 0,
      directory,
      target: entry.target,
      prerequisites: all.filter((path) => pathFrom(directory, path) !== own),
      orderOnly: [],
      also: [],
      environment: 0,
      ran: "no",
      status: 0,
      isLeft: false,
      isAbsent: false,
      command: entry.command,
      span: entry.span,
    };
  });
  const span = spanOf(files[0]?.file ?? asBytes(""), 0, 0);
  return {
    dump: {
      version: asBytes(""),
      root: directory,
      directory,
      shell: asBytes("/bin/sh"),
      arguments: [],
      environments: new Map([[0, { set: [], unset: [] }]]),
      makes: new Map([[1, { id: 1, line: 0, directory, arguments: [], span }]]),
      lines,
      functions: [],
      rules: [],
      files: [],
      directories: [],
      span,
    },
    notes: [
      "kbuild's .cmd files have no environment: scripts that look at NM, srctree and the like do not find them",
      "they have no order: a step comes after those whose targets its text names, or that the build found it to read",
      "what has no .cmd file (headers of filechk, the link of objtool, include/generated/autoconf.h) is no step, and must be there",
    ],
  };
}

function entriesOf(file: Bytes, text: Bytes): readonly Entry[] {
  const entries: { target: Bytes; command: Bytes; reads: Bytes[]; span: Span }[] = [];
  for (let at = 0; at < text.length; ) {
    const start = at;
    let stop = endOfLine(text, at);
    while (stop < text.length && /(^|[^\\])(\\\\)*\\$/.test(text.slice(start, stop)))
      stop = endOfLine(text, stop + 1);
    at = stop + 1;
    const line = text.slice(start, stop).replace(/[ \t]*\\\n[ \t]*/g, " ");
    const [, kind, name = "", value = ""] =
      /^((?:saved)?cmd|source|deps)_(\S+) :=(?: (.*))?$/s.exec(line) ?? [];
    if (kind === undefined) continue;
    const target = asBytes(name);
    const span = spanOf(file, start, stop);
    if (kind.endsWith("cmd")) {
      failElsewhere(file, target, span);
      entries.push({ target, command: commandOf(value, span), reads: [], span });
      continue;
    }
    const entry = entries.at(-1);
    if (entry?.target !== target) {
      failAt(
        "make/bad-record",
        `there is no command of ${quoted(target)} before this`,
        span,
        "give the whole file",
      );
    }
    // What is not there, and only would be if an option were on.
    const there = value.replace(/\$\(wildcard [^)]*\)/g, " ");
    for (const path of there.split(/\s+/)) if (path !== "") entry.reads.push(asBytes(path));
  }
  return entries;
}

/** The file's own place tells where its paths begin. */
function failElsewhere(file: Bytes, target: Bytes, at: Span): void {
  const slash = target.lastIndexOf("/") + 1;
  const named = `.${target.slice(slash)}.cmd`;
  if (!`/${file}`.endsWith(`/${named}`) || target.startsWith("/")) return;
  if (file === target.slice(0, slash) + named) return;
  failAt(
    "make/other-directory",
    `the file is about ${quoted(target)}, and lies in another place`,
    at,
    "name the directory where the build began with -C",
  );
}

/** As kbuild writes it: `$$` is a dollar, `$(pound)` a hash. Anything else would be expanded by make. */
function commandOf(value: string, span: Span): Bytes {
  return asBytes(
    value.replace(/\$(\$|\(pound\)|.?)/gs, (_, what: string) => {
      if (what === "$") return "$";
      if (what === "(pound)") return "#";
      return failAt(
        "make/bad-record",
        "the command holds a reference that only make can expand",
        span,
        "build again",
      );
    }),
  );
}

/** Words of a command, and those that `printf "dir/%s " name... | xargs` makes of some. */
function wordsOf(command: Bytes): readonly Bytes[] {
  const words: Bytes[] = [];
  for (const item of splitShell(command)) {
    if (item.kind !== "command") continue;
    const [head, format, ...rest] = item.words;
    for (const { text } of item.words.slice(1)) words.push(text);
    const prefix = head?.text === "printf" ? /^([^%]*)%s ?$/.exec(format?.text ?? "")?.[1] : undefined;
    if (prefix !== undefined) for (const { text } of rest) words.push(asBytes(prefix + text));
  }
  return words.filter((word) => word !== "" && !word.startsWith("-"));
}

function endOfLine(text: string, start: number): number {
  const end = text.indexOf("\n", start);
  return end < 0 ? text.length : end;
}
