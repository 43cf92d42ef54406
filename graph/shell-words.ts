// A small reader of POSIX shell command lines: enough to see which programs a build step runs and with which
// words. Nothing is expanded; a word that the shell would expand says so.

import { asBytes, type Bytes } from "./bytes.ts";

export interface ShellWord {
  /** Quotes and backslashes removed; expansions as they are spelled. */
  readonly text: Bytes;
  /** As it is spelled in the line. */
  readonly raw: Bytes;
  /** False when the shell would put something else here: `$x`, a command substitution, a glob, `~`. */
  readonly isLiteral: boolean;
}

export interface ShellCommand {
  readonly kind: "command";
  /** `NAME=value` words before the program. */
  readonly assignments: readonly { readonly name: Bytes; readonly value: ShellWord }[];
  readonly words: readonly ShellWord[];
  readonly redirects: readonly { readonly operator: string; readonly target: ShellWord }[];
  /** The separator in front of it: "", "&&", "||", ";", "|", "&". */
  readonly after: string;
}

/** A command, or the start or end of a subshell: a `cd` inside one does not leave it. */
export type ShellItem = ShellCommand | { readonly kind: "open" } | { readonly kind: "close" };

const RESERVED: ReadonlySet<string> = new Set([
  "if",
  "then",
  "else",
  "elif",
  "fi",
  "while",
  "until",
  "do",
  "done",
  "{",
  "}",
  "!",
  "time",
]);

/**
 * Splits a command line (POSIX shell, section 2.3 token recognition). Any text gives a list; an unclosed quote
 * ends with the line. Reserved words at the start of a command are dropped, here-documents are skipped.
 */
export function splitShell(line: Bytes): readonly ShellItem[] {
  return new Splitter(line).run();
}

/** The words of a line that is one plain command, as a program would get them in `argv`. */
export function splitWords(line: Bytes): readonly Bytes[] {
  const words: Bytes[] = [];
  for (const item of splitShell(line)) {
    if (item.kind === "command") for (const word of item.words) words.push(word.text);
  }
  return words;
}

const NEWLINE = 10;
const DOUBLE = 34;
const HASH = 35;
const DOLLAR = 36;
const SINGLE = 39;
const BACKSLASH = 92;
const BACKTICK = 96;

class Splitter {
  private at = 0;
  private readonly line: Bytes;
  private readonly items: ShellItem[] = [];
  private assignments: { name: Bytes; value: ShellWord }[] = [];
  private words: ShellWord[] = [];
  private redirects: { operator: string; target: ShellWord }[] = [];
  private after = "";
  private hereDocs: Bytes[] = [];

  constructor(line: Bytes) {
    this.line = line;
  }

  run(): readonly ShellItem[] {
    const { line } = this;
    while (this.at < line.length) {
      const c = line.charCodeAt(this.at);
      if (c === 32 || c === 9 || c === 13) this.at++;
      else if (c === BACKSLASH && line.charCodeAt(this.at + 1) === NEWLINE) this.at += 2;
      else if (c === NEWLINE) {
        this.at++;
        this.end(";");
        this.skipHereDocs();
      } else if (c === HASH) this.skipComment();
      else if (c === 59 || c === 38 || c === 124) this.separator();
      else if (c === 40 || c === 41) {
        this.at++;
        this.end("");
        this.items.push({ kind: c === 40 ? "open" : "close" });
      } else if (c === 60 || c === 62) this.redirect();
      else this.word();
    }
    this.end("");
    return this.items;
  }

  private end(separator: string): void {
    if (this.words.length + this.assignments.length + this.redirects.length > 0) {
      this.items.push({
        kind: "command",
        assignments: this.assignments,
        words: this.words,
        redirects: this.redirects,
        after: this.after,
      });
      this.assignments = [];
      this.words = [];
      this.redirects = [];
    }
    this.after = separator;
  }

  private separator(): void {
    const one = this.line.charAt(this.at);
    const two = this.line.slice(this.at, this.at + 2);
    if (two === "&>") {
      this.redirect();
      return;
    }
    const operator = two === "&&" || two === "||" || two === ";;" ? two : one;
    this.at += operator.length;
    // "|&" is a pipe of both streams.
    if (operator === "|" && this.line.charAt(this.at) === "&") this.at++;
    this.end(operator);
  }

  private redirect(): void {
    const { line } = this;
    const start = this.at;
    while (this.at < line.length && "<>&|-".includes(line.charAt(this.at))) {
      // ">&2" and "2>&-" name a descriptor, "<<-" a here-document.
      this.at++;
    }
    const operator = line.slice(start, this.at);
    while (line.charAt(this.at) === " " || line.charAt(this.at) === "\t") this.at++;
    if (this.at >= line.length || operator.endsWith("&-")) return;
    const target = this.readWord();
    if (operator.startsWith("<<") && operator !== "<<<") this.hereDocs.push(target.text);
    this.redirects.push({ operator, target });
  }

  private word(): void {
    const word = this.readWord();
    if (/^[0-9]$/.test(word.raw) && "<>".includes(this.line.charAt(this.at) || " ")) {
      this.redirect();
      return;
    }
    if (this.words.length === 0) {
      if (RESERVED.has(word.raw)) {
        this.end("");
        return;
      }
      const equals = word.raw.indexOf("=");
      if (equals > 0 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(word.raw.slice(0, equals))) {
        const value = asBytes(word.text.slice(equals + 1));
        this.assignments.push({
          name: asBytes(word.raw.slice(0, equals)),
          value: { text: value, raw: asBytes(word.raw.slice(equals + 1)), isLiteral: word.isLiteral },
        });
        return;
      }
    }
    this.words.push(word);
  }

  private readWord(): ShellWord {
    const { line } = this;
    const start = this.at;
    const parts: string[] = [];
    let isLiteral = true;
    // Plain characters are taken in runs: most words are one, and the rest have few.
    let run = start;
    const endRun = (): void => {
      if (run < this.at) parts.push(line.slice(run, this.at));
    };
    scan: while (this.at < line.length) {
      const c = line.charCodeAt(this.at);
      switch (c) {
        case 32:
        case 9:
        case 13:
        case NEWLINE:
        case 59:
        case 38:
        case 124:
        case 40:
        case 41:
        case 60:
        case 62:
          break scan;
        case BACKSLASH:
          endRun();
          if (line.charCodeAt(this.at + 1) !== NEWLINE) parts.push(line.charAt(this.at + 1));
          this.at += 2;
          run = this.at;
          break;
        case SINGLE: {
          endRun();
          const close = this.endOf("'", this.at + 1);
          parts.push(line.slice(this.at + 1, close));
          this.at = close + 1;
          run = this.at;
          break;
        }
        case DOUBLE:
          endRun();
          if (!this.doubleQuoted(parts)) isLiteral = false;
          run = this.at;
          break;
        case DOLLAR:
        case BACKTICK:
          endRun();
          if (this.expansion(parts)) isLiteral = false;
          run = this.at;
          break;
        case 42: // *
        case 63: // ?
        case 91: // [
          isLiteral = false;
          this.at++;
          break;
        default:
          if (c === 126 && this.at === start) isLiteral = false;
          this.at++;
      }
    }
    this.at = Math.min(this.at, line.length);
    // An operator character where a word must be: take it, so that reading always goes on.
    if (this.at === start) this.at++;
    endRun();
    const raw = line.slice(start, this.at);
    const text = parts.length === 1 ? (parts[0] ?? "") : parts.join("");
    return { text: asBytes(text), raw: asBytes(raw), isLiteral };
  }

  /** Reads from the opening quote past the closing one; false when something in it is expanded. */
  private doubleQuoted(parts: string[]): boolean {
    const { line } = this;
    let isLiteral = true;
    this.at++;
    while (this.at < line.length) {
      const c = line.charCodeAt(this.at);
      if (c === DOUBLE) break;
      if (c === BACKSLASH) {
        const next = line.charCodeAt(this.at + 1);
        if (next === DOUBLE || next === BACKSLASH || next === DOLLAR || next === BACKTICK)
          parts.push(line.charAt(this.at + 1));
        else if (next !== NEWLINE) parts.push(line.slice(this.at, this.at + 2));
        this.at += 2;
      } else if (c === DOLLAR || c === BACKTICK) {
        if (this.expansion(parts)) isLiteral = false;
      } else parts.push(line.charAt(this.at++));
    }
    this.at++;
    return isLiteral;
  }

  /** Reads `$x`, `${x}`, `$(x)` or a backtick form as it is; false for a plain `$`. */
  private expansion(parts: string[]): boolean {
    const { line } = this;
    const start = this.at;
    if (line.charCodeAt(start) === BACKTICK) {
      this.at = this.endOf("`", start + 1) + 1;
      parts.push(line.slice(start, this.at));
      return true;
    }
    const next = line.charAt(start + 1);
    if (next === "(" || next === "{") {
      this.at = this.closing(start + 1, next, next === "(" ? ")" : "}");
    } else if (/[A-Za-z0-9_@*#?$!-]/.test(next)) {
      this.at = start + 2;
      if (/[A-Za-z_]/.test(next)) while (/[A-Za-z0-9_]/.test(line.charAt(this.at))) this.at++;
    } else {
      parts.push("$");
      this.at = start + 1;
      return false;
    }
    parts.push(line.slice(start, this.at));
    return true;
  }

  private closing(from: number, open: string, close: string): number {
    let depth = 0;
    for (let i = from; i < this.line.length; i++) {
      const c = this.line.charAt(i);
      if (c === "\\") i++;
      else if (c === "'" || c === '"') i = this.endOf(c, i + 1);
      else if (c === open) depth++;
      else if (c === close && --depth === 0) return i + 1;
    }
    return this.line.length;
  }

  private endOf(quote: string, from: number): number {
    for (let i = from; i < this.line.length; i++) {
      const c = this.line.charAt(i);
      if (c === quote) return i;
      if (c === "\\" && quote !== "'") i++;
    }
    return this.line.length;
  }

  private skipComment(): void {
    const end = this.line.indexOf("\n", this.at);
    this.at = end < 0 ? this.line.length : end;
  }

  private skipHereDocs(): void {
    for (const delimiter of this.hereDocs) {
      while (this.at < this.line.length) {
        const end = this.line.indexOf("\n", this.at);
        const stop = end < 0 ? this.line.length : end;
        const text = this.line.slice(this.at, stop).replace(/^\t+/, "");
        this.at = stop + 1;
        if (text === delimiter) break;
      }
    }
    this.hereDocs = [];
  }
}
