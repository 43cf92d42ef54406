// `.incbin` and `.include` of the assembler, in an assembler file or in the strings of inline assembly. The name
// may be put together from string literals and macros, as the kernel does.

import { asBytes, type Bytes } from "../bytes.ts";
import { type LogicalLine, readLogicalLine } from "./logical-line.ts";

export interface Embedded {
  readonly kind: "incbin" | "asm-include";
  readonly form: "quote" | "macro";
  readonly name: Bytes;
  /** Of the dot. */
  readonly start: number;
  /** Past the operand. */
  readonly end: number;
}

/** Names are put together over several lines, but not over pages. */
const LONGEST_OPERAND = 4096;

/**
 * Every `.incbin` and `.include` with an operand that can name a file, in order. In a preprocessor line the operand
 * ends with the line, elsewhere before the next one (`introducers` of `findIntroducers`).
 */
export function findEmbedded(text: Bytes, introducers: readonly number[]): readonly Embedded[] {
  const found: Embedded[] = [];
  let next = 0;
  let line: LogicalLine | undefined;
  for (let i = text.indexOf(".inc"); i >= 0; ) {
    const kind = kindAt(text, i);
    if (kind !== undefined) {
      for (; (introducers[next] ?? text.length) < i; next++) line = undefined;
      const last = introducers[next - 1];
      if (last !== undefined) line ??= readLogicalLine(text, last);
      const isInLine =
        line !== undefined && i < line.end && !line.holes.some((h) => i >= h.start && i < h.end);
      const limit = isInLine ? (line?.end ?? 0) : (introducers[next] ?? text.length);
      const visible = text.slice(i, Math.min(limit, i + LONGEST_OPERAND));
      const operand = readEmbeddedOperand(visible, kind === "incbin" ? 7 : 8, kind === "incbin");
      if (operand !== undefined) {
        found.push({ kind, form: operand.form, name: operand.name, start: i, end: i + operand.end });
        i = text.indexOf(".inc", i + operand.end);
        continue;
      }
    }
    i = text.indexOf(".inc", i + 4);
  }
  return found;
}

function kindAt(text: string, at: number): Embedded["kind"] | undefined {
  if (text.startsWith("bin", at + 4)) return "incbin";
  return text.startsWith("lude", at + 4) ? "asm-include" : undefined;
}

type Operand = Pick<Embedded, "form" | "name" | "end">;

function readEmbeddedOperand(text: string, from: number, allowsMacro: boolean): Operand | undefined {
  let i = from;
  while (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9) i++;
  const c = text.charAt(i);
  if (c === "\\" && text.charAt(i + 1) === '"') return readConcatenation(text, i + 2, allowsMacro);
  if (c === '"') {
    const literal = readLiteral(text, i + 1);
    if (literal === undefined) return undefined;
    // `".incbin " FILE "\n"`: the quote ends the C string, and a macro follows.
    if (/^\s|\s$/.test(literal.value)) {
      return allowsMacro ? readMacroBetweenStrings(text, i + 1) : undefined;
    }
    return literal.value === ""
      ? undefined
      : { form: "quote", name: asBytes(literal.value), end: literal.end };
  }
  if (!allowsMacro) return undefined;
  const macro = /^\\?[A-Za-z_][\w.]*(?:\([^()\n]*\))?/.exec(text.slice(i, i + 256))?.[0];
  if (macro === undefined || i === from) return undefined;
  // Prose ("the .incbin directive is") goes on with another word.
  const next = /^[ \t]*(.?)/.exec(text.slice(i + macro.length, i + macro.length + 64))?.[1] ?? "";
  if (/[A-Za-z0-9.:'`]/.test(next)) return undefined;
  return { form: "macro", name: asBytes(macro), end: i + macro.length };
}

/** A literal on one line; `end` is past the closing quote. */
function readLiteral(text: string, from: number): { value: string; end: number } | undefined {
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 34) return { value: text.slice(from, i), end: i + 1 };
    if (c === 10) return undefined;
    if (c === 92) i++;
  }
  return undefined;
}

function readMacroBetweenStrings(text: string, from: number): Operand | undefined {
  const match = /^\s*([A-Za-z_]\w*(?:\([^()\n]*\))?)\s*"/.exec(text.slice(from, from + 512));
  const name = match?.[1];
  if (match === null || name === undefined) return undefined;
  return { form: "macro", name: asBytes(name), end: from + match[0].length };
}

/**
 * Inside a C string after `\"`: literal pieces and macros up to the next `\"`. With a macro in it the name is the
 * source form of the concatenation: `"usr/" NAME ".bin"`.
 */
function readConcatenation(text: string, from: number, allowsMacro: boolean): Operand | undefined {
  const pieces: string[] = [];
  let hasMacro = false;
  let isInString = true;
  let run = from;
  for (let i = from; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (isInString) {
      if (c === 92 && text.charCodeAt(i + 1) === 34) {
        pieces.push(text.slice(run, i));
        const name = hasMacro ? concatenation(pieces) : asBytes(pieces.join(""));
        if (name === "" || (hasMacro && !allowsMacro)) return undefined;
        return { form: hasMacro ? "macro" : "quote", name, end: i + 2 };
      }
      if (c === 10) return undefined;
      if (c === 34) {
        pieces.push(text.slice(run, i));
        isInString = false;
        run = i + 1;
      }
    } else if (c === 34) {
      const between = text
        .slice(run, i)
        .replace(/\/\*.*?\*\/|\\\s*\n/gs, " ")
        .trim();
      if (between !== "") {
        hasMacro = true;
        pieces.push(`\n${between}`);
      }
      isInString = true;
      run = i + 1;
    } else if (c === 59 || c === 123 || c === 125) return undefined;
  }
  return undefined;
}

/** Macro pieces are marked with a leading newline, which no literal can hold. */
function concatenation(pieces: readonly string[]): Bytes {
  const parts: string[] = [];
  for (const piece of pieces) {
    if (piece.startsWith("\n")) parts.push(piece.slice(1));
    else if (piece !== "") parts.push(`"${piece}"`);
  }
  return asBytes(parts.join(" "));
}
