// Optional packages whose install scripts fail, beside what npm itself leaves out with them.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { assemble } from "../../cli/npm/assembler/assemble.ts";
import { type Recipe, readRecipe, type Sources } from "../../cli/npm/assembler/recipe.ts";
import { buildPackage } from "../../cli/npm/assembler/scripts.ts";
import { loadPackageTree } from "../../cli/npm/load-tree.ts";
import { readProjectFiles } from "../../cli/npm/project-files.ts";
import { bytesOfContents } from "../../emit/nar.ts";
import { deriveNpm, planNpm } from "../../emit/npm/derive.ts";
import type { DerivedObject } from "../../emit/object-set.ts";
import { asBytes } from "../../graph/bytes.ts";
import { compareTrees, readTree } from "../e2e/file-tree.ts";
import { npmTestContext } from "./context.ts";
import { plain } from "./packages.ts";
import { type Npm, realNpm } from "./real-npm.ts";
import { openRegistry, pack, type Registry } from "./registry.ts";

const packages = [
  plain("shared", "1.0.0"),
  plain("shared", "2.0.0"),
  plain("alone", "1.0.0", { dependencies: { shared: "2.0.0", deeper: "1.0.0" } }),
  plain("deeper", "1.0.0", { bin: { deeper: "index.js" } }),
  plain("fails", "1.0.0", {
    scripts: { postinstall: "exit 3" },
    bin: { fails: "index.js" },
    dependencies: { alone: "1.0.0", shared: "1.0.0" },
  }),
  plain("bridge", "1.0.0", { dependencies: { fails: "1.0.0", beside: "1.0.0" } }),
  plain("beside", "1.0.0"),
  plain("over", "1.0.0", { optionalDependencies: { bridge: "1.0.0" }, dependencies: { last: "1.0.0" } }),
  plain("last", "1.0.0", { bin: { last: "index.js" } }),
  plain("user", "1.0.0", { optionalDependencies: { fails: "1.0.0" }, dependencies: { shared: "1.0.0" } }),
];

let registry: Registry;
let npm: Npm;
let top: string;

beforeAll(async () => {
  registry = await openRegistry(packages);
  npm = realNpm(registry.url);
  top = realpathSync(mkdtempSync(join(tmpdir(), "unravel-optional-")));
});
afterAll(async () => {
  await registry.close();
  npm.remove();
  rmSync(top, { recursive: true, force: true });
});

function readObject(objects: readonly DerivedObject[], name: string): Recipe {
  const recipe = objects.find(({ key }) => key === name)?.object;
  const file = recipe !== undefined && "node" in recipe ? recipe.node : undefined;
  const json = file?.kind === "directory" ? file.entries.get(asBytes("recipe.json")) : undefined;
  if (json?.kind !== "file") throw new Error("there is no recipe");
  writeFileSync(join(top, "recipe.json"), bytesOfContents(json.contents));
  return readRecipe(top);
}

/** The tarballs that a recipe counts on. */
function sourcesOf(recipe: Recipe): Sources {
  const directory = mkdtempSync(join(top, "tarballs-"));
  const tarballs: string[] = [];
  for (const { from, index = 0, name, version } of recipe.packages) {
    const found = packages.find((one) => one.manifest.name === name && one.manifest.version === version);
    if (from !== "tarball" || found === undefined) continue;
    tarballs[index] = join(directory, `${index}.tgz`);
    writeFileSync(tarballs[index], pack(found));
  }
  return { recipe: top, tarballs, built: [], outputs: {} };
}

it("an optional package that fails is left out as npm ci leaves it out, with what only it needs", async () => {
  const project = join(top, "project");
  mkdirSync(project);
  const manifest = {
    name: "p",
    version: "1.0.0",
    dependencies: { user: "1.0.0", shared: "1.0.0" },
    optionalDependencies: { over: "1.0.0" },
  };
  writeFileSync(join(project, "package.json"), JSON.stringify(manifest));
  await npm.run(project, ["install", "--package-lock-only"]);
  await npm.run(project, ["ci", "--ignore-scripts=false"]);

  const target = { os: "linux", cpu: "x64", libc: "glibc" } as const;
  const files = readProjectFiles(project);
  const tree = await loadPackageTree({ files, target, nodeVersion: process.version, registry: registry.url });
  const { objects } = deriveNpm(planNpm(tree, []), npmTestContext, () => undefined);
  const failed = join(top, "failed");
  const script = readObject(objects, "s1-fails-1.0.0-recipe");
  const environment = join(top, "environment");
  mkdirSync(environment);
  writeFileSync(join(environment, "environment.json"), JSON.stringify({ PATH: process.env["PATH"] }));
  const inputs = { ...sourcesOf(script), environment, outputs: { out: failed } };
  const tried: string[] = [];
  buildPackage(script, inputs, join(top, "build"), (message) => void tried.push(message));
  expect(tried).toEqual([
    "fails@1.0.0 postinstall: exit 3",
    "fails@1.0.0: its postinstall script failed with exit code 3\n  command: exit 3\n" +
      "  it is optional, and left out as npm does",
  ]);
  // A command that somebody chose is not npm's to ignore.
  const choice = { package: asBytes("fails"), command: asBytes("exit 4") };
  const chosen = deriveNpm(planNpm(tree, [choice]), npmTestContext, () => undefined).objects;
  const other = readObject(chosen, "s1-fails-1.0.0-recipe");
  expect(() => buildPackage(other, inputs, join(top, "other"), () => undefined)).toThrow(
    "its install script failed with exit code 4",
  );

  const read = readObject(objects, "r-root-recipe");
  const said: string[] = [];
  const sources = { ...sourcesOf(read), built: [failed] };
  assemble(read, sources, join(top, "out"), (message) => void said.push(message));

  const [laid, installed] = [join(top, "out/node_modules"), join(project, "node_modules")].map((path) =>
    readTree(path),
  );
  if (laid === undefined || installed === undefined) throw new Error("nothing is laid out");
  expect(compareTrees(laid, installed).differences).toEqual([]);
  expect([...laid.keys()].filter((path) => /^[a-z]+$/.test(path)).sort()).toEqual([
    "last",
    "over",
    "shared",
    "user",
  ]);
  expect(said).toEqual([
    "fails@1.0.0: its install script failed; it is optional, so these are left out: node_modules/alone, " +
      "node_modules/alone/node_modules/shared, node_modules/beside, node_modules/bridge, node_modules/deeper, node_modules/fails",
  ]);
}, 150_000);
