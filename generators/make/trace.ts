// Reads what `make -Bnp --trace` prints of one make: commands under their targets, and the database behind them. It is
// less than a dump: notes say what is not in it.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { splitShell } from "../../graph/shell-words.ts";
import { type Database, readDatabase } from "./database.ts";
import type { DumpLine, DumpRule, MakeDump } from "./dump.ts";
import { failAt, spanOf } from "./error.ts";
import { mayBeLineOf } from "./ignored.ts";
import { baseOf } from "./writes.ts";

/** What was read of a text that is no dump. */
export interface ForeignDump {
  readonly dump: MakeDump;
  /** What is not in it, for people. */
  readonly notes: readonly string[];
}

const captureInstead = "capture the build with make-capture.sh, which records it; docs/make.md says how";
const heading =
  /^(?:<builtin>|[^\n]+:\d+): (?:target '([^\n]+)' does not exist|update target '([^\n]+)' due to: ([^\n]*))$/;
const startsTrace = /^(?:<builtin>|[^\n]+:\d+): (?:target '[^\n]+' does not exist|update target ')/m;

/** Whether a text has targets and commands as `--trace` prints them. */
export function isTrace(text: Bytes): boolean {
  return startsTrace.test(text);
}

/** Throws InputError for what cannot be built from such a text. `directory` is where make ran. */
export function readTrace(text: Bytes, file: Bytes, directory: Bytes): ForeignDump {
  return new Reader(text, file, directory).run();
}

class Reader {
  readonly #text: Bytes;
  readonly #file: Bytes;
  readonly #directory: Bytes;

  constructor(text: Bytes, file: Bytes, directory: Bytes) {
    this.#text = text;
    this.#file = file;
    this.#directory = directory;
  }

  run(): ForeignDump {
    const text = this.#text;
    const [first, second] = [...text.matchAll(/^# GNU Make \d|^# Make data base, printed on/gm)].filter(
      ({ 0: found }, index, all) => index === 0 || found === all[0]?.[0],
    );
    if (second !== undefined) this.#fail("makes below the first ran", second.index);
    const end = first?.index ?? text.length;
    const database = first === undefined ? undefined : readDatabase(text, this.#file, end, text.length);
    if (database?.isWhole === false) {
      const at = spanOf(this.#file, text.length, text.length);
      failAt("make/truncated", "the database of make -p has no end", at, "write it again, as a whole");
    }
    const lines = this.#lines(end, database?.rules);
    this.#check(database, first?.index ?? 0, lines);
    const goals = settingOf(database, "MAKECMDGOALS") ?? settingOf(database, ".DEFAULT_GOAL");
    const dump: MakeDump = {
      version: asBytes(""),
      root: this.#directory,
      directory: this.#directory,
      shell: asBytes("/bin/sh"),
      arguments: (goals ?? "")
        .split(" ")
        .filter((goal) => goal !== "")
        .map(asBytes),
      environments: new Map([[0, { set: [], unset: [] }]]),
      makes: new Map([
        [1, { id: 1, line: 0, directory: this.#directory, arguments: [], span: spanOf(this.#file, 0, 0) }],
      ]),
      lines,
      functions: [],
      rules: [...(database?.rules.values() ?? [])],
      files: [],
      directories: [],
      span: spanOf(this.#file, 0, 0),
    };
    return { dump, notes: notesOf(database) };
  }

  /** Recipe lines before `end`. A line that ends in a backslash goes on, as in the makefile. */
  #lines(end: number, rules: ReadonlyMap<Bytes, DumpRule> | undefined): readonly DumpLine[] {
    const lines: DumpLine[] = [];
    let target: Bytes | undefined;
    let prerequisites: readonly Bytes[] = [];
    let orderOnly: readonly Bytes[] = [];
    const earlier: Bytes[] = [];
    for (let at = 0; at < end; ) {
      const start = at;
      let stop = this.#endOfLine(at, end);
      const found = heading.exec(this.#text.slice(start, stop));
      at = stop + 1;
      if (found !== null) {
        if (target !== undefined) earlier.push(target);
        target = asBytes(found[1] ?? found[2] ?? "");
        const rule = rules?.get(target);
        prerequisites = rule?.prerequisites ?? changedOf(found[3]);
        // Without the database only the order is known.
        orderOnly = rules === undefined ? earlier.slice(-1) : (rule?.orderOnly ?? []);
        continue;
      }
      while (stop < end && /(^|[^\\])(\\\\)*\\$/.test(this.#text.slice(start, stop))) {
        stop = this.#endOfLine(stop + 1, end);
      }
      at = stop + 1;
      const command = asBytes(this.#text.slice(start, stop));
      if (this.#isOfMake(command, start) || target === undefined || command === "") continue;
      const rule = rules?.get(target);
      if (rule !== undefined && !mayBeLineOf(rule.recipe, command)) {
        this.#fail(`this is no line of the recipe of ${quoted(target)}: something else printed it`, start);
      }
      if (callsMake(command)) this.#fail("this command calls make, whose commands are not known", start);
      lines.push({
        id: lines.length + 1,
        make: 1,
        restart: 0,
        directory: this.#directory,
        target,
        prerequisites,
        orderOnly,
        also: [],
        environment: 0,
        ran: "no",
        status: 0,
        isLeft: false,
        isAbsent: false,
        command,
        span: spanOf(this.#file, start, stop),
      });
    }
    return lines;
  }

  /** Make's own words, which are no commands. */
  #isOfMake(line: Bytes, at: number): boolean {
    if (/^make\[\d+\]: /.test(line)) this.#fail("makes below the first ran", at);
    if (/^make: \*\*\* /.test(line)) {
      const span = spanOf(this.#file, at, at + line.length);
      failAt("make/stopped", "make ended with an error", span, "commands after this are not known");
    }
    const entered = /^make: Entering directory '(.*)'$/.exec(line)?.[1];
    if (entered !== undefined && entered !== this.#directory) this.#failDirectory(asBytes(entered), at);
    return /^make: (?:Entering|Leaving|Nothing to be done|Circular|Warning|warning|'.*' is up to date)/.test(
      line,
    );
  }

  #check(database: Database | undefined, at: number, lines: readonly DumpLine[]): void {
    if (database === undefined) return;
    const ran = settingOf(database, "CURDIR");
    if (ran !== undefined && ran !== this.#directory) this.#failDirectory(ran, at);
    const shell = settingOf(database, "SHELL") ?? asBytes("/bin/sh");
    if (!/^(?:ba|da)?sh$/.test(baseOf(shell))) this.#fail(`recipes are for the shell ${quoted(shell)}`, at);
    const flags = settingOf(database, ".SHELLFLAGS") ?? asBytes("-c");
    if (flags !== "-c") this.#fail(`recipes run with .SHELLFLAGS ${quoted(flags)}`, at);
    const oneShell = database.rules.get(asBytes(".ONESHELL"));
    if (oneShell !== undefined)
      this.#fail("with .ONESHELL, lines of a recipe are not told apart", oneShell.span.start);
    if (lines.length === 0) this.#fail("no recipe is in it", at);
  }

  #failDirectory(ran: Bytes, at: number): never {
    return failAt(
      "make/other-directory",
      `make ran in ${quoted(ran)}, and this is ${quoted(this.#directory)}`,
      spanOf(this.#file, at, this.#endOfLine(at, this.#text.length)),
      "name the directory with -C",
    );
  }

  #fail(why: string, at: number): never {
    const span = spanOf(this.#file, at, this.#endOfLine(at, this.#text.length));
    return failAt("make/lacks", `the output of make --trace is not enough: ${why}`, span, captureInstead);
  }

  #endOfLine(start: number, end: number): number {
    const found = this.#text.indexOf("\n", start);
    return found < 0 || found > end ? end : found;
  }
}

function settingOf(database: Database | undefined, name: string): Bytes | undefined {
  const value = database?.variables.get(name);
  return value === "" ? undefined : value;
}

/** Prerequisites that make took for newer: not all. */
function changedOf(reason: string | undefined): readonly Bytes[] {
  if (reason === undefined || /^target (?:does not exist|is \.PHONY)/.test(reason)) return [];
  return reason
    .split(" ")
    .filter((word) => word !== "")
    .map(asBytes);
}

function callsMake(command: Bytes): boolean {
  return splitShell(command).some(
    (item) => item.kind === "command" && /^g?make$/.test(baseOf(item.words[0]?.text ?? asBytes(""))),
  );
}

function notesOf(database: Database | undefined): readonly string[] {
  const notes = [
    "the output of make --trace has no environment: variables that makefiles export are not set for commands",
    "it does not tell which files and directories makefiles make while they are read (`$(shell mkdir …)`)",
    "text that make computed with `$(shell)` from files that were not made yet is as it was then",
  ];
  if (database === undefined) {
    return [
      ...notes,
      "without -p there are no prerequisites: each recipe comes after the one before it, and reads what its text names",
      "without -p it is not known which errors are ignored, what is .PHONY, what else a pattern rule makes, nor whether make ran with -Bn",
    ];
  }
  const flags = /^(?!-)\S*/.exec(settingOf(database, "MAKEFLAGS") ?? "")?.[0] ?? "";
  if (!flags.includes("n")) notes.push("make ran without -n: what commands printed may be in it");
  if (!flags.includes("B")) {
    notes.push("make ran without -B: what was up to date has no commands in it");
  }
  return notes;
}
