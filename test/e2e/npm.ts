// What the end-to-end tests of unravel.npm share: where packages come from, and which derivations a build ran.

import { execFileSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import type { BuildResult, BuildStore } from "./build-store.ts";

/** The registry that npm is set up with on this machine. */
export function configuredRegistry(): string {
  return execFileSync("npm", ["config", "get", "registry"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
}

/** What npm installs, without scripts. The settings of this machine say how the registry is reached. */
export function npmCi(directory: string): void {
  const options = ["--ignore-scripts", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"];
  execFileSync("npm", ["ci", "--loglevel=error", ...options], { cwd: directory, stdio: "pipe" });
}

/** Names of what was built, without the projects' own wrappers, sorted. */
export function builtNames({ built }: Pick<BuildResult, "built">): readonly string[] {
  return built.map(({ name }) => name).sort();
}

/** How many of the built derivations are downloads. */
export function fetchCount(result: Pick<BuildResult, "built">): number {
  return builtNames(result).filter((name) => /^npm-[0-9a-f]-.*\.tgz/.test(name)).length;
}

/** The directory that holds node_modules, for a package's `passthru.nodeModules`. */
export function treeOf(store: BuildStore, nodeModules: string): string {
  const link = readlinkSync(join(store.physical(nodeModules), "node_modules"));
  return store.physical(dirname(link));
}
