// Lines of a dump, grouped by the target they are for, and divided where they call make again.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { Span } from "../../graph/diagnostic.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { splitShell } from "../../graph/shell-words.ts";
import type { CommandLine } from "./command-text.ts";
import type { DumpLine, DumpMake, DumpRule, MakeDump } from "./dump.ts";
import { ignoredErrors } from "./ignored.ts";
import { readWrites } from "./writes.ts";

/** What one make did for one target. */
export interface Execution {
  readonly make: DumpMake;
  readonly target: Bytes;
  /** Absolute path of the target, whether it is a file or not. */
  readonly path: Bytes;
  readonly restart: number;
  readonly isPhony: boolean;
  readonly prerequisites: readonly Bytes[];
  readonly orderOnly: readonly Bytes[];
  readonly pieces: readonly Piece[];
  /** The target was there before, and stayed as it was. */
  readonly isLeft: boolean;
  /** All of it was run, and there is no such file. */
  readonly isAbsent: boolean;
  readonly span: Span;
}

/** A part of a recipe: commands, or calls of make. */
export type Piece =
  | { readonly kind: "commands"; readonly commands: Commands }
  /** The makes that one line started. */
  | { readonly kind: "makes"; readonly makes: readonly DumpMake[] };

export interface Commands {
  readonly lines: readonly CommandLine[];
  readonly directory: Bytes;
  readonly environment: number;
  /** Absolute paths of what is written for sure, as make knows it. */
  readonly also: readonly Bytes[];
  /** Absolute paths of what the text says is written. */
  readonly written: ReadonlySet<Bytes>;
  readonly program: Bytes;
  /** None of it was run when it was captured. */
  readonly isFaked: boolean;
}

/** Absolute and canonical, as seen from a directory. */
export function pathFrom(directory: Bytes, path: Bytes): Bytes {
  return canonicalizePath(asBytes(path.startsWith("/") ? path : `${directory}/${path}`));
}

/** Executions in the order in which make began them. */
export function executionsOf(dump: MakeDump): readonly Execution[] {
  const rules = new Map<string, DumpRule>();
  for (const rule of dump.rules) rules.set(`${rule.make} ${rule.target}`, rule);
  const started = new Map<number, DumpMake[]>();
  for (const make of dump.makes.values()) {
    const makes = started.get(make.line);
    if (makes === undefined) started.set(make.line, [make]);
    else makes.push(make);
  }
  const groups = new Map<string, DumpLine[]>();
  for (const line of dump.lines) {
    const key = `${line.make} ${line.restart} ${line.target}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [line]);
    else group.push(line);
  }
  return [...groups.values()].flatMap((lines): readonly Execution[] => {
    const [first] = lines;
    const make = first === undefined ? undefined : dump.makes.get(first.make);
    if (first === undefined || make === undefined) return [];
    const rule = rules.get(`${first.make} ${first.target}`);
    return [
      {
        make,
        target: first.target,
        path: pathFrom(make.directory, first.target),
        restart: first.restart,
        isPhony: rule?.isPhony === true,
        prerequisites: first.prerequisites,
        orderOnly: first.orderOnly,
        pieces: piecesOf(lines, rule, started, make.options),
        isAbsent: lines.at(-1)?.isAbsent === true,
        isLeft:
          lines.some(({ isLeft }) => isLeft) && lines.every(({ isLeft, ran }) => isLeft || ran === "make"),
        span: first.span,
      },
    ];
  });
}

function piecesOf(
  lines: readonly DumpLine[],
  rule: DumpRule | undefined,
  started: ReadonlyMap<number, readonly DumpMake[]>,
  options: Bytes | undefined,
): readonly Piece[] {
  const ignored = ignoredErrors(
    rule?.recipe ?? [],
    lines.map(({ command }) => command),
  );
  const pieces: Piece[] = [];
  let open: OpenCommands | undefined;
  const close = (): void => {
    if (open !== undefined && !open.isSilent) pieces.push({ kind: "commands", commands: open });
    open = undefined;
  };
  for (const [index, line] of lines.entries()) {
    const makes = started.get(line.id) ?? [];
    if (line.ran === "make") {
      close();
      if (makes.length > 0) pieces.push({ kind: "makes", makes });
      if (!doesMore(line.command)) continue;
    }
    open ??= {
      lines: [],
      directory: line.directory,
      environment: line.environment,
      also: (rule?.also ?? []).map((path) => pathFrom(line.directory, path)),
      written: new Set(),
      program: asBytes(""),
      isFaked: true,
      isSilent: true,
    };
    open.also.push(...line.also.map((path) => pathFrom(line.directory, path)));
    const { isSilent, program } = readWrites(line.command, line.directory, open.written);
    open.lines.push({
      text: options === undefined ? line.command : asBytes(`set ${options}\n${line.command}`),
      isIgnored: ignored[index] === true,
      callsMake: line.ran === "make",
    });
    open.isSilent &&= isSilent;
    if (program !== "" && /^(rm|rmdir|mkdir|)$/.test(open.program)) open.program = program;
    if (line.ran === "yes" && !isSilent) open.isFaked = false;
    if (line.ran === "make") close();
  }
  close();
  return pieces;
}

interface OpenCommands extends Commands {
  lines: CommandLine[];
  also: Bytes[];
  written: Set<Bytes>;
  program: Bytes;
  isFaked: boolean;
  isSilent: boolean;
}

/** Commands before a call of make do not make what that make makes: `sh ./check.sh` and `$(MAKE) -f rules $@`. */
export function isMadeBelow(
  { path, pieces, make }: Execution,
  commands: Commands,
  executions: readonly Execution[],
): boolean {
  const at = pieces.findIndex((piece) => piece.kind === "commands" && piece.commands === commands);
  return (
    pieces.slice(at).some(({ kind }) => kind === "makes") &&
    executions.some((other) => other.path === path && other.make !== make && other.pieces.length > 0)
  );
}

/** Programs that make files; what else stands beside a call of make finds out which makes to call. */
const makesFiles =
  /^(?:(?:[\w.+-]+-)?(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+|ar|ranlib|ld|strip|objcopy)(?:-[\d.]+)?|cp|mv|ln|install|touch|tar|gzip|perl|python[\d.]*|m4|bison|flex|yacc|lex|\.{0,2}\/.*)$/;

/** Whether a line that calls make has to be run for something else, too. */
function doesMore(command: Bytes): boolean {
  return splitShell(command).some((item) => {
    if (item.kind !== "command") return false;
    const head = item.words[0];
    if (head?.isLiteral === true && makesFiles.test(head.text) && !/(^|\/)g?make$/.test(head.text))
      return true;
    return item.redirects.some(
      ({ operator, target }) =>
        operator.includes(">") && !operator.endsWith("&") && !target.text.startsWith("/dev/"),
    );
  });
}
