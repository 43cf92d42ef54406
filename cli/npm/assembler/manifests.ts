// The package.json of every package of a recipe, for lockfiles that do not say what is in them.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AssemblyError, type Say } from "./assembly-error.ts";
import { checkoutDirectory } from "./checkout.ts";
import type { Recipe, RecipePackage, Sources } from "./recipe.ts";
import { TarError, tarEntries } from "./tar-reader.ts";
import { inflate } from "./unpack.ts";

/** Writes `manifests.json`: location -> text. A package without one is left out. */
export function collectManifests(recipe: Recipe, sources: Sources, to: string, say: Say): void {
  const found: [string, string][] = [];
  const bundled = recipe.packages.filter(({ from }) => from === "bundled");
  for (const entry of recipe.packages) {
    if (entry.from === "bundled") continue;
    const inside = bundled.filter(({ location }) => location.startsWith(`${entry.location}/`));
    found.push(...manifestsIn(entry, inside, sources));
  }
  if (found.length < recipe.packages.length)
    say(`${recipe.packages.length - found.length} packages have no package.json`);
  found.sort(([a], [b]) => (a < b ? -1 : 1));
  mkdirSync(to);
  writeFileSync(join(to, "manifests.json"), `${JSON.stringify(found, null, 1)}\n`);
}

function manifestsIn(
  entry: RecipePackage,
  bundled: readonly RecipePackage[],
  sources: Sources,
): readonly [string, string][] {
  if (entry.from === "directory" || entry.git !== undefined) {
    const directory =
      entry.git === undefined
        ? join(sources.recipe, "files", String(entry.index))
        : checkoutDirectory(entry.index, entry.git, sources);
    const manifest = join(directory, "package.json");
    return existsSync(manifest) ? [[entry.location, readFileSync(manifest, "utf8")]] : [];
  }
  const file =
    entry.from === "file"
      ? join(sources.recipe, "files", String(entry.index))
      : (sources.tarballs[entry.index ?? -1] ?? "");
  const places = new Map([entry, ...bundled].map(({ location }) => [location, location]));
  const found = new Map<string, string>();
  try {
    for (const { path, type, body } of tarEntries(inflate(readFileSync(file)))) {
      const below = path.split("/").slice(1).join("/");
      if (type !== "file" || !/(?:^|\/)package\.json$/.test(below)) continue;
      const location = places.get(join(entry.location, below, ".."));
      if (location !== undefined) found.set(location, body.toString("utf8"));
    }
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    throw new AssemblyError(
      `${entry.name}: the tarball ${file} is unusable: ${error.message}`,
      "its bytes are those that the lockfile's integrity names: lock another version",
    );
  }
  return [...found];
}
