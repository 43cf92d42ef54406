// Quoting for `/bin/sh`, byte for byte as ninja quotes `$in` and `$out`.

import { asBytes, type Bytes } from "./bytes.ts";

/** 1 for the bytes that never need quotes: letters, digits and `_ + - . /`. */
const SAFE: Uint8Array = new Uint8Array(256);
for (const c of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-./")
  SAFE[c.charCodeAt(0)] = 1;

/**
 * One word for the shell: as it is when every byte is safe, else in single quotes with `'` as `'\''`.
 * An empty text stays empty, as in ninja (`GetShellEscapedString`): it is then no word at all.
 */
export function shellQuote(text: Bytes): Bytes {
  for (let i = 0; i < text.length; i++) {
    if (SAFE[text.charCodeAt(i)] === 0) return asBytes(`'${text.replaceAll("'", "'\\''")}'`);
  }
  return text;
}
