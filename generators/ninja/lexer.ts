// Ninja's lexer over bytes. It keeps the same two positions as ninja's (`Lexer::ofs_`, `Lexer::last_token_`), so
// that errors point where ninja points.

import type { Bytes } from "../../graph/bytes.ts";

export const Token = {
  error: 0,
  build: 1,
  colon: 2,
  default: 3,
  equals: 4,
  identifier: 5,
  include: 6,
  indent: 7,
  newline: 8,
  pipe: 9,
  pipe2: 10,
  pipeAt: 11,
  pool: 12,
  rule: 13,
  subninja: 14,
  end: 15,
} as const;
export type Token = (typeof Token)[keyof typeof Token];

/** What ninja calls a token in its messages. */
export const TOKEN_NAMES: readonly string[] = [
  "lexing error",
  "'build'",
  "':'",
  "'default'",
  "'='",
  "identifier",
  "'include'",
  "indent",
  "newline",
  "'|'",
  "'||'",
  "'|@'",
  "'pool'",
  "'rule'",
  "'subninja'",
  "eof",
];

/** First byte of the tokens that `peek` and `take` are asked for. */
const FIRST_BYTE: Uint8Array = new Uint8Array(16);
for (const [name, text] of [
  ["colon", ":"],
  ["equals", "="],
  ["indent", " "],
  ["newline", "\n"],
  ["pipe", "|"],
  ["pipe2", "|"],
  ["pipeAt", "|"],
] as const) {
  FIRST_BYTE[Token[name]] = text.charCodeAt(0);
}

/** Receives the pieces of a value or path as they are read: unescaped text by offsets, variables by name. */
export interface PieceSink {
  text(bytes: Uint8Array, start: number, end: number): void;
  byte(value: number): void;
  variable(bytes: Uint8Array, start: number, end: number): void;
}

/** Why a value or path could not be read; `at` is the byte to blame. */
export interface LexFailure {
  readonly kind: "end" | "escape" | "escape-version" | "tab" | "byte";
  readonly at: number;
}

/** The `ninja_required_version` seen by one parser; ninja's parsers for included files each have their own. */
export interface RequiredVersion {
  major: number;
  minor: number;
  allowsNewlineEscape: boolean;
}

export const NUL = 0;
export const TAB = 0x09;
export const NEWLINE = 0x0a;
export const RETURN = 0x0d;
export const SPACE = 0x20;
const HASH = 0x23;
export const DOLLAR = 0x24;
const COLON = 0x3a;
const EQUALS = 0x3d;
const AT = 0x40;
const CARET = 0x5e;
const OPEN = 0x7b;
const PIPE = 0x7c;
const CLOSE = 0x7d;

/** Path bytes: 0 is text, 1 ends a path, 2 needs a closer look (`$`, carriage return, NUL). */
export const PATH_CLASS: Uint8Array = classes([SPACE, COLON, PIPE, NEWLINE], [DOLLAR, RETURN, NUL]);
/** Value bytes, the same way. */
export const VALUE_CLASS: Uint8Array = classes([NEWLINE], [DOLLAR, RETURN, NUL]);

/** 0 no part of a name, 1 only in full names (the dot), 2 also in `$name` without braces. */
const NAME_CLASS: Uint8Array = new Uint8Array(256);
for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-") {
  NAME_CLASS[c.charCodeAt(0)] = 2;
}
NAME_CLASS[0x2e] = 1;

/** Only a first token can be a keyword, and only when the whole name is one. */
const KEYWORDS: readonly { readonly bytes: Uint8Array; readonly token: Token }[] = (
  ["build", "pool", "rule", "default", "include", "subninja"] as const
).map((name) => ({ bytes: Uint8Array.from(name, (c) => c.charCodeAt(0)), token: Token[name] }));

export class Lexer {
  readonly file: Bytes;
  /** Readable one past every lookahead: ends in a plain newline or was given a NUL. */
  readonly bytes: Uint8Array;
  readonly version: RequiredVersion;
  offset = 0;
  /** Start of the last token; -1 before the first. */
  lastToken = -1;
  /** The identifier read last. */
  nameStart = 0;
  nameEnd = 0;

  constructor(file: Bytes, bytes: Uint8Array, version: RequiredVersion) {
    this.file = file;
    // A plain array even for a `Buffer`: loops that see both kinds are slower.
    this.bytes = endsPlainly(bytes)
      ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      : withNul(bytes);
    this.version = version;
  }

  readToken(): Token {
    const { bytes } = this;
    let p = this.offset;
    for (;;) {
      this.lastToken = p;
      if (p >= bytes.length) {
        this.offset = p;
        return Token.end;
      }
      let q = p;
      while (bytes[q] === SPACE) q++;
      const c = bytes[q] as number;
      if (c === HASH) {
        let r = q + 1;
        while (bytes[r] !== NEWLINE && bytes[r] !== NUL) r++;
        if (bytes[r] === NEWLINE) {
          p = r + 1;
          continue;
        }
      }
      if (c === NEWLINE || (c === RETURN && bytes[q + 1] === NEWLINE)) {
        this.offset = c === NEWLINE ? q + 1 : q + 2;
        return Token.newline;
      }
      if (q > p) {
        this.offset = q;
        this.skipSpace();
        return Token.indent;
      }
      return this.readVisible(p, c);
    }
  }

  /** True and past it when the next token is `token`; else nothing is read. */
  peek(token: Token): boolean {
    // Most often the first byte settles it: no space and no comment before the token.
    const c = this.bytes[this.offset] as number;
    const first = FIRST_BYTE[token] as number;
    if (c !== first && c !== SPACE && c !== HASH && this.offset < this.bytes.length) {
      this.lastToken = this.offset;
      return false;
    }
    if (this.readToken() === token) return true;
    this.offset = this.lastToken;
    return false;
  }

  /** Like `readToken() === token` for a token of one byte, without looking at all the others. */
  take(token: Token): boolean {
    if (this.bytes[this.offset] !== FIRST_BYTE[token]) return false;
    this.lastToken = this.offset++;
    if (token !== Token.newline) this.skipSpace();
    return true;
  }

  /** A rule, pool or variable name, left in `nameStart` and `nameEnd`. */
  readName(): boolean {
    const { bytes } = this;
    const start = this.offset;
    this.lastToken = start;
    let p = start;
    while (NAME_CLASS[bytes[p] as number]) p++;
    if (p === start) return false;
    this.nameStart = start;
    this.nameEnd = p;
    this.offset = p;
    this.skipSpace();
    return true;
  }

  /** Spaces and continued lines between tokens. */
  skipSpace(): void {
    const { bytes } = this;
    let p = this.offset;
    for (;;) {
      const c = bytes[p];
      if (c === SPACE) p++;
      else if (c === DOLLAR && bytes[p + 1] === NEWLINE) p += 2;
      else if (c === DOLLAR && bytes[p + 1] === RETURN && bytes[p + 2] === NEWLINE) p += 3;
      else break;
    }
    this.offset = p;
  }

  /**
   * A value or path with its escapes, piece by piece (ninja: `Lexer::ReadEvalString`). A path ends before its
   * delimiter, and the spaces after it are skipped; a value ends past its newline.
   * @returns how many pieces there were, or what is wrong
   */
  readPieces(isPath: boolean, sink: PieceSink): number | LexFailure {
    const { bytes } = this;
    const delimiters = isPath ? PATH_CLASS : VALUE_CLASS;
    let p = this.offset;
    let pieces = 0;
    for (;;) {
      const start = p;
      while (delimiters[bytes[p] as number] === 0) p++;
      if (p > start) {
        sink.text(bytes, start, p);
        pieces++;
      }
      const c = bytes[p] as number;
      if (delimiters[c] === 1 || (c === RETURN && bytes[p + 1] === NEWLINE)) {
        this.lastToken = p;
        this.offset = p;
        if (isPath) this.skipSpace();
        else this.offset = c === RETURN ? p + 2 : p + 1;
        return pieces;
      }
      if (c === DOLLAR) {
        const next = this.readEscape(p, sink);
        if (typeof next !== "number") return next;
        // A continued line is no piece: `$` at the line end alone does not make a path.
        if (bytes[p + 1] !== NEWLINE && bytes[p + 1] !== RETURN) pieces++;
        p = next;
        continue;
      }
      this.lastToken = p;
      return { kind: c === NUL ? "end" : "byte", at: p };
    }
  }

  /** One `$…` at `p`; the offset after it, or what is wrong. */
  private readEscape(p: number, sink: PieceSink): number | LexFailure {
    const { bytes } = this;
    const c = bytes[p + 1] as number;
    if (NAME_CLASS[c] === 2) {
      let q = p + 2;
      while (NAME_CLASS[bytes[q] as number] === 2) q++;
      sink.variable(bytes, p + 1, q);
      return q;
    }
    switch (c) {
      case DOLLAR:
      case SPACE:
      case COLON:
        sink.byte(c);
        return p + 2;
      case NEWLINE:
        return skipSpaces(bytes, p + 2);
      case RETURN:
        if (bytes[p + 2] === NEWLINE) return skipSpaces(bytes, p + 3);
        break;
      case OPEN: {
        let q = p + 2;
        while (NAME_CLASS[bytes[q] as number]) q++;
        if (q > p + 2 && bytes[q] === CLOSE) {
          sink.variable(bytes, p + 2, q);
          return q + 1;
        }
        break;
      }
      case CARET: {
        const { version } = this;
        if (!version.allowsNewlineEscape) {
          // Ninja does not move its token here, so its caret stays on the token before.
          if (!allowsNewlineEscape(version)) return { kind: "escape-version", at: p };
          version.allowsNewlineEscape = true;
        }
        sink.byte(NEWLINE);
        return p + 2;
      }
    }
    this.lastToken = p;
    return { kind: "escape", at: p };
  }

  private readVisible(start: number, c: number): Token {
    const { bytes } = this;
    let p = start + 1;
    let token: Token = Token.error;
    if (NAME_CLASS[c]) {
      while (NAME_CLASS[bytes[p] as number]) p++;
      token = this.nameToken(start, p);
    } else if (c === EQUALS) token = Token.equals;
    else if (c === COLON) token = Token.colon;
    else if (c === PIPE) {
      token = bytes[p] === AT ? Token.pipeAt : bytes[p] === PIPE ? Token.pipe2 : Token.pipe;
      if (token !== Token.pipe) p++;
    } else if (c === NUL) {
      this.offset = start;
      return Token.end;
    }
    this.offset = p;
    this.skipSpace();
    return token;
  }

  private nameToken(start: number, end: number): Token {
    const { bytes } = this;
    for (const keyword of KEYWORDS) {
      if (keyword.bytes.length !== end - start || keyword.bytes[0] !== bytes[start]) continue;
      let i = 1;
      while (i < keyword.bytes.length && keyword.bytes[i] === bytes[start + i]) i++;
      if (i === keyword.bytes.length) return keyword.token;
    }
    return Token.identifier;
  }
}

/** `$^` came with 1.14 and must be asked for, by the file that uses it. */
function allowsNewlineEscape(version: RequiredVersion): boolean {
  return version.major > 1 || (version.major === 1 && version.minor >= 14);
}

function skipSpaces(bytes: Uint8Array, p: number): number {
  let q = p;
  while (bytes[q] === SPACE) q++;
  return q;
}

/** True when no scan can run past the end: the last byte is a newline that no `$` continues. */
function endsPlainly(bytes: Uint8Array): boolean {
  const n = bytes.length;
  if (n === 0 || bytes[n - 1] !== NEWLINE) return false;
  const before = n > 1 && bytes[n - 2] === RETURN ? n - 3 : n - 2;
  return before < 0 || bytes[before] !== DOLLAR;
}

function withNul(bytes: Uint8Array): Uint8Array {
  const copy = new Uint8Array(bytes.length + 1);
  copy.set(bytes);
  return copy;
}

function classes(ends: readonly number[], special: readonly number[]): Uint8Array {
  const table = new Uint8Array(256);
  for (const c of ends) table[c] = 1;
  for (const c of special) table[c] = 2;
  return table;
}
