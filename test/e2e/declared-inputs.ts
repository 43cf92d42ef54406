// What a step was given, from its derivation, beside what its compiler said that it read (`ninja -t deps`).

import { existsSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import type { BuildStore, BuiltDerivation } from "./build-store.ts";
import { readTree } from "./file-tree.ts";

/** Where configure and steps run. */
const root = "/build/source/";

/** Output, relative to the source -> files in the tree that its compiler read, relative to the source. */
export function parseNinjaDeps(text: string, buildDirectory: string): ReadonlyMap<string, readonly string[]> {
  const read = new Map<string, string[]>();
  let files: string[] = [];
  for (const line of text.split("\n")) {
    const target = /^(\S.*): #deps \d+, deps mtime \d+ \(VALID\)$/.exec(line)?.[1];
    if (target !== undefined) {
      files = [];
      read.set(fromRoot(target, buildDirectory), files);
    } else if (line.startsWith("    ")) {
      const file = fromRoot(line.slice(4), buildDirectory);
      if (!file.startsWith("/")) files.push(file);
    }
  }
  return read;
}

/** Absolute outside of the tree. */
function fromRoot(path: string, buildDirectory: string): string {
  const absolute = posix.join("/", posix.resolve(root, buildDirectory, path));
  return absolute.startsWith(root) ? absolute.slice(root.length) : absolute;
}

export interface DeclaredInputs {
  readonly outputs: readonly string[];
  /** Files and links, relative to the source. */
  readonly files: ReadonlySet<string>;
}

/** Of a derivation that Nix has resolved, so that its inputs are paths. */
export function declaredInputs(store: BuildStore, step: BuiltDerivation): DeclaredInputs {
  const text = readFileSync(store.physical(step.path), "latin1");
  const json = /\("__json",("(?:[^"\\]|\\.)*")\)/.exec(text)?.[1];
  if (json === undefined) throw new Error(`${step.path} has no structured attributes`);
  const attributes = JSON.parse(JSON.parse(json)) as { recipe: string; inputs: readonly string[] };
  const recipe = store.physical(attributes.recipe);
  const about = readFileSync(`${recipe}/about`, "latin1").split("\0");
  const products = about.slice(7, 7 + 3 * Number(about[5]));
  const files = new Set<string>();
  for (const tree of [`${recipe}/tree`, ...attributes.inputs.map(store.physical)]) {
    if (!existsSync(tree)) continue;
    for (const [path, entry] of readTree(tree, { contents: false }))
      if (entry.kind !== "directory") files.add(path);
  }
  return { outputs: products.filter((_, index) => index % 3 === 1), files };
}

export interface DeclaredAndRead {
  /** Compile steps with a record of what was read. */
  readonly steps: number;
  /** Files in the tree, summed over these steps. */
  readonly declared: number;
  readonly read: number;
  /** "OUTPUT: FILE" for what was read and not declared. */
  readonly missing: readonly string[];
  /** File -> number of steps that have it and do not read it. */
  readonly unread: ReadonlyMap<string, number>;
}

export function compareDeclared(
  steps: readonly DeclaredInputs[],
  read: ReadonlyMap<string, readonly string[]>,
): DeclaredAndRead {
  const result = { steps: 0, declared: 0, read: 0 };
  const missing: string[] = [];
  const unread = new Map<string, number>();
  for (const { outputs, files } of steps) {
    const output = outputs.find((path) => read.has(path));
    const used = new Set(read.get(output ?? ""));
    // A record of nothing, not even the source, is none: nasm's, when nobody asks it for dependencies.
    if (output === undefined || used.size === 0) continue;
    result.steps++;
    result.declared += files.size;
    result.read += used.size;
    for (const file of used) if (!files.has(file)) missing.push(`${output}: ${file}`);
    for (const file of files) if (!used.has(file)) unread.set(file, (unread.get(file) ?? 0) + 1);
  }
  return { ...result, missing, unread };
}
