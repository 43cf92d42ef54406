// Which store paths share an image layer. The idea is that of Nixery's layering design (Vincent Ambo, 2019, and the
// comment at the top of layers/layers.go in github.com/tazjin/nixery); docs/layers.md says where this differs.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import { nameOf } from "../store-path.ts";
import type { ClosureGraph, ClosurePath } from "./closure-graph.ts";
import { immediateDominators } from "./dominators.ts";

/** Package name, with or without version -> how many packages refer to it directly. */
export type Popularity = ReadonlyMap<Bytes, number>;

export interface Layer {
  /** For people: the package that the layer was made for; "rest" where several share it. No two are alike. */
  readonly name: Bytes;
  /** Sorted. */
  readonly paths: readonly Bytes[];
}

/** A path as large as this is worth a layer of its own, whoever uses it. */
const bigSize = 100_000_000;
/** So is one that this many packages refer to. */
const popularCount = 100;

interface Group {
  readonly head: ClosurePath;
  readonly paths: readonly Bytes[];
  readonly rating: number;
}

/**
 * Every path of the closure in one layer, at most `budget` (1 or more) of them. The most popular come first: images
 * that share them then share the bottom of their stacks.
 *
 * Paths that only one other leads to travel with it: the children of the root in the dominator tree are the groups,
 * big and popular paths are made children of the root beforehand. Where groups are more than the budget, those rated
 * lowest (by size and popularity) share one layer.
 */
export function groupLayers(graph: ClosureGraph, popularity: Popularity, budget: number): readonly Layer[] {
  const counts = popularityOf(graph, popularity);
  const groups = groupsOf(graph, counts).sort(
    (a, b) =>
      b.rating - a.rating || compareBytes(titleOf(a), titleOf(b)) || compareBytes(a.head.path, b.head.path),
  );
  const kept = groups.length > budget ? groups.slice(0, budget - 1) : groups;
  const rest = groups.slice(kept.length);
  const layers = kept.map((group) => ({ name: titleOf(group), paths: group.paths }));
  if (rest.length > 0)
    layers.push({ name: asBytes("rest"), paths: rest.flatMap(({ paths }) => paths).sort(compareBytes) });
  return withDistinctNames(layers);
}

/** What the table says, or how many paths of this closure refer to it, and 1 at least. */
function popularityOf(graph: ClosureGraph, table: Popularity): ReadonlyMap<Bytes, number> {
  const referrers = new Map<Bytes, number>();
  for (const { references } of graph.paths)
    for (const path of references) referrers.set(path, (referrers.get(path) ?? 0) + 1);
  return new Map(
    graph.paths.map(({ path }): [Bytes, number] => {
      const name = nameOf(path);
      const count = table.get(name) ?? table.get(withoutVersion(name)) ?? referrers.get(path) ?? 1;
      return [path, Math.max(1, count)];
    }),
  );
}

/** As `builtins.parseDrvName`: the version starts after the first dash that no letter follows. */
export function withoutVersion(name: Bytes): Bytes {
  const found = /-[^A-Za-z]/.exec(name);
  return found === null ? name : asBytes(name.slice(0, found.index));
}

function groupsOf(graph: ClosureGraph, counts: ReadonlyMap<Bytes, number>): Group[] {
  const { paths } = graph;
  const numberOf = new Map(paths.map(({ path }, index) => [path, index + 1]));
  const numbersOf = (list: readonly Bytes[]): number[] => list.map((path) => numberOf.get(path) ?? 0);
  const standing = paths.filter(
    ({ path, size }) => size >= bigSize || (counts.get(path) ?? 1) >= popularCount,
  );
  const dominators = immediateDominators([
    numbersOf([...graph.contents, ...standing.map(({ path }) => path)]),
    ...paths.map(({ references }) => numbersOf(references)),
  ]);
  const members = new Map<number, ClosurePath[]>();
  for (const [index, path] of paths.entries()) {
    let head = index + 1;
    for (let above = dominators[head] ?? 0; above > 0; above = dominators[head] ?? 0) head = above;
    const group = members.get(head);
    if (group === undefined) members.set(head, [path]);
    else group.push(path);
  }
  return [...members].flatMap(([number, group]) => {
    const head = paths[number - 1];
    if (head === undefined) return [];
    const size = group.reduce((sum, path) => sum + path.size, 0);
    const rating = steps(size) * (counts.get(head.path) ?? 1);
    return [{ head, paths: group.map(({ path }) => path), rating }];
  });
}

/** Powers of two: a package that grows a little must not change places with others, which would change both layers. */
function steps(size: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, size)));
}

const longestName = 100;

function titleOf({ head }: Group): Bytes {
  return asBytes(nameOf(head.path).slice(0, longestName));
}

function withDistinctNames(layers: readonly Layer[]): readonly Layer[] {
  const uses = new Map<Bytes, number>();
  for (const { name } of layers) uses.set(name, (uses.get(name) ?? 0) + 1);
  return layers.map(({ name, paths }) => {
    if (uses.get(name) === 1 && !name.endsWith(".drv")) return { name, paths };
    const first = paths[0] ?? asBytes("");
    return { name: asBytes(`${name}-${first.slice(first.lastIndexOf("/") + 1).slice(0, 8)}`), paths };
  });
}
