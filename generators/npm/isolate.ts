// npm's tree in pnpm's layout: each package once, with links to what it needs beside it. Copies of a package that npm
// nests in several places are one when everything they reach is the same.

import { hash } from "node:crypto";
import { asBytes, type Bytes, compareBytes, toBuffer } from "../../graph/bytes.ts";
import type { DirectoryLink, PackageTree, PlacedPackage } from "../../graph/package-tree.ts";
import { hoistedModules, modulesOf, storeLocation } from "./isolated-name.ts";
import { installedName, linkText, parentOf } from "./name.ts";
import { storeDirectory } from "./pnpm-name.ts";
import { compareLocations } from "./source.ts";

/** @param tree as npm lays it out */
export function isolatedTree(tree: PackageTree): PackageTree {
  const places = new Isolation(tree);
  const packages = new Map<Bytes, PlacedPackage>();
  for (const placed of tree.packages) {
    const location = places.of(placed.location);
    if (packages.has(location)) continue;
    const dependencies = [...new Set(placed.dependencies.map((one) => places.of(one)))].sort(compareBytes);
    const { source } = placed;
    packages.set(location, {
      ...placed,
      location,
      dependencies,
      source: source.kind === "bundled" ? { kind: "bundled", owner: places.of(source.owner) } : source,
    });
  }
  const links = places.links();
  return {
    ...tree,
    layout: "isolated",
    packages: [...packages.values()].sort(compareLocations),
    links,
    members: tree.members.map((member) => ({
      ...member,
      dependencies: member.dependencies
        .flatMap((one) => {
          const alias = installedName(one);
          return alias === undefined ? [] : [asBytes(`${modulesOf(member.location)}/${alias}`)];
        })
        .sort(compareBytes),
    })),
    top: tree.top.map((one) => asBytes(`node_modules/${installedName(one) ?? ""}`)).sort(compareBytes),
    files: [],
  };
}

class Isolation {
  readonly #tree: PackageTree;
  readonly #packages: ReadonlyMap<Bytes, PlacedPackage>;
  readonly #targets: ReadonlyMap<Bytes, Bytes>;
  readonly #locations = new Map<Bytes, Bytes>();

  constructor(tree: PackageTree) {
    this.#tree = tree;
    this.#packages = new Map(tree.packages.map((placed) => [placed.location, placed]));
    this.#targets = new Map(tree.links.map(({ location, target }) => [location, target]));
    const classes = this.#classes();
    const byName = new Map<string, Set<string>>();
    for (const { location, name, version } of tree.packages) {
      const key = `${name}@${version ?? ""}`;
      const found = byName.get(key) ?? new Set();
      byName.set(key, found.add(classes.get(location) ?? ""));
    }
    for (const { location, name, version, source } of tree.packages) {
      if (source.kind === "bundled") continue;
      const key = `${name}@${version ?? ""}`;
      const isOnly = byName.get(key)?.size === 1;
      const suffix = isOnly ? "" : `_${(classes.get(location) ?? "").slice(0, 16)}`;
      const directory = storeDirectory(asBytes(key), 10);
      this.#locations.set(location, storeLocation(asBytes(`${directory}${suffix}`), name));
    }
    for (const { location, source } of tree.packages) {
      if (source.kind !== "bundled") continue;
      const owner = this.#locations.get(source.owner) ?? source.owner;
      this.#locations.set(location, asBytes(`${owner}${location.slice(source.owner.length)}`));
    }
  }

  /** The new place of a package, of what a link leads to, or of a directory of the project. */
  of(location: Bytes): Bytes {
    const target = this.#targets.get(location) ?? location;
    return this.#locations.get(target) ?? target;
  }

  /**
   * Two places have one class when package, source and, as far as one can go, dependencies agree. Every round looks
   * one dependency further; classes only divide, so it ends when their number stays.
   */
  #classes(): ReadonlyMap<Bytes, string> {
    let classes = new Map<Bytes, string>();
    for (const { location, name, version, source, patches, bins } of this.#tree.packages) {
      classes.set(location, digest(JSON.stringify([name, version, source, patches, bins])));
    }
    for (let number = 0, next = new Set(classes.values()).size; next > number; ) {
      number = next;
      const refined = new Map<Bytes, string>();
      for (const { location, dependencies } of this.#tree.packages) {
        const needs = dependencies.map((one) => {
          const target = this.#targets.get(one) ?? one;
          return `${installedName(one) ?? ""} ${classes.get(target) ?? target}`;
        });
        refined.set(location, digest([classes.get(location) ?? "", ...needs.sort(compareBytes)].join("\n")));
      }
      next = new Set(refined.values()).size;
      classes = refined;
    }
    return classes;
  }

  links(): readonly DirectoryLink[] {
    const links = new Map<Bytes, DirectoryLink>();
    const add = (modules: string, dependency: Bytes): void => {
      const alias = installedName(dependency);
      const target = this.of(dependency);
      const location = asBytes(`${modules}/${alias ?? ""}`);
      if (alias === undefined || links.has(location) || location === target) return;
      links.set(location, { location, target, text: linkText(location, target) });
    };
    for (const one of this.#tree.top) add("node_modules", one);
    for (const { location, dependencies } of this.#tree.members) {
      for (const one of dependencies) add(modulesOf(location), one);
    }
    for (const placed of this.#tree.packages) {
      const owner = placed.source.kind === "bundled" ? placed.source.owner : placed.location;
      const own = this.of(owner);
      const name = this.#packages.get(owner)?.name ?? placed.name;
      const modules = own.slice(0, own.length - name.length - 1);
      for (const one of placed.dependencies) {
        const isBundled = this.#packages.get(one)?.source.kind === "bundled";
        if (!isBundled && installedName(one) !== name) add(modules, one);
      }
    }
    // What npm has at its top is what undeclared use finds there.
    for (const { location } of this.#tree.packages) {
      if (parentOf(location) === "node_modules" || /^node_modules\/@[^/]+\/[^/]+$/.test(location)) {
        if (!links.has(location)) add(hoistedModules, location);
      }
    }
    return [...links.values()].sort(compareLocations);
  }
}

function digest(text: string): string {
  return hash("sha256", toBuffer(asBytes(text)), "hex").slice(0, 32);
}
