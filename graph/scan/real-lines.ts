// Which of the lines that look like directives are some: those in comments and literals are none. Where that is not
// certain, nothing is said, and a skeleton, which has neither comments nor literals, says in their place what it was.

import type { Bytes } from "../bytes.ts";

/** Stands in the skeleton of a file of which it is not certain which lines are directives. */
export const UNREAD_CONDITIONS = "/* unravel: conditions unread */";

const NOT_REAL = "/* unravel: no directives:";

/** Which of these lines are directives, by their offsets; `undefined` when that is not certain. */
export function realLines(contents: Bytes, lines: readonly number[]): readonly boolean[] | undefined {
  const said = contents.includes("/* unravel: ") ? saidBy(contents, lines) : undefined;
  if (said !== undefined) return said === "unread" ? undefined : said;
  if (!mayBeObscure(contents) && !isAnyBetweenMarks(contents, lines)) return lines.map(() => true);
  const real = realDirectives(contents);
  return real === undefined ? undefined : lines.map((at) => real.has(at));
}

/** Cheap: whether it is worth asking `OBSCURE`. */
function mayBeObscure(text: string): boolean {
  return (
    text.includes("??") ||
    text.includes('R"') ||
    text.includes("*\\") ||
    text.includes("/\\") ||
    (text.includes("/*") && COMMENTED_NAME.test(text))
  );
}

/** Whether a line lies between what may be the marks of a comment: every comment does, and much that is none. */
function isAnyBetweenMarks(text: string, lines: readonly number[]): boolean {
  let next = 0;
  for (let start = text.indexOf("/*"); start >= 0; ) {
    while ((lines[next] ?? Number.POSITIVE_INFINITY) < start) next++;
    const end = text.indexOf("*/", start + 2);
    if (end < 0 || (lines[next] ?? Number.POSITIVE_INFINITY) < end) return true;
    // The slash may begin another one.
    start = text.indexOf("/*", end + 1);
  }
  return false;
}

/** What a skeleton must say for these to be its real lines; "" where its text says it already. */
export function markOf(real: readonly boolean[] | undefined, own: readonly boolean[] | undefined): string {
  if (real === undefined) return own === undefined ? "" : `${UNREAD_CONDITIONS}\n`;
  if (own?.length === real.length && real.every((is, i) => is === own[i])) return "";
  return `${NOT_REAL}${real.map((is, i) => (is ? "" : ` ${i}`)).join("")} */\n`;
}

function saidBy(contents: Bytes, lines: readonly number[]): readonly boolean[] | "unread" | undefined {
  if (contents.includes(UNREAD_CONDITIONS)) return "unread";
  const at = contents.lastIndexOf(NOT_REAL);
  if (at < 0) return undefined;
  const listed = contents.slice(at + NOT_REAL.length, contents.indexOf("*/", at)).match(/\d+/g);
  const fakes = new Set((listed ?? []).map(Number));
  return lines.map((_, i) => !fakes.has(i));
}

/** Spellings with which comments begin or end in ways that are not followed here. */
const OBSCURE =
  /\?\?[=/']|\*\\[ \t\v\f\r]*\n[/\\]|\/\\[ \t\v\f\r]*\n[*/\\]|(?:include|import|embed)\w*[ \t(]*<[^>\n]*\/\*|(?<![A-Za-z0-9_])(?:u8|u|U|L)?R"/;

const COMMENTED_NAME = /(?:include|import|embed)\w*[ \t(]*<[^>\n]*\/\*/;
const RAW = /(?<![A-Za-z0-9_])(?:u8|u|U|L)?R"/;
const NEWLINE = 10;

/** Offsets of the `#` that begin directives; `undefined` when that is not certain. */
function realDirectives(text: string): ReadonlySet<number> | undefined {
  if (OBSCURE.test(text) && (!RAW.test(text) || OBSCURE.test(text.replaceAll(/R"/g, '"')))) return undefined;
  const found = new Set<number>();
  let isBlank = true;
  let i = text.startsWith("\xef\xbb\xbf") ? 3 : 0;
  while (i < text.length) {
    const c = text.charCodeAt(i);
    if (c === NEWLINE) {
      isBlank = true;
      i++;
    } else if (c === 32 || (c >= 9 && c <= 13)) i++;
    else if (c === 35) {
      if (isBlank) found.add(i);
      isBlank = false;
      i++;
    } else if (c === 92) {
      const end = spliceEnd(text, i);
      if (end < 0) isBlank = false;
      i = end < 0 ? i + 1 : end;
    } else if (c === 47 && text.charCodeAt(i + 1) === 42) {
      const end = text.indexOf("*/", i + 2);
      if (end < 0) return undefined;
      i = end + 2;
    } else if (c === 47 && text.charCodeAt(i + 1) === 47) i = endOfLine(text, i);
    else if (c === 34 || c === 39) {
      const end = c === 34 && text.charCodeAt(i - 1) === 82 ? endOfRaw(text, i) : endOfLiteral(text, i);
      if (end === undefined) return undefined;
      isBlank = false;
      i = end;
    } else {
      isBlank = false;
      i++;
    }
  }
  return found;
}

/** Past the newline of a continuation, or -1. */
function spliceEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === NEWLINE) return i + 1;
    if (c !== 32 && (c < 9 || c > 13)) return -1;
  }
  return text.length;
}

/** The newline that ends the logical line, or the end. */
function endOfLine(text: string, from: number): number {
  for (let end = text.indexOf("\n", from); end >= 0; end = text.indexOf("\n", end + 1)) {
    if (!/\\[ \t\v\f\r]*$/.test(text.slice(Math.max(from, end - 32), end))) return end;
  }
  return text.length;
}

/** Past a raw string, where C, which has none, would see the same end of it or of the line, or nothing sensible. */
function endOfRaw(text: string, at: number): number | undefined {
  if (!/(?<![A-Za-z0-9_])(?:u8|u|U|L)?R$/.test(text.slice(Math.max(0, at - 4), at)))
    return endOfLiteral(text, at);
  const delimiter = /^"([^ ()\\\t\v\f\n"]{0,16})\(/.exec(text.slice(at, at + 20))?.[1];
  if (delimiter === undefined) return undefined;
  const close = `)${delimiter}"`;
  const end = text.indexOf(close, at);
  if (end < 0) return undefined;
  const inner = text.slice(at + 1, end);
  if (inner.includes("\n") || !/["\\]/.test(inner)) return end + close.length;
  return endOfDoubt(text, at);
}

/** Past a literal, or the line where it is none; `undefined` when it depends on what a compiler makes of it. */
function endOfLiteral(text: string, at: number): number | undefined {
  const quote = text.charAt(at);
  const literal = quote === '"' ? /"(?:[^"\\\n]|\\[\s\S])*"/y : /'(?:[^'\\\n]|\\[\s\S])*'/y;
  // `1'000`: no literal begins there, for newer compilers. Nor does one where an apostrophe stands in a word.
  const isDoubtful =
    quote === "'" &&
    /[A-Za-z0-9_]/.test(text.charAt(at - 1)) &&
    !/(?<![A-Za-z0-9_'])(?:u8|u|U|L)$/.test(text.slice(Math.max(0, at - 4), at));
  literal.lastIndex = at;
  const end = literal.test(text) ? literal.lastIndex : undefined;
  return end !== undefined && !isDoubtful ? end : endOfDoubt(text, at);
}

/** The end of the line: whatever begins here, it goes no further where nothing on the rest of the line could. */
function endOfDoubt(text: string, at: number): number | undefined {
  const end = endOfLine(text, at);
  return /\/\*|R"/.test(text.slice(at + 1, end)) ? undefined : end;
}
