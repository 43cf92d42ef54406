// A header that holds a whole configuration, one `#define` a line, and that everything includes: a step sees those
// lines alone whose names occur in what it reads, so a changed option changes the steps that look at it. Kbuild's
// fixdep keeps to the same rule.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";

/** A header whose lines are chosen for each step. */
export interface NarrowedHeader {
  /** Relative to the tree's root. */
  readonly path: Bytes;
  /** Names that occur in a file of the tree, made or not; nothing for a file that cannot be read. */
  readonly namesIn: (path: Bytes) => readonly Bytes[];
}

/** The names of options, as `graph/scan/skeleton.ts` keeps them; with `##` behind it, what names begin with. */
export const optionWords: RegExp = /\bCONFIG_(?:\w*[ \t]*##|\w+)/g;

/** What the files of a step name, sorted; `CONFIG_X_MODULE` is a value of `CONFIG_X`. */
export function namesOf(files: Iterable<Bytes>, header: NarrowedHeader): readonly Bytes[] {
  const names = new Set<Bytes>();
  for (const file of files) {
    if (file !== header.path) for (const name of header.namesIn(file)) names.add(optionOf(name));
  }
  return [...names].sort(compareBytes);
}

/** The header's lines that define one of the names, or what begins as one with `##` does, and all that are no definition. */
export function narrowed(contents: Bytes, names: readonly Bytes[]): Bytes {
  const wanted = new Set<string>(names);
  const beginnings = names.filter((name) => name.endsWith("##")).map((name) => name.slice(0, -2));
  const lines = contents.split("\n").filter((line) => {
    const name = /^#define (\w+)/.exec(line)?.[1];
    return (
      name === undefined ||
      wanted.has(optionOf(asBytes(name))) ||
      beginnings.some((beginning) => name.startsWith(beginning))
    );
  });
  return asBytes(lines.join("\n"));
}

function optionOf(name: Bytes): Bytes {
  if (name.endsWith("##")) return asBytes(name.replace(/[ \t]+/g, ""));
  return name.endsWith("_MODULE") ? asBytes(name.slice(0, -"_MODULE".length)) : name;
}
