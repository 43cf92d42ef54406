// Which lines of a file stand in branches that are not taken on Linux, whatever else is defined. Sound rather than
// clever: a value is known or it is not, and a file in which it is not certain which lines are directives at all
// (comments, literals) has no such lines.

import type { Bytes } from "../bytes.ts";
import { compare } from "./expression.ts";
import { foreignBit, NEVER } from "./foreign.ts";
import { introducerLength, readLogicalLine } from "./logical-line.ts";

/** Of an introducer's offset: what its branch is not taken for; bits of foreign names, or `NEVER`. Others are absent. */
export type Guards = ReadonlyMap<number, number>;

const NONE: Guards = new Map();

/** True or false, for the sake of these names. */
interface Value {
  readonly isTrue: boolean;
  readonly names: number;
}

interface Branch {
  /** Not taken, for these names; 0 when it may be. */
  dead: number;
  /** One before it in the chain is taken, for these names. */
  taken: number;
  hasElse: boolean;
}

/** `introducers`: offsets of everything that looks like the start of a directive; `real` says which of `lines` is one. */
export function readGuards(
  contents: Bytes,
  introducers: readonly number[],
  lines: readonly number[],
  real: readonly boolean[] | undefined,
): Guards {
  if (real === undefined) return NONE;
  return guardsOf(contents, introducers, new Set(lines.filter((_, i) => real[i] === true))) ?? NONE;
}

const CONDITION = /^#\s*(if|ifdef|ifndef|elif|elifdef|elifndef|else|endif)(?![A-Za-z0-9_])(.*)$/s;

function guardsOf(
  contents: Bytes,
  introducers: readonly number[],
  real: ReadonlySet<number>,
): Guards | undefined {
  const guards = new Map<number, number>();
  const open: Branch[] = [];
  for (const at of introducers) {
    if (introducerLength(contents, at) !== 1) return undefined;
    const line = mayBeCondition(contents, at) ? readLogicalLine(contents, at).text : "";
    const match = CONDITION.exec(line);
    if (match === null) {
      const branch = open.find(({ dead }) => dead !== 0);
      if (branch !== undefined && real.has(at)) guards.set(at, branch.dead);
      continue;
    }
    if (!real.has(at)) return undefined;
    // A comment may hold more lines than it seems, and a name with quotes anything.
    const rest = match[2] ?? "";
    const isOpaque =
      /["']/.test(rest) ||
      contents
        .slice(at, at + rest.length + 64)
        .split("\n", 1)[0]
        ?.includes("/*");
    if (!turn(open, match[1] ?? "", isOpaque === true ? "" : rest)) return undefined;
  }
  return open.length === 0 ? guards : undefined;
}

/** Cheap: the letter after the introducer is that of a condition, or the line has to be read to know. */
function mayBeCondition(contents: Bytes, at: number): boolean {
  let i = at + 1;
  let c = contents.charCodeAt(i);
  while (c === 32 || c === 9) c = contents.charCodeAt(++i);
  const isLetter = c >= 97 && c <= 122;
  if (!isLetter) return true;
  const next = contents.charCodeAt(i + 1);
  // `if…`, `el…`, `en…`, or a word that goes on behind a continuation or comment.
  return (
    (c === 105 && next === 102) || (c === 101 && (next === 108 || next === 110)) || next === 92 || next === 47
  );
}

/** Follows a condition; false when it does not fit what is open. */
function turn(open: Branch[], keyword: string, rest: string): boolean {
  if (keyword === "if" || keyword === "ifdef" || keyword === "ifndef") {
    open.push(branchAfter(0, meaningOf(keyword, rest)));
    return true;
  }
  const branch = open.at(-1);
  if (branch === undefined) return false;
  if (keyword === "endif") {
    open.pop();
    return true;
  }
  if (branch.hasElse) return false;
  const value = keyword === "else" ? undefined : meaningOf(keyword.slice(2), rest);
  open[open.length - 1] = { ...branchAfter(branch.taken, value), hasElse: keyword === "else" };
  return true;
}

function branchAfter(taken: number, value: Value | undefined): Branch {
  const dead = taken !== 0 ? taken : value?.isTrue === false ? value.names : 0;
  return { dead, taken: taken !== 0 ? taken : value?.isTrue === true ? value.names : 0, hasElse: false };
}

function meaningOf(keyword: string, rest: string): Value | undefined {
  if (keyword === "if") return new Evaluator(rest).run();
  const name = /^\s*([A-Za-z_]\w*)\s*$/.exec(rest)?.[1];
  const bit = name === undefined ? 0 : foreignBit(name);
  return bit === 0 ? undefined : { isTrue: keyword === "ifndef", names: bit };
}

/** What an operand is: a number, for the sake of these names. */
interface Operand {
  readonly number: number;
  readonly names: number;
}

/** `defined`, `!`, `&&`, `||` and comparisons of small numbers; whatever else there is makes the value unknown. */
class Evaluator {
  readonly #tokens: readonly string[];
  #at = 0;
  #isBroken = false;

  constructor(text: string) {
    this.#tokens = text.match(/[A-Za-z_]\w*|\d[\w.']*|&&|\|\||[=!<>]=|<<|>>|\S/g) ?? [];
  }

  run(): Value | undefined {
    const value = this.#or();
    if (this.#isBroken || this.#at !== this.#tokens.length || value === undefined) return undefined;
    return { isTrue: value.number !== 0, names: value.names };
  }

  #or(): Operand | undefined {
    let left = this.#and();
    while (this.#take("||")) left = either(left, this.#and(), true);
    return left;
  }

  #and(): Operand | undefined {
    let left = this.#comparison();
    while (this.#take("&&")) left = either(left, this.#comparison(), false);
    return left;
  }

  #comparison(): Operand | undefined {
    const left = this.#unary();
    const operator = this.#tokens[this.#at] ?? "";
    if (!/^(?:[=!<>]=|[<>])$/.test(operator)) return left;
    this.#at++;
    const right = this.#unary();
    // `a < b < c` and arithmetic end up here with tokens that nobody takes.
    if (left === undefined || right === undefined) return undefined;
    return { number: compare(operator, left.number, right.number) ? 1 : 0, names: left.names | right.names };
  }

  #unary(): Operand | undefined {
    const token = this.#tokens[this.#at++];
    if (token === undefined) return this.#break();
    if (token === "!") {
      const value = this.#unary();
      return value === undefined ? undefined : { number: value.number === 0 ? 1 : 0, names: value.names };
    }
    if (token === "(") {
      const value = this.#or();
      return this.#take(")") ? value : this.#break();
    }
    if (/^\d+[uUlL]*$/.test(token) && token.length < 10 && !/^0\d/.test(token))
      return { number: Number.parseInt(token, 10), names: NEVER };
    if (!/^[A-Za-z_]/.test(token)) return this.#break();
    if (token === "defined") {
      const isWrapped = this.#take("(");
      const name = this.#tokens[this.#at++] ?? "";
      if (!/^[A-Za-z_]/.test(name) || (isWrapped && !this.#take(")"))) return this.#break();
      return known(name);
    }
    // A call: its arguments are passed over, its value is not known.
    if (this.#tokens[this.#at] === "(") {
      this.#call();
      return undefined;
    }
    return known(token);
  }

  #call(): void {
    let depth = 0;
    do {
      const token = this.#tokens[this.#at++];
      if (token === undefined) {
        this.#break();
        return;
      }
      if (token === "(") depth++;
      else if (token === ")") depth--;
    } while (depth > 0);
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #break(): undefined {
    this.#isBroken = true;
    return undefined;
  }
}

/** A name that is not defined is 0, and so is `defined` of it. */
function known(name: string): Operand | undefined {
  const bit = foreignBit(name);
  return bit === 0 ? undefined : { number: 0, names: bit };
}

/** `||` (true) or `&&` (false): one side that decides is enough. */
function either(left: Operand | undefined, right: Operand | undefined, isOr: boolean): Operand | undefined {
  for (const side of [left, right]) {
    if (side !== undefined && (side.number !== 0) === isOr)
      return { number: isOr ? 1 : 0, names: side.names };
  }
  if (left === undefined || right === undefined) return undefined;
  return { number: isOr ? 0 : 1, names: left.names | right.names };
}
