// Predicted trees beside what the real npm lays out from the same lockfile.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadPackageTree, type TreeRequest } from "../../cli/npm/load-tree.ts";
import { readProjectFiles } from "../../cli/npm/project-files.ts";
import { binLinksOf } from "../../generators/npm/bins.ts";
import { asBytes, fromText, toText } from "../../graph/bytes.ts";
import type { PackageTree } from "../../graph/package-tree.ts";
import { packages, plain, program } from "./packages.ts";
import { type Installed, installedIn, type Npm, realNpm } from "./real-npm.ts";
import { openRegistry, pack, type Registry } from "./registry.ts";

const target = { os: "linux", cpu: "x64", libc: "glibc" } as const;
let registry: Registry;
let npm: Npm;
let directory: string;

beforeAll(async () => {
  registry = await openRegistry(packages);
  npm = realNpm(registry.url);
  directory = realpathSync(mkdtempSync(join(tmpdir(), "unravel-layout-")));
});
afterAll(async () => {
  await registry.close();
  npm.remove();
  rmSync(directory, { recursive: true, force: true });
});

function write(name: string, files: Readonly<Record<string, string | Uint8Array | object>>): string {
  const project = join(directory, name);
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    const isText = typeof contents === "string" || contents instanceof Uint8Array;
    writeFileSync(join(project, path), isText ? contents : JSON.stringify(contents, null, 2));
  }
  return project;
}

function treeOf(project: string, request: Partial<TreeRequest> = {}): Promise<PackageTree> {
  return loadPackageTree({
    files: readProjectFiles(project),
    target,
    nodeVersion: process.version,
    ...request,
  });
}

/** The same facts of a predicted tree as `installedIn` finds on disk; bins only where their file is there. */
function predicted(tree: PackageTree, project: string): Installed {
  const bins = binLinksOf(tree).filter(({ file }) => existsSync(join(project, file)));
  const real = (path: string): string => {
    const link = tree.links.find(({ location }) => path.startsWith(`${location}/`));
    return link === undefined ? path : `${link.target}${path.slice(link.location.length)}`;
  };
  return {
    packages: new Map(tree.packages.map((one) => [toText(one.location), `${one.name}@${one.version}`])),
    links: new Map(
      [...tree.links, ...bins].map(({ location, text }) => [toText(location), toText(text)] as const).sort(),
    ),
    programs: [...new Set(bins.map(({ file }) => real(file)))]
      .filter((path) => path.includes("node_modules/"))
      .sort(),
  };
}

const inner = { name: "inner", version: "1.0.7", bin: { inner: "i.js" }, dependencies: { deep: "*" } };

/** The package.json in the tarball of a package of the registry. */
function manifestOf(name: string, version: string | undefined): unknown {
  // A tarball URL has no version in a lockfile of version 1.
  return packages.find(({ manifest }) => manifest.name === name && manifest.version === (version ?? "2.0.0"))
    ?.manifest;
}

const sorted = <T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] =>
  [...map].sort(([a], [b]) => (a < b ? -1 : 1));

function expectSame(tree: PackageTree, project: string): void {
  const found = installedIn(project);
  const wanted = predicted(tree, project);
  expect(sorted(wanted.packages)).toEqual(sorted(found.packages));
  expect(sorted(wanted.links)).toEqual(sorted(found.links));
  expect(wanted.programs).toEqual(found.programs);
  const hidden = tree.files.find(({ location }) => location === "node_modules/.package-lock.json");
  expect(toText(hidden?.contents ?? ("" as never))).toBe(
    readFileSync(join(project, "node_modules/.package-lock.json"), "utf8"),
  );
}

const needed = (): Readonly<Record<string, string>> => ({
  "@scope/tool": "^1.0.0",
  alpha: "1.0.0",
  zeta: "*",
  crooked: "1.0.0",
  renamed: "npm:leaf@1.0.0",
  native: "1.0.0",
  plugin: "1.0.0",
  bundler: "1.0.0",
  local: "file:local",
  remote: `${registry.url}leaf/-/leaf-2.0.0.tgz`,
  "wants-overridden": "1.0.0",
});

const topManifest = (dependencies: object): object => ({
  name: "everything",
  version: "1.0.0",
  workspaces: ["packages/*"],
  dependencies,
  devDependencies: { checker: "1.0.0" },
  optionalDependencies: { "old-engine": "1.0.0", "for-darwin": "1.0.0" },
  overrides: { overridden: "1.0.1" },
});

const everything = (): Readonly<Record<string, string | Uint8Array | object>> => ({
  "package.json": topManifest({ ...needed(), packed: "file:packed.tgz" }),
  "packages/one/package.json": {
    name: "@my/one",
    version: "1.0.0",
    bin: { one: "one.js" },
    dependencies: { two: "*", leaf: "2.0.0" },
  },
  "packages/one/one.js": program,
  "packages/two/package.json": {
    name: "two",
    version: "2.0.0",
    devDependencies: { checker: "*", leaf: "1.5.0" },
  },
  "local/package.json": { name: "local", version: "0.0.1", dependencies: { host: "*" }, bin: "l.js" },
  "local/l.js": program,
  "packed.tgz": pack(plain("packed", "4.0.0", { bin: { packed: "index.js" } })),
});

// npm is slow on a machine that does other things.
describe("a package-lock.json", { timeout: 150_000 }, () => {
  it("is laid out as npm ci lays it out", async () => {
    const project = write("everything", everything());
    await npm.run(project, ["install", "--package-lock-only"]);
    const tree = await treeOf(project, { registry: registry.url });
    await npm.run(project, ["ci"]);
    expectSame(tree, project);
    expect(tree.omitted.map(({ name }) => name)).toEqual([
      "for-darwin",
      "for-musl",
      "old-engine",
      "only-darwin",
    ]);
  });

  it("leaves out what npm ci --omit leaves out", async () => {
    const project = join(directory, "everything");
    await npm.run(project, ["ci", "--omit=dev", "--omit=peer"]);
    expectSame(await treeOf(project, { omit: new Set(["dev", "peer"]) }), project);
  });

  it("is read for another system as npm ci --os reads it", async () => {
    const project = join(directory, "everything");
    await npm.run(project, ["ci", "--os=darwin", "--cpu=arm64"]);
    expectSame(await treeOf(project, { target: { os: "darwin", cpu: "arm64", libc: undefined } }), project);
  });

  it("of version 1 is laid out as npm ci lays it out, when the packages are fetched", async () => {
    // npm ci itself finds a tarball of the project out of sync in such a lockfile.
    const project = write("old", { ...everything(), "package.json": topManifest(needed()) });
    await npm.run(project, ["install", "--package-lock-only", "--lockfile-version=1"]);
    const first = await treeOf(project);
    expect(first.isComplete).toBe(false);
    expect(first.packages.every(({ scripts, bins }) => scripts !== "run" && bins === undefined)).toBe(true);
    const manifests = new Map(
      first.packages.flatMap(({ location, name, version, source }) =>
        source.kind === "bundled"
          ? []
          : [[location, fromText(JSON.stringify(manifestOf(name, version)))] as const],
      ),
    );
    manifests.set(asBytes("node_modules/bundler/node_modules/inner"), asBytes(JSON.stringify(inner)));
    manifests.set(
      asBytes("node_modules/bundler/node_modules/deep"),
      asBytes(JSON.stringify({ name: "deep", version: "9.0.0" })),
    );
    const tree = await treeOf(project, { manifests });
    expect(tree.isComplete).toBe(true);
    await npm.run(project, ["ci"]);
    expectSame(tree, project);
  });

  it("is read from npm-shrinkwrap.json, and from what npm left in node_modules", async () => {
    const project = join(directory, "everything");
    await npm.run(project, ["ci"]);
    const tree = await treeOf(project);
    renameSync(join(project, "package-lock.json"), join(project, "npm-shrinkwrap.json"));
    expect(await treeOf(project)).toEqual(tree);
    rmSync(join(project, "npm-shrinkwrap.json"));
    const hidden = await treeOf(project);
    expect(hidden.packages).toEqual(tree.packages);
    expect(hidden.links).toEqual(tree.links);
  });
});
