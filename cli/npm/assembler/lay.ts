// Puts a node_modules tree into a project that is built: a copy, because bundlers write paths relative to the project
// into what they make, and tools keep caches in node_modules.

import { chmodSync, existsSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { join } from "node:path";
import { copyTree } from "./copy.ts";
import { patchShebangs } from "./shebangs.ts";

/** `path` is where interpreters are looked for. */
export function layModules(from: string, project: string, path: string): void {
  for (const modules of modulesBelow(project)) rmSync(modules, { recursive: true });
  const tree = realpathSync(from);
  copyTree(tree, project);
  for (const modules of modulesBelow(project)) {
    patchShebangs(modules, path);
    fixOwnPrograms(join(modules, ".bin"));
  }
}

/** Every node_modules of the project, without those in packages. */
function modulesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (!entry.isDirectory() || entry.name === ".git") return [];
    return entry.name === "node_modules" ? [path] : modulesBelow(path);
  });
}

/** Programs of the project's own packages: npm makes them executable, and no link to one that is not there yet. */
function fixOwnPrograms(bin: string): void {
  if (!existsSync(bin)) return;
  for (const name of readdirSync(bin)) {
    const link = join(bin, name);
    if (existsSync(link)) chmodSync(realpathSync(link), 0o755);
    else rmSync(link);
  }
}
