// Programs of packages: how `bin` is read, and which links a tree has in its `.bin` directories.

import { asBytes, type Bytes, compareBytes, fromText } from "../../graph/bytes.ts";
import type {
  Bin,
  DirectoryLink,
  PackageLayout,
  PackageTree,
  PlacedPackage,
} from "../../graph/package-tree.ts";
import { hoistedModules, isVirtualStore } from "./isolated-name.ts";
import { linkText, parentOf } from "./name.ts";

/**
 * `bin` of a package.json: one path for a program of the package's name, a list, or names and paths. npm makes
 * something of any name (npm-normalize-package-bin), pnpm leaves out what is none. Sorted by name.
 */
export function binsOf(
  bin: unknown,
  packageName: string | undefined,
  layout: PackageLayout = "hoisted",
): readonly Bin[] {
  if (layout === "isolated" && typeof bin === "object" && bin !== null && !Array.isArray(bin)) {
    return normalized(Object.entries(bin).filter(([name, path]) => isSafe(name, path)));
  }
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

/** pnpm: a name without its scope must be fit for a URL, a path may not leave the package. */
function isSafe(name: string, path: unknown): boolean {
  const plain = name.startsWith("@") ? name.slice(name.indexOf("/") + 1) : name;
  const isName = /^[A-Za-z0-9_.!~*'()-]+$/.test(plain) && plain !== "." && plain !== "..";
  return (isName || plain === "$") && typeof path === "string" && !leaves(path);
}

function leaves(path: string): boolean {
  let depth = 0;
  for (const part of path.split(/[\\/]/)) {
    if (part === "..") depth--;
    else if (part !== "" && part !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
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
 * pnpm's: in the project and its members the bins of their direct dependencies, and in a package's own
 * `node_modules/.bin` its own and those of its dependencies. Of several with one name the package that is called so
 * wins, then the last by name.
 */
function isolatedLinks(tree: PackageTree, bins: BinsOf): readonly BinLink[] {
  const packages = new Map(tree.packages.map((placed) => [placed.location, placed]));
  const members = new Map(tree.members.map((member) => [member.location, member]));
  const rowsOf = (at: Bytes, owner: Bytes): readonly BinRow[] => {
    const placed = packages.get(at);
    const member = members.get(at);
    const name = placed?.name ?? member?.name ?? asBytes("");
    const known = placed === undefined ? (member?.bins ?? []) : bins(placed);
    return known.map((bin) => ({ bin, at, owner, name, isOwn: bin.name === name }));
  };
  const byModules = new Map<string, DirectoryLink[]>();
  for (const link of tree.links) {
    const modules = parentOf(binDirectoryOf(link.location));
    const found = byModules.get(modules);
    if (found === undefined) byModules.set(modules, [link]);
    else found.push(link);
  }
  const links = new BinLinks();
  const add = (directory: string, rows: readonly BinRow[]): void => {
    const sorted = [...rows].sort(
      (a, b) => Number(b.isOwn) - Number(a.isOwn) || compareBytes(b.name, a.name),
    );
    for (const { bin, at, owner } of sorted) links.add(directory, owner, at, [bin]);
  };
  for (const [modules, found] of byModules) {
    if (isVirtualStore(modules)) continue;
    // In the store pnpm leads through the link, and has no bins of the project; elsewhere to the package itself.
    const isHoisted = modules === hoistedModules;
    const rows = found.flatMap((link) => {
      if (!isHoisted) return rowsOf(link.target, link.location);
      if (!packages.has(link.target)) return [];
      return rowsOf(link.target, link.location).map((row) => ({ ...row, at: link.location }));
    });
    add(`${modules}/.bin`, rows);
  }
  for (const { location } of tree.packages) {
    const modules = parentOf(binDirectoryOf(location));
    if (!isVirtualStore(modules)) continue;
    const rows = (byModules.get(modules) ?? []).flatMap((link) => rowsOf(link.target, link.location));
    add(`${location}/node_modules/.bin`, [...rowsOf(location, location), ...rows]);
  }
  return links.list;
}

interface BinRow {
  readonly bin: Bin;
  /** Through which place the link leads. */
  readonly at: Bytes;
  readonly owner: Bytes;
  readonly name: Bytes;
  readonly isOwn: boolean;
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
