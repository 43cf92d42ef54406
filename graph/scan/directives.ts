// What a C-family or assembler file asks for: includes of every kind, embedded binaries, modules. Finds too much
// rather than too little: comments and strings hide nothing that looks like a directive, and of `#if` only what says that
// it is for another system is evaluated.

import type { Bytes } from "../bytes.ts";
import { readGuards } from "./conditions.ts";
import { detach } from "./detach.ts";
import { directiveLines } from "./directive-lines.ts";
import { findEmbedded } from "./embedded.ts";
import { foreignBit, mayMention } from "./foreign.ts";
import { findIntroducers, introducerLength, readLogicalLine } from "./logical-line.ts";
import { findModuleLines } from "./modules.ts";
import { type Program, ProgramBuilder } from "./program.ts";
import { realLines } from "./real-lines.ts";

/**
 * `include`, `import` (Objective-C or a C++ header unit) and `next` are read and scanned in turn; `embed`, `has`
 * and `has-next` (`__has_include`), `dependency` (`#pragma GCC dependency`) and `incbin` only need the file;
 * `asm-include` is the assembler's own `.include`.
 */
export type ReferenceKind =
  | "include"
  | "import"
  | "next"
  | "embed"
  | "has"
  | "has-next"
  | "has-embed"
  | "dependency"
  | "incbin"
  | "asm-include";

/** One mention of another file. */
export interface Reference {
  readonly kind: ReferenceKind;
  readonly form: "quote" | "angle" | "macro";
  /** Between the quotes or angles; for "macro" the operand as it is spelled, comments removed. */
  readonly name: Bytes;
  /** Only in branches that are not taken while none of these names is defined: bits of foreign.ts. */
  readonly guard?: number;
}

/** A name of foreign.ts that a file defines, unless the line's own branch is not taken. */
export interface ForeignDefinition {
  readonly bit: number;
  readonly guard: number;
}

export interface Directives {
  /** Without repeats, in order of appearance per kind of syntax. */
  readonly references: readonly Reference[];
  /** C++ named modules this file imports, and those it declares (`m`, `m:part`). */
  readonly imports: readonly Bytes[];
  readonly provides: readonly Bytes[];
  /** Left out when there are none. */
  readonly foreign?: readonly ForeignDefinition[];
  /** All of it in its order, with its conditions; left out when it is not certain which lines are directives. */
  readonly program?: Program;
}

export const NO_DIRECTIVES: Directives = { references: [], imports: [], provides: [], program: [] };

/** Reads the directives of one file. `intern` makes names that do not keep `contents` alive. */
export function parseDirectives(contents: Bytes, intern: (slice: string) => Bytes = detach): Directives {
  const found = new Collector(intern);
  const asksExistence = contents.includes("__has_");
  const introducers = findIntroducers(contents);
  const lines = directiveLines(contents, introducers);
  const real = realLines(contents, lines);
  const guards = mayMention(contents) ? readGuards(contents, introducers, lines, real) : undefined;
  const program = new ProgramBuilder();
  let next = 0;
  for (const at of introducers) {
    found.guard = guards?.get(at) ?? 0;
    const isReal = at === lines[next] && real?.[next++] === true;
    readDirective(contents, at, asksExistence, found);
    if (guards !== undefined) found.addForeign(definedAt(contents, at));
    const asked = found.take();
    // What an `#elif` asks is asked when no branch before it is taken.
    const isElse =
      asked.length > 0 && /^(?:#|%:|\?\?=)\s*el/.test(readLogicalLine(contents, at).text.slice(0, 64));
    for (const reference of asked) program.refer(reference, isElse);
    if (isReal) addTo(program, contents, at);
  }
  found.guard = 0;
  for (const line of findModuleLines(contents)) {
    if (line.header !== undefined) found.add("import", line.header.form, line.header.name);
    if (line.imports !== undefined) found.imports.add(intern(line.imports));
    if (line.provides !== undefined) found.provides.add(intern(line.provides));
  }
  for (const item of findEmbedded(contents, introducers)) found.add(item.kind, item.form, item.name);
  const always = found.take().map((reference) => ({ kind: "refer", reference }) as const);
  const rest = real === undefined ? undefined : program.finish();
  const whole = rest === undefined ? undefined : always.length === 0 ? rest : [...always, ...rest];
  if (found.isEmpty() && whole?.length === 0) return NO_DIRECTIVES;
  return {
    references: found.references.map((reference) => {
      const guard = found.guardOf(reference);
      return guard === 0 ? reference : { ...reference, guard };
    }),
    imports: [...found.imports],
    provides: [...found.provides],
    ...(found.foreign.length === 0 ? {} : { foreign: found.foreign }),
    ...(whole === undefined ? {} : { program: whole }),
  };
}

/** What a line that is a directive does to macros and conditions. */
function addTo(program: ProgramBuilder, contents: Bytes, at: number): void {
  const i = skipBlanks(contents, at + introducerLength(contents, at));
  const c = contents.charCodeAt(i);
  // `include`, `import`, `embed`: no more than what they refer to.
  const second = contents.charCodeAt(i + 1);
  if ((c === 105 && (second === 110 || second === 109)) || (c === 101 && second === 109)) return;
  const line = readLogicalLine(contents, at).text;
  const match = /^(?:#|%:|\?\?=)\s*([a-z_]+)/.exec(line);
  if (match?.[1] !== undefined) program.directive(match[1], line.slice(match[0].length));
}

/** The name that a `#define` defines, if it is one of foreign.ts. */
function definedAt(contents: Bytes, at: number): number {
  const line = contents.slice(at, at + 96);
  if (!line.includes("define") && !/[\\/]/.test(line)) return 0;
  const name = /^(?:#|%:|\?\?=)\s*define\s+(\w+)/.exec(readLogicalLine(contents, at).text)?.[1];
  return name === undefined ? 0 : foreignBit(name);
}

const NOTHING: readonly number[] = [];

class Collector {
  readonly references: Reference[] = [];
  readonly imports = new Set<Bytes>();
  readonly provides = new Set<Bytes>();
  readonly foreign: ForeignDefinition[] = [];
  /** Of the line that is being read. */
  guard = 0;
  /** What was added since somebody took it, by index. */
  private added: number[] = [];
  private readonly indexes = new Map<string, number>();
  private readonly guards = new Map<string, number>();
  private readonly intern: (slice: string) => Bytes;

  constructor(intern: (slice: string) => Bytes) {
    this.intern = intern;
  }

  add(kind: ReferenceKind, form: Reference["form"], slice: string): void {
    if (slice === "") return;
    const name = this.intern(slice);
    const key = `${kind} ${form} ${name}`;
    const known = this.guards.get(key);
    // Once without a guard is enough; of several guards any may go.
    this.guards.set(
      key,
      known === undefined ? this.guard : known === 0 || this.guard === 0 ? 0 : known | this.guard,
    );
    if (known === undefined) {
      this.indexes.set(key, this.references.length);
      this.references.push({ kind, form, name });
    }
    this.added.push(this.indexes.get(key) ?? 0);
  }

  take(): readonly number[] {
    if (this.added.length === 0) return NOTHING;
    const added = this.added;
    this.added = [];
    return added;
  }

  guardOf({ kind, form, name }: Reference): number {
    return this.guards.get(`${kind} ${form} ${name}`) ?? 0;
  }

  addForeign(bit: number): void {
    if (bit !== 0) this.foreign.push({ bit, guard: this.guard });
  }

  isEmpty(): boolean {
    return this.references.length + this.imports.size + this.provides.size + this.foreign.length === 0;
  }
}

const KIND_OF: ReadonlyMap<string, ReferenceKind> = new Map<string, ReferenceKind>([
  ["include", "include"],
  ["include_next", "next"],
  ["import", "import"],
  ["embed", "embed"],
]);

function readDirective(text: Bytes, at: number, asksExistence: boolean, found: Collector): void {
  let i = skipBlanks(text, at + introducerLength(text, at));
  const start = i;
  let c = text.charCodeAt(i);
  while ((c >= 97 && c <= 122) || c === 95) c = text.charCodeAt(++i);
  // A keyword with a continuation or a comment in or before it: read the long way.
  const isPlain = i > start && c !== 92 && c !== 63;
  if (isPlain) {
    const first = text.charCodeAt(start);
    // "include", "import", "embed", "pragma" or nothing to us.
    const isInclude = first === 105 ? isIncludeWord(text, start, i) : first === 101 && i - start === 5;
    if (isInclude && readOperand(text, start, i, found)) return;
    if (!isInclude && !asksExistence && !(first === 112 && i - start === 6)) return;
  }
  readSlowly(readLogicalLine(text, at).text, found);
}

function isIncludeWord(text: string, start: number, end: number): boolean {
  const length = end - start;
  const second = text.charCodeAt(start + 1);
  return second === 110 ? length === 7 || length === 12 : second === 109 && length === 6;
}

/** The common case: keyword, blanks, a whole quoted or angled name on the same physical line. */
function readOperand(text: Bytes, start: number, end: number, found: Collector): boolean {
  const i = skipBlanks(text, end);
  const open = text.charCodeAt(i);
  if (open !== 34 && open !== 60) return false;
  const close = open === 34 ? 34 : 62;
  for (let j = i + 1; j < text.length; j++) {
    const c = text.charCodeAt(j);
    if (c === close) {
      const kind = KIND_OF.get(text.slice(start, end));
      if (kind === undefined) return false;
      found.add(kind, open === 34 ? "quote" : "angle", text.slice(i + 1, j));
      return true;
    }
    if (c === 10 || c === 92 || c === 63) return false;
  }
  return false;
}

function readSlowly(line: Bytes, found: Collector): void {
  const match = /^(?:#|%:|\?\?=)\s*([a-z_]+)/.exec(line);
  const keyword = match?.[1];
  if (match === null || keyword === undefined) return;
  const rest = line.slice(match[0].length);
  const kind = KIND_OF.get(keyword);
  if (kind !== undefined) {
    addOperand(kind, rest.trim(), found);
    return;
  }
  if (keyword === "pragma") {
    const dependency = /^\s*GCC\s+dependency\s*(["<].*)$/.exec(rest)?.[1];
    if (dependency !== undefined) addOperand("dependency", dependency, found);
  }
  if (keyword !== "if" && keyword !== "elif" && keyword !== "define") return;
  const questions = /__has_(include_next|include|embed)(?![A-Za-z0-9_])(?:__)?\s*\(?\s*/g;
  for (let ask = questions.exec(rest); ask !== null; ask = questions.exec(rest)) {
    const what = ask[1] === "include" ? "has" : ask[1] === "embed" ? "has-embed" : "has-next";
    addOperand(what, rest.slice(ask.index + ask[0].length), found);
  }
}

/** `text` starts with the operand; what follows a quoted or angled name is ignored. */
function addOperand(kind: ReferenceKind, text: string, found: Collector): void {
  const open = text.charAt(0);
  if (open === '"' || open === "<") {
    const close = text.indexOf(open === "<" ? ">" : '"', 1);
    if (close > 0) found.add(kind, open === "<" ? "angle" : "quote", text.slice(1, close));
  } else if (/^[A-Za-z_$\x80-\xff]/.test(text)) {
    // Inside `__has_include( )` the operand ends with its parenthesis.
    const isQuestion = kind === "has" || kind === "has-next" || kind === "has-embed";
    const operand = isQuestion ? /^[\w$\x80-\xff]+(?:\s*\([^()]*\))?/.exec(text)?.[0] : text;
    if (operand !== undefined) found.add(kind, "macro", operand.trim());
  }
}

function skipBlanks(text: string, from: number): number {
  let i = from;
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c !== 32 && c !== 9 && c !== 11 && c !== 12) break;
  }
  return i;
}
