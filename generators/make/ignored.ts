// Which recipe lines may fail. Make removes the prefix `-` before a shell sees the line, so the rule's own text, as
// make's database prints it, is laid beside the lines that ran.

import { asBytes, type Bytes } from "../../graph/bytes.ts";

/**
 * True for each of `commands`, in order, that stands in `recipe` with the prefix `-`. Lines that expand to nothing
 * never ran: templates are skipped until one could have become the command.
 */
export function ignoredErrors(recipe: readonly Bytes[], commands: readonly Bytes[]): readonly boolean[] {
  const templates = joinLines(recipe);
  let next = 0;
  return commands.map((command) => {
    for (let i = next; i < templates.length; i++) {
      const [, prefix = "", body = ""] = /^([-@+ \t]*)(.*)$/s.exec(templates[i] ?? "") ?? [];
      if (!mayBecome(body, command)) continue;
      next = i + 1;
      return prefix.includes("-");
    }
    return false;
  });
}

/** Whether a line of the recipe could have become the command, with or without its prefix. */
export function mayBeLineOf(recipe: readonly Bytes[], command: Bytes): boolean {
  return joinLines(recipe).some((template) => mayBecome(template.replace(/^[-@+ \t]+/, ""), command));
}

/** A backslash at the end continues a line. */
function joinLines(lines: readonly Bytes[]): readonly Bytes[] {
  const joined: string[] = [];
  let isOpen = false;
  for (const line of lines) {
    if (isOpen) joined.push(`${joined.pop() ?? ""}\n${line.replace(/^\t/, "")}`);
    else joined.push(line);
    isOpen = /(^|[^\\])(\\\\)*\\$/.test(line);
  }
  return joined.map(asBytes);
}

/** The template's text between its variables occurs in the command, in order. */
function mayBecome(template: string, command: string): boolean {
  let at = 0;
  for (const piece of literalPieces(template)) {
    const found = command.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return true;
}

function literalPieces(template: string): readonly string[] {
  const pieces: string[] = [];
  let piece = "";
  for (let i = 0; i < template.length; i++) {
    if (template[i] !== "$") {
      piece += template.charAt(i);
      continue;
    }
    const next = template.charAt(++i);
    if (next === "$") {
      piece += "$";
      continue;
    }
    pieces.push(piece);
    piece = "";
    if (next === "(" || next === "{") i = endOfReference(template, i);
  }
  pieces.push(piece);
  return pieces.map((text) => text.trim()).filter((text) => text !== "");
}

/** The index of the parenthesis that closes the one at `start`. */
function endOfReference(text: string, start: number): number {
  const [open, close] = text[start] === "(" ? ["(", ")"] : ["{", "}"];
  let depth = 0;
  for (let i = start; i < text.length; i++) {
    if (text[i] === open) depth++;
    else if (text[i] === close && --depth === 0) return i;
  }
  return text.length;
}
