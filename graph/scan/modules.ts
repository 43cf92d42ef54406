// C++20 module lines: `module;`, `export module m:part;`, `import m;`, `import <header>;`. They are directives
// (one logical line each), found without a parser.

import { asBytes, type Bytes } from "../bytes.ts";
import { readLogicalLine, startsLine } from "./logical-line.ts";

export interface ModuleLine {
  readonly start: number;
  /** Past the newline. */
  readonly end: number;
  readonly header?: { readonly form: "quote" | "angle"; readonly name: Bytes };
  /** A named module that is imported; `:part` for a partition of this module. */
  readonly imports?: Bytes;
  /** The module this file is (or belongs to). */
  readonly provides?: Bytes;
}

/** Every line that reads like a module declaration or an import, in order. */
export function findModuleLines(text: Bytes): readonly ModuleLine[] {
  const found: ModuleLine[] = [];
  for (const word of ["import", "module"]) {
    for (let i = text.indexOf(word); i >= 0; i = text.indexOf(word, i + 6)) {
      if (isIdentifier(text.charCodeAt(i + 6))) continue;
      const start = lineStart(text, i);
      if (start < 0) continue;
      const line = readModuleLine(text, start);
      if (line !== undefined) found.push(line);
    }
  }
  return found.length < 2 ? found : found.sort((a, b) => a.start - b.start);
}

/** Where the line's first word is when `at` is it or follows only `export`; else -1. */
function lineStart(text: string, at: number): number {
  if (startsLine(text, at)) return at;
  let i = at - 1;
  while (text.charCodeAt(i) === 32 || text.charCodeAt(i) === 9) i--;
  const start = i - 5;
  return i < at - 1 && start >= 0 && text.startsWith("export", start) && startsLine(text, start) ? start : -1;
}

const IMPORT =
  /^(?:export\s+)?import\s*(?:<([^>]+)>|"([^"]+)"|(:?\s*[\w.]+(?:\s*:\s*[\w.]+)?))\s*(?:\[\[.*\]\]\s*)?;/;
const MODULE = /^(export\s+)?module\s*(?::\s*private\s*|([\w.]+(?:\s*:\s*[\w.]+)?)?\s*(?:\[\[.*\]\]\s*)?);/;

function readModuleLine(text: Bytes, start: number): ModuleLine | undefined {
  const line = readLogicalLine(text, start);
  const { end } = line;
  const imported = IMPORT.exec(line.text);
  if (imported !== null) {
    const [, angle, quote, name] = imported;
    if (angle !== undefined) return { start, end, header: { form: "angle", name: asBytes(angle) } };
    if (quote !== undefined) return { start, end, header: { form: "quote", name: asBytes(quote) } };
    return { start, end, imports: squeeze(name ?? "") };
  }
  const declared = MODULE.exec(line.text);
  if (declared === null) return undefined;
  const name = declared[2];
  return name === undefined ? { start, end } : { start, end, provides: squeeze(name) };
}

function squeeze(name: string): Bytes {
  return asBytes(name.replace(/\s+/g, ""));
}

function isIdentifier(c: number): boolean {
  return (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
}
