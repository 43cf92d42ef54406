// yarn's lockfiles: what `resolutions`, links, aliases and patches of a project mean.

import { describe, expect, it } from "vitest";
import { loadPackageTree } from "../../../cli/npm/load-tree.ts";
import { integrityOf } from "../../../generators/npm/integrity.ts";
import { asBytes, type Bytes, fromText } from "../../../graph/bytes.ts";
import type { Integrity, PackageTree } from "../../../graph/package-tree.ts";

const sha512 = `sha512-${"A".repeat(86)}==`;
const target = { os: "linux", cpu: "x64", libc: "glibc" } as const;
const pin = integrityOf(sha512) as Integrity;

function load(
  files: Readonly<Record<string, string | object>>,
  names: readonly string[] = [],
  manifests?: ReadonlyMap<Bytes, Bytes>,
): Promise<PackageTree> {
  return loadPackageTree({
    files: new Map(
      Object.entries(files).map(([path, text]) => [
        asBytes(path),
        fromText(typeof text === "string" ? text : JSON.stringify(text)),
      ]),
    ),
    target,
    nodeVersion: "v20.0.0",
    pins: new Map(names.map((name) => [asBytes(name), pin])),
    ...(manifests === undefined ? {} : { manifests }),
  });
}

const placesOf = (tree: PackageTree): readonly string[] =>
  tree.packages.map(({ location, name, version }) => `${location} ${name}@${version}`);

const entry = (pattern: string, version: string, dependencies = ""): string =>
  `${pattern}:\n  version "${version}"\n  integrity ${sha512}\n${dependencies}\n`;

describe("a yarn.lock of yarn 1", () => {
  it("has what resolutions put in the place of what is written", async () => {
    const lock = [
      entry("a@^1.0.0", "1.0.0", '  dependencies:\n    b "^1.0.0"\n'),
      entry("b@2.0.0", "2.0.0"),
      entry("b@3.0.0", "3.0.0"),
      entry('"other@npm:c@^1.0.0"', "1.1.0"),
    ].join("");
    const manifest = {
      dependencies: { a: "^1.0.0", b: "3.0.0", other: "npm:c@^1.0.0" },
      resolutions: { "a/b": "2.0.0" },
    };
    const tree = await load({ "yarn.lock": lock, "package.json": manifest });
    expect(placesOf(tree)).toEqual([
      "node_modules/a a@1.0.0",
      "node_modules/b b@3.0.0",
      "node_modules/other c@1.1.0",
      "node_modules/a/node_modules/b b@2.0.0",
    ]);
    expect(tree.isComplete).toBe(false);
  });

  it("links workspaces and directories of the project", async () => {
    const files = {
      "package.json": {
        workspaces: ["packages/*", "!packages/not"],
        dependencies: { tool: "link:tools/tool" },
      },
      "packages/x/package.json": { name: "x", version: "1.0.0", dependencies: { y: "*" }, bin: "x.js" },
      "packages/y/package.json": { name: "y", version: "1.0.0" },
      "packages/not/package.json": { name: "not", version: "1.0.0" },
      "tools/tool/package.json": { name: "tool" },
      "yarn.lock": "# yarn lockfile v1\n",
    };
    const tree = await load(files);
    expect(tree.links.map(({ location, target: to }) => `${location} ${to}`)).toEqual([
      "node_modules/tool tools/tool",
      "node_modules/x packages/x",
      "node_modules/y packages/y",
    ]);
    expect(tree.members.map(({ location, isWorkspace }) => [location, isWorkspace])).toEqual([
      ["packages/x", true],
      ["packages/y", true],
      ["tools/tool", false],
    ]);
  });

  it("that lacks what is asked for is refused", async () => {
    const lock = entry("a@^1.0.0", "1.0.0", '  dependencies:\n    b "^1.0.0"\n');
    const loading = load({ "yarn.lock": lock, "package.json": { dependencies: { a: "^1.0.0", c: "*" } } });
    await expect(loading).rejects.toThrow(
      "package.json and yarn.lock are not in sync:\n  Missing: b@^1.0.0 from lock file\n  Missing: c@* from lock file [npm/out-of-sync]",
    );
  });
});

describe("a yarn.lock of yarn 4", () => {
  it("runs the install scripts that yarn would, from the registry that yarn asks", async () => {
    const names = ["a", "b", "c"];
    const entries = names.map(
      (name) => `"${name}@npm:1.0.0":
  version: 1.0.0
  resolution: "${name}@npm:1.0.0"
  checksum: 10c0/${name.codePointAt(0)?.toString(16).repeat(64)}
`,
    );
    const project = `"p@workspace:.":
  version: 0.0.0-use.local
  resolution: "p@workspace:."
  dependencies:
${names.map((name) => `    ${name}: "npm:1.0.0"\n`).join("")}`;
    const scripts = async (yarnrc: string, built: object): Promise<readonly string[]> => {
      const files = {
        "yarn.lock": ["__metadata:\n  version: 8\n", ...entries, project].join("\n"),
        ".yarnrc.yml": yarnrc,
        "package.json": {
          name: "p",
          dependencies: Object.fromEntries(names.map((name) => [name, "1.0.0"])),
          dependenciesMeta: built,
        },
      };
      const manifests = new Map(
        names.map((name) => [
          asBytes(`node_modules/${name}`),
          fromText(JSON.stringify({ name, version: "1.0.0", scripts: { install: "x" } })),
        ]),
      );
      const tree = await load(files, [], manifests);
      return tree.packages.map(({ source, scripts }) =>
        source.kind === "tarball" ? `${scripts} ${source.url}` : source.kind,
      );
    };
    expect(await scripts("", { b: { built: false }, "c@1.0.0": { built: false } })).toEqual([
      expect.stringMatching(/^run https:/),
      expect.stringMatching(/^denied /),
      expect.stringMatching(/^denied /),
    ]);
    const yarnrc = 'enableScripts: false\nnpmRegistryServer: "https://own.example/npm"\n';
    expect(await scripts(yarnrc, { b: { built: true } })).toEqual([
      "denied https://own.example/npm/a/-/a-1.0.0.tgz",
      "run https://own.example/npm/b/-/b-1.0.0.tgz",
      "denied https://own.example/npm/c/-/c-1.0.0.tgz",
    ]);
  });

  it("has patches of the project, and none of yarn's own", async () => {
    const patch = "patch:a@npm%3A1.0.0#~/.yarn/patches/a.patch";
    const builtin = "patch:b@npm%3A^2.0.0#optional!builtin<compat/b>";
    const lock = `__metadata:
  version: 8

"a@npm:1.0.0":
  version: 1.0.0
  resolution: "a@npm:1.0.0"

"a@${patch}":
  version: 1.0.0
  resolution: "a@${patch}::version=1.0.0&hash=8ff963"

"b@${builtin}":
  version: 2.1.0
  resolution: "b@${builtin}::version=2.1.0&hash=1234"

"p@workspace:.":
  version: 0.0.0-use.local
  resolution: "p@workspace:."
  dependencies:
    a: "npm:^1.0.0"
    b: "npm:^2.0.0"
`;
    const manifest = {
      name: "p",
      dependencies: { a: "^1.0.0", b: "^2.0.0" },
      resolutions: { "a@npm:^1.0.0": patch },
    };
    const tree = await load({ "yarn.lock": lock, "package.json": manifest }, ["a", "b"]);
    expect(tree.packages.map(({ name, version, patches }) => [name, version, ...patches])).toEqual([
      ["a", "1.0.0", ".yarn/patches/a.patch"],
      ["b", "2.1.0"],
    ]);
  });
});
