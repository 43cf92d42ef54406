// The text of yarn.lock version 1: names of two levels, indented by two spaces, and strings that may be quoted. A
// format of yarn's own, which is not YAML.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { fail, type Span } from "../../graph/diagnostic.ts";

export interface YarnEntry {
  /** "name@range", as dependents write them. */
  readonly patterns: readonly Bytes[];
  readonly fields: ReadonlyMap<Bytes, Bytes>;
  readonly dependencies: ReadonlyMap<Bytes, Bytes>;
  readonly optionalDependencies: ReadonlyMap<Bytes, Bytes>;
  readonly at: Span;
}

const word = /"(?:[^"\\\x00-\x1f]|\\["\\/])*"|[^\s",:#][^\s",:]*(?::[^\s",:]+)*/y;

/** @throws InputError with the first line that is wrong */
export function parseYarnLock(contents: Bytes, file: Bytes): readonly YarnEntry[] {
  const entries: YarnEntry[] = [];
  const seen = new Set<Bytes>();
  let entry: MutableEntry | undefined;
  let block: Map<Bytes, Bytes> | undefined;
  let start = 0;
  for (const line of contents.split("\n")) {
    const text = line.replace(/\r$/, "");
    const at = { file, start, end: start + Math.max(1, text.length) };
    start += line.length + 1;
    if (text.trim() === "" || /^\s*#/.test(text)) continue;
    const indent = /^ */.exec(text)?.[0].length ?? 0;
    const { words, isOpen } = wordsOf(text, indent, at);
    if (indent === 0) {
      if (!isOpen || words.length === 0) refuse("an entry's names and a colon are expected", at);
      for (const pattern of words) {
        if (seen.has(pattern)) refuse(`${quoted(pattern)} stands in the file twice`, at);
        seen.add(pattern);
      }
      entry = {
        patterns: words,
        fields: new Map(),
        dependencies: new Map(),
        optionalDependencies: new Map(),
        at,
      };
      block = undefined;
      entries.push(entry);
    } else if (indent === 2 && entry !== undefined) {
      const [name = asBytes(""), value] = words;
      if (isOpen && words.length === 1) {
        block =
          name === "optionalDependencies"
            ? entry.optionalDependencies
            : name === "dependencies"
              ? entry.dependencies
              : new Map();
      } else if (!isOpen && words.length === 2 && value !== undefined) put(entry.fields, name, value, at);
      else refuse("a name and a value are expected", at);
    } else if (indent === 4 && block !== undefined) {
      const [name, value] = words;
      if (isOpen || words.length !== 2 || name === undefined || value === undefined) {
        return refuse("a name and a value are expected", at);
      }
      put(block, name, value, at);
    } else refuse("this line is indented as none should be", at);
  }
  return entries;
}

interface MutableEntry extends YarnEntry {
  readonly fields: Map<Bytes, Bytes>;
  readonly dependencies: Map<Bytes, Bytes>;
  readonly optionalDependencies: Map<Bytes, Bytes>;
}

function put(map: Map<Bytes, Bytes>, name: Bytes, value: Bytes, at: Span): void {
  if (map.has(name)) refuse(`${quoted(name)} stands in this entry twice`, at);
  map.set(name, value);
}

/** Words of a line, with commas between them or none; whether a colon ends it. */
function wordsOf(
  text: string,
  from: number,
  at: Span,
): { readonly words: readonly Bytes[]; readonly isOpen: boolean } {
  const words: Bytes[] = [];
  let place = from;
  for (;;) {
    word.lastIndex = place;
    const found = word.exec(text)?.[0];
    if (found === undefined) return refuse("a name is expected", at);
    words.push(asBytes(found.startsWith('"') ? found.slice(1, -1).replace(/\\(["\\/])/g, "$1") : found));
    place += found.length;
    const rest = text.slice(place);
    if (rest.trim() === "") return { words, isOpen: false };
    if (rest.trim() === ":") return { words, isOpen: true };
    const gap = /^(?:, *| +)(?=\S)/.exec(rest)?.[0];
    if (gap === undefined) return refuse("a space or a comma is expected", at);
    place += gap.length;
  }
}

function refuse(message: string, at: Span): never {
  return fail({
    code: "npm/lockfile",
    message,
    at,
    hint: "yarn writes this file: restore it from version control, or run yarn install",
  });
}
