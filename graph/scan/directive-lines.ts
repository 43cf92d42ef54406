// Of the lines that begin like directives, those with a word that the preprocessor knows.

import type { Bytes } from "../bytes.ts";
import { introducerLength, readLogicalLine } from "./logical-line.ts";

const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "include include_next import embed define undef if ifdef ifndef elif elifdef elifndef else endif error warning " +
    "pragma line ident sccs assert unassert"
  ).split(" "),
);

/** Those of `introducers` that a keyword follows. */
export function directiveLines(contents: Bytes, introducers: readonly number[]): readonly number[] {
  return introducers.filter((at) => startsWithKeyword(contents, at));
}

/** Whether a keyword follows the introducer at `at`. */
export function startsWithKeyword(text: Bytes, at: number): boolean {
  const from = at + introducerLength(text, at);
  const plain = /^[ \t\v\f]*([a-z_]+)(.?)/.exec(text.slice(from, from + 64));
  if (plain !== null && plain[2] !== "\\" && plain[2] !== "?") return KEYWORDS.has(plain[1] ?? "");
  const line = readLogicalLine(text, at).text;
  return KEYWORDS.has(/^(?:#|%:|\?\?=)\s*([a-z_]+)/.exec(line)?.[1] ?? "");
}
