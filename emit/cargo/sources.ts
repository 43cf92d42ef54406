// Which files of the tree one run of rustc may read: modules from the crate's root on, and whatever a text in them
// names (include_str!, #[path], templates and folders that macros read). Too many rather than too few; what is still
// missing makes rustc fail, never a stale result.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import type { CargoPackage } from "../../graph/unit-graph.ts";

/** The tree, as far as emission looks into it. */
export interface SourceTree {
  /** Contents of a file; `undefined` when it is none. */
  readonly read: (path: Bytes) => Bytes | undefined;
  /** Every file below a directory, sorted. */
  readonly filesBelow: (directory: Bytes) => readonly Bytes[];
}

/** Files of each package, without those of packages below it. */
export class PackageFiles {
  readonly #tree: SourceTree;
  readonly #directories: readonly Bytes[];
  readonly #known = new Map<Bytes, readonly Bytes[]>();

  constructor(tree: SourceTree, packages: readonly CargoPackage[]) {
    this.#tree = tree;
    this.#directories = packages.flatMap(({ place }) => (place.kind === "tree" ? [place.path] : []));
  }

  of({ place }: CargoPackage): readonly Bytes[] {
    const known = this.#known.get(place.path);
    if (known !== undefined) return known;
    const inner = this.#directories.filter(
      (directory) => directory !== place.path && isBelow(directory, place.path),
    );
    const files = this.#tree
      .filesBelow(place.path)
      .filter((file) => !inner.some((directory) => isBelow(file, directory)) && !isOutput(file, place.path));
    this.#known.set(place.path, files);
    return files;
  }
}

/** What cargo left in the tree is no source. */
function isOutput(file: Bytes, directory: Bytes): boolean {
  const inside = directory === "" ? file : file.slice(directory.length + 1);
  return inside.startsWith("target/") || inside.startsWith(".git/");
}

function isBelow(path: Bytes, directory: Bytes): boolean {
  return directory === "" || path.startsWith(`${directory}/`);
}

/** Files that the compilation of `root` reads, sorted; `extra` are paths that the user adds. */
export function sourcesOf(
  root: Bytes,
  owner: CargoPackage,
  files: readonly Bytes[],
  tree: SourceTree,
  extra: readonly Bytes[],
): readonly Bytes[] {
  const all = new Set(files);
  const found = new Set<Bytes>();
  const queue: { file: Bytes; isRoot: boolean }[] = [];
  const add = (file: Bytes, isRoot = false): void => {
    if (found.has(file)) return;
    found.add(file);
    if (file.endsWith(".rs")) queue.push({ file, isRoot });
  };
  const addPath = (path: Bytes): void => {
    if (all.has(path)) add(path);
    else if (path !== owner.place.path) for (const file of files) if (isBelow(file, path)) add(file);
  };
  add(root, true);
  for (const path of extra) addPath(path);
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const text = tree.read(next.file);
    if (text === undefined) continue;
    const directory = parentOf(next.file);
    const modules =
      next.isRoot || /(?:^|\/)mod\.rs$/.test(next.file) ? directory : asBytes(next.file.slice(0, -3));
    const { names, hasAny } = modulesIn(text);
    for (const file of files) {
      // Below, not beside: a module may stand inside another one of the same file.
      if (!file.endsWith(".rs") || !isBelow(file, modules)) continue;
      if (hasAny || names.has(moduleName(file))) add(file);
    }
    const bases = [
      directory,
      modules,
      owner.place.path,
      ...macroFolders.map((name) => join(owner.place.path, name)),
    ];
    for (const word of textsIn(text)) {
      for (const base of bases) {
        const path = resolve(base, word);
        if (path !== undefined) addPath(path);
      }
      // A file of another package: include_str!("../../README.md").
      const beside = resolve(directory, word);
      if (
        beside !== undefined &&
        !all.has(beside) &&
        !isBelow(beside, owner.place.path) &&
        tree.read(beside) !== undefined
      )
        add(beside);
    }
  }
  return [...found].sort(compareBytes);
}

/** Where macros look for what they are given by name. */
const macroFolders = ["src", "templates"];

/** "src/a/b.rs" and "src/a/b/mod.rs" are called b. */
function moduleName(file: Bytes): string {
  const parts = file.split("/");
  const last = parts.at(-1) ?? "";
  return last === "mod.rs" ? (parts.at(-2) ?? "") : last.slice(0, -3);
}

/** Names after `mod` that a semicolon follows; comments count, too. */
function modulesIn(text: Bytes): { names: ReadonlySet<string>; hasAny: boolean } {
  const names = new Set<string>();
  for (const [, name] of text.matchAll(/\bmod\s+(?:r#)?([A-Za-z_\x80-\xff][A-Za-z0-9_\x80-\xff]*)\s*;/g))
    names.add(name ?? "");
  // A macro makes the names.
  return { names, hasAny: /\bmod\s+\$/.test(text) || /\bautomod\b/.test(text) };
}

/** Longer texts name no file. */
const longestPath = 512;

/** Texts between quotes, plain and raw. */
function textsIn(text: Bytes): ReadonlySet<string> {
  const words = new Set<string>();
  for (const [, plain] of text.matchAll(/"((?:[^"\\]|\\[\s\S])*)"/g)) {
    if (
      plain === undefined ||
      plain.length > longestPath ||
      !/[A-Za-z0-9]/.test(plain) ||
      plain.includes("\n")
    )
      continue;
    words.add(plain.replaceAll("\\\\", "\\").replace(/^\$CARGO_MANIFEST_DIR/, ""));
  }
  return words;
}

/** A relative path inside the tree; `undefined` when it leads out of it. A leading slash is what follows a macro. */
function resolve(base: Bytes, word: string): Bytes | undefined {
  const parts = base === "" ? [] : base.split("/");
  for (const part of word.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return asBytes(parts.join("/"));
}

function join(directory: Bytes, name: string): Bytes {
  return asBytes(directory === "" ? name : `${directory}/${name}`);
}

function parentOf(path: Bytes): Bytes {
  return asBytes(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
}
