// Reads a Make dump: bytes -> records. Line-based text, a record's fields indented by a tab, values escaped.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import type { Span } from "../../graph/diagnostic.ts";
import {
  type DumpEnvironment,
  type DumpFunction,
  type DumpLine,
  type DumpMake,
  type DumpRule,
  dumpVersion,
  type MakeDump,
  type Ran,
} from "./dump.ts";
import { captureAgain, failAt, spanOf } from "./error.ts";
import { otherDump } from "./other-dumps.ts";

const captureInstead = "capture one: `make-capture.sh --output .unravel/make.dump --`; docs/make.md says how";
const traceInstead =
  "capture the build (docs/make.md), or write `make -Bnp --trace > FILE` when no makefile calls make";
const heading = "unravel make dump ";

/** Throws InputError unless the whole dump is as a capture writes it. */
export function parseDump(text: Bytes, file: Bytes): MakeDump {
  return new Parser(text, file).run();
}

interface Field {
  readonly name: string;
  readonly value: Bytes;
  readonly span: Span;
}

class DumpRecord {
  readonly kind: string;
  /** What stands behind the kind: a number or a path. */
  readonly value: Bytes;
  readonly span: Span;
  readonly fields: Field[] = [];

  constructor(kind: string, value: Bytes, span: Span) {
    this.kind = kind;
    this.value = value;
    this.span = span;
  }

  find(name: string): Bytes | undefined {
    return this.fields.find((field) => field.name === name)?.value;
  }

  text(name: string): Bytes {
    return this.find(name) ?? this.#fail(`the record "${this.kind}" has no field "${name}"`);
  }

  all(name: string): readonly Bytes[] {
    return this.fields.filter((field) => field.name === name).map((field) => field.value);
  }

  number(name: string, otherwise?: number): number {
    const found = this.fields.find((field) => field.name === name);
    if (found !== undefined) return numberOf(found.value, found.span);
    return otherwise ?? numberOf(this.text(name), this.span);
  }

  id(): number {
    return numberOf(this.value, this.span);
  }

  absolute(name: string): Bytes {
    const path = this.text(name);
    return path.startsWith("/") ? path : this.#fail(`"${name}" is no absolute path`);
  }

  #fail(message: string): never {
    return failAt("make/bad-record", message, this.span, captureAgain);
  }
}

function numberOf(text: Bytes, span: Span): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  return failAt("make/bad-record", `expected a number, not ${quoted(text)}`, span, captureAgain);
}

class Parser {
  readonly #text: Bytes;
  readonly #file: Bytes;

  constructor(text: Bytes, file: Bytes) {
    this.#text = text;
    this.#file = file;
  }

  run(): MakeDump {
    const records = this.#records();
    const [capture] = records;
    if (capture?.kind !== "capture") {
      return failAt("make/bad-record", 'the first record is not "capture"', this.#at(0), captureAgain);
    }
    const last = records.at(-1);
    if (last?.kind !== "end") {
      return failAt("make/truncated", "the dump has no end", this.#at(this.#text.length), captureAgain);
    }
    const status = last.number("status");
    if (status !== 0) this.#failStopped(status, records, last);
    const dump = {
      version: capture.text("version"),
      root: capture.absolute("root"),
      directory: capture.absolute("directory"),
      shell: capture.text("shell"),
      arguments: capture.all("argument"),
      environments: new Map<number, DumpEnvironment>([[0, { set: [], unset: [] }]]),
      makes: new Map<number, DumpMake>(),
      lines: [] as DumpLine[],
      functions: [] as DumpFunction[],
      rules: [] as DumpRule[],
      files: [] as Bytes[],
      directories: [] as Bytes[],
      span: capture.span,
    };
    for (const record of records.slice(1, -1)) {
      switch (record.kind) {
        case "environment":
          dump.environments.set(record.id(), environmentOf(record));
          break;
        case "make":
          dump.makes.set(record.id(), {
            id: record.id(),
            line: record.number("line"),
            directory: record.absolute("directory"),
            arguments: record.all("argument"),
            span: record.span,
          });
          break;
        case "line":
          dump.lines.push(lineOf(record));
          break;
        case "shell": {
          const target = record.find("target");
          dump.functions.push({
            make: record.number("make"),
            ...(target === undefined ? {} : { target }),
            command: record.text("command"),
            span: record.span,
          });
          break;
        }
        case "rule":
          dump.rules.push(ruleOf(record));
          break;
        case "file":
          dump.files.push(record.value);
          break;
        case "settings":
          addSettings(dump.makes, record);
          break;
        case "directory":
          dump.directories.push(record.value);
          break;
        case "result":
          break;
        default:
          failAt("make/bad-record", `unknown record "${record.kind}"`, record.span, captureAgain);
      }
    }
    this.#check(dump);
    return dump;
  }

  /** Records name each other by number. */
  #check(dump: MakeDump): void {
    const lines = new Set(dump.lines.map(({ id }) => id));
    for (const make of dump.makes.values()) {
      if (make.line !== 0 && !lines.has(make.line)) this.#failUnknown("line", make.line, make.span);
    }
    for (const line of dump.lines) {
      if (!dump.makes.has(line.make)) this.#failUnknown("make", line.make, line.span);
      if (!dump.environments.has(line.environment))
        this.#failUnknown("environment", line.environment, line.span);
    }
    for (const { make, span } of [...dump.rules, ...dump.functions]) {
      if (!dump.makes.has(make)) this.#failUnknown("make", make, span);
    }
    if (`${dump.directory}/`.startsWith(`${dump.root}/`) || dump.root === "/") return;
    failAt(
      "make/bad-record",
      `make ran in ${quoted(dump.directory)}, which is not inside the root ${quoted(dump.root)}`,
      dump.span,
      captureAgain,
    );
  }

  #failUnknown(what: string, id: number, span: Span): never {
    return failAt("make/bad-record", `there is no ${what} ${id}`, span, captureAgain);
  }

  /** Make stopped: at the last nested make that failed, if one did. */
  #failStopped(status: number, records: readonly DumpRecord[], last: DumpRecord): never {
    const failed = records.find(({ kind, fields }) => kind === "result" && fields[0]?.value !== "0");
    const line = records.find(({ kind, value }) => kind === "line" && value === failed?.value);
    const target = line?.find("target");
    const where = target === undefined ? "" : ` at the target ${quoted(target)}`;
    return failAt(
      "make/stopped",
      `make ended with exit code ${status} while it was captured${where}`,
      line?.span ?? last.span,
      "its message was printed by the capture; lines after this are not known",
    );
  }

  #records(): readonly DumpRecord[] {
    const text = this.#text;
    const records: DumpRecord[] = [];
    const first = this.#endOfLine(0);
    this.#checkHeading(asBytes(text.slice(0, first)));
    for (let start = first + 1; start < text.length; ) {
      const end = this.#endOfLine(start);
      const span = spanOf(this.#file, start, end);
      if (end === text.length) {
        failAt("make/truncated", "the dump ends inside a line", span, captureAgain);
      }
      const isField = text.charCodeAt(start) === 9;
      const body = start + (isField ? 1 : 0);
      const space = text.indexOf(" ", body);
      const nameEnd = space < 0 || space > end ? end : space;
      const name = text.slice(body, nameEnd);
      const value = unescaped(asBytes(text.slice(Math.min(nameEnd + 1, end), end)), span);
      const record = records.at(-1);
      if (!isField) records.push(new DumpRecord(name, value, span));
      else if (record === undefined)
        failAt("make/bad-record", "a field without a record", span, captureAgain);
      else record.fields.push({ name, value, span });
      start = end + 1;
    }
    return records;
  }

  #checkHeading(line: Bytes): void {
    const at = spanOf(this.#file, 0, line.length);
    if (!line.startsWith(heading)) {
      const other = otherDump(this.#text);
      if (other !== undefined) failAt("make/lacks", other, at, traceInstead);
      failAt("make/not-a-dump", "this is no Make dump", at, captureInstead);
    }
    const version = asBytes(line.slice(heading.length));
    if (version === String(dumpVersion)) return;
    failAt(
      "make/version",
      `the dump has version ${quoted(version)}, and this unravel reads version ${dumpVersion}`,
      at,
      "capture with the make-capture.sh of this unravel",
    );
  }

  #endOfLine(start: number): number {
    const end = this.#text.indexOf("\n", start);
    return end < 0 ? this.#text.length : end;
  }

  #at(offset: number): Span {
    return spanOf(this.#file, offset, offset);
  }
}

function unescaped(text: Bytes, span: Span): Bytes {
  if (!text.includes("\\")) return text;
  return asBytes(
    text.replace(/\\(.?)/gs, (_, letter: string) => {
      if (letter === "\\") return "\\";
      if (letter === "n") return "\n";
      if (letter === "r") return "\r";
      return failAt("make/bad-record", `unknown escape "\\${letter}"`, span, captureAgain);
    }),
  );
}

function environmentOf(record: DumpRecord): DumpEnvironment {
  const set = record.all("set").map((text): readonly [Bytes, Bytes] => {
    const equals = text.indexOf("=");
    return [asBytes(text.slice(0, Math.max(equals, 0))), asBytes(text.slice(equals + 1))];
  });
  const unset = record.all("unset");
  const wrong = [...set.map(([name]) => name), ...unset].find((name) => !/^[A-Za-z_]\w*$/.test(name));
  if (wrong === undefined) return { set, unset };
  return failAt("make/bad-record", `${quoted(wrong)} is no name of a variable`, record.span, captureAgain);
}

/** A make's own record came before. */
function addSettings(makes: Map<number, DumpMake>, record: DumpRecord): void {
  const make = makes.get(record.number("make"));
  const options = record.text("set");
  if (make === undefined || !/^([-+][A-Za-z]+|[a-z]+)( ([-+][A-Za-z]+|[a-z]+))*$/.test(options)) {
    failAt("make/bad-record", `${quoted(options)} are no options of a known make`, record.span, captureAgain);
  }
  makes.set(make.id, { ...make, options });
}

function lineOf(record: DumpRecord): DumpLine {
  return {
    id: record.id(),
    make: record.number("make"),
    restart: record.number("restart", 0),
    directory: record.absolute("directory"),
    target: record.text("target"),
    prerequisites: record.all("prerequisite"),
    orderOnly: record.all("order-only"),
    also: record.all("also"),
    environment: record.number("environment"),
    ran: ranOf(record),
    status: record.number("status", 0),
    isLeft: record.find("left") !== undefined,
    isAbsent: record.find("absent") !== undefined,
    command: record.text("command"),
    span: record.span,
  };
}

function ranOf(record: DumpRecord): Ran {
  const ran = record.text("ran");
  switch (ran as string) {
    case "yes":
    case "no":
    case "failed":
    case "make":
      return ran as string as Ran;
    default:
      return failAt("make/bad-record", `unknown value ${quoted(ran)} of "ran"`, record.span, captureAgain);
  }
}

function ruleOf(record: DumpRecord): DumpRule {
  return {
    make: record.number("make"),
    target: record.text("target"),
    isPhony: record.find("phony") !== undefined,
    isMissing: record.find("missing") !== undefined,
    prerequisites: record.all("prerequisite"),
    orderOnly: record.all("order-only"),
    also: record.all("also"),
    recipe: record.all("recipe"),
    span: record.span,
  };
}
