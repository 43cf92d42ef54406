// npm's locks in the isolated layout: laid out on disk and asked of Node itself, and which packages form a circle.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPackageTree } from "../../cli/npm/load-tree.ts";
import { readProjectFiles } from "../../cli/npm/project-files.ts";
import { componentsOf } from "../../generators/npm/components.ts";
import { type Bytes, toText } from "../../graph/bytes.ts";
import type { PackageTree } from "../../graph/package-tree.ts";
import { packages, plain } from "./packages.ts";
import { type Npm, realNpm } from "./real-npm.ts";
import { openRegistry, type Registry } from "./registry.ts";

const target = { os: "linux", cpu: "x64", libc: "glibc" } as const;
let registry: Registry;
let npm: Npm;
let directory: string;

/** One package nested in two places, once with another dependency: two packages, not three. */
const more = [
  plain("wide", "1.0.0", { dependencies: { leaf: "^2.0.0", mid: "^1.0.0" } }),
  plain("wide2", "1.0.0", { dependencies: { leaf: "^2.0.0", mid: "^1.0.0" } }),
  plain("mid", "1.0.0", { dependencies: { leaf: "*" } }),
  plain("mid", "2.0.0"),
  plain("guest", "1.0.0", { peerDependenciesMeta: { leaf: { optional: true } } }),
];

beforeAll(async () => {
  registry = await openRegistry([...packages, ...more]);
  npm = realNpm(registry.url);
  directory = realpathSync(mkdtempSync(join(tmpdir(), "unravel-isolated-")));
});
afterAll(async () => {
  await registry.close();
  npm.remove();
  rmSync(directory, { recursive: true, force: true });
});

async function lock(name: string, files: Readonly<Record<string, object>>): Promise<string> {
  const project = join(directory, name);
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), JSON.stringify(contents));
  }
  await npm.run(project, ["install", "--package-lock-only"]);
  return project;
}

/** Packages are copies of what npm installs; links are as predicted. */
function layOut(tree: PackageTree, hoisted: PackageTree, from: string, to: string): void {
  const places = new Map(
    hoisted.packages.map(({ name, version, location }) => [`${name}@${version}`, location]),
  );
  for (const { location, name, version, source } of tree.packages) {
    if (source.kind === "bundled") continue;
    const place = places.get(`${name}@${version}`) ?? "";
    cpSync(join(from, place), join(to, location), {
      recursive: true,
      filter: (path) =>
        !path.slice(join(from, place).length).startsWith("/node_modules") || name === "bundler",
    });
  }
  for (const { location, text } of tree.links) {
    mkdirSync(dirname(join(to, location)), { recursive: true });
    symlinkSync(text, join(to, location));
  }
}

/** What `require` of each dependency gives, asked in each package. */
function answersIn(root: string, questions: readonly (readonly [string, string])[]): readonly string[] {
  const script = `for (const [at, name] of JSON.parse(process.argv[1])) {
    const { createRequire } = require("node:module");
    const own = require("node:fs").realpathSync(at);
    console.log(name, createRequire(own + "/package.json")(name + "/package.json").version);
  }`;
  return execFileSync(process.execPath, ["-e", script, JSON.stringify(questions)], {
    cwd: root,
    encoding: "utf8",
  })
    .trimEnd()
    .split("\n");
}

describe("an isolated layout of a package-lock.json", { timeout: 150_000 }, () => {
  it("answers require as npm's own layout does", async () => {
    const project = await lock("both", {
      "package.json": {
        name: "both",
        workspaces: ["packages/*"],
        dependencies: {
          "@scope/tool": "*",
          alpha: "*",
          plugin: "*",
          bundler: "*",
          wide: "*",
          wide2: "*",
          guest: "*",
          leaf: "1.0.0",
          mid: "2.0.0",
          renamed: "npm:leaf@1.5.0",
        },
      },
      "packages/one/package.json": {
        name: "@my/one",
        version: "1.0.0",
        dependencies: { alpha: "*", leaf: "2.0.0" },
      },
    });
    const request = { files: readProjectFiles(project), target, nodeVersion: process.version };
    const hoisted = await loadPackageTree(request);
    const tree = await loadPackageTree({ ...request, layout: "isolated" });
    await npm.run(project, ["ci"]);
    const isolated = join(directory, "isolated");
    cpSync(join(project, "packages"), join(isolated, "packages"), {
      recursive: true,
      filter: (path) => !path.endsWith("node_modules"),
    });
    layOut(tree, hoisted, project, isolated);
    const names = tree.packages.map(({ name, version }) => `${name}@${version}`);
    expect(names.filter((name) => name === "mid@1.0.0").length).toBe(1);
    expect(new Set(tree.packages.map(({ location }) => location)).size).toBe(tree.packages.length);
    const declared = (root: string): readonly string[] =>
      answersIn(root, [
        ["node_modules/@scope/tool", "leaf"],
        ["node_modules/alpha", "leaf"],
        ["node_modules/alpha", "beta"],
        ["node_modules/plugin", "host"],
        ["node_modules/bundler", "inner"],
        ["node_modules/bundler/node_modules/inner", "deep"],
        ["node_modules/bundler", "leaf"],
        ["node_modules/guest", "leaf"],
        ["packages/one", "leaf"],
        ["packages/one", "alpha"],
        [".", "renamed"],
        [".", "@my/one"],
      ]);
    writeFileSync(join(isolated, "package.json"), "{}");
    expect(declared(isolated)).toEqual(declared(project));
  });

  it("has one unit for each circle, after everything that the circle needs", async () => {
    const project = await lock("circle", {
      "package.json": { dependencies: { alpha: "*", "@scope/tool": "*" } },
    });
    const request = { files: readProjectFiles(project), target, nodeVersion: process.version };
    const tree = await loadPackageTree({ ...request, layout: "isolated" });
    const components = componentsOf(tree);
    const names = components.map(({ locations }) =>
      locations.map((one) => toText(one.split("/").at(-1) as Bytes)),
    );
    expect(names.filter((group) => group.length > 1)).toEqual([["alpha", "beta"]]);
    components.forEach(({ needs }, index) => {
      expect(needs.every((one) => one < index)).toBe(true);
    });
    expect(components.flatMap(({ locations }) => locations).length).toBe(tree.packages.length);
    const circle = names.findIndex((group) => group.length > 1);
    expect((components[circle]?.needs ?? []).map((one) => names[one])).toEqual([["leaf"]]);
  });
});
