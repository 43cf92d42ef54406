// Depfiles: the Make fragments compilers write (`out.o: a.c a.h \`). Ninja's reading of them, which follows what
// gcc and clang print rather than all of Make.

import { asBytes, type Bytes } from "./bytes.ts";
import { fail } from "./diagnostic.ts";

export interface Depfile {
  /** Targets, each once, in order of first mention; not canonicalised. */
  readonly outputs: readonly Bytes[];
  /** Dependencies, each once, in order of first mention; not canonicalised. */
  readonly inputs: readonly Bytes[];
}

const NUL = 0;
const TAB = 0x09;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const HASH = 0x23;
const DOLLAR = 0x24;
const COLON = 0x3a;
const BACKSLASH = 0x5c;

/** 1 for bytes that are part of a name without any escape. */
const PLAIN: Uint8Array = new Uint8Array(256).fill(1, 0x80);
for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+?\"'&,/_:.~()}{%=@[]!-") {
  PLAIN[c.charCodeAt(0)] = 1;
}

/**
 * Reads a depfile by the rules of ninja's `DepfileParser::Parse`.
 * @param file where the text came from, for diagnostics
 */
export function parseDepfile(text: Bytes, file: Bytes = asBytes("depfile")): Depfile {
  const outputs = new Set<Bytes>();
  const inputs = new Set<Bytes>();
  const reader: NameReader = { text, at: 0, endsLine: false };
  let inTargets = true;
  let hasTarget = false;
  // A dependency seen again as a target (gcc -MP writes `header.h:`) may have no dependencies of its own.
  let isRepeatedInput = false;

  while (reader.at < text.length) {
    const start = reader.at;
    let name = readName(reader);
    const isDependency = !inTargets;
    if (name.endsWith(":")) {
      name = asBytes(name.slice(0, -1));
      inTargets = false;
      hasTarget = true;
    }
    if (name !== "" && !inputs.has(name)) {
      if (!isDependency) outputs.add(name);
      else if (!isRepeatedInput) inputs.add(name);
      else {
        fail({
          code: "depfile/nested-rule",
          message: `dependency "${name}" belongs to a file that is itself a dependency`,
          at: { file, start, end: reader.at },
          hint: "one depfile describes the outputs of one command; its dependencies cannot have rules of their own",
        });
      }
    } else if (name !== "" && !isDependency) isRepeatedInput = true;
    if (reader.endsLine) {
      inTargets = true;
      isRepeatedInput = false;
    }
  }

  if (!hasTarget && outputs.size > 0) {
    fail({
      code: "depfile/no-colon",
      message: "no target: a depfile needs a colon after its targets",
      at: { file, start: 0, end: text.length },
      hint: 'the compiler writes "output: input input"; check the flags that name this file (-MF)',
    });
  }
  return { outputs: [...outputs], inputs: [...inputs] };
}

interface NameReader {
  readonly text: Bytes;
  at: number;
  /** The name just read was the last of its line. */
  endsLine: boolean;
}

/** One name without its escapes, and the separator after it; "" between two separators. */
function readName(reader: NameReader): Bytes {
  const { text } = reader;
  reader.endsLine = false;
  let name = "";
  for (;;) {
    const start = reader.at;
    let at = start;
    // Past the end counts as NUL, the terminator ninja relies on.
    while (PLAIN[text.charCodeAt(at)] === 1) at++;
    if (at > start) {
      name += text.slice(start, at);
      reader.at = at;
      continue;
    }
    const c = at < text.length ? text.charCodeAt(at) : NUL;
    if (c === BACKSLASH) {
      const piece = readBackslashes(reader);
      name += piece.text;
      if (piece.isLast) return asBytes(name);
      continue;
    }
    if (c === DOLLAR && text.charCodeAt(at + 1) === DOLLAR) {
      name += "$";
      reader.at = at + 2;
      continue;
    }
    // Everything else separates: white space, `;`, `|`, a lone `$`, …
    reader.at = at + 1;
    if (c === NEWLINE) reader.endsLine = true;
    else if (c === RETURN && text.charCodeAt(at + 1) === NEWLINE) {
      reader.at = at + 2;
      reader.endsLine = true;
    }
    return asBytes(name);
  }
}

/** A run of backslashes and what it escapes. */
function readBackslashes(reader: NameReader): { readonly text: string; readonly isLast: boolean } {
  const { text } = reader;
  const start = reader.at;
  let at = start;
  while (text.charCodeAt(at) === BACKSLASH) at++;
  const count = at - start;
  const c = at < text.length ? text.charCodeAt(at) : NUL;
  reader.at = at + 1;
  switch (c) {
    case SPACE:
      // Odd: the space is part of the name. Even: backslashes are text and the name ends.
      if (count % 2 === 1) return { text: `${"\\".repeat((count - 1) / 2)} `, isLast: false };
      return { text: "\\".repeat(count), isLast: true };
    case HASH:
      return { text: `${"\\".repeat(count - 1)}#`, isLast: false };
    case COLON: {
      const next = at + 1 < text.length ? text.charCodeAt(at + 1) : NUL;
      if (next !== NUL && next !== SPACE && next !== TAB && next !== NEWLINE && next !== RETURN) {
        return { text: `${"\\".repeat(count - 1)}:`, isLast: false };
      }
      // The colon ends the targets, and the backslashes before it are text.
      reader.at = at + 2;
      reader.endsLine = next === NEWLINE;
      return { text: `${"\\".repeat(count)}:`, isLast: true };
    }
    case NUL:
    case RETURN:
    case NEWLINE: {
      // Two or more are text, even before a line end: ninja's lexer takes the longest match.
      reader.at = at;
      if (count > 1) return { text: text.slice(start, at), isLast: false };
      if (c === NEWLINE) reader.at = at + 1;
      else if (c === RETURN && text.charCodeAt(at + 1) === NEWLINE) reader.at = at + 2;
      return { text: "", isLast: true };
    }
    default:
      return { text: text.slice(start, at + 1), isLast: false };
  }
}
