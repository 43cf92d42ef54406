// Headers that travel together: what a header includes is read by all who read the header, so a step may take the
// whole of it as one store object, and loses nothing. Nix pays for each object of each step (0.1 to 0.4 ms).

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import { nix32 } from "../base32.ts";
import { sha256Raw } from "../hash.ts";
import { NameTable } from "./step-name.ts";

/** A header with all that it includes, for one set of compiler flags. */
export interface Together {
  readonly name: Bytes;
  /** Sorted. */
  readonly files: readonly Bytes[];
}

/** Fewer are not worth an object of their own. */
const fewest = 8;

/** Finds the groups of each step. `roots`: the headers whose includes travel with them, those with the most first. */
export class TogetherTable {
  readonly #roots: readonly Bytes[];
  readonly #names = new NameTable();
  readonly #groups = new Map<string, Together>();

  constructor(roots: readonly Bytes[]) {
    this.#roots = roots;
  }

  /** Groups whose files are all among `sources`. Later ones may repeat files of earlier ones. */
  of(
    sources: ReadonlySet<Bytes>,
    closureOf: (path: Bytes) => readonly Bytes[],
    isApart: (path: Bytes) => boolean,
  ): readonly Together[] {
    const covered = new Set<Bytes>();
    const groups: Together[] = [];
    for (const root of this.#roots) {
      if (!sources.has(root) || covered.has(root)) continue;
      const files = closureOf(root).filter((path) => !isApart(path));
      if (!files.every((path) => sources.has(path))) continue;
      if (files.filter((path) => !covered.has(path)).length < fewest) continue;
      for (const path of files) covered.add(path);
      groups.push(this.#group(root, files));
    }
    return groups;
  }

  #group(root: Bytes, files: readonly Bytes[]): Together {
    const key = files.join("\n");
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    // The name tells the list, not the contents: two lists of one header never share a name.
    const list = nix32(sha256Raw(asBytes(key))).slice(0, 8);
    const name = this.#names.nameFor(asBytes(`${root}/with-${list}`), "0-");
    const group = { name, files: [...files].sort(compareBytes) };
    this.#groups.set(key, group);
    return group;
  }
}
