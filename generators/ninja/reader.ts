// The lexer with diagnostics: what statements of manifests and of dyndep files are both read with.

import { type Bytes, fromBuffer, toText } from "../../graph/bytes.ts";
import type { NinjaCode } from "../../graph/codes.ts";
import type { Span } from "../../graph/diagnostic.ts";
import { locateAsNinja, refuse } from "./error.ts";
import {
  Lexer,
  type LexFailure,
  NUL,
  type PieceSink,
  RETURN,
  SPACE,
  TAB,
  TOKEN_NAMES,
  Token,
} from "./lexer.ts";

/** What to say where; `ninja` is the message without its location. */
export interface Complaint {
  readonly code: NinjaCode;
  readonly message: string;
  readonly ninja: string;
  readonly hint?: string;
}

export const EMPTY_PATH: Complaint = {
  code: "ninja/empty-path",
  message: "empty path",
  ninja: "empty path",
  hint: "every variable in it is unset or empty; variables of a later line do not count",
};

export class Reader extends Lexer {
  /** Ends the parse. The span is ours; ninja's location is always that of its last token. */
  complain(complaint: Complaint, at: Span = this.tokenSpan()): never {
    refuse({
      ...complaint,
      ninja: locateAsNinja(this.file, this.bytes, this.lastToken, complaint.ninja),
      at,
    });
  }

  span(start: number, end: number): Span {
    const last = this.bytes.length;
    return { file: this.file, start: Math.min(start, last), end: Math.min(end, last) };
  }

  /** From the last token to where reading stopped, at least one byte where there is one. */
  tokenSpan(): Span {
    const start = Math.max(this.lastToken, 0);
    let end = Math.min(this.offset, start + 80);
    while (end > start && this.bytes[end - 1] === SPACE) end--;
    return this.span(start, Math.max(start + 1, end));
  }

  nameSpan(): Span {
    return this.span(this.nameStart, this.nameEnd);
  }

  /** The identifier read last. */
  name(): Bytes {
    return fromBuffer(this.bytes.subarray(this.nameStart, this.nameEnd));
  }

  /** Past a colon, an equals sign or a newline. */
  expect(token: Token): void {
    if (this.take(token)) return;
    const found = this.readToken();
    if (found === token) return;
    const wanted = TOKEN_NAMES[token] as string;
    const got = TOKEN_NAMES[found] as string;
    const escapes = token === Token.colon ? " ($ also escapes ':')" : "";
    this.complain({
      code: "ninja/unexpected-token",
      message: `expected ${inOurQuotes(wanted)}, got ${inOurQuotes(got)}`,
      ninja: `expected ${wanted}, got ${got}${escapes}`,
      hint: expectationHint(token, found),
    });
  }

  /** An identifier, or a complaint that the `what` is missing. */
  expectName(what: string): void {
    if (this.readName()) return;
    this.complain({
      code: "ninja/expected-name",
      message: `expected ${what}`,
      ninja: `expected ${what}`,
      hint: "a name is made of letters, digits and _ . -; it cannot hold a variable",
    });
  }

  /** `name = `, up to the value. */
  expectAssignment(): void {
    this.expectName("variable name");
    const { nameStart, nameEnd } = this;
    this.expect(Token.equals);
    this.nameStart = nameStart;
    this.nameEnd = nameEnd;
  }

  /** The pieces of a value or path; how many. */
  expectPieces(isPath: boolean, sink: PieceSink): number {
    const pieces = this.readPieces(isPath, sink);
    return typeof pieces === "number" ? pieces : this.complainOfPiece(pieces);
  }

  /** For a token that cannot start a statement. */
  complainOfToken(token: Token): never {
    const at = Math.max(this.lastToken, 0);
    if (token === Token.error) this.complainOfPiece({ kind: this.bytes[at] === TAB ? "tab" : "byte", at });
    const hint =
      token === Token.indent
        ? "an indented line belongs to the rule, pool or build above it; a blank line ends that block"
        : "a line starts with rule, build, pool, default, include, subninja or a variable's name";
    this.complain({
      code: "ninja/unexpected-token",
      message: `unexpected ${inOurQuotes(TOKEN_NAMES[token] as string)}`,
      ninja: this.ninjaOnToken(token),
      hint,
    });
  }

  /** What ninja says of a token just read that cannot start a statement. */
  ninjaOnToken(token: Token): string {
    if (token !== Token.error) return `unexpected ${TOKEN_NAMES[token]}`;
    return this.bytes[this.lastToken] === TAB ? "tabs are not allowed, use spaces" : "lexing error";
  }

  /** Ends the parse at a byte that fits nowhere; `ninja` where ninja has other words for it. */
  complainOfPiece(failure: LexFailure, ninja?: string): never {
    const at = this.span(failure.at, failure.at + (failure.kind === "escape" ? 2 : 1));
    switch (failure.kind) {
      case "end":
        return this.complain(
          {
            code: "ninja/unexpected-end",
            message: "unexpected end of file",
            ninja: ninja ?? "unexpected EOF",
            hint: "every statement ends with a newline, the last one too; a NUL byte ends the file",
          },
          at,
        );
      case "escape":
        return this.complain(
          {
            code: "ninja/bad-escape",
            message: `bad escape "${toText(this.slice(failure.at, failure.at + 2))}"`,
            ninja: ninja ?? "bad $-escape (literal $ must be written as $$)",
            hint: "write $$ for a dollar; $ also escapes a space, a colon and a line end, and starts a variable",
          },
          at,
        );
      case "escape-version":
        return this.complain(
          {
            code: "ninja/newline-escape",
            message: 'the escape "$^" needs ninja_required_version 1.14 or later in the same file',
            ninja:
              ninja ??
              "using $^ escape requires specifying 'ninja_required_version' with version greater or equal 1.14",
            hint: "add `ninja_required_version = 1.14` at the top of this file; included files do not inherit it",
          },
          at,
        );
      case "tab":
        return this.complain(
          {
            code: "ninja/tab",
            message: "a tab where a line or a token starts",
            ninja: ninja ?? "tabs are not allowed, use spaces",
            hint: "indent with spaces",
          },
          at,
        );
      case "byte":
        return this.complain(
          {
            code: "ninja/bad-byte",
            message: `unexpected ${byteName(this.bytes[failure.at] ?? NUL)}`,
            ninja: ninja ?? "lexing error",
            hint: byteHint(this.bytes[failure.at] ?? NUL),
          },
          at,
        );
    }
  }

  private slice(start: number, end: number): Bytes {
    return fromBuffer(this.bytes.subarray(start, end));
  }
}

/** Ninja quotes with ', we with ". */
function inOurQuotes(token: string): string {
  return token.replaceAll("'", '"');
}

function expectationHint(wanted: Token, found: Token): string {
  if (wanted === Token.colon) return "the outputs end with a colon; write $: for a colon inside a path";
  if (wanted === Token.equals) return "a line that is no statement sets a variable: `name = value`";
  if (found === Token.pipe || found === Token.pipe2 || found === Token.pipeAt) {
    return "inputs come in the order: explicit, | implicit, || order-only, |@ validations, each at most once";
  }
  if (found === Token.colon) return "write $: for a colon inside a path";
  return "nothing else may stand on this line";
}

function byteName(byte: number): string {
  if (byte === RETURN) return "carriage return without a newline";
  if (byte > 0x20 && byte < 0x7f) return `"${String.fromCharCode(byte)}"`;
  return `byte 0x${byte.toString(16).padStart(2, "0")}`;
}

function byteHint(byte: number): string {
  if (byte === RETURN) return "lines end with \\n or \\r\\n";
  if (byte === 0xef || byte === 0xfe || byte === 0xff) return "save the file without a byte order mark";
  if (byte === 0x23) return "a comment needs a newline at its end and no NUL byte in it";
  return "names are made of letters, digits and _ . -";
}
