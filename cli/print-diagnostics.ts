// Diagnostics as people read them: place, message, code, the line with a mark under it, hint.

import { styleText } from "node:util";
import { type Bytes, toText } from "../graph/bytes.ts";
import type { Diagnostic, Span } from "../graph/diagnostic.ts";

export interface PrintOptions {
  readonly color: boolean;
  /** Contents of a file that a span names, for the excerpt. */
  readonly read?: (file: Bytes) => Bytes | undefined;
  /** "error" unless given. */
  readonly label?: "error" | "warning";
}

export function printDiagnostics(diagnostics: readonly Diagnostic[], options: PrintOptions): string {
  return diagnostics.map((diagnostic) => printDiagnostic(diagnostic, options)).join("");
}

function printDiagnostic(diagnostic: Diagnostic, options: PrintOptions): string {
  const place = diagnostic.at === undefined ? undefined : locate(diagnostic.at, options);
  const where =
    place === undefined
      ? diagnostic.at === undefined
        ? ""
        : `${toText(diagnostic.at.file)}: `
      : `${place.name}: `;
  const kind = options.label ?? "error";
  const style = kind === "error" ? "red" : "magenta";
  const label = options.color
    ? styleText(["bold", style], `${kind}:`, { validateStream: false })
    : `${kind}:`;
  const lines = [`${where}${label} ${diagnostic.message} [${diagnostic.code}]`];
  if (place !== undefined) lines.push(...place.excerpt);
  if (diagnostic.hint !== undefined) lines.push(`  hint: ${diagnostic.hint}`);
  return `${lines.join("\n")}\n`;
}

interface Located {
  /** "build.ninja:41:12" */
  readonly name: string;
  readonly excerpt: readonly string[];
}

/** Longest part of a source line that is shown. */
const width = 100;

function locate(span: Span, options: PrintOptions): Located | undefined {
  const contents = options.read?.(span.file);
  if (contents === undefined) return undefined;
  const start = contents.lastIndexOf("\n", Math.max(span.start - 1, 0)) + 1;
  const lineStart = span.start === 0 ? 0 : start;
  const found = contents.indexOf("\n", lineStart);
  const lineEnd = found < 0 ? contents.length : found;
  const line = contents.slice(0, lineStart).split("\n").length;
  const column = span.start - lineStart + 1;
  const from = Math.max(0, column - 1 - Math.floor(width / 2));
  const shown = contents.slice(lineStart + from, Math.min(lineEnd, lineStart + from + width));
  const mark = Math.max(1, Math.min(span.end, lineEnd) - span.start);
  const gutter = `  ${line} | `;
  return {
    name: `${toText(span.file)}:${line}:${column}`,
    excerpt: [
      `${gutter}${toText(shown as Bytes)}`,
      `${" ".repeat(gutter.length - 2)}| ${" ".repeat(column - 1 - from)}${"^".repeat(Math.min(mark, shown.length + 1))}`,
    ],
  };
}
