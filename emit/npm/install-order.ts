// Install scripts: which packages each of them may see, and in which order they run.

import { type Bytes, compareBytes } from "../../graph/bytes.ts";
import type { DirectoryLink, PackageTree, PlacedPackage } from "../../graph/package-tree.ts";

/** A package that is built in a derivation of its own. */
export interface ScriptBuild {
  readonly place: PlacedPackage;
  /** Its dependencies and theirs, itself included, in the tree's order. */
  readonly packages: readonly PlacedPackage[];
  readonly links: readonly DirectoryLink[];
  /** Locations among `packages` whose built form is used. */
  readonly built: ReadonlySet<Bytes>;
  /** 1 when nothing in it is built before; one more than what is, otherwise. */
  readonly height: number;
}

/** Sorted by height, then as in the tree. `isBuilt` tells which packages have something to run. */
export function scriptBuilds(
  tree: PackageTree,
  isBuilt: (place: PlacedPackage) => boolean,
): readonly ScriptBuild[] {
  const graph = graphOf(tree);
  const wanted = tree.packages.filter(isBuilt);
  const closures = new Map(wanted.map(({ location }) => [location, closureOf(graph, location)]));
  const heights = new Map<Bytes, number>();
  const below = (location: Bytes): readonly Bytes[] => {
    const closure = closures.get(location) ?? new Set();
    // Of two that need each other, each sees the other as it was unpacked.
    return [...closures.keys()].filter(
      (other) => other !== location && closure.has(other) && closures.get(other)?.has(location) !== true,
    );
  };
  const heightOf = (location: Bytes): number => {
    const known = heights.get(location);
    if (known !== undefined) return known;
    const height = 1 + Math.max(0, ...below(location).map(heightOf));
    heights.set(location, height);
    return height;
  };
  return wanted
    .map((place): ScriptBuild => {
      const closure = closures.get(place.location) ?? new Set();
      return {
        place,
        packages: tree.packages.filter(({ location }) => closure.has(location)),
        links: tree.links.filter((link) => closure.has(link.location) || isBeside(link, closure)),
        built: new Set(below(place.location)),
        height: heightOf(place.location),
      };
    })
    .sort((a, b) => a.height - b.height);
}

/** In the isolated layout a package finds others through links in the directory that it lies in itself. */
function isBeside({ location, target }: DirectoryLink, closure: ReadonlySet<Bytes>): boolean {
  if (!closure.has(target)) return false;
  const modules = modulesOf(location);
  for (const other of closure) if (modulesOf(other) === modules) return true;
  return false;
}

/** The `node_modules` that a place is in. */
function modulesOf(location: Bytes): string {
  return location.slice(0, location.lastIndexOf("node_modules/") + "node_modules".length);
}

interface Graph {
  readonly edges: ReadonlyMap<Bytes, readonly Bytes[]>;
}

function graphOf(tree: PackageTree): Graph {
  const edges = new Map<Bytes, Bytes[]>();
  for (const { location, dependencies } of tree.packages) edges.set(location, [...dependencies]);
  // A bundled package comes with its owner, and may use what lies outside of it.
  for (const { location, source } of tree.packages) {
    if (source.kind === "bundled") edges.get(source.owner)?.push(location);
  }
  // The project's own packages are not there when others are built.
  for (const { location, target } of tree.links) edges.set(location, edges.has(target) ? [target] : []);
  return { edges };
}

function closureOf(graph: Graph, from: Bytes): ReadonlySet<Bytes> {
  const seen = new Set<Bytes>([from]);
  for (const location of seen) for (const next of graph.edges.get(location) ?? []) seen.add(next);
  return new Set([...seen].sort(compareBytes));
}
