// Links that configure made to files that steps will make: Meson writes `libx.so -> libx.so.1 -> libx.so.1.2.3` when
// it sets the build directory up. Who runs a program that needs `libx.so.1` gets the links with the library.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import { isSharedLibrary } from "./carried.ts";
import type { GraphView } from "./graph-view.ts";
import type { StepKind } from "./plan.ts";
import { parentOf, placeOf } from "./tree-path.ts";

/** Names of the links in a directory of the tree -> where they lead, as written. */
export type LinksIn = (directory: Bytes) => ReadonlyMap<Bytes, Bytes>;

export interface SetupLink {
  /** Relative to the root. */
  readonly path: Bytes;
  /** As written. */
  readonly target: Bytes;
}

/** Links to links are followed so far. */
const deepest = 8;

export class SetupLinks {
  readonly #linksIn: LinksIn;
  readonly #view: GraphView;
  /** By directory: made file -> the links there that lead to it. */
  readonly #leading = new Map<Bytes, ReadonlyMap<Bytes, readonly SetupLink[]>>();

  constructor(linksIn: LinksIn, view: GraphView) {
    this.#linksIn = linksIn;
    this.#view = view;
  }

  /** The links that lie beside shared libraries among a step's inputs and lead to them, sorted. */
  beside(kind: StepKind, inputs: readonly Bytes[]): readonly SetupLink[] {
    if (kind !== "command" && kind !== "link") return [];
    return inputs
      .filter(isSharedLibrary)
      .flatMap((path) => this.#leadingIn(parentOf(path)).get(path) ?? [])
      .sort((a, b) => compareBytes(a.path, b.path));
  }

  #leadingIn(directory: Bytes): ReadonlyMap<Bytes, readonly SetupLink[]> {
    const known = this.#leading.get(directory);
    if (known !== undefined) return known;
    const leading = new Map<Bytes, SetupLink[]>();
    for (const [name, target] of this.#linksIn(directory)) {
      const path = asBytes(directory === "" ? name : `${directory}/${name}`);
      if (this.#view.makerAt(path) !== undefined) continue;
      const end = this.#follow(directory, target);
      if (end === undefined) continue;
      const links = leading.get(end);
      if (links === undefined) leading.set(end, [{ path, target }]);
      else links.push({ path, target });
    }
    this.#leading.set(directory, leading);
    return leading;
  }

  /** The made file that a link leads to. */
  #follow(directory: Bytes, target: Bytes): Bytes | undefined {
    const { layout } = this.#view;
    let [from, to] = [directory, target];
    for (let depth = 0; depth < deepest; depth++) {
      const place = placeOf(asBytes(to.startsWith("/") ? to : `${layout.root}/${from}/${to}`), layout);
      if (place.kind !== "tree") return undefined;
      if (this.#view.makerAt(place.path) !== undefined) return place.path;
      from = parentOf(place.path);
      const next = this.#linksIn(from).get(asBytes(place.path.slice(from === "" ? 0 : from.length + 1)));
      if (next === undefined) return undefined;
      to = next;
    }
    return undefined;
  }
}
