// Conditions as in `[target.'cfg(all(unix, not(target_os = "macos")))']`, against what `rustc --print cfg` says.

import { asBytes, type Bytes } from "../../graph/bytes.ts";

/** Whether "cfg(…)" holds; `undefined` when it is no condition. */
export function holds(condition: Bytes, cfg: ReadonlySet<string>): boolean | undefined {
  const inner = /^\s*cfg\(([\s\S]*)\)\s*$/.exec(condition)?.[1];
  if (inner === undefined) return undefined;
  const tokens = inner.match(/[A-Za-z_][A-Za-z0-9_]*|"[^"]*"|[(),=]|\S/g) ?? [];
  let at = 0;
  const next = (): string => tokens[at++] ?? "";
  const expression = (): boolean | undefined => {
    const word = next();
    if (!/^[A-Za-z_]/.test(word)) return undefined;
    if (tokens[at] === "(") return list(word);
    if (tokens[at] === "=") {
      at++;
      return cfg.has(`${word}=${next()}`);
    }
    return word === "true" || (word !== "false" && cfg.has(word));
  };
  const list = (word: string): boolean | undefined => {
    at++;
    const values: (boolean | undefined)[] = [];
    while (at < tokens.length && tokens[at] !== ")") {
      values.push(expression());
      if (tokens[at] === ",") at++;
      else break;
    }
    if (next() !== ")" || values.includes(undefined)) return undefined;
    if (word === "all") return values.every((value) => value === true);
    if (word === "any") return values.some((value) => value === true);
    return word === "not" && values.length === 1 ? values[0] !== true : undefined;
  };
  const value = expression();
  return at >= tokens.length ? value : undefined;
}

/** 'target_os="linux"' lines and single words as a set. */
export function cfgSet(lines: readonly Bytes[]): ReadonlySet<string> {
  return new Set(lines);
}

export function cfgLines(printed: Bytes): readonly Bytes[] {
  return printed.split("\n").flatMap((line) => (line === "" ? [] : [asBytes(line)]));
}
