// Where preprocessor lines start and how far they go: continuations, comments inside them, digraphs and
// trigraphs. No state is carried from line to line, so nothing earlier in a file (an apostrophe in dead code, a
// `/*` after `//`) can hide a line from us.

import { asBytes, type Bytes } from "../bytes.ts";

const TAB = 9;
const NEWLINE = 10;
const SPACE = 32;
const DOUBLE = 34;
const SINGLE = 39;
const STAR = 42;
const SLASH = 47;
const LESS = 60;
const QUESTION = 63;
const BACKSLASH = 92;

/**
 * Whether the char at `at` is the first of its logical line but for blanks, or follows the end of a block comment
 * that may have begun on an earlier line.
 */
export function startsLine(text: string, at: number): boolean {
  let i = at - 1;
  for (; i >= 0; i--) {
    const c = text.charCodeAt(i);
    if (c === NEWLINE) {
      const join = continuationStart(text, i);
      if (join < 0) return true;
      i = join;
    } else if (c !== SPACE && (c < TAB || c > 13)) break;
  }
  if (i < 0) return true;
  // A line that starts like a directive is read from there: what follows a comment on it is a part of it.
  if (text.charCodeAt(i) === SLASH && text.charCodeAt(i - 1) === STAR)
    return !DIRECTIVE.test(lineUpTo(text, i));
  // A UTF-8 byte order mark in front of the first line.
  return i === 2 && text.startsWith("\xef\xbb\xbf");
}

const DIRECTIVE =
  /(?:^|\*\/)(?:\xef\xbb\xbf)?(?:\s|(?:\\|\?\?\/)[ \t\v\f\r]*\n)*(?:#|%:|\?\?=|(?:import|module|export)(?!\w))/;

/** Further than this nobody looks for the start of a line or the end of a comment: no file takes quadratic time. */
const FAR = 16_384;

/** The logical line that holds `at`, up to there; of a very long one the end. */
function lineUpTo(text: string, at: number): string {
  const near = text.slice(Math.max(0, at - FAR / 4), at);
  let start = near.lastIndexOf("\n");
  while (start >= 0 && continuationStart(near, start) >= 0) start = near.lastIndexOf("\n", start - 1);
  return near.slice(start + 1);
}

/** Where the continuation that ends with this newline starts, or -1. */
function continuationStart(text: string, newline: number): number {
  let i = newline - 1;
  for (; i >= 0; i--) {
    const c = text.charCodeAt(i);
    if (c !== SPACE && (c < TAB || c > 13 || c === NEWLINE)) break;
  }
  if (text.charCodeAt(i) === BACKSLASH) return i;
  return i >= 2 && text.startsWith("??/", i - 2) ? i - 2 : -1;
}

/** Offsets of every `#`, `%:` and `??=` that starts a preprocessor line, ascending. */
export function findIntroducers(text: string): readonly number[] {
  const found: number[] = [];
  for (let i = text.indexOf("#"); i >= 0; i = text.indexOf("#", i + 1)) {
    if (startsLine(text, i)) found.push(i);
  }
  const plain = found.length;
  for (const spelling of ["%:", "??="]) {
    for (let i = text.indexOf(spelling); i >= 0; i = text.indexOf(spelling, i + 1)) {
      if (startsLine(text, i)) found.push(i);
    }
  }
  return found.length === plain ? found : found.sort((a, b) => a - b);
}

/** Length of the introducer at `at`. */
export function introducerLength(text: string, at: number): number {
  const c = text.charCodeAt(at);
  return c === QUESTION ? 3 : c === 37 ? 2 : 1;
}

/** Past the newline, or the end of the file, of a continuation that starts at `at` (backslash or `??/`); else -1. */
export function continuationEnd(text: string, at: number): number {
  let i = at + 1;
  if (text.charCodeAt(at) === QUESTION) {
    if (text.charCodeAt(at + 1) !== QUESTION || text.charCodeAt(at + 2) !== SLASH) return -1;
    i = at + 3;
  }
  // GCC allows blanks between the backslash and the newline.
  for (; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === NEWLINE) return i + 1;
    if (c !== SPACE && (c < TAB || c > 13)) return -1;
  }
  return text.length;
}

export interface LogicalLine {
  /** Past the newline that ends it. */
  readonly end: number;
  /** Continuations spliced, each comment one space, no newline. */
  readonly text: Bytes;
  /** The inside of each block comment that crosses a newline, or is not closed at all or not soon: the line ends there. */
  readonly holes: readonly { readonly start: number; readonly end: number }[];
}

/**
 * Reads the logical line from `from` to its end, as translation phases 2 and 3 see it; it also ends where a
 * directive follows a comment of several lines, because the comment's start may be no such thing.
 */
export function readLogicalLine(source: string, from: number): LogicalLine {
  const parts: string[] = [];
  const holes: { start: number; end: number }[] = [];
  const length = source.length;
  let run = from;
  let i = from;
  let quote = 0;
  while (i < length) {
    const c = source.charCodeAt(i);
    if (c === NEWLINE) break;
    if (c === BACKSLASH || c === QUESTION) {
      const next = continuationEnd(source, i);
      if (next >= 0) {
        parts.push(source.slice(run, i));
        run = i = next;
        continue;
      }
      // An escaped quote or backslash inside a literal.
      const escaped = source.charCodeAt(i + 1);
      if (quote !== 0 && c === BACKSLASH && (escaped === quote || escaped === BACKSLASH)) i++;
    } else if (quote !== 0) {
      if (c === quote) quote = 0;
    } else if (c === DOUBLE || c === SINGLE) quote = c;
    else if (c === LESS) {
      if (isHeaderNameNext(parts.join("") + source.slice(run, i))) i = endOfHeaderName(source, i);
    } else if (c === SLASH && source.charCodeAt(i + 1) === STAR) {
      const ahead = source.slice(i + 2, i + 2 + FAR).indexOf("*/");
      const close = ahead < 0 ? -1 : i + 2 + ahead;
      const inner = close < 0 ? Math.min(length, i + 2 + FAR) : close;
      parts.push(source.slice(run, i), " ");
      const isLong = close < 0 || source.slice(i + 2, inner).includes("\n");
      if (isLong) holes.push({ start: i + 2, end: inner });
      run = i = close < 0 ? inner : close + 2;
      if (close < 0) return { end: i, text: asBytes(parts.join("")), holes };
      if (isLong && isDirectiveNext(source, i)) return { end: i, text: asBytes(parts.join("")), holes };
      continue;
    } else if (c === SLASH && source.charCodeAt(i + 1) === SLASH) {
      parts.push(source.slice(run, i));
      run = i = endOfLineComment(source, i);
      break;
    }
    i++;
  }
  parts.push(source.slice(run, i));
  return { end: Math.min(i + 1, length), text: asBytes(parts.join("")), holes };
}

function isDirectiveNext(source: string, from: number): boolean {
  let i = from;
  for (; i < source.length; i++) {
    const c = source.charCodeAt(i);
    if (c === NEWLINE) return false;
    if (c === SPACE || (c >= TAB && c <= 13)) continue;
    const next = c === BACKSLASH || c === QUESTION ? continuationEnd(source, i) : -1;
    if (next < 0) break;
    i = next - 1;
  }
  return DIRECTIVE.test(source.slice(i, i + 8));
}

function isHeaderNameNext(before: string): boolean {
  return /^(?:#|%:|\?\?=|export\s)?\s*(?:include|include_next|import|embed)\s*$/.test(before);
}

/** The offset of `>` on this physical line, or of `<` itself when there is none. */
function endOfHeaderName(source: string, at: number): number {
  for (let i = at + 1; i < source.length; i++) {
    const c = source.charCodeAt(i);
    if (c === 62) return i;
    if (c === NEWLINE || c === BACKSLASH) break;
  }
  return at;
}

/** The newline that ends a `//` comment: a continuation goes on. */
function endOfLineComment(source: string, from: number): number {
  for (let i = from; i < source.length; i++) {
    const c = source.charCodeAt(i);
    if (c === NEWLINE) return i;
    if (c === BACKSLASH || c === QUESTION) {
      const next = continuationEnd(source, i);
      if (next >= 0) i = next - 1;
    }
  }
  return source.length;
}
