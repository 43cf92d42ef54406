// The source tree on disk: one directory, or several laid over each other (what configure made over the source).
// Links are followed: a step sees files.

import {
  type Dirent,
  lstatSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  type Stats,
  statSync,
} from "node:fs";
import { asBytes, type Bytes, compareBytes, fromBuffer, toBuffer } from "../../graph/bytes.ts";
import type { NarNode } from "../nar.ts";
import { parentOf } from "../plan/tree-path.ts";

export interface Tree {
  /** Kind of a path relative to the root ("" is the root); `undefined` when nothing is there. */
  kindAt(path: Bytes): "file" | "directory" | undefined;
  /** Names in a directory; `undefined` when it is none. */
  list(directory: Bytes): ReadonlySet<Bytes> | undefined;
  /** Contents of a file; `undefined` when it is none. */
  read(path: Bytes): Bytes | undefined;
  /** The links in a directory, wherever they lead: name -> target as written. */
  linksIn(directory: Bytes): ReadonlyMap<Bytes, Bytes>;
  /** A file as it goes into the store. */
  nodeAt(path: Bytes): NarNode | undefined;
  /** Every file below a directory, relative to the root, sorted. */
  filesBelow(directory: Bytes): readonly Bytes[];
}

/** A file at the top of a layer: NUL-terminated paths that earlier layers have and this one has not. */
const removalList: Bytes = asBytes(".unravel-removed");

interface Layer {
  readonly root: Buffer;
  readonly removed: ReadonlySet<string>;
  /** By directory of the layer: what is in it, by name. */
  readonly listings: Map<Bytes, ReadonlyMap<Bytes, EntryKind> | undefined>;
}

/** "other": a link, or of a file system that does not tell. */
type EntryKind = "file" | "directory" | "other";

/**
 * Later layers hide earlier ones, file by file; what one removes is gone, as if it never was there. A link leads to
 * where it would in all layers together. `root`: where the tree lies when links into it are absolute.
 */
export function openTree(layers: readonly string[], root?: Bytes): Tree {
  const roots = layers.map((layer): Layer => {
    const buffer = Buffer.from(layer);
    return { root: buffer, removed: removedBy(buffer), listings: new Map() };
  });
  const listings = new Map<Bytes, ReadonlySet<Bytes> | undefined>();
  const places = new Map<Bytes, Place | undefined>();

  const placeOf = (path: Bytes): Place | undefined => {
    if (places.has(path)) return places.get(path);
    // A link that leads to itself finds this.
    places.set(path, undefined);
    const place = path === "" ? rootOf(roots) : placeBelow(path);
    places.set(path, place);
    return place;
  };
  const placeBelow = (path: Bytes): Place | undefined => {
    const parent = parentOf(path);
    const directory = placeOf(parent);
    const name = asBytes(parent === "" ? path : path.slice(parent.length + 1));
    // A listing that lacks the name spares a stat: scans mostly ask for what is not there.
    if (directory?.kind !== "directory" || list(parent)?.has(name) !== true) return undefined;
    return findPlace(roots, directory.path, name, follow);
  };
  const follow = (link: Bytes, target: Bytes): Place | undefined => {
    const isAbsolute = target.startsWith("/");
    if (isAbsolute && (root === undefined || !`${target}/`.startsWith(`${root}/`))) return undefined;
    let place = placeOf(isAbsolute ? asBytes("") : parentOf(link));
    for (const part of (isAbsolute ? target.slice(root?.length) : target).split("/")) {
      if (part === "" || part === ".") continue;
      if (place?.kind !== "directory" || (part === ".." && place.path === "")) return undefined;
      place = placeOf(part === ".." ? parentOf(place.path) : inside(place.path, asBytes(part)));
    }
    return place;
  };
  const list = (directory: Bytes): ReadonlySet<Bytes> | undefined => {
    if (listings.has(directory)) return listings.get(directory);
    const place = placeOf(directory);
    const names = place?.kind === "directory" ? namesIn(roots, place.path) : undefined;
    listings.set(directory, names);
    return names;
  };
  const read = (path: Bytes): Bytes | undefined => {
    const place = placeOf(path);
    return place?.kind === "file" ? fromBuffer(readFileSync(place.file)) : undefined;
  };
  const filesBelow = (directory: Bytes): readonly Bytes[] => {
    const files: Bytes[] = [];
    const queue = [directory];
    const entered = new Set<string>();
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const name of list(next) ?? []) {
        const path = inside(next, name);
        const place = placeOf(path);
        if (place?.kind === "file") files.push(path);
        else if (place?.kind === "directory") {
          const { dev, ino } = statSync(place.directory);
          if (entered.has(`${dev}:${ino}`)) continue;
          entered.add(`${dev}:${ino}`);
          queue.push(path);
        }
      }
    }
    return files.sort(compareBytes);
  };
  return {
    kindAt: (path) => placeOf(path)?.kind,
    list,
    read,
    filesBelow,
    linksIn: (directory) => {
      const place = placeOf(directory);
      if (place?.kind !== "directory") return new Map();
      const links = new Map<Bytes, Bytes>();
      for (const layer of roots) {
        for (const [name, kind] of entriesIn(layer, place.path) ?? []) {
          const target = kind === "other" ? linkAt(at(layer.root, inside(place.path, name))) : undefined;
          if (target === undefined) links.delete(name);
          else links.set(name, target);
        }
      }
      return new Map([...links].filter(([name]) => list(directory)?.has(name) === true));
    },
    nodeAt: (path) => {
      const place = placeOf(path);
      if (place?.kind !== "file") return undefined;
      const { file } = place;
      const executable = (statSync(file).mode & 0o100) !== 0;
      return { kind: "file", executable, contents: () => readFileSync(file) };
    },
  };
}

/** One directory as a tree that goes into the store, links kept as links. */
export function nodeOfDirectory(directory: Buffer): NarNode {
  const entries = new Map<Bytes, NarNode>();
  for (const entry of readdirSync(directory, { encoding: "buffer", withFileTypes: true })) {
    const name = fromBuffer(entry.name);
    const path = at(directory, name);
    if (entry.isDirectory()) entries.set(name, nodeOfDirectory(path));
    else if (entry.isSymbolicLink()) {
      entries.set(name, { kind: "symlink", target: fromBuffer(readlinkSync(path, { encoding: "buffer" })) });
    } else if (entry.isFile()) {
      const executable = (lstatSync(path).mode & 0o100) !== 0;
      entries.set(name, { kind: "file", executable, contents: () => readFileSync(path) });
    }
  }
  return { kind: "directory", entries };
}

type Place =
  | { readonly kind: "file"; readonly file: Buffer }
  /** `path`: where the layers have it, links between layers followed; `directory`: in one of them. */
  | { readonly kind: "directory"; readonly path: Bytes; readonly directory: Buffer };

function rootOf(roots: readonly Layer[]): Place | undefined {
  const found = roots.find(({ root }) => statIfThere(root)?.isDirectory() === true);
  return found === undefined ? undefined : { kind: "directory", path: asBytes(""), directory: found.root };
}

/**
 * A name that a directory has in one of the layers. Its listing tells files from directories without a `stat` each:
 * planning asks for every source of a graph. `follow` is for links whose target is not in their own layer.
 */
function findPlace(
  roots: readonly Layer[],
  directory: Bytes,
  name: Bytes,
  follow: (link: Bytes, target: Bytes) => Place | undefined,
): Place | undefined {
  const path = inside(directory, name);
  for (let layer = roots.length - 1; layer >= 0; layer--) {
    const here = roots[layer];
    if (here === undefined) continue;
    const entry = entriesIn(here, directory)?.get(name);
    if (entry !== undefined) {
      const file = at(here.root, path);
      const stat = entry === "other" ? statIfThere(file) : undefined;
      if (entry === "file" || stat?.isFile() === true) return { kind: "file", file };
      if (entry === "directory" || stat?.isDirectory() === true)
        return { kind: "directory", path, directory: file };
      const target = stat === undefined ? linkAt(file) : undefined;
      if (target !== undefined) return follow(path, target);
    }
    if (here.removed.has(path)) return undefined;
  }
  return undefined;
}

function entriesIn(layer: Layer, directory: Bytes): ReadonlyMap<Bytes, EntryKind> | undefined {
  const known = layer.listings.get(directory);
  if (known !== undefined || layer.listings.has(directory)) return known;
  const entries = entriesOf(at(layer.root, directory));
  const listing =
    entries === undefined
      ? undefined
      : new Map(entries.map((entry): [Bytes, EntryKind] => [fromBuffer(entry.name), kindOf(entry)]));
  layer.listings.set(directory, listing);
  return listing;
}

function kindOf(entry: Dirent<Buffer>): EntryKind {
  return entry.isFile() ? "file" : entry.isDirectory() ? "directory" : "other";
}

function namesIn(roots: readonly Layer[], directory: Bytes): ReadonlySet<Bytes> {
  const names = new Set<Bytes>();
  for (const layer of roots) {
    const { removed } = layer;
    if (removed.size > 0)
      for (const name of names) if (removed.has(inside(directory, name))) names.delete(name);
    for (const name of entriesIn(layer, directory)?.keys() ?? []) names.add(name);
  }
  if (directory === "") names.delete(removalList);
  return names;
}

function statIfThere(file: Buffer): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false });
  } catch (error) {
    if (isErrno(error, "ELOOP")) return undefined;
    throw error;
  }
}

/** The target of a link. */
function linkAt(file: Buffer): Bytes | undefined {
  const isLink = lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
  return isLink ? fromBuffer(readlinkSync(file, { encoding: "buffer" })) : undefined;
}

function removedBy(root: Buffer): ReadonlySet<string> {
  try {
    return new Set(fromBuffer(readFileSync(at(root, removalList))).split("\0"));
  } catch (error) {
    if (isErrno(error, "ENOENT")) return new Set();
    throw error;
  }
}

function inside(directory: Bytes, name: Bytes): Bytes {
  return directory === "" ? name : asBytes(`${directory}/${name}`);
}

function entriesOf(directory: Buffer): readonly Dirent<Buffer>[] | undefined {
  try {
    return readdirSync(directory, { encoding: "buffer", withFileTypes: true });
  } catch (error) {
    if (isErrno(error, "ENOENT") || isErrno(error, "ENOTDIR")) return undefined;
    throw error;
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}

function at(root: Buffer, path: Bytes): Buffer {
  return path === "" ? root : Buffer.concat([root, Buffer.from("/"), toBuffer(path)]);
}
