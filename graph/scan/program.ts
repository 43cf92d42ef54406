// A file as the preprocessor goes through it: what it asks for, defines and forgets, and which of it stands under which
// condition. Only what changes macros or names files; a condition around nothing of this is left out.

import { detach } from "./detach.ts";
import { type Expression, parseExpression } from "./expression.ts";
import { type MacroName, type MacroState, macroNamed } from "./macro-name.ts";

export type Operation =
  /** By its index among the references of the file. */
  | { readonly kind: "refer"; readonly reference: number }
  | { readonly kind: "define"; readonly name: MacroName; readonly to: MacroState; readonly isGuard?: true }
  | { readonly kind: "undefine"; readonly name: MacroName }
  /** It may be anything from here on: `#pragma pop_macro`. */
  | { readonly kind: "forget"; readonly name: MacroName }
  | { readonly kind: "once" }
  | Choice;

/** `#if` to `#endif`. */
export interface Choice {
  readonly kind: "choose";
  readonly branches: readonly Branch[];
  /** The name that keeps the whole file from being read twice. */
  readonly guard?: MacroName;
}

export interface Branch {
  /** `undefined` for `#else`. */
  readonly condition: Expression | undefined;
  readonly operations: readonly Operation[];
}

export type Program = readonly Operation[];

const LONGEST_BODY = 200;

interface OpenChoice {
  readonly branches: { condition: Expression | undefined; operations: Operation[] }[];
  hasElse: boolean;
}

/** Puts a program together, directive by directive; `undefined` at the end when conditions do not nest. */
export class ProgramBuilder {
  readonly #operations: Operation[] = [];
  readonly #open: OpenChoice[] = [];
  #isBroken = false;

  /** `isBefore`: whatever branch of the innermost condition is taken. */
  refer(reference: number, isBefore = false): void {
    const open = isBefore ? this.#open.at(-2) : this.#open.at(-1);
    (open?.branches.at(-1)?.operations ?? this.#operations).push({ kind: "refer", reference });
  }

  /** `rest`: what follows the keyword on the logical line. */
  directive(keyword: string, rest: string): void {
    switch (keyword) {
      case "if":
      case "ifdef":
      case "ifndef":
        this.#open.push({
          branches: [{ condition: this.#condition(keyword.slice(2), rest), operations: [] }],
          hasElse: false,
        });
        return;
      case "elif":
      case "elifdef":
      case "elifndef":
      case "else":
        this.#turn(keyword === "else" ? undefined : this.#condition(keyword.slice(4), rest));
        return;
      case "endif":
        this.#close();
        return;
      case "define":
        this.#define(rest);
        return;
      case "undef": {
        const name = /^\s*([A-Za-z_$\x80-\xff][\w$\x80-\xff]*)/.exec(rest)?.[1];
        if (name !== undefined) this.#add({ kind: "undefine", name: macroNamed(name) });
        return;
      }
      case "pragma":
        this.#pragma(rest);
        return;
      default:
    }
  }

  finish(): Program | undefined {
    if (this.#isBroken || this.#open.length > 0) return undefined;
    const [first, ...others] = this.#operations;
    if (first?.kind !== "choose" || others.some(({ kind }) => kind !== "once")) return this.#operations;
    const guard = guardOf(first);
    if (guard === undefined) return this.#operations;
    const [branch] = first.branches;
    const [define, ...rest] = branch?.operations ?? [];
    if (branch === undefined || define?.kind !== "define") return this.#operations;
    const marked: Operation = { ...define, isGuard: true };
    return [{ ...first, guard, branches: [{ ...branch, operations: [marked, ...rest] }] }, ...others];
  }

  #add(operation: Operation): void {
    (this.#open.at(-1)?.branches.at(-1)?.operations ?? this.#operations).push(operation);
  }

  #turn(condition: Expression | undefined): void {
    const choice = this.#open.at(-1);
    if (choice === undefined || choice.hasElse) {
      this.#isBroken = true;
      return;
    }
    choice.hasElse = condition === undefined;
    choice.branches.push({ condition, operations: [] });
  }

  #close(): void {
    const choice = this.#open.pop();
    if (choice === undefined) this.#isBroken = true;
    else if (choice.branches.some(({ operations }) => operations.length > 0))
      this.#add({ kind: "choose", branches: choice.branches });
  }

  #condition(keyword: string, rest: string): Expression {
    if (keyword === "") return parseExpression(/["']/.test(rest) ? "" : rest.trim());
    const name = /^\s*([A-Za-z_]\w*)\s*$/.exec(rest)?.[1];
    if (name === undefined) return parseExpression("");
    return parseExpression(keyword === "def" ? `defined ${name}` : `!defined ${name}`);
  }

  #define(rest: string): void {
    const match = /^\s*([A-Za-z_$\x80-\xff][\w$\x80-\xff]*)(\()?/.exec(rest);
    if (match?.[1] === undefined) return;
    const body = rest.slice(match[0].length).trim();
    const isPlain = match[2] === undefined && body.length <= LONGEST_BODY;
    this.#add({ kind: "define", name: macroNamed(match[1]), to: definedAs(isPlain ? body : null) });
  }

  #pragma(rest: string): void {
    const words = /^\s*(?:(once)(?!\w)|(?:\w+\s+)*pop_macro\s*\(\s*"(\w+)")/.exec(rest);
    if (words?.[1] !== undefined) this.#add({ kind: "once" });
    else if (words?.[2] !== undefined) this.#add({ kind: "forget", name: macroNamed(words[2]) });
  }
}

const definitions = new Map<string | null, MacroState>();

/** `null` for what cannot be computed with: calls, long ones. Most bodies are repeated. */
export function definedAs(body: string | null): MacroState {
  let found = definitions.get(body);
  if (found === undefined) {
    if (definitions.size > 50_000) definitions.clear();
    const own = body === null ? null : detach(body);
    found = { mayBeUndefined: false, bodies: [own] };
    definitions.set(own, found);
  }
  return found;
}

/** `#ifndef NAME`, `#define NAME` first of all, and nothing else but that. */
function guardOf({ branches }: Choice): MacroName | undefined {
  const [only, ...others] = branches;
  const first = only?.operations[0];
  const asked = only?.condition?.kind === "not" ? only.condition.of : undefined;
  if (others.length > 0 || first?.kind !== "define" || asked?.kind !== "defined") return undefined;
  // `#ifndef LEVEL`, `#define LEVEL 0` gives something that others may have, too, its value.
  const isNamedSo = /_(?:H|HH|HPP|HXX|INC|INCLUDED)_*$/i.test(first.name.text);
  return first.name === asked.name && (isNamedSo || first.to.bodies?.[0] === "") ? first.name : undefined;
}
