// unravel.npm with packages of a registry of the test's own: what goes wrong, and what install scripts may do.

import { execFile } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { realNpm } from "../npm/real-npm.ts";
import { openRegistry, type Registry, type TestPackage } from "../npm/registry.ts";
import { type BuildResult, type BuildStore, makeBuildStore } from "./build-store.ts";
import { builtNames, treeOf } from "./npm.ts";

const minutes = 60_000;

const packages: readonly TestPackage[] = [
  { manifest: { name: "plain", version: "1.0.0" }, files: { "index.js": "module.exports = 'plain';\n" } },
  { manifest: { name: "@scope/other", version: "2.0.0" }, files: { "index.js": "module.exports = 2;\n" } },
  {
    manifest: {
      name: "tool",
      version: "1.0.0",
      bin: { tool: "tool.js" },
      dependencies: { plain: "1.0.0" },
    },
    files: { "tool.js": "#!/usr/bin/env node\r\nconsole.log('tool of', require('plain'));\n" },
  },
  {
    manifest: {
      name: "scripted",
      version: "1.0.0",
      scripts: { preinstall: "echo pre > log", install: "tool >> log", postinstall: "node post.js" },
      dependencies: { tool: "1.0.0", plain: "1.0.0" },
    },
    files: {
      "post.js": `const fs = require("fs");
fs.appendFileSync("log", [process.env.npm_lifecycle_event, process.env.npm_package_name, process.env.npm_package_version].join(" ") + "\\n");
if (fs.existsSync("../plain/outside")) fs.appendFileSync("log", "outside\\n");
fs.writeFileSync("../plain/outside", "x");
`,
    },
  },
  {
    manifest: { name: "broken", version: "1.0.0", scripts: { postinstall: "echo trying; exit 7" } },
  },
  {
    manifest: {
      name: "online",
      version: "1.0.0",
      scripts: {
        install: "node -e \"require('dns').lookup('registry.test', e => process.exit(e ? 3 : 0))\"",
      },
    },
  },
];

describe("unravel.npm", () => {
  let store: BuildStore;
  let registry: Registry;

  beforeAll(async () => {
    store = await makeBuildStore();
    registry = await openRegistry(packages);
  }, 5 * minutes);
  afterAll(async () => {
    await registry?.close();
    store?.remove();
  }, minutes);

  /** A project with a lockfile that npm makes; `edit` changes its text. */
  async function project(
    name: string,
    dependencies: Readonly<Record<string, string>>,
    edit: (lock: string) => string = (lock) => lock,
    files: Readonly<Record<string, string>> = {},
  ): Promise<void> {
    const directory = join(store.directory, name);
    mkdirSync(directory, { recursive: true });
    rmSync(join(directory, "package-lock.json"), { force: true });
    writeFileSync(join(directory, "package.json"), JSON.stringify({ name, version: "1.0.0", dependencies }));
    const npm = realNpm(registry.url);
    try {
      await npm.run(directory, ["install", "--package-lock-only"]);
    } finally {
      npm.remove();
    }
    const lock = join(directory, "package-lock.json");
    const text = readFileSync(lock, "utf8");
    const edited = edit(text);
    writeFileSync(lock, edited);
    for (const [path, contents] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), contents);
    }
  }

  function build(
    name: string,
    more = "",
    options: Parameters<BuildStore["build"]>[2] = {},
  ): Promise<BuildResult> {
    const expression = `{
      modules = (e2e.unravel.npm {
        pname = "${name}";
        src = ./${name};
        registry = ${JSON.stringify(registry.url)};
        ${more}
      }).nodeModules;
    }`;
    return store.build(expression, ["modules"], options);
  }

  async function modulesOf(result: BuildResult): Promise<string> {
    expect(result.log).toMatch(/./);
    expect(result.exitCode, result.log).toBe(0);
    return join(treeOf(store, result.paths[0] ?? ""), "node_modules");
  }

  test(
    "fetches from a registry that the lockfile names, and links bins whose first line ends as on Windows",
    async () => {
      await project("good", { plain: "1.0.0", "@scope/other": "2.0.0", tool: "1.0.0" });
      const modules = await modulesOf(await build("good"));
      expect(readFileSync(join(modules, "@scope/other/index.js"), "utf8")).toContain("2");
      expect(readFileSync(join(modules, ".bin/tool"), "utf8").split("\n")[0]).toBe("#!/usr/bin/env node");
    },
    2 * minutes,
  );

  test(
    "names the package whose contents are not those that were locked, and keeps what was fetched",
    async () => {
      const wrong = `sha512-${"A".repeat(86)}==`;
      await project("mismatch", { plain: "1.0.0", tool: "1.0.0" }, (lock) =>
        lock.replace(/("node_modules\/tool": \{[^}]*?"integrity": ")[^"]*/, `$1${wrong}`),
      );
      const { exitCode, log } = await build("mismatch", "", { keepGoing: true });
      expect(exitCode).not.toBe(0);
      expect(log).toMatch(/hash mismatch in fixed-output derivation '[^']*-npm-0-tool-1\.0\.0\.tgz\.drv'/);
      expect(log).toContain(`specified: ${wrong}`);
      // Repaired, it takes no download: the other package is there, and this one was for another project.
      await project("mismatch", { plain: "1.0.0", tool: "1.0.0" });
      expect(builtNames(await build("mismatch")).filter((name) => name.endsWith(".tgz"))).toEqual([]);
    },
    2 * minutes,
  );

  test(
    "names the package that the registry does not have",
    async () => {
      const digest = `sha512-${"B".repeat(85)}A==`;
      await project("missing", { plain: "1.0.0" }, (lock) =>
        lock.replaceAll("1.0.0", "1.0.1").replace(/"integrity": "[^"]*/, `"integrity": "${digest}`),
      );
      writeFileSync(
        join(store.directory, "missing/package.json"),
        JSON.stringify({ name: "missing", version: "1.0.1", dependencies: { plain: "1.0.1" } }),
      );
      const { exitCode, log } = await build("missing");
      expect(exitCode).not.toBe(0);
      expect(log).toMatch(/plain-1\.0\.1\.tgz.*404/s);
      expect(log).toMatch(/npm-0-plain-1\.0\.1\.tgz\.drv/);
    },
    2 * minutes,
  );

  test(
    "says which address cannot be reached, after it tried again",
    async () => {
      const digest = `sha512-${"C".repeat(85)}A==`;
      // A port that was given to the test, and is closed.
      const gone = await openRegistry([]);
      await gone.close();
      await project("down", { plain: "1.0.0" }, (lock) =>
        lock.replaceAll(registry.url, gone.url).replace(/"integrity": "[^"]*/, `"integrity": "${digest}`),
      );
      const { exitCode, log } = await build("down", "", { settings: { "download-attempts": "2" } });
      expect(exitCode).not.toBe(0);
      expect(log).toContain("retrying");
      expect(log).toMatch(/npm-0-plain-1\.0\.0\.tgz\.drv/);
      expect(log).toContain(`${gone.url}plain/-/plain-1.0.0.tgz`);
    },
    2 * minutes,
  );

  test(
    "runs install scripts as npm does, keeps what they write in their package, and says what they write elsewhere",
    async () => {
      await project("scripts", { scripted: "1.0.0" });
      const result = await build("scripts");
      const modules = await modulesOf(result);
      expect(readFileSync(join(modules, "scripted/log"), "utf8")).toBe(
        "pre\ntool of plain\npostinstall scripted 1.0.0\n",
      );
      expect(existsSync(join(modules, "plain/outside"))).toBe(false);
      expect(result.log).toContain(
        "unravel: scripted@1.0.0: its scripts changed files outside of the package, which are lost: node_modules/plain/outside",
      );
      // The bins that the scripts ran are as npm makes them.
      expect(readFileSync(join(modules, "tool/tool.js"), "utf8")).toMatch(/^#!\/usr\/bin\/env node\n/);
    },
    2 * minutes,
  );

  test(
    "runs another command, or nothing, where scripts says so",
    async () => {
      await project("choices", { scripted: "1.0.0", broken: "1.0.0" });
      const chosen = await build(
        "choices",
        `scripts = { scripted = "echo $npm_package_name > log"; broken = false; };`,
      );
      const modules = await modulesOf(chosen);
      expect(readFileSync(join(modules, "scripted/log"), "utf8")).toBe("scripted\n");
      expect(builtNames(chosen).filter((name) => name.startsWith("npm-s"))).toEqual([
        "npm-s1-scripted-1.0.0",
      ]);
    },
    2 * minutes,
  );

  test(
    "shows the command of an install script that fails, which has no network",
    async () => {
      await project("broken", { broken: "1.0.0" });
      const { exitCode, log } = await build("broken");
      expect(exitCode).not.toBe(0);
      expect(log).toContain(
        "unravel: broken@1.0.0: its postinstall script failed with exit code 7\n" +
          "  command: echo trying; exit 7\n" +
          '  hint: scripts have no network here; scripts."broken" can name another command, or be false',
      );
      await project("online", { online: "1.0.0" });
      expect((await build("online")).log).toContain("its install script failed with exit code 3");
    },
    2 * minutes,
  );

  test(
    "runs no script that the project forbids",
    async () => {
      await project("denied", { broken: "1.0.0" });
      const file = join(store.directory, "denied/package.json");
      const manifest = JSON.parse(readFileSync(file, "utf8"));
      writeFileSync(file, JSON.stringify({ ...manifest, allowScripts: { broken: false } }));
      expect(existsSync(join(await modulesOf(await build("denied")), "broken/package.json"))).toBe(true);
    },
    2 * minutes,
  );

  test("fetches packages first where the lockfile does not say what is in them", async () => {
    await project("old", { scripted: "1.0.0", tool: "1.0.0" }, (lock) => {
      // Version 1: no bins, no install scripts, and nested "dependencies" in place of "packages".
      const { packages } = JSON.parse(lock);
      const dependencies = Object.fromEntries(
        Object.entries<{ version: string; resolved: string; integrity: string }>(packages)
          .filter(([location]) => location !== "")
          .map(([location, { version, resolved, integrity }]) => [
            location.replace("node_modules/", ""),
            { version, resolved, integrity },
          ]),
      );
      return JSON.stringify({
        name: "old",
        version: "1.0.0",
        lockfileVersion: 1,
        requires: true,
        dependencies,
      });
    });
    const result = await build("old");
    const modules = await modulesOf(result);
    expect(readFileSync(join(modules, "scripted/log"), "utf8")).toBe(
      "pre\ntool of plain\npostinstall scripted 1.0.0\n",
    );
    expect(readFileSync(join(modules, ".bin/tool"), "utf8").split("\n")[0]).toBe("#!/usr/bin/env node");
    expect(builtNames(result).filter((name) => name === "old-tree")).toHaveLength(2);
  }, 120_000);

  test("links node_modules into a working directory, again when the lockfile changes, and leaves others alone", async () => {
    await project("shell", { tool: "1.0.0", plain: "1.0.0", "@scope/other": "2.0.0" });
    await project("shell-less", { plain: "1.0.0" });
    const expression = `rec {
      packageOf = src: e2e.unravel.npm {
        pname = "shell";
        inherit src;
        registry = ${JSON.stringify(registry.url)};
      };
      run = e2e.runCommand "run" { nativeBuildInputs = [ e2e.toolchain.nodejs ]; } ''
        mkdir work other
        cd work
        \${(packageOf ./shell).shellHook}
        node -e 'console.log(require("plain"), require("@scope/other"))' >> $out
        node node_modules/.bin/tool >> $out
        mkdir node_modules/.cache
        \${(packageOf ./shell-less).shellHook}
        ls -A node_modules | tr '\\n' ' ' >> $out
        cd ../other
        mkdir node_modules
        { \${(packageOf ./shell).shellHook} } 2>> $out
        ls -A node_modules >> $out
      '';
    }`;
    const { paths } = await store.mustBuild(expression, ["run"]);
    expect(readFileSync(store.physical(paths[0] ?? ""), "utf8")).toBe(
      "plain 2\ntool of plain\n.cache .package-lock.json .unravel plain " +
        "unravel: ./node_modules is there and not made by this shell: it is left as it is\n" +
        "  hint: remove it to use the one of the lockfile\n",
    );
  }, 120_000);

  test("lays packages out as pnpm does, where that is asked for", async () => {
    await project("isolated", { scripted: "1.0.0" });
    const modules = await modulesOf(await build("isolated", 'layout = "isolated";'));
    // Only what the project itself depends on is at the top.
    expect(readdirSync(modules).filter((name) => !name.startsWith("."))).toEqual(["scripted"]);
    const scripted = join(modules, readlinkSync(join(modules, "scripted")));
    expect(readFileSync(join(scripted, "log"), "utf8")).toBe(
      "pre\ntool of plain\npostinstall scripted 1.0.0\n",
    );
    expect(readdirSync(join(scripted, "..")).sort()).toEqual(["plain", "scripted", "tool"]);
  }, 120_000);

  test("plans nothing anew for edits of sources and scripts", async () => {
    await project("edited", { plain: "1.0.0" }, undefined, { "index.js": "1\n" });
    await modulesOf(await build("edited"));
    writeFileSync(join(store.directory, "edited/index.js"), "2\n");
    // The entry is asked again what it would do with a lockfile that says less, and gives what it gave.
    expect(builtNames(await build("edited"))).toEqual(["edited-manifests", "npm.drv"]);
    const file = join(store.directory, "edited/package.json");
    writeFileSync(
      file,
      JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), scripts: { test: "true" } }),
    );
    expect(builtNames(await build("edited"))).toEqual(["edited-manifests", "edited-tree", "npm.drv"]);
  }, 120_000);

  test("patches packages as patch-package would, and names the one whose patch does not fit", async () => {
    const patch = (
      from: string,
    ): string => `diff --git a/node_modules/plain/index.js b/node_modules/plain/index.js
--- a/node_modules/plain/index.js
+++ b/node_modules/plain/index.js
@@ -1 +1 @@
-module.exports = '${from}';
+module.exports = 'patched';
`;
    const manifest = JSON.stringify({
      name: "patched",
      version: "1.0.0",
      dependencies: { plain: "1.0.0" },
      scripts: { postinstall: "patch-package" },
    });
    const file = "patches/plain+1.0.0.patch";
    await project("patched", { plain: "1.0.0" }, undefined, {
      "package.json": manifest,
      [file]: patch("plain"),
    });
    const modules = await modulesOf(await build("patched"));
    expect(readFileSync(join(modules, "plain/index.js"), "utf8")).toBe("module.exports = 'patched';\n");
    writeFileSync(join(store.directory, "patched", file), patch("other"));
    const { exitCode, log } = await build("patched");
    expect(exitCode).not.toBe(0);
    expect(log).toContain(
      'unravel: plain@1.0.0: its patch does not apply: "index.js" has other lines than the patch expects\n' +
        "  hint: make the patch again for the version that is locked",
    );
  }, 120_000);

  test(
    "puts no token of .npmrc into the store",
    async () => {
      const host = registry.url.replace("http:", "");
      await project("token", { plain: "1.0.0" }, undefined, {
        ".npmrc": `registry=${registry.url}\n${host}:_authToken=hunter2\n_password = hunter2\n`,
      });
      const result = await build("token");
      await modulesOf(result);
      const { stdout } = await promisify(execFile)(
        "bash",
        [
          "-c",
          'grep -rl hunter2 "$1"/*-token-manifests "$1"/*-token-tree "$1"/*.drv || true',
          "bash",
          store.physical("/nix/store"),
        ],
        { maxBuffer: 1 << 26 },
      );
      expect(stdout).toBe("");
    },
    2 * minutes,
  );
});
