// Expansion of `#include MACRO` when each macro may have several definitions: every combination, within bounds.

import { asBytes, type Bytes, compareBytes } from "../bytes.ts";
import type { Definition } from "./definitions.ts";

export interface Operand {
  readonly form: "quote" | "angle";
  readonly name: Bytes;
}

/** What a name may stand for; empty for one that is not a macro. */
export type Lookup = (name: Bytes) => readonly Definition[];

interface Token {
  readonly text: string;
  readonly kind: "word" | "string" | "other";
  /** A blank stood before it. */
  readonly isSpaced: boolean;
}

/** Most token lists looked at for one operand; a preprocessor-metaprogramming library would have no end. */
const MOST_STEPS = 4000;
const LONGEST_LIST = 256;

export interface Expansion {
  /** Every file name the operand may expand to, sorted; some may be nonsense. */
  readonly operands: readonly Operand[];
  /** False when the bounds ended the search. */
  readonly isComplete: boolean;
}

/** Expands an operand in all ways. `joins` is the rule of inline assembly: adjacent literals are one name. */
export function expandOperand(text: Bytes, lookup: Lookup, joins = false): Expansion {
  const found = new Map<string, Operand>();
  const seen = new Set<string>();
  const waiting: { done: readonly Token[]; rest: readonly Token[] }[] = [{ done: [], rest: tokenize(text) }];
  let isComplete = true;
  for (let steps = 0; ; steps++) {
    const state = waiting.pop();
    if (state === undefined) break;
    if (steps === MOST_STEPS) {
      isComplete = false;
      break;
    }
    const { done, rest } = state;
    const at = rest.findIndex((token) => token.kind === "word" && lookup(asBytes(token.text)).length > 0);
    // The list as it stands is one candidate; what is no file name is dropped here.
    const operand = operandOf([...done, ...rest], joins);
    if (operand !== undefined) found.set(`${operand.form} ${operand.name}`, operand);
    if (at < 0) continue;
    const before = [...done, ...rest.slice(0, at)];
    const token = rest[at];
    if (token === undefined) continue;
    const next: (readonly Token[])[] = [];
    const after = rest.slice(at + 1);
    for (const definition of lookup(asBytes(token.text))) {
      const replaced = substitute(token, definition, after);
      if (replaced !== undefined) next.push(replaced);
      // A macro's arguments are expanded before they are put in, unless it pastes or stringifies them: both ways.
      if (definition.parameters === undefined) continue;
      for (const expanded of argumentExpansions(after, lookup)) next.push([token, ...expanded]);
    }
    const push = (done: readonly Token[], rest: readonly Token[]): void => {
      if (done.length + rest.length > LONGEST_LIST) {
        isComplete = false;
        return;
      }
      const key = `${spell(done)}\n${spell(rest)}`;
      if (seen.has(key)) return;
      seen.add(key);
      waiting.push({ done, rest });
    };
    // The name may also be undefined in the configuration that matters.
    push([...before, token], after);
    for (const list of next) push(before, list);
  }
  const operands = [...found.values()];
  operands.sort((a, b) => compareBytes(a.name, b.name) || compareBytes(a.form, b.form));
  return { operands, isComplete };
}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const pattern = /(\s*)("(?:[^"\\]|\\.)*"|[A-Za-z0-9_$\x80-\xff]+|##|.)/gs;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const spelled = match[2] ?? "";
    if (spelled.trim() === "") continue;
    const c = spelled.charCodeAt(0);
    const isWord = c === 95 || c === 36 || c > 127 || /[A-Za-z0-9]/.test(spelled.charAt(0));
    const kind = spelled.length > 1 && c === 34 ? "string" : isWord ? "word" : "other";
    tokens.push({ text: spelled, kind, isSpaced: match[1] !== "" });
  }
  return tokens;
}

function spell(tokens: readonly Token[]): string {
  let text = "";
  for (const token of tokens) text += token.isSpaced && text !== "" ? ` ${token.text}` : token.text;
  return text;
}

function operandOf(tokens: readonly Token[], joins: boolean): Operand | undefined {
  const first = tokens[0];
  if (first === undefined) return undefined;
  if (first.kind === "string") {
    if (!joins) return named("quote", first.text.slice(1, -1));
    if (!tokens.every((token) => token.kind === "string")) return undefined;
    return named("quote", tokens.map((token) => token.text.slice(1, -1)).join(""));
  }
  if (first.text !== "<") return undefined;
  const close = tokens.findIndex((token) => token.text === ">");
  return close < 0 ? undefined : named("angle", spell(tokens.slice(1, close)));
}

function named(form: Operand["form"], name: string): Operand | undefined {
  return name === "" ? undefined : { form, name: asBytes(name) };
}

/** The tokens that replace `token` and everything after it; `undefined` when the arguments do not fit. */
function substitute(
  token: Token,
  definition: Definition,
  after: readonly Token[],
): readonly Token[] | undefined {
  const body = tokenize(definition.body);
  if (definition.parameters === undefined) return [...paste(spaced(body, token)), ...after];
  const call = readArguments(after);
  if (call === undefined) return undefined;
  const { parameters } = definition;
  const values = new Map<string, readonly Token[]>();
  parameters.forEach((parameter, i) => {
    const isRest = parameter.endsWith("...");
    const name = parameter === "..." ? "__VA_ARGS__" : parameter.replace("...", "");
    const parts = isRest ? call.values.slice(i) : call.values.slice(i, i + 1);
    const comma: Token = { text: ",", kind: "other", isSpaced: false };
    values.set(
      name,
      parts.flatMap((part, j) => (j === 0 ? part : [comma, ...part])),
    );
  });
  const result: Token[] = [];
  for (let i = 0; i < body.length; i++) {
    const part = body[i];
    if (part === undefined) break;
    const next = body[i + 1];
    const stringified = part.text === "#" && next !== undefined ? values.get(next.text) : undefined;
    if (stringified !== undefined) {
      result.push({ text: `"${spell(stringified)}"`, kind: "string", isSpaced: part.isSpaced });
      i++;
      continue;
    }
    const value = part.kind === "word" ? values.get(part.text) : undefined;
    if (value === undefined) result.push(part);
    else result.push(...spaced(value, part));
  }
  return [...paste(spaced(result, token)), ...after.slice(call.end)];
}

/** The tokens after a call's name with one macro in its arguments replaced, for each such macro and definition. */
function* argumentExpansions(after: readonly Token[], lookup: Lookup): Generator<readonly Token[]> {
  const end = readArguments(after)?.end ?? 0;
  for (let i = 1; i < end - 1; i++) {
    const token = after[i];
    if (token?.kind !== "word") continue;
    for (const definition of lookup(asBytes(token.text))) {
      const replaced = substitute(token, definition, after.slice(i + 1));
      if (replaced !== undefined) yield [...after.slice(0, i), ...replaced];
    }
  }
}

function spaced(tokens: readonly Token[], like: Token): readonly Token[] {
  const [first, ...rest] = tokens;
  return first === undefined ? [] : [{ ...first, isSpaced: like.isSpaced }, ...rest];
}

function paste(tokens: readonly Token[]): readonly Token[] {
  const result: Token[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    const left = result.at(-1);
    const right = tokens[i + 1];
    if (token.text === "##" && left !== undefined && right !== undefined) {
      result.pop();
      const joined = tokenize(left.text + right.text);
      result.push(...spaced(joined, left));
      i++;
    } else result.push(token);
  }
  return result;
}

function readArguments(
  tokens: readonly Token[],
): { readonly values: readonly (readonly Token[])[]; readonly end: number } | undefined {
  if (tokens[0]?.text !== "(") return undefined;
  const values: Token[][] = [[]];
  let depth = 0;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i];
    if (token === undefined) break;
    if (token.text === "(" && depth++ === 0) continue;
    if (token.text === ")" && --depth === 0) return { values, end: i + 1 };
    if (token.text === "," && depth === 1) values.push([]);
    else values.at(-1)?.push(token);
  }
  return undefined;
}
