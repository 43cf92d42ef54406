// Finds the compile commands in a build step's shell command line, through `cd`, wrappers and launchers.

import { asBytes, type Bytes } from "../bytes.ts";
import { type ShellCommand, type ShellWord, splitShell } from "../shell-words.ts";
import { type ArgumentContext, type PipedText, parseCompilerArguments } from "./compiler-arguments.ts";
import type { CompileInvocation } from "./invocation.ts";
import { baseOf, resolveFrom } from "./path.ts";
import {
  ASSEMBLER,
  MOC,
  NASM,
  PROTOC,
  parseToolArguments,
  RCC,
  TABLEGEN,
  type ToolSyntax,
} from "./tool-arguments.ts";

export type { CompileInvocation } from "./invocation.ts";

/** Reads a file by absolute path; a response file that is not on the disk may be supplied here too. */
export type ReadFile = (path: Bytes) => Bytes | undefined;

/** The first compile command of the line; `undefined` when there is none. */
export function parseCompile(command: Bytes, cwd: Bytes, readFile: ReadFile): CompileInvocation | undefined {
  return parseCompiles(command, cwd, readFile)[0];
}

/** Every compile, preprocess, assemble or generate command of the line whose sources include other files. */
export function parseCompiles(command: Bytes, cwd: Bytes, readFile: ReadFile): readonly CompileInvocation[] {
  return parseLine(command, { cwd, isLiteral: true, environment: new Map() }, readFile, 0);
}

interface Place {
  readonly cwd: Bytes;
  readonly isLiteral: boolean;
  readonly environment: ReadonlyMap<Bytes, Bytes>;
  readonly piped?: PipedText;
}

function parseLine(line: Bytes, start: Place, readFile: ReadFile, depth: number): CompileInvocation[] {
  const found: CompileInvocation[] = [];
  const outer: Place[] = [];
  let place = start;
  const printed: Bytes[] = [];
  for (const item of splitShell(line)) {
    if (item.kind === "open") outer.push(place);
    else if (item.kind === "close") place = outer.pop() ?? place;
    else if (item.words[0]?.text === "cd") place = changeDirectory(item, place);
    else {
      place = exported(item, place);
      printed.push(...printedIncludes(item));
      const about = found[0]?.sources[0]?.path;
      if (printed.length > 0 && about !== undefined)
        place = { ...place, piped: { includes: printed, about } };
      const one = parseCommand(item, place, readFile, depth);
      for (const invocation of one) found.push(invocation);
    }
  }
  return found;
}

/** Kbuild makes the declarations of what assembler exports: `{ echo "#include <a.h>"; cc -E a.S | sed …; } | cc -xc -`. */
function printedIncludes({ words }: ShellCommand): readonly Bytes[] {
  if (words[0]?.text !== "echo") return [];
  return words.slice(1).flatMap(({ text }) => {
    const name = /^#\s*include\s*[<"]([^<>"]+)[>"]$/.exec(text)?.[1];
    return name === undefined ? [] : [asBytes(name)];
  });
}

/** `A=b` alone, or `export A=b`, is seen by the commands that follow. */
function exported(command: ShellCommand, place: Place): Place {
  const isExport = command.words[0]?.text === "export";
  if (!isExport && (command.words.length > 0 || command.assignments.length === 0)) return place;
  const environment = new Map(place.environment);
  for (const { name, value } of command.assignments) environment.set(name, value.text);
  for (const word of command.words.slice(1)) {
    const equals = word.text.indexOf("=");
    if (equals > 0)
      environment.set(asBytes(word.text.slice(0, equals)), asBytes(word.text.slice(equals + 1)));
  }
  return { ...place, environment };
}

function changeDirectory(command: ShellCommand, place: Place): Place {
  const target = command.words.slice(1).find((word) => !/^-(?:[LPe@]+|-)$/.test(word.text));
  if (target === undefined || target.text === "-") return { ...place, isLiteral: false };
  return {
    ...place,
    cwd: resolveFrom(place.cwd, target.text),
    isLiteral: place.isLiteral && target.isLiteral,
  };
}

const COMPILER =
  /^(?:[\w.+-]+-)?(?:gcc|g\+\+|cc|c\+\+|c89|c99|clang|clang\+\+|clang-cpp|cpp|gfortran|flang|flang-new|f77|f95|nvcc|hipcc|icc|icpc|icx|icpx|tcc|emcc|em\+\+|windres)(?:-[0-9][\w.]*)?(?:\.(?:exe|real|bin|wrapped))?$/;

const TOOLS: readonly (readonly [RegExp, ToolSyntax])[] = [
  [/^(?:[\w.+-]+-)?(?:as|gas)(?:\.exe)?$/, ASSEMBLER],
  [/^(?:nasm|yasm|vsyasm)(?:\.exe)?$/, NASM],
  [/(?:^|-)tblgen(?:-[\w.]+)?(?:\.exe)?$/, TABLEGEN],
  [/^(?:[\w.]+-)?protoc(?:-[\w.]+)?(?:\.exe)?$/, PROTOC],
  [/^rcc(?:-?qt[56]|[56])?(?:\.exe)?$/, RCC],
  [/^moc(?:-?qt[56]|[56])?(?:\.exe)?$/, MOC],
];

/** These never run what follows them: a compiler's name among their words means nothing. */
const NEVER_RUN: ReadonlySet<string> = new Set(
  (
    ": [ test true false echo printf cat cp mv rm ln mkdir rmdir touch chmod install sed awk grep egrep sort cmp " +
    "diff find ls head tail tr cut tee ar ranlib nm strip objcopy ld export set unset exit return read sleep wait"
  ).split(" "),
);

const SHELLS: ReadonlySet<string> = new Set(["sh", "bash", "dash", "ksh", "zsh"]);

type Parser = (words: readonly Bytes[], context: ArgumentContext) => CompileInvocation | undefined;

function parserOf(program: Bytes): Parser | undefined {
  const base = baseOf(program);
  if (COMPILER.test(base)) return parseCompilerArguments;
  for (const [name, syntax] of TOOLS) {
    if (name.test(base)) return (words, context) => parseToolArguments(words, syntax, context);
  }
  return undefined;
}

function parseCommand(
  command: ShellCommand,
  place: Place,
  readFile: ReadFile,
  depth: number,
): readonly CompileInvocation[] {
  const words = command.words.map((word) => resolveSubstitution(word, place.cwd, readFile));
  const head = words[0];
  if (head === undefined) return [];
  const base = baseOf(head.text);
  if (NEVER_RUN.has(base)) return [];
  const environment = new Map(place.environment);
  for (const { name, value } of command.assignments) environment.set(name, value.text);
  if (SHELLS.has(base)) {
    const flag = words.findIndex((word, i) => i > 0 && /^-[a-z]*c$/.test(word.text));
    const script = words[flag + 1];
    const isFirst = words.slice(1, flag).every((word) => word.text.startsWith("-"));
    if (flag > 0 && isFirst && script !== undefined && depth < 8) {
      return parseLine(script.text, { ...place, environment }, readFile, depth + 1);
    }
  }
  for (let i = 0; i < words.length; i++) {
    const word = words[i];
    if (word === undefined) break;
    // `env A=b cc …`
    const equals = word.text.indexOf("=");
    if (equals > 0 && /^[A-Za-z_]\w*$/.test(word.text.slice(0, equals))) {
      environment.set(asBytes(word.text.slice(0, equals)), asBytes(word.text.slice(equals + 1)));
      continue;
    }
    const parse = word.text.startsWith("-") ? undefined : parserOf(word.text);
    if (parse === undefined) continue;
    const rest = words.slice(i + 1);
    // `zig cc`, or a launcher named like a compiler (`distcc gcc …`): the innermost program has the arguments.
    const nested = rest[0];
    if (nested !== undefined && !nested.text.startsWith("-") && parserOf(nested.text) !== undefined) continue;
    const invocation = parse(
      rest.map((argument) => argument.text),
      {
        program: word.text,
        cwd: place.cwd,
        environment,
        readFile,
        isLiteral: place.isLiteral && rest.every((argument) => argument.isLiteral),
        ...(place.piped === undefined ? {} : { piped: place.piped }),
      },
    );
    if (invocation !== undefined) return [invocation];
  }
  return [];
}

/**
 * Automake's way to find a source: `` `test -f 'x.c' || echo 'dir/'`x.c ``. The one command substitution that is
 * common in compile lines, and it only asks whether a file is there.
 */
function resolveSubstitution(word: ShellWord, cwd: Bytes, readFile: ReadFile): ShellWord {
  if (word.isLiteral || !word.text.includes("test -f ")) return word;
  const pattern = /^(?:`|\$\()test -f '?([^'`)]+?)'? \|\| echo '?([^'`)]*?)'?(?:`|\))(.*)$/s;
  const match = pattern.exec(word.text);
  if (match === null) return word;
  const [, file = "", directory = "", rest = ""] = match;
  const isHere = readFile(resolveFrom(cwd, asBytes(file))) !== undefined;
  return { text: asBytes(isHere ? rest : directory + rest), raw: word.raw, isLiteral: true };
}
