// The npm sample: a lockfile of 500 packages, beside what npm itself installs from it.

import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildResult, type BuildStore, makeBuildStore, projectDirectory } from "./build-store.ts";
import { compareTrees, readTree, type TreeEntry } from "./file-tree.ts";
import { builtNames, configuredRegistry, fetchCount, npmCi, treeOf } from "./npm.ts";

const minutes = 60_000;
const registry = configuredRegistry();

/** `package` runs everything that the project has; `notes` is what people install. */
const expression = `rec {
  package = e2e.unravel.npm {
    pname = "notebook";
    version = "0.1.0";
    src = ./notebook;
    registry = ${JSON.stringify(registry)};
    scriptInputs = [ e2e.toolchain.python3 ];
    dontPatchShebangs = true;
    installPhase = ''
      mkdir $out
      npm ls --all > $out/ls
      npm run lint
      npm test 2> $out/test
      cp -R --parents packages/*/dist apps/*/dist $out
      mkdir notes
      node apps/notes/dist/notes.js notes/file the quick brown fox and the lazy dog > $out/notes
    '';
  };
  nodeModules = package.nodeModules;
  notes = import ./notebook {
    inherit (e2e) unravel;
    inherit (e2e.toolchain) python3;
    registry = ${JSON.stringify(registry)};
  };
  # What the workspaces build, each in a derivation of its own.
  workspaces = e2e.rootOf {
    name = "workspaces";
    passthru.root = notes.passthru.workspaces.root;
  };
  run = e2e.runCommand "run" { } "\${notes}/bin/notes file a b a > $out";
}`;

describe("the npm sample", () => {
  let store: BuildStore;
  let oracle: string;
  let first: BuildResult;
  let project: string;

  beforeAll(async () => {
    store = await makeBuildStore();
    project = join(store.directory, "notebook");
    cpSync(join(projectDirectory, "samples/npm"), project, { recursive: true });
    first = await store.mustBuild(expression, ["nodeModules"]);
    oracle = mkdtempSync(join(tmpdir(), "unravel-npm-"));
    cpSync(project, oracle, { recursive: true });
    npmCi(oracle);
  }, 10 * minutes);
  afterAll(() => {
    if (oracle !== undefined) rmSync(oracle, { recursive: true, force: true });
    store?.remove();
  }, minutes);

  test("has a lockfile of more than 450 packages, without an address", () => {
    const lock = readFileSync(join(project, "package-lock.json"), "utf8");
    expect(Object.keys(JSON.parse(lock).packages).length).toBeGreaterThan(450);
    expect(lock).not.toMatch(/"resolved": "[a-z+]+:/);
  });

  test("has the node_modules that npm ci makes, file by file", () => {
    // npm ci was told to run no scripts: what they make is tested below.
    const isCompared = (path: string): boolean => !/^node_modules\/(esbuild|fs-ext)\//.test(path);
    const filtered = (top: string): ReturnType<typeof readTree> =>
      new Map(
        [...readTree(join(top, "node_modules"))].filter(([path]) => isCompared(`node_modules/${path}`)),
      );
    const ours = new Map(filtered(treeOf(store, first.paths[0] ?? "")));
    // The program is not built when npm installs: here its link waits for it.
    expect(ours.get(".bin/notes")).toEqual({ kind: "link", target: "../@notebook/notes/dist/notes.js" });
    ours.delete(".bin/notes");
    const { compared, differences } = compareTrees(ours, filtered(oracle));
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(8000);
  });

  test("fetches each package once, and runs each install script in a derivation of its own", () => {
    const names = builtNames(first);
    expect(fetchCount(first)).toBeGreaterThan(430);
    const fetched = names.filter((name) => name.endsWith(".tgz"));
    expect(new Set(fetched).size).toBe(fetched.length);
    expect(names.filter((name) => /^npm-s\d-/.test(name))).toEqual([
      "npm-s1-esbuild-0.25.12",
      "npm-s1-fs-ext-2.1.1",
    ]);
  });

  test("keeps what install scripts make: a native addon, and esbuild's own program", () => {
    const modules = join(treeOf(store, first.paths[0] ?? ""), "node_modules");
    const addon = readFileSync(join(modules, "fs-ext/build/Release/fs_ext.node"));
    expect(addon.subarray(0, 4).toString("latin1")).toBe("\x7fELF");
    const [cpu, os] = [process.arch, process.platform];
    expect(
      readFileSync(join(modules, "esbuild/bin/esbuild")).equals(
        readFileSync(join(modules, `@esbuild/${os}-${cpu}/bin/esbuild`)),
      ),
    ).toBe(true);
    expect(first.log).not.toContain("outside of the package");
  });

  test(
    "builds, with tsc, webpack, esbuild, eslint, jest and the addon, and is complete for npm ls",
    async () => {
      const { paths, built } = await store.mustBuild(expression, ["package"]);
      const out = store.physical(paths[0] ?? "");
      const read = (path: string): string => readFileSync(join(out, path), "utf8");
      expect(read("notes")).toBe("2 the\n1 and\n1 brown\n");
      expect(read("ls")).not.toMatch(/UNMET (?!OPTIONAL)|invalid|extraneous/);
      expect(read("test")).toContain("1 passed");
      expect(read("apps/page/dist/page.js")).toContain("countPage");
      expect(builtNames({ built }).filter((name) => name.startsWith("npm-"))).toEqual([]);
    },
    5 * minutes,
  );

  test(
    "installs a workspace that finds its dependencies",
    async () => {
      const { paths, built } = await store.mustBuild(expression, ["run"]);
      expect(readFileSync(store.physical(paths[0] ?? ""), "utf8")).toBe("2 a\n1 b\n");
      // Development tools are left out of what is installed, and nothing is fetched for that.
      expect(fetchCount({ built })).toBe(0);
    },
    5 * minutes,
  );

  test("builds each workspace in a derivation, and makes what the whole project's build makes", async () => {
    const { paths, built } = await store.mustBuild(expression, ["package", "workspaces"]);
    const dist = (top: string): ReadonlyMap<string, TreeEntry> =>
      new Map([...readTree(top)].filter(([path]) => /^(?:packages|apps)\b/.test(path)));
    const [whole = "", one = ""] = paths.map((path) => store.physical(path));
    const { compared, differences } = compareTrees(dist(one), dist(whole));
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThanOrEqual(6);
    // All of them were built for the program, in the test before.
    expect(builtNames({ built })).toEqual(["root-of-workspaces"]);
  });

  describe("rebuilds", () => {
    test(
      "the workspaces that see another's output change, and no others",
      async () => {
        const words = "notebook-1-notebook+words";
        const others = [
          "notebook-2-notebook+journal",
          "notebook-2-notebook+page",
          "notebook-3-notebook+notes",
        ];
        const members = async (path: string, edit: (text: string) => string): Promise<readonly string[]> =>
          (await edited(path, edit, "workspaces")).filter((name) => /^notebook-\d-/.test(name));
        // Nothing of a declaration file gets into what is emitted.
        expect(await members("packages/words/src/left-pad.d.ts", (text) => `// edited\n${text}`)).toEqual([
          words,
        ]);
        expect(await members("apps/page/src/page.js", (text) => `${text}globalThis.edited = 1;\n`)).toEqual([
          others[1],
        ]);
        expect(await members("README.md", (text) => `${text}More.\n`)).toEqual([]);
        expect(
          await members("packages/words/src/index.ts", (text) => `${text}export const edited = 1;\n`),
        ).toEqual([words, ...others]);
      },
      5 * minutes,
    );

    const edited = async (
      path: string,
      edit: (text: string) => string,
      attribute = "nodeModules",
    ): Promise<readonly string[]> => {
      const file = join(project, path);
      const before = readFileSync(file, "utf8");
      const after = edit(before);
      expect(after).not.toBe(before);
      writeFileSync(file, after);
      try {
        return builtNames(await store.mustBuild(expression, [attribute]));
      } finally {
        writeFileSync(file, before);
      }
    };

    test("nothing of node_modules for an edit of a source file", async () => {
      const names = await edited("packages/words/src/index.ts", (text) => `// edited\n${text}`);
      // The entry is asked again what it would do with a lockfile that says less, and gives what it gave.
      expect(names).toEqual(["notebook-manifests", "npm.drv"]);
    });

    test("the tree alone for an edit of a script", async () => {
      const names = await edited("package.json", (text) => text.replace('"jest"', '"jest --ci"'));
      expect(names).toEqual(["notebook-manifests", "notebook-tree", "npm.drv"]);
    });

    test(
      "one download and the assembly for a package that nothing else uses, or that many use",
      async () => {
        const bumped = async (location: string, version: string): Promise<readonly string[]> => {
          const lock = JSON.parse(readFileSync(join(project, "package-lock.json"), "utf8"));
          const entry = lock.packages[location];
          const spec = `${entry.name ?? location.replace(/^.*node_modules\//, "")}@${version}`;
          const integrity = execFileSync("npm", ["view", spec, "dist.integrity"], {
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
          }).trim();
          return await edited("package-lock.json", (text) =>
            text.replace(
              `"version": "${entry.version}",\n      "integrity": "${entry.integrity}"`,
              `"version": "${version}",\n      "integrity": "${integrity}"`,
            ),
          );
        };
        const always = [
          "notebook-manifests",
          "notebook-node_modules",
          "notebook-tree",
          "npm",
          "npm-r",
          "npm-r-root",
          "npm-r-root",
          "npm.drv",
        ];
        for (const [location, version] of [
          ["node_modules/esquery", "1.5.0"],
          ["node_modules/chalk", "4.1.1"],
        ] as const) {
          const names = await bumped(location, version);
          const shards = names.filter((name) => /^npm-[0-9a-f]$/.test(name));
          const fetched = names.filter((name) => name.endsWith(".tgz"));
          expect(fetched).toEqual([expect.stringContaining(`-${version}.tgz`)]);
          expect(shards.length).toBeLessThanOrEqual(2);
          const others = names.filter((name) => !shards.includes(name) && !fetched.includes(name));
          expect(others).toEqual(always);
        }
      },
      5 * minutes,
    );
  });
});
