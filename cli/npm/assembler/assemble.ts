// Lays out node_modules as `npm ci` does: every package's files, links, bins, and what npm itself writes.

import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type BinLink, binLinksOf, binsOf } from "../../../generators/npm/bins.ts";
import { type Bytes, fromText, toText } from "../../../graph/bytes.ts";
import type { Bin } from "../../../graph/package-tree.ts";
import { AssemblyError, type Say } from "./assembly-error.ts";
import { checkoutDirectory, layCheckout } from "./checkout.ts";
import { copyTree } from "./copy.ts";
import { withoutFailed } from "./failed.ts";
import { readManifest } from "./package-file.ts";
import { applyPatch } from "./patch.ts";
import { type Recipe, type RecipePackage, type Sources, treeOfRecipe } from "./recipe.ts";
import { TarError } from "./tar-reader.ts";
import { unpackArchive, unpackTarball } from "./unpack.ts";
import { ZipError } from "./zip.ts";

/** Lays the tree out in a directory, which may exist. */
export function assemble(whole: Recipe, sources: Sources, to: string, say: Say): void {
  const recipe = withoutFailed(whole, sources, say);
  mkdirSync(to, { recursive: true });
  for (const entry of recipe.packages) layPackage(entry, sources, to, say);
  for (const { location, text } of recipe.links) {
    const link = placeIn(to, location);
    rmSync(link, { recursive: true, force: true });
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(text, link);
  }
  const members = new Set(recipe.members.map(({ location }) => fromText(location)));
  const targets = new Map(recipe.links.map(({ location, target }) => [fromText(location), fromText(target)]));
  for (const bin of binLinksOf(treeOfRecipe(recipe), unknownBins(recipe, to))) {
    const isProject = members.has(targets.get(bin.owner) ?? bin.owner);
    linkBin(bin, to, isProject);
  }
  if (recipe.layout === "isolated") linkBundledBins(recipe, to);
  for (const { location, contents } of recipe.files) {
    const file = placeIn(to, location);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, contents);
  }
}

function layPackage(entry: RecipePackage, sources: Sources, to: string, say: Say): void {
  const label = entry.version === undefined ? entry.name : `${entry.name}@${entry.version}`;
  const directory = placeIn(to, entry.location);
  // In its owner's tarball; what is missing there is missing for npm, too.
  if (entry.from !== "bundled") {
    // A tarball may hold files where the lockfile has another package.
    rmSync(directory, { recursive: true, force: true });
    mkdirSync(directory, { recursive: true });
  }
  if (entry.from === "built") copyTree(sources.built[entry.index ?? -1] ?? "", directory);
  if (entry.git !== undefined) {
    const checkout = checkoutDirectory(entry.index, entry.git, sources);
    layCheckout(checkout, sources.packed?.get(checkout) ?? [], directory);
  }
  if (entry.from === "directory") copyTree(join(sources.recipe, "files", String(entry.index)), directory);
  if (entry.from === "archive" || entry.from === "tarball" || entry.from === "file") {
    const file =
      entry.from === "file"
        ? join(sources.recipe, "files", String(entry.index))
        : (sources.tarballs[entry.index ?? -1] ?? "");
    const unpack = entry.from === "archive" ? unpackArchive : unpackTarball;
    try {
      unpack(readFileSync(file), directory, (message) => say(`${label}: ${message}`));
    } catch (error) {
      if (!(error instanceof TarError || error instanceof ZipError)) throw error;
      throw new AssemblyError(
        `${label}: the tarball ${file} is unusable: ${error.message}`,
        "its bytes are those that the lockfile's integrity names: lock another version",
      );
    }
  }
  // What was built has its patches already.
  if (entry.from === "built") return;
  for (const index of entry.patches ?? []) {
    const problem = applyPatch(
      readFileSync(join(sources.recipe, "files", String(index))),
      directory,
      entry.location,
    );
    if (problem === undefined) continue;
    throw new AssemblyError(
      `${label}: its patch does not apply: ${problem}`,
      "make the patch again for the version that is locked",
    );
  }
}

/** A path of the tree. The reader of lockfiles has checked it; here it is made sure of, whatever wrote the recipe. */
export function placeIn(to: string, location: string): string {
  const parts = location.split("/");
  if (parts.some((part) => part === "" || part === "." || part === ".." || part.includes("\0")))
    throw new AssemblyError(`"${location}" is no place in the tree`, "install again with npm");
  let at = to;
  for (const part of parts.slice(0, -1)) {
    at = join(at, part);
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true)
      throw new AssemblyError(`"${location}" leads through a link`, "install again with npm");
  }
  return join(to, location);
}

/** Bins that the lockfile does not tell are in the packages' own files. */
function unknownBins(recipe: Recipe, to: string): ReadonlyMap<Bytes, readonly Bin[]> {
  const found = new Map<Bytes, readonly Bin[]>();
  for (const { location, name, bins } of recipe.packages) {
    if (bins !== undefined) continue;
    const { bin } = readManifest(join(to, location));
    found.set(fromText(location), binsOf(bin, name, recipe.layout));
  }
  return found;
}

/** pnpm links the programs of packages that come in another's tarball beside them, when it finds them there. */
function linkBundledBins(recipe: Recipe, to: string): void {
  for (const { location } of recipe.packages) {
    const modules = join(to, location, "node_modules");
    for (const name of packagesIn(modules)) {
      const { bin } = readManifest(join(modules, name));
      for (const { name: program, path } of binsOf(bin, name, recipe.layout)) {
        const at = `${location}/node_modules/.bin/${toText(program)}`;
        if (lstatSync(join(to, at), { throwIfNoEntry: false }) !== undefined) continue;
        const text = fromText(`../${name}/${toText(path)}`);
        const file = fromText(`${location}/node_modules/${name}/${toText(path)}`);
        linkBin({ location: fromText(at), text, file, owner: fromText(location) }, to, false);
      }
    }
  }
}

/** Names of packages that lie in a `node_modules` themselves. */
function packagesIn(modules: string): readonly string[] {
  if (lstatSync(modules, { throwIfNoEntry: false })?.isDirectory() !== true) return [];
  return readdirSync(modules, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory() || entry.name.startsWith(".")) return [];
    if (!entry.name.startsWith("@")) return [entry.name];
    return packagesIn(join(modules, entry.name)).map((name) => `${entry.name}/${name}`);
  });
}

/** Programs of the project itself may be made by its build: their links are there, and do nothing else. */
function linkBin(bin: BinLink, to: string, isProject: boolean): void {
  const link = placeIn(to, toText(bin.location));
  const file = join(to, toText(bin.file));
  if (!isProject && lstatSync(file, { throwIfNoEntry: false }) === undefined) return;
  rmSync(link, { recursive: true, force: true });
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(toText(bin.text), link);
  if (isProject) return;
  chmodSync(file, 0o755);
  if (lstatSync(file).isFile()) fixFirstLine(file);
}

/** A program whose `#!` line ends as on Windows would not be found. Longer lines than npm looks at stay as they are. */
function fixFirstLine(file: string): void {
  const contents = readFileSync(file);
  if (contents[0] !== 0x23 || contents[1] !== 0x21) return;
  const end = contents.subarray(0, 2048).indexOf(10);
  if (end < 3 || contents[end - 1] !== 13) return;
  writeFileSync(file, Buffer.concat([contents.subarray(0, end - 1), contents.subarray(end)]));
}
