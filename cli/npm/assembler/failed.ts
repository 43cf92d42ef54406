// Optional packages whose install scripts failed: npm goes on without them, and without what only they needed.

import { lstatSync, writeFileSync } from "node:fs";
import type { Say } from "./assembly-error.ts";
import type { Recipe, Sources } from "./recipe.ts";

/** A file, where the directory of a package that was built is. */
export function recordFailure(to: string): void {
  writeFileSync(to, "its install script failed, and it is optional\n");
}

/** The recipe without them. */
export function withoutFailed(recipe: Recipe, sources: Sources, say: Say): Recipe {
  const left = new Set<string>();
  for (const { name, version, without, index } of recipe.packages) {
    if (without === undefined || !lstatSync(sources.built[index ?? -1] ?? "").isFile()) continue;
    const label = version === undefined ? name : `${name}@${version}`;
    say(`${label}: its install script failed; it is optional, so these are left out: ${without.join(", ")}`);
    for (const location of without) left.add(location);
  }
  if (left.size === 0) return recipe;
  const isLeft = (location: string): boolean => {
    for (let at = location; at !== ""; at = at.slice(0, Math.max(0, at.lastIndexOf("/"))))
      if (left.has(at)) return true;
    return false;
  };
  return {
    ...recipe,
    packages: recipe.packages.filter(({ location }) => !isLeft(location)),
    links: recipe.links.filter(({ location, target }) => !isLeft(location) && !isLeft(target)),
    files: recipe.files.map((file) =>
      file.location === "node_modules/.package-lock.json"
        ? { ...file, contents: withoutEntries(file.contents, isLeft) }
        : file,
    ),
  };
}

function withoutEntries(contents: string, isLeft: (location: string) => boolean): string {
  const lock: { packages: object } = JSON.parse(contents);
  const packages = Object.entries(lock.packages).filter(([location]) => !isLeft(location));
  return `${JSON.stringify({ ...lock, packages: Object.fromEntries(packages) }, null, 2)}\n`;
}
