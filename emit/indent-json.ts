// JSON for people: the compact text with two spaces per level, as nlohmann::json writes it for Nix. Works on the
// text, so that strings and numbers stay as they were printed.

import { asBytes, type Bytes } from "../graph/bytes.ts";

/** `json` has no blanks outside strings. Empty lists and objects stay on one line. */
export function indentJson(json: Bytes): Bytes {
  let result = "";
  let depth = 0;
  const newLine = (): string => `\n${"  ".repeat(depth)}`;
  for (let at = 0; at < json.length; ) {
    const char = json.charAt(at);
    if (char === '"') {
      const end = endOfString(json, at);
      result += json.slice(at, end);
      at = end;
      continue;
    }
    const next = json.charAt(at + 1);
    if ((char === "{" && next === "}") || (char === "[" && next === "]")) {
      result += char + next;
      at += 2;
      continue;
    }
    if (char === "{" || char === "[") {
      depth++;
      result += char + newLine();
    } else if (char === "}" || char === "]") {
      depth--;
      result += newLine() + char;
    } else if (char === ",") result += `,${newLine()}`;
    else result += char === ":" ? ": " : char;
    at++;
  }
  return asBytes(result);
}

function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (at < json.length && json.charAt(at) !== '"') at += json.charAt(at) === "\\" ? 2 : 1;
  return at + 1;
}
