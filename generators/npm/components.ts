// Packages that need each other in a circle, which real trees have: each circle is one unit, built at once.

import { type Bytes, compareBytes } from "../../graph/bytes.ts";
import type { PackageTree } from "../../graph/package-tree.ts";

export interface Component {
  /** Locations, sorted; what is bundled is with its owner. */
  readonly locations: readonly Bytes[];
  /** Indexes of the components that it needs, all of them smaller than its own; sorted. */
  readonly needs: readonly number[];
}

/** The strongly connected components of a tree, what is needed first (Tarjan). Links are followed to packages. */
export function componentsOf(tree: PackageTree): readonly Component[] {
  const owners = new Map<Bytes, Bytes>();
  for (const { location, source } of tree.packages) {
    owners.set(location, source.kind === "bundled" ? source.owner : location);
  }
  const targets = new Map(tree.links.map(({ location, target }) => [location, target]));
  const needs = new Map<Bytes, Set<Bytes>>();
  for (const { location, dependencies } of tree.packages) {
    const owner = owners.get(location) ?? location;
    const found = needs.get(owner) ?? new Set();
    needs.set(owner, found);
    for (const dependency of dependencies) {
      const needed = owners.get(targets.get(dependency) ?? dependency);
      if (needed !== undefined && needed !== owner) found.add(needed);
    }
  }
  const groups = groupsOf([...needs.keys()].sort(compareBytes), (one) =>
    [...(needs.get(one) ?? [])].sort(compareBytes),
  );
  const indexes = new Map<Bytes, number>();
  groups.forEach((group, index) => {
    for (const one of group) indexes.set(one, index);
  });
  const inside = new Map<Bytes, Bytes[]>();
  for (const [location, owner] of owners) {
    if (location !== owner) inside.set(owner, [...(inside.get(owner) ?? []), location]);
  }
  return groups.map((group, index) => {
    const needed = group.flatMap((one) =>
      [...(needs.get(one) ?? [])].map((other) => indexes.get(other) ?? index),
    );
    return {
      locations: group.flatMap((one) => [one, ...(inside.get(one) ?? [])]).sort(compareBytes),
      needs: [...new Set(needed)].filter((other) => other !== index).sort((a, b) => a - b),
    };
  });
}

/** Tarjan's algorithm without calling itself: chains are as long as a lockfile likes. */
function groupsOf(nodes: readonly Bytes[], next: (node: Bytes) => readonly Bytes[]): readonly Bytes[][] {
  const order = new Map<Bytes, number>();
  const low = new Map<Bytes, number>();
  const open = new Set<Bytes>();
  const stack: Bytes[] = [];
  const groups: Bytes[][] = [];
  const way: { readonly node: Bytes; readonly next: readonly Bytes[]; at: number }[] = [];
  const enter = (node: Bytes): void => {
    order.set(node, order.size);
    low.set(node, order.size - 1);
    stack.push(node);
    open.add(node);
    way.push({ node, next: next(node), at: 0 });
  };
  const lower = (node: Bytes, value: number): void => {
    low.set(node, Math.min(low.get(node) ?? value, value));
  };
  for (const first of nodes) {
    if (!order.has(first)) enter(first);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const other = top.next[top.at++];
      if (other !== undefined) {
        if (!order.has(other)) enter(other);
        else if (open.has(other)) lower(top.node, order.get(other) ?? 0);
        continue;
      }
      way.pop();
      const own = low.get(top.node) ?? 0;
      const above = way.at(-1);
      if (above !== undefined) lower(above.node, own);
      if (own !== order.get(top.node)) continue;
      const group = stack.splice(stack.lastIndexOf(top.node));
      for (const one of group) open.delete(one);
      groups.push(group);
    }
  }
  return groups;
}
