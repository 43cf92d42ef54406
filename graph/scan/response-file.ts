// Words of a response file as GCC, Clang and binutils read them (libiberty `buildargv`): blanks separate, both
// quotes group, a backslash takes the next char as it is, everywhere.

import { asBytes, type Bytes } from "../bytes.ts";

export function splitResponseFile(text: Bytes): readonly Bytes[] {
  const words: Bytes[] = [];
  let word: string[] | undefined;
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === "\\") {
      i++;
      word ??= [];
      word.push(text.charAt(i));
    } else if (quote !== "") {
      if (c === quote) quote = "";
      else word?.push(c);
    } else if (c === '"' || c === "'") {
      quote = c;
      word ??= [];
    } else if (c === " " || (c >= "\t" && c <= "\r")) {
      if (word !== undefined) words.push(asBytes(word.join("")));
      word = undefined;
    } else {
      word ??= [];
      word.push(c);
    }
  }
  if (word !== undefined) words.push(asBytes(word.join("")));
  return words;
}
