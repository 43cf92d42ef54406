// A status line that fits the terminal: the middle goes, colours stay (ninja: `ElideMiddleInPlace`).

import { asBytes, type Bytes } from "../../graph/bytes.ts";

/** Sequences that set colours take no room. */
const colour = /\x1b\[[0-9;]*m/g;

export function elideMiddle(text: Bytes, width: number): Bytes {
  if (text.length <= width) return text;
  const visible = text.replace(colour, "").length;
  if (visible <= width) return text;
  const dots = "...".slice(0, width);
  const left = (width - dots.length) >> 1;
  const gapEnd = visible - (width - dots.length - left);
  let result = "";
  let column = 0;
  let hasDots = false;
  for (const piece of text.split(/(\x1b\[[0-9;]*m)/)) {
    if (piece.startsWith("\x1b[") && piece.endsWith("m")) {
      // In ninja the dots come before a colour that stands where the gap begins.
      if (column === left && !hasDots) {
        result += dots;
        hasDots = true;
      }
      result += piece;
      continue;
    }
    for (const char of piece) {
      if (column === left && !hasDots) {
        result += dots;
        hasDots = true;
      }
      if (column < left || column >= gapEnd) result += char;
      column++;
    }
  }
  return asBytes(hasDots ? result : result + dots);
}

/** Output of commands for a reader that is no terminal. */
export function stripEscapes(text: Bytes): Bytes {
  let result = "";
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) !== 0x1b) {
      result += text.charAt(i);
      continue;
    }
    if (i + 1 >= text.length) break;
    if (text.charAt(i + 1) !== "[") continue;
    for (i += 2; i < text.length && !/[a-zA-Z]/.test(text.charAt(i)); i++);
  }
  return asBytes(result);
}
