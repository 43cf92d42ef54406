// The files of a project that say what its packages are: lockfiles, package.json files, settings. Nothing else of the
// project is read, so that what is planned depends on nothing else.

import { lstatSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { asBytes, type Bytes, compareBytes, fromBuffer, fromText } from "../../graph/bytes.ts";

/** At the project's top, besides package.json; the first that is there is the lockfile, in npm's order. */
export const lockfiles = [
  "npm-shrinkwrap.json",
  "package-lock.json",
  "pnpm-lock.yaml",
  "yarn.lock",
  "node_modules/.package-lock.json",
] as const;

const settings = [".npmrc", ".yarnrc.yml", "pnpm-workspace.yaml"] as const;

/** Deeper than any workspace; it only ends a walk that would not. */
const maxDepth = 32;

/** Contents by path, relative to `directory`; package.json files wherever they are, but not those of dependencies. */
export function readProjectFiles(directory: string): ReadonlyMap<Bytes, Bytes> {
  const files = new Map<Bytes, Bytes>();
  for (const name of [...lockfiles, ...settings]) {
    const contents = readPlain(join(directory, name));
    if (contents !== undefined) files.set(asBytes(name), contents);
  }
  walk(directory, "", 0, files);
  return files;
}

function walk(directory: string, below: string, depth: number, files: Map<Bytes, Bytes>): void {
  const entries = readdirSync(join(directory, below), { withFileTypes: true });
  for (const entry of entries.sort((a, b) => compareBytes(a.name, b.name))) {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    if (entry.name === "package.json" && entry.isFile()) {
      files.set(fromText(path), fromBuffer(readFileSync(join(directory, path))));
    } else if (entry.isDirectory() && depth < maxDepth && !skipped.has(entry.name)) {
      walk(directory, path, depth + 1, files);
    }
  }
}

const skipped = new Set([".git", "node_modules"]);

function readPlain(path: string): Bytes | undefined {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  return stat?.isFile() === true ? fromBuffer(readFileSync(path)) : undefined;
}
