// Entry of the bundle that lays out npm packages in builders. Not part of the planner: an edit of that must not make
// every node_modules anew.

import { makeArchive } from "./npm/assembler/archive.ts";
import { assemble } from "./npm/assembler/assemble.ts";
import { AssemblyError } from "./npm/assembler/assembly-error.ts";
import { packCheckouts } from "./npm/assembler/checkout.ts";
import { layModules } from "./npm/assembler/lay.ts";
import { collectManifests } from "./npm/assembler/manifests.ts";
import { readRecipe, readSources } from "./npm/assembler/recipe.ts";
import { buildPackage } from "./npm/assembler/scripts.ts";
import { buildProject } from "./npm/assembler/typescript.ts";
import { buildWorkspace } from "./npm/assembler/workspace.ts";

const say = (message: string): void => {
  process.stderr.write(`unravel: ${message}\n`);
};

/** "assemble", "build", "manifests", "workspace" and "typescript" read what a derivation gives; "lay FROM PROJECT" is for the shell of a package, "archive" for a fixed output. */
async function run([stage, ...args]: readonly string[]): Promise<void> {
  process.umask(0o022);
  if (stage === "lay") {
    layModules(args[0] ?? "", args[1] ?? ".", process.env["PATH"] ?? "");
    return;
  }
  if (stage === "archive") {
    const { url = "", archive = "", outputHash = "", out = "" } = process.env;
    await makeArchive({ url, archive, outputHash, out }, say);
    return;
  }
  if (stage === "workspace") {
    buildWorkspace(process.env["NIX_ATTRS_JSON_FILE"] ?? "", process.env["NIX_BUILD_TOP"] ?? "/build", say);
    return;
  }
  if (stage === "typescript") {
    buildProject(process.env["NIX_ATTRS_JSON_FILE"] ?? "", process.env["NIX_BUILD_TOP"] ?? "/build");
    return;
  }
  const given = readSources(process.env["NIX_ATTRS_JSON_FILE"] ?? "");
  const recipe = readRecipe(given.recipe);
  if (stage === "manifests") {
    collectManifests(recipe, given, given.outputs["out"] ?? "", say);
    return;
  }
  const sources = await packCheckouts(recipe, given, say);
  if (stage === "build") buildPackage(recipe, sources, process.env["NIX_BUILD_TOP"] ?? "/build", say);
  else assemble(recipe, sources, sources.outputs["out"] ?? "", say);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof AssemblyError)) throw error;
  process.stderr.write(`unravel: ${error.message}\n  hint: ${error.hint}\n`);
  process.exitCode = 1;
}
