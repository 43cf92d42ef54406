// The package.json of every package of a recipe, for lockfiles that do not say what is in them.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AssemblyError, type Say } from "./assembly-error.ts";
import { checkoutDirectory } from "./checkout.ts";
import type { Recipe, RecipePackage, Sources } from "./recipe.ts";
import { TarError, tarEntries } from "./tar-reader.ts";
import { inflate, packageEntries } from "./unpack.ts";
import { ZipError } from "./zip.ts";

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
  let isGyp = false;
  const places = new Map([entry, ...bundled].map(({ location }) => [location, location]));
  const found = new Map<string, string>();
  try {
    for (const { path: below, body } of filesOf(entry, file)) {
      if (below === "binding.gyp") isGyp = true;
      if (!/(?:^|\/)package\.json$/.test(below)) continue;
      const location = places.get(join(entry.location, below, ".."));
      if (location !== undefined) found.set(location, body.toString("utf8"));
    }
  } catch (error) {
    if (!(error instanceof TarError || error instanceof ZipError)) throw error;
    throw new AssemblyError(
      `${entry.name}: the tarball ${file} is unusable: ${error.message}`,
      "its bytes are those that the lockfile's integrity names: lock another version",
    );
  }
  const own = found.get(entry.location);
  if (isGyp && own !== undefined) found.set(entry.location, withGyp(own));
  return [...found];
}

/** With the script that npm and pnpm run for a binding.gyp, when the package says nothing else. */
function withGyp(text: string): string {
  try {
    const manifest: unknown = JSON.parse(text);
    if (typeof manifest !== "object" || manifest === null) return text;
    const { gypfile, scripts } = manifest as { readonly gypfile?: unknown; readonly scripts?: unknown };
    const own = typeof scripts === "object" && scripts !== null ? scripts : {};
    if (gypfile === false || "install" in own || "preinstall" in own) return text;
    return JSON.stringify({ ...manifest, scripts: { ...own, install: "node-gyp rebuild" } });
  } catch {
    return text;
  }
}

function* filesOf(
  { from }: RecipePackage,
  file: string,
): Generator<{ readonly path: string; readonly body: Buffer }> {
  const contents = readFileSync(file);
  if (from === "archive") {
    yield* packageEntries(contents);
    return;
  }
  for (const { path, type, body } of tarEntries(inflate(contents)))
    if (type === "file") yield { path: path.split("/").slice(1).join("/"), body };
}
