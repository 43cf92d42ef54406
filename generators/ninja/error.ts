// Diagnostics of this frontend. Each also carries the text ninja itself would print, which is what build logs and
// the conformance cases know.

import { asBytes, type Bytes, fromBuffer } from "../../graph/bytes.ts";
import type { Code } from "../../graph/codes.ts";
import { type Diagnostic, InputError, type Span } from "../../graph/diagnostic.ts";

export interface NinjaDiagnostic extends Diagnostic {
  /** Ninja's own words for it: location, message, and the source line with its caret where ninja shows one. */
  readonly ninja: Bytes;
}

/** Ninja's own words for a diagnostic of this frontend or of the depfile reader. */
export function ninjaText(diagnostic: Diagnostic): Bytes {
  if ("ninja" in diagnostic && typeof diagnostic.ninja === "string") return asBytes(diagnostic.ninja);
  switch (diagnostic.code) {
    case "depfile/no-colon":
      return asBytes("expected ':' in depfile");
    case "depfile/nested-rule":
      return asBytes("inputs may not also have inputs");
    default:
      return asBytes(diagnostic.message);
  }
}

/** What a statement got wrong: our words and ninja's. */
export interface Fault {
  readonly code: Code;
  readonly message: string;
  readonly ninja: string;
  readonly at?: Span;
  readonly hint?: string;
}

export function diagnosticOf(fault: Fault): NinjaDiagnostic {
  return {
    code: fault.code,
    message: fault.message,
    ninja: asBytes(fault.ninja),
    ...(fault.at === undefined ? {} : { at: fault.at }),
    ...(fault.hint === undefined ? {} : { hint: fault.hint }),
  };
}

export function refuse(fault: Fault): never {
  throw new InputError([diagnosticOf(fault)]);
}

/** Ninja cuts source lines here, and shows no caret further right. */
const TRUNCATE_COLUMN = 72;
/** Ninja formats `file:line: ` in a buffer of 1024 bytes. */
const MAX_LOCATION = 1023;

/**
 * `file:line: message`, the source line and a caret, as ninja's `Lexer::Error` prints them.
 * @param position byte offset of ninja's last token, -1 before the first
 */
export function locateAsNinja(file: Bytes, bytes: Uint8Array, position: number, message: string): string {
  let line = 1;
  let lineStart = 0;
  for (let i = 0; i < position; i++) {
    if (bytes[i] === 0x0a) {
      line++;
      lineStart = i + 1;
    }
  }
  const text = `${`${file}:${line}: `.slice(0, MAX_LOCATION)}${message}\n`;
  const column = position < 0 ? 0 : position - lineStart;
  if (column <= 0 || column >= TRUNCATE_COLUMN) return text;
  let length = 0;
  while (length < TRUNCATE_COLUMN && !endsLine(bytes[lineStart + length])) length++;
  const source = fromBuffer(bytes.subarray(lineStart, lineStart + length));
  const dots = length === TRUNCATE_COLUMN ? "..." : "";
  return `${text}${source}${dots}\n${" ".repeat(column)}^ near here`;
}

function endsLine(byte: number | undefined): boolean {
  return byte === undefined || byte === 0 || byte === 0x0a;
}

/** Names for a hint: the nearest first when one is close, and not more than a screen line. */
export function listNames(names: Iterable<string>, wanted: string): string {
  const sorted = [...names].sort((a, b) => distance(a, wanted) - distance(b, wanted) || (a < b ? -1 : 1));
  const shown = sorted.slice(0, 8);
  const more = sorted.length - shown.length;
  return more > 0 ? `${shown.join(", ")} and ${more} more` : shown.join(", ");
}

/** Edit distance, cut short: only "nearly the same" matters. */
function distance(a: string, b: string): number {
  const far = 4;
  if (Math.abs(a.length - b.length) >= far || a.length > 200) return far;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return Math.min(row[b.length] ?? far, far);
}
