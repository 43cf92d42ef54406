// Which lines of a file stand in branches that are not taken on Linux, whatever else is defined. Sound rather than
// clever: a value is known or it is not, and a file in which it is not certain which lines are directives at all
// (comments, literals) has no such lines.

import type { Bytes } from "../bytes.ts";
import { compare, type Expression, parseExpression } from "./expression.ts";
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
  if (keyword === "if") {
    const value = operandOf(parseExpression(rest));
    return value === undefined ? undefined : { isTrue: value.number !== 0, names: value.names };
  }
  const name = /^\s*([A-Za-z_]\w*)\s*$/.exec(rest)?.[1];
  const bit = name === undefined ? 0 : foreignBit(name);
  return bit === 0 ? undefined : { isTrue: keyword === "ifndef", names: bit };
}

/** What an operand is: a number, for the sake of these names. */
interface Operand {
  readonly number: number;
  readonly names: number;
}

/** What is not understood, or known of no name, is unknown. */
function operandOf(expression: Expression): Operand | undefined {
  switch (expression.kind) {
    case "number":
      return { number: expression.value, names: NEVER };
    case "unknown":
      return undefined;
    case "defined":
    case "name":
      return known(expression.name.text);
    case "not": {
      const value = operandOf(expression.of);
      return value === undefined ? undefined : { number: value.number === 0 ? 1 : 0, names: value.names };
    }
    case "and":
    case "or":
      return either(operandOf(expression.left), operandOf(expression.right), expression.kind === "or");
    default: {
      const [left, right] = [operandOf(expression.left), operandOf(expression.right)];
      if (left === undefined || right === undefined) return undefined;
      const isTrue = compare(expression.operator, left.number, right.number);
      return { number: isTrue ? 1 : 0, names: left.names | right.names };
    }
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
