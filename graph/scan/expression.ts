// The expression of an `#if`, and what it may be when macros may have several values. Small numbers, `defined`, `!`,
// `&&`, `||` and comparisons; whatever else there is makes the value unknown.

import type { Bytes } from "../bytes.ts";
import { DEFINED, type MacroName, type MacroState, macroNamed, UNDEFINED } from "./macro-name.ts";

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "unknown" }
  | { readonly kind: "defined" | "name"; readonly name: MacroName }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "and" | "or"; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: "compare";
      readonly operator: string;
      readonly left: Expression;
      readonly right: Expression;
    };

const MOST_VALUES = 8;
const DEEPEST = 16;
const UNKNOWN: Expression = { kind: "unknown" };

/** What it does not understand is unknown. */
export function parseExpression(text: string): Expression {
  return new Parser(text).run();
}

const parsedBodies = new Map<Bytes, Expression>();

/** A macro's body, where it means the same in every expression: one token, or all of it in parentheses. */
function expressionOf(body: Bytes): Expression {
  let found = parsedBodies.get(body);
  if (found === undefined) {
    if (parsedBodies.size > 50_000) parsedBodies.clear();
    found = parseBody(body);
    parsedBodies.set(body, found);
  }
  return found;
}

function parseBody(body: Bytes): Expression {
  if (/^[\w$]+$/.test(body)) return parseExpression(body);
  if (!body.startsWith("(")) return UNKNOWN;
  let depth = 0;
  for (let i = 0; i < body.length; i++) {
    if (body.charCodeAt(i) === 40) depth++;
    else if (body.charCodeAt(i) === 41 && --depth === 0 && i < body.length - 1) return UNKNOWN;
  }
  return depth === 0 ? parseExpression(body) : UNKNOWN;
}

export type StateOf = (name: MacroName) => MacroState;

/** True, false, or `undefined` when it may be either. */
export function truthOf(expression: Expression, stateOf: StateOf): boolean | undefined {
  const values = valuesOf(expression, stateOf, 0);
  if (values === undefined || values.length === 0) return undefined;
  const first = values[0] !== 0;
  return values.every((value) => (value !== 0) === first) ? first : undefined;
}

type Values = readonly number[] | undefined;
const NO: Values = [0];
const YES: Values = [1];

function valuesOf(expression: Expression, stateOf: StateOf, depth: number): Values {
  switch (expression.kind) {
    case "number":
      return [expression.value];
    case "unknown":
      return undefined;
    case "defined": {
      const { mayBeUndefined, bodies } = stateOf(expression.name);
      if (!mayBeUndefined) return YES;
      return bodies?.length === 0 ? NO : undefined;
    }
    case "name":
      return valuesOfName(expression.name, stateOf, depth);
    case "not":
      return valuesOf(expression.of, stateOf, depth)?.map((value) => (value === 0 ? 1 : 0));
    case "and":
    case "or": {
      const decides = expression.kind === "or";
      const left = valuesOf(expression.left, stateOf, depth);
      if (isAll(left, decides)) return decides ? YES : NO;
      const right = valuesOf(expression.right, stateOf, depth);
      if (isAll(right, decides)) return decides ? YES : NO;
      return isAll(left, !decides) && isAll(right, !decides) ? (decides ? NO : YES) : undefined;
    }
    default: {
      const left = valuesOf(expression.left, stateOf, depth);
      const right = left === undefined ? undefined : valuesOf(expression.right, stateOf, depth);
      if (left === undefined || right === undefined) return undefined;
      return left.flatMap((a) => right.map((b) => (compare(expression.operator, a, b) ? 1 : 0)));
    }
  }
}

function isAll(values: Values, truth: boolean): boolean {
  return values !== undefined && values.length > 0 && values.every((value) => (value !== 0) === truth);
}

function valuesOfName(name: MacroName, stateOf: StateOf, depth: number): Values {
  const { mayBeUndefined, bodies } = stateOf(name);
  if (bodies === undefined || depth > DEEPEST) return undefined;
  const found = new Set<number>();
  if (mayBeUndefined) found.add(0);
  for (const body of bodies) {
    const values =
      body === null || body === name.text ? undefined : valuesOf(expressionOf(body), stateOf, depth + 1);
    if (values === undefined) return undefined;
    for (const value of values) found.add(value);
    if (found.size > MOST_VALUES) return undefined;
  }
  return [...found];
}

/**
 * What is known of macros where the condition is true, or false: told to `set`, name by name. Only what `defined` and
 * names alone say.
 */
export function refine(
  expression: Expression,
  isTrue: boolean,
  stateOf: StateOf,
  set: (name: MacroName, state: MacroState) => void,
): void {
  switch (expression.kind) {
    case "not":
      refine(expression.of, !isTrue, stateOf, set);
      return;
    case "and":
    case "or":
      if ((expression.kind === "and") !== isTrue) return;
      refine(expression.left, isTrue, stateOf, set);
      refine(expression.right, isTrue, stateOf, set);
      return;
    case "defined":
    case "name": {
      const { mayBeUndefined, bodies } = stateOf(expression.name);
      if (!mayBeUndefined) return;
      if (isTrue) set(expression.name, bodies === undefined ? DEFINED : { mayBeUndefined: false, bodies });
      else if (expression.kind === "defined") set(expression.name, UNDEFINED);
      return;
    }
    default:
  }
}

/** What a comparison of the preprocessor says; any other operator is taken for `>=`. */
export function compare(operator: string, left: number, right: number): boolean {
  switch (operator) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case ">":
      return left > right;
    case "<=":
      return left <= right;
    default:
      return left >= right;
  }
}

/** Words that C++ has for operators, or that mean something by themselves. */
const WORDS: ReadonlySet<string> = new Set(
  "true false and or not xor bitand bitor compl and_eq or_eq not_eq xor_eq".split(" "),
);

class Parser {
  readonly #tokens: readonly string[];
  #at = 0;
  #isBroken = false;

  constructor(text: string) {
    this.#tokens = text.match(/[A-Za-z_$\x80-\xff][\w$\x80-\xff]*|\d[\w.']*|&&|\|\||[=!<>]=|<<|>>|\S/g) ?? [];
  }

  run(): Expression {
    const found = this.#or();
    return this.#isBroken || this.#at !== this.#tokens.length ? UNKNOWN : found;
  }

  #or(): Expression {
    let left = this.#and();
    while (this.#take("||")) left = { kind: "or", left, right: this.#and() };
    return left;
  }

  #and(): Expression {
    let left = this.#comparison();
    while (this.#take("&&")) left = { kind: "and", left, right: this.#comparison() };
    return left;
  }

  #comparison(): Expression {
    const left = this.#unary();
    const operator = this.#tokens[this.#at] ?? "";
    if (!/^(?:[=!<>]=|[<>])$/.test(operator)) return left;
    this.#at++;
    // `a < b < c` and arithmetic end up here with tokens that nobody takes.
    return { kind: "compare", operator, left, right: this.#unary() };
  }

  #unary(): Expression {
    const token = this.#tokens[this.#at++];
    if (token === undefined) return this.#break();
    if (token === "!") return { kind: "not", of: this.#unary() };
    if (token === "(") {
      const value = this.#or();
      return this.#take(")") ? value : this.#break();
    }
    const number = numberOf(token);
    if (number !== undefined) return { kind: "number", value: number };
    if (!/^[A-Za-z_]\w*$/.test(token)) return this.#break();
    if (token === "defined") {
      const isWrapped = this.#take("(");
      const name = this.#tokens[this.#at++] ?? "";
      if (!/^[A-Za-z_]\w*$/.test(name) || (isWrapped && !this.#take(")"))) return this.#break();
      return { kind: "defined", name: macroNamed(name) };
    }
    // A call: its arguments are passed over, its value is not known.
    if (this.#tokens[this.#at] === "(") return this.#call();
    return WORDS.has(token) ? UNKNOWN : { kind: "name", name: macroNamed(token) };
  }

  #call(): Expression {
    let depth = 0;
    do {
      const token = this.#tokens[this.#at++];
      if (token === undefined) return this.#break();
      if (token === "(") depth++;
      else if (token === ")") depth--;
    } while (depth > 0);
    return UNKNOWN;
  }

  #take(token: string): boolean {
    if (this.#tokens[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #break(): Expression {
    this.#isBroken = true;
    return UNKNOWN;
  }
}

/** Decimal and hexadecimal numbers that fit every type. */
function numberOf(token: string): number | undefined {
  const match = /^(0|[1-9]\d{0,8}|0[xX][0-9a-fA-F]{1,7})(?:[uU]?[lL]{0,2}|[lL]{1,2}[uU]?)$/.exec(token);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
