// A package that is a checkout of a git repository: npm installs what `npm pack` would take of it, by its own rules.

import { chmodSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type packlist from "npm-packlist";
import { binsOf } from "../../../generators/npm/bins.ts";
import { toText } from "../../../graph/bytes.ts";
import { AssemblyError, type Say } from "./assembly-error.ts";
import { copyEntry } from "./copy.ts";
import { readManifest } from "./package-file.ts";
import type { Recipe, RecipeGit, Sources } from "./recipe.ts";
import { keptName } from "./unpack.ts";

/** Finds the files of all checkouts of a recipe, which the assembly asks for. Throws for what npm would have to build. */
export async function packCheckouts(recipe: Recipe, sources: Sources, say: Say): Promise<Sources> {
  const packed = new Map<string, readonly string[]>();
  for (const { name, version, index, git } of recipe.packages) {
    if (git === undefined) continue;
    const directory = checkoutDirectory(index, git, sources);
    if (packed.has(directory)) continue;
    const label = version === undefined ? name : `${name}@${version}`;
    packed.set(directory, await packedFiles(directory, label, git, say));
  }
  return { ...sources, packed };
}

export function checkoutDirectory(index: number | undefined, git: RecipeGit, sources: Sources): string {
  return join(sources.checkouts?.[index ?? -1] ?? "", git.directory ?? "");
}

/** What npm runs in a checkout before it packs it (pacote: `prepare`, and what `npm install` runs around it). */
const preparing = ["prepublish", "preprepare", "prepare", "postprepare"];

async function packedFiles(
  directory: string,
  label: string,
  git: RecipeGit,
  say: Say,
): Promise<readonly string[]> {
  const manifest = readManifest(directory);
  if (Object.keys(manifest).length === 0) {
    throw new AssemblyError(
      `${label}: the checkout ${git.address} has no package.json in ${JSON.stringify(git.directory ?? ".")}`,
      "correct the dependency, or what gitSources gives for it",
    );
  }
  const { scripts } = manifest;
  const names = typeof scripts === "object" && scripts !== null ? Object.keys(scripts) : [];
  const script = preparing.find((one) => names.includes(one));
  if (script !== undefined && !git.isPrepared) {
    throw new AssemblyError(
      `${label}: ${git.address} has the script "${script}", which npm runs with its development dependencies before it packs it`,
      `run it yourself, and give the directory: gitSources."${git.address}" = …; or depend on a published version`,
    );
  }
  if (script !== undefined)
    say(`${label}: taken from gitSources as it is; its script "${script}" is not run`);
  const bundled = manifest["bundleDependencies"] ?? manifest["bundledDependencies"] ?? [];
  if (bundled === true || (Array.isArray(bundled) && bundled.length > 0)) {
    throw new AssemblyError(
      `${label}: ${git.address} has bundleDependencies, which npm installs into it before it packs it`,
      "depend on a tarball of it",
    );
  }
  const { default: packlist } = await import("npm-packlist");
  return (await packlist(packedTree(directory, manifest))).sort();
}

/** As much of arborist's node as is looked at, with the fields of package.json in the forms that npm gives them. */
function packedTree(directory: string, manifest: Readonly<Record<string, unknown>>): packlist.Tree {
  const { main, browser, files } = manifest;
  return {
    path: directory,
    isProjectRoot: true,
    edgesOut: new Map(),
    package: {
      bin: Object.fromEntries(binPaths(manifest).map((path, index) => [String(index), path])),
      ...(typeof main === "string" ? { main } : {}),
      ...(typeof browser === "string" ? { browser } : {}),
      ...(Array.isArray(files)
        ? { files: files.filter((file: unknown) => typeof file === "string" && file !== "") }
        : {}),
    },
  };
}

function binPaths(manifest: Readonly<Record<string, unknown>>): readonly string[] {
  return binsOf(manifest["bin"], String(manifest["name"] ?? "")).map(({ path }) => toText(path));
}

/** Copies what was packed. Programs can be run, whatever they were in the repository. */
export function layCheckout(from: string, files: readonly string[], to: string): void {
  const programs = new Set(binPaths(readManifest(from)));
  const ignoreFiles = new Set(files.filter((file) => /(?:^|\/)\.npmignore$/.test(file)));
  for (const file of files) {
    const name = keptName(file, ignoreFiles);
    if (name === undefined) continue;
    const target = join(to, name);
    mkdirSync(dirname(target), { recursive: true });
    copyEntry(join(from, file), target);
    if (programs.has(file)) chmodSync(target, 0o755);
  }
}
