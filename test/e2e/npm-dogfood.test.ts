// unravel builds itself from its own lockfile.

import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildResult, type BuildStore, makeBuildStore, projectDirectory } from "./build-store.ts";
import { compareTrees, readTree } from "./file-tree.ts";
import { configuredRegistry, npmCi } from "./npm.ts";

const minutes = 60_000;
const notSource = new Set([".cache", ".git", "bench", "dist", "node_modules", "samples", "test"]);

const expression = `rec {
  package = e2e.unravel.npm {
    pname = "unravel";
    version = "0";
    src = ./source;
    npmBuildScript = "bundle";
    dontPatchShebangs = true;
    registry = ${JSON.stringify(configuredRegistry())};
  };
  run = e2e.runCommand "run" { } ''
    mkdir $out
    \${package}/bin/unravel --help > $out/unravel
    \${package}/bin/unravel-ninja --version > $out/ninja
  '';
}`;

describe("unravel, built by unravel.npm", () => {
  let store: BuildStore;
  let oracle: string;
  let result: BuildResult;

  beforeAll(async () => {
    store = await makeBuildStore();
    oracle = mkdtempSync(join(tmpdir(), "unravel-self-"));
    for (const to of [join(store.directory, "source"), oracle]) {
      cpSync(projectDirectory, to, {
        recursive: true,
        filter: (path) => path === projectDirectory || !notSource.has(basename(path)),
      });
    }
    result = await store.mustBuild(expression, ["package", "run"]);
  }, 5 * minutes);
  afterAll(() => {
    if (oracle !== undefined) rmSync(oracle, { recursive: true, force: true });
    store?.remove();
  }, minutes);

  test(
    "has the dist that npm ci and npm run bundle make",
    () => {
      npmCi(oracle);
      execFileSync("npm", ["run", "bundle"], { cwd: oracle, stdio: "pipe" });
      // npm makes programs executable when it installs a package.
      chmodSync(join(oracle, "dist/unravel.mjs"), 0o755);
      const installed = store.physical(join(result.paths[0] ?? "", "lib/node_modules/unravel/dist"));
      const { compared, differences } = compareTrees(readTree(installed), readTree(join(oracle, "dist")));
      expect(differences).toEqual([]);
      expect(compared).toBeGreaterThan(5);
    },
    2 * minutes,
  );

  test("runs", () => {
    const out = store.physical(result.paths[1] ?? "");
    expect(readFileSync(join(out, "unravel"), "utf8")).toContain("unravel");
    expect(readFileSync(join(out, "ninja"), "utf8")).toMatch(/^\d+\.\d+/);
  });
});
