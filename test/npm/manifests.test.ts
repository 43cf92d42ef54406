// What planning sees of a project: enough, no source files, and no secrets.

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { withoutSecrets, writeManifests } from "../../cli/npm/manifests.ts";
import { withoutYarnSecrets } from "../../generators/npm/yarnrc.ts";

it("drops every line of .npmrc that holds a secret, and keeps what says how to install", () => {
  const kept = [
    "registry=https://registry.test/",
    "@scope:registry = https://scope.test/npm/",
    "legacy-peer-deps=true",
    "omit[]=optional",
    "; _auth is said elsewhere",
    "always-auth=true",
  ];
  const dropped = [
    "//registry.test/:_authToken=hunter2",
    "//registry.test/:_password = hunter2",
    "//registry.test/:username=me",
    "_auth=hunter2",
    "  //registry.test/:keyfile=/hunter2",
    "cert=hunter2",
    "ca[]=hunter2",
    "email=hunter2@me.test",
    "//scope.test/npm/:_AUTH=hunter2",
  ];
  const text = withoutSecrets([...kept, ...dropped].join("\n"));
  expect(text.split("\n")).toEqual(kept);
  expect(withoutSecrets("registry=https://me:hunter2@registry.test/")).toBe(
    "registry=https://registry.test/",
  );
});

it("keeps nothing of .yarnrc.yml but what is looked at", () => {
  const kept = ["enableScripts: false", 'npmRegistryServer: "https://registry.test/npm" # ours'];
  const dropped = [
    "npmAuthToken: hunter2",
    'npmRegistries: { "//registry.test": { npmAuthIdent: hunter2 } }',
    "npmScopes:",
    "  my:",
    "    npmRegistryServer: https://my.test",
    "    npmAuthToken: hunter2",
    "npmRegistryServer: https://registry.test npmAuthToken: hunter2",
  ];
  expect(withoutYarnSecrets([...dropped, ...kept].join("\n"))).toBe(`${kept.join("\n")}\n`);
  expect(withoutYarnSecrets("npmRegistryServer: https://me:hunter2@registry.test\r\n")).toBe(
    "npmRegistryServer: https://registry.test\n",
  );
});

it("keeps lockfiles, package.json files and settings apart from what packages are made of", () => {
  const top = mkdtempSync(join(tmpdir(), "unravel-manifests-"));
  onTestFinished(() => rmSync(top, { recursive: true, force: true }));
  const files = {
    "package.json": "{}",
    "pnpm-lock.yaml": "packages:\n  local@file:local:\n    resolution: {directory: local, type: directory}\n",
    "src/index.ts": "source",
    "packages/a/package.json": "{}",
    "packages/a/package-lock.json": "not at the top",
    "node_modules/b/package.json": "{}",
    "patches/b+1.0.0.patch": "patch",
    "vendor/c.tgz": "tarball",
    "local/package.json": "{}",
    "local/lib/index.js": "copied",
    "local/node_modules/d/index.js": "not copied",
  };
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(top, "source", path)), { recursive: true });
    writeFileSync(join(top, "source", path), contents);
  }
  writeManifests(join(top, "source"), join(top, "out"), join(top, "files"));
  const list = (directory: string): readonly string[] =>
    readdirSync(join(top, directory), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(join(top, directory).length + 1))
      .sort();
  expect(list("out")).toEqual([
    "local/package.json",
    "package.json",
    "packages/a/package.json",
    "pnpm-lock.yaml",
  ]);
  expect(list("files")).toEqual([
    "local/lib/index.js",
    "local/package.json",
    "patches/b+1.0.0.patch",
    "vendor/c.tgz",
  ]);
  expect(readFileSync(join(top, "files/vendor/c.tgz"), "utf8")).toBe("tarball");
});
