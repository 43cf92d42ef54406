// The shortcut in arborist gives what arborist itself would.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { loadArborist } from "../../../cli/npm/bundlers.ts";

const entry = (dependencies: readonly string[], bundleDependencies?: readonly string[]): object => ({
  version: "1.0.0",
  dependencies: Object.fromEntries(dependencies.map((name) => [name, "*"])),
  ...(bundleDependencies === undefined ? {} : { bundleDependencies }),
});

const packages = {
  "node_modules/bundler": entry(["inner", "plain"], ["inner"]),
  "node_modules/bundler/node_modules/inner": entry(["deep", "plain"]),
  "node_modules/bundler/node_modules/deep": entry(["circle"]),
  "node_modules/bundler/node_modules/circle": entry(["deep", "plain"]),
  "node_modules/bundler/node_modules/own": entry(["own-too"]),
  "node_modules/bundler/node_modules/own/node_modules/own-too": entry([]),
  "node_modules/plain": entry(["bundler"]),
  "node_modules/plain/node_modules/far": entry(["plain"]),
};

it("names the package in whose tarball another comes, as arborist does", async () => {
  const { prototype } = createRequire(import.meta.url)("@npmcli/arborist/lib/node.js");
  const ask: () => { readonly location: string } | null = prototype.getBundler;
  const Arborist = await loadArborist();
  expect(prototype.getBundler).not.toBe(ask);
  const found: string[] = [];
  for (const bundled of [undefined, ["plain"], []]) {
    const directory = mkdtempSync(join(tmpdir(), "unravel-bundlers-"));
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
    const top = { name: "p", ...entry(["bundler", "plain"], bundled) };
    const lock = { name: "p", lockfileVersion: 3, packages: { "": top, ...packages } };
    writeFileSync(join(directory, "package.json"), JSON.stringify(top));
    writeFileSync(join(directory, "package-lock.json"), JSON.stringify(lock));
    const tree = await new Arborist({ path: directory, offline: true }).loadVirtual();
    for (const node of tree.inventory.values()) {
      const bundler = node.getBundler();
      expect(bundler?.location).toBe(ask.call(node)?.location);
      if (bundler !== null) found.push(`${node.location} in ${bundler.location || "."}`);
    }
  }
  expect(found).toContain("node_modules/bundler/node_modules/deep in node_modules/bundler");
  expect(found).toContain("node_modules/plain in .");
});
