// Programs of packages: how `bin` is read, and which links a tree has in its `.bin` directories.

import { asBytes, type Bytes, compareBytes, fromText } from "../../graph/bytes.ts";
import type { Bin, DirectoryLink, PackageTree, PlacedPackage } from "../../graph/package-tree.ts";
import { isVirtualStore } from "./isolated-name.ts";
import { linkText, parentOf } from "./name.ts";

/**
 * `bin` of a package.json: one path for a program of the package's name, a list, or names and paths
 * (npm-normalize-package-bin). Sorted by name.
 */
export function binsOf(bin: unknown, packageName: string | undefined): readonly Bin[] {
  if (typeof bin === "string") return packageName === undefined ? [] : normalized([[packageName, bin]]);
  if (Array.isArray(bin)) {
    return normalized(bin.flatMap((path) => (typeof path === "string" ? [[lastPart(path), path]] : [])));
  }
  return typeof bin === "object" && bin !== null ? normalized(Object.entries(bin)) : [];
}

function normalized(entries: readonly (readonly unknown[])[]): readonly Bin[] {
  const bins = new Map<Bytes, Bytes>();
  for (const [key, value] of entries) {
    if (typeof key !== "string" || typeof value !== "string") continue;
    const name = inRoot(lastPart(key.replace(/[\\:]/g, "/")));
    const path = inRoot(value.replace(/\\/g, "/"));
    // npm would fail at a NUL; no package that works has one.
    if (name === "" || path === "" || name.includes("\0") || path.includes("\0")) continue;
    bins.set(fromText(name), fromText(path));
  }
  return [...bins].map(([name, path]) => ({ name, path })).sort((a, b) => compareBytes(a.name, b.name));
}

/** `path.basename` */
function lastPart(path: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  return parts.at(-1) ?? "";
}

/** `path.join("/", path).slice(1)`: `..` stops at the root. */
function inRoot(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return parts.join("/") + (parts.length > 0 && path.endsWith("/") ? "/" : "");
}

/** A link in a `.bin` directory. There is one for each path: a bin that is linked is not written over. */
export interface BinLink {
  /** `node_modules/.bin/tsc` */
  readonly location: Bytes;
  /** The link's contents, relative to its directory. */
  readonly text: Bytes;
  /**
   * The file that it leads to, relative to the project. When it is missing there is no link; otherwise it is made
   * executable (0755) and, where its first line is `#!…` and ends in CR LF, the CR is removed (npm: bin-links).
   */
  readonly file: Bytes;
  /** The location of the package or of the link whose bin it is. */
  readonly owner: Bytes;
}

/**
 * The links of a tree, in the order in which they are made.
 * @param binsAt bins of packages that the lockfile does not know, by location
 */
export function binLinksOf(
  tree: PackageTree,
  binsAt: ReadonlyMap<Bytes, readonly Bin[]> = new Map(),
): readonly BinLink[] {
  const bins = ({ location, bins: known }: PlacedPackage): readonly Bin[] =>
    known ?? binsAt.get(location) ?? [];
  return tree.layout === "isolated" ? isolatedLinks(tree, bins) : hoistedLinks(tree, bins);
}

type BinsOf = (placed: PlacedPackage) => readonly Bin[];

/** npm's: beside every package, first all packages, then what is linked; the first of a name wins. */
function hoistedLinks(tree: PackageTree, bins: BinsOf): readonly BinLink[] {
  const links = new BinLinks();
  for (const placed of tree.packages) {
    links.add(binDirectoryOf(placed.location), placed.location, placed.location, bins(placed));
  }
  const packages = new Map(tree.packages.map((placed) => [placed.location, placed]));
  const members = new Map(tree.members.map((member) => [member.location, member]));
  for (const link of tree.links) {
    const placed = packages.get(link.target);
    const known = placed === undefined ? (members.get(link.target)?.bins ?? []) : bins(placed);
    links.add(binDirectoryOf(link.location), link.location, link.location, known);
  }
  return links.list;
}

/** The `.bin` of the `node_modules` in which a package lies, also when it has a scope. */
function binDirectoryOf(location: Bytes): string {
  const at = location.lastIndexOf("node_modules/");
  return `${location.slice(0, at)}node_modules/.bin`;
}

/**
 * pnpm's: in the project and its members the bins of their direct dependencies; in a package's own `node_modules/.bin`
 * those of its dependencies. A package whose name the bin has wins, then the first by name.
 */
function isolatedLinks(tree: PackageTree, bins: BinsOf): readonly BinLink[] {
  const packages = new Map(tree.packages.map((placed) => [placed.location, placed]));
  const members = new Map(tree.members.map((member) => [member.location, member]));
  const byHolder = new Map<string, DirectoryLink[]>();
  for (const link of tree.links) {
    const holder = parentOf(binDirectoryOf(link.location));
    byHolder.set(holder, [...(byHolder.get(holder) ?? []), link]);
  }
  const links = new BinLinks();
  const addAll = (directory: string, found: readonly DirectoryLink[]): void => {
    const rows = found.flatMap((link) => {
      const placed = packages.get(link.target);
      const known = placed === undefined ? (members.get(link.target)?.bins ?? []) : bins(placed);
      const name = placed?.name ?? members.get(link.target)?.name;
      return known.map((bin) => ({ bin, link, isOwn: bin.name === name, name: name ?? asBytes("") }));
    });
    rows.sort((a, b) => Number(b.isOwn) - Number(a.isOwn) || compareBytes(a.name, b.name));
    for (const { bin, link } of rows) links.add(directory, link.location, link.target, [bin]);
  };
  for (const [holder, found] of byHolder) {
    if (!isVirtualStore(holder)) addAll(`${holder}/.bin`, found);
  }
  for (const placed of tree.packages) {
    const holder = parentOf(binDirectoryOf(placed.location));
    if (!isVirtualStore(holder)) continue;
    addAll(`${placed.location}/node_modules/.bin`, byHolder.get(holder) ?? []);
  }
  return links.list;
}

class BinLinks {
  readonly list: BinLink[] = [];
  readonly #taken = new Set<string>();

  add(directory: string, owner: Bytes, at: Bytes, bins: readonly Bin[]): void {
    for (const bin of bins) {
      const location = asBytes(`${directory}/${bin.name}`);
      if (this.#taken.has(location)) continue;
      this.#taken.add(location);
      const file = asBytes(`${at}/${bin.path}`);
      this.list.push({ location, text: linkText(location, file), file, owner });
    }
  }
}
