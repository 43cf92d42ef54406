// A part of a small Linux kernel, step by step and by make, from the same tree with the same tools and configuration.
// The whole of it, booted and edited, is test/e2e/projects/kernel.ts: too much for every run.

import { readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildResult, type BuildStore, countOf, makeBuildStore } from "./build-store.ts";
import { compareTrees, readTree } from "./file-tree.ts";
import { fetchKernel, sampleExpression } from "./kernel-source.ts";

const minutes = 60_000;

/**
 * C, assembler, generated headers and sources, an object made of objects, and a module's; each needs objtool and what it
 * is made of. Modules themselves need the whole kernel first.
 */
const folders: readonly string[] = ["init", "arch/x86/entry", "kernel/time", "fs/configfs"];

function expression(source: string, parts: readonly string[]): string {
  const listed = parts.map((part) => JSON.stringify(part)).join(" ");
  return `rec {${sampleExpression}
  kernel = (sample {
    src = ${source};
    parts = [ ${listed} ];
    config = [ { MODULES = true; MODULE_UNLOAD = true; CONFIGFS_FS = "m"; BINFMT_MISC = "m"; CRC7 = "m"; KALLSYMS = true;
      RELOCATABLE = true; RANDOMIZE_BASE = true; } ];
    targets = [ "vmlinux" "bzImage" "modules" ];
  }).kernel;
  root = e2e.rootOf kernel;
  oracle = e2e.kernelOracle { inherit kernel; targets = [ ${folders.map((folder) => `"${folder}/"`).join(" ")} ]; };
}`;
}

describe("a part of a kernel", () => {
  let store: BuildStore;
  let source: string;
  let oracle: BuildResult;
  let parts: readonly string[];
  let built: BuildResult;

  beforeAll(async () => {
    source = fetchKernel();
    store = await makeBuildStore();
    oracle = await store.mustBuild(expression(source, []), ["oracle"]);
    const tree = join(store.physical(oracle.paths[0] ?? ""), "tree");
    parts = folders.flatMap((folder) =>
      readdirSync(join(tree, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".o"))
        .map((name) => `${folder}/${name}`),
    );
    built = await store.mustBuild(expression(source, parts), ["root"]);
  }, 15 * minutes);
  afterAll(() => store?.remove(), minutes);

  test("has a derivation for each object", () => {
    expect(parts.length).toBeGreaterThanOrEqual(40);
    expect(parts).toContain("fs/configfs/configfs.o");
    expect(countOf(built, "step")).toBeGreaterThan(parts.length);
  });

  test("has the objects that make makes, bit for bit", () => {
    const expected = readTree(join(store.physical(oracle.paths[0] ?? ""), "tree"));
    const compared = compareTrees(readTree(store.physical(built.paths[0] ?? "")), expected, {
      partial: true,
    });
    expect(compared.differences).toEqual([]);
    expect(compared.compared).toBe(parts.length);
  });
});
