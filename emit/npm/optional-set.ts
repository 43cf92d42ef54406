// What npm leaves out with an optional package whose install script fails (arborist: optional-set.js). Pure.

import { type Bytes, compareBytes } from "../../graph/bytes.ts";
import type { PackageTree } from "../../graph/package-tree.ts";

/**
 * Up to the dependencies that are optional themselves, and what only those packages need.
 * @param location of a package that is optional
 * @returns locations, its own among them, sorted
 */
export function optionalSet(tree: PackageTree, location: Bytes): readonly Bytes[] {
  const dependents = dependentsIn(tree);
  const branch = new Set<Bytes>([location]);
  for (const one of branch) {
    for (const { from, isOptional } of dependents.get(one) ?? []) {
      if (!isOptional && from !== undefined) branch.add(from);
    }
  }
  const needs = new Map(tree.packages.map((place) => [place.location, place.dependencies]));
  const set = new Set(branch);
  for (const one of set) for (const next of needs.get(one) ?? []) if (needs.has(next)) set.add(next);
  // What somebody else needs stays; the branch itself goes whoever asks for it.
  for (let size = -1; size !== set.size; ) {
    size = set.size;
    for (const one of set) {
      const isNeeded = (dependents.get(one) ?? []).some(({ from }) => from === undefined || !set.has(from));
      if (isNeeded && !branch.has(one)) set.delete(one);
    }
  }
  return [...set].sort(compareBytes);
}

interface Dependent {
  /** `undefined`: the project or one of its members. */
  readonly from: Bytes | undefined;
  readonly isOptional: boolean;
}

function dependentsIn(tree: PackageTree): ReadonlyMap<Bytes, readonly Dependent[]> {
  const found = new Map<Bytes, Dependent[]>();
  const targets = new Map(tree.links.map(({ location, target }) => [location, target]));
  const add = (from: Bytes | undefined, to: Bytes, isOptional: boolean): void => {
    const target = targets.get(to) ?? to;
    found.set(target, [...(found.get(target) ?? []), { from, isOptional }]);
  };
  for (const { location, dependencies, optional = [] } of tree.packages) {
    for (const to of dependencies) add(location, to, optional.includes(to));
  }
  for (const { dependencies } of tree.members) for (const to of dependencies) add(undefined, to, true);
  for (const to of tree.top) add(undefined, to, true);
  return found;
}
