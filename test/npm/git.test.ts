// Packages from git, beside what npm itself installs of the same commits.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { assemble } from "../../cli/npm/assembler/assemble.ts";
import { AssemblyError } from "../../cli/npm/assembler/assembly-error.ts";
import { packCheckouts } from "../../cli/npm/assembler/checkout.ts";
import { readRecipe } from "../../cli/npm/assembler/recipe.ts";
import { loadPackageTree } from "../../cli/npm/load-tree.ts";
import { readProjectFiles } from "../../cli/npm/project-files.ts";
import { npmContext } from "../../cli/npm/settings.ts";
import { bytesOfContents } from "../../emit/nar.ts";
import { deriveNpm, planNpm } from "../../emit/npm/derive.ts";
import { derivationKey, rootName } from "../../emit/object-set.ts";
import { asBytes } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { compareTrees, readTree } from "../e2e/file-tree.ts";
import { type Npm, realNpm } from "./real-npm.ts";

type Files = Readonly<Record<string, string | object>>;

let top: string;
let npm: Npm;

beforeAll(() => {
  top = realpathSync(mkdtempSync(join(tmpdir(), "unravel-git-")));
  npm = realNpm("http://127.0.0.1:9/");
});
afterAll(() => {
  npm.remove();
  rmSync(top, { recursive: true, force: true });
});

function write(name: string, files: Files): string {
  const directory = join(top, name);
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), typeof contents === "string" ? contents : JSON.stringify(contents));
  }
  return directory;
}

/** A repository with one commit; its address as npm writes it. */
function repository(name: string, files: Files): { readonly address: string; readonly directory: string } {
  const directory = write(name, files);
  const git = (...args: readonly string[]): string =>
    execFileSync("git", ["-C", directory, "-c", "user.name=n", "-c", "user.email=n@n.test", ...args], {
      env: { PATH: process.env["PATH"], HOME: top, GIT_CONFIG_NOSYSTEM: "1" },
      encoding: "utf8",
    });
  git("init", "-q", "-b", "main");
  git("add", "-A", "-f");
  git("commit", "-qm", "One");
  return { directory, address: `git+file://${directory}#${git("rev-parse", "HEAD").trim()}` };
}

/** Lays out a project whose packages come from git; what the assembler says goes into the list. */
async function install(project: string, gitSources: object, said: string[] = []): Promise<string> {
  const tree = await loadPackageTree({
    files: readProjectFiles(project),
    target: { os: "linux", cpu: "x64", libc: "glibc" },
    nodeVersion: process.version,
  });
  const settings = {
    gitSources,
    scripts: {},
    system: "x86_64-linux",
    ...Object.fromEntries(
      ["assembler", "shell", "node", "planner", "forwardScript"].map((name) => [name, `${store}/${name}`]),
    ),
  };
  const context = npmContext(JSON.stringify(settings), asBytes(`${store}/env`), asBytes(top), new Map());
  const { objects } = deriveNpm(planNpm(tree, []), context, () => undefined);
  const recipe = objects.find(({ key }) => key === "r-root-recipe")?.object;
  const file = recipe !== undefined && "node" in recipe ? recipe.node : undefined;
  const json = file?.kind === "directory" ? file.entries.get(asBytes("recipe.json")) : undefined;
  if (json?.kind !== "file") throw new Error("there is no recipe");
  const to = mkdtempSync(join(top, "laid-"));
  writeFileSync(join(to, "recipe.json"), bytesOfContents(json.contents));
  const root = objects.find(({ key }) => key === derivationKey(rootName))?.object;
  const text =
    root !== undefined && "contents" in root ? Buffer.from(bytesOfContents(root.contents)).toString() : "";
  const checkouts = /"checkouts\\":\[(.*?)\]/.exec(text)?.[1] ?? "";
  const sources = {
    recipe: to,
    tarballs: [],
    built: [],
    outputs: {},
    checkouts: [...checkouts.matchAll(/\\"(.*?)\\"/g)].map((match) => match[1] ?? ""),
  };
  const read = readRecipe(to);
  const say = (message: string): void => void said.push(message);
  assemble(read, await packCheckouts(read, sources, say), join(to, "out"), say);
  return join(to, "out");
}

const store = "/nix/store/00000000000000000000000000000000-x";
const one = { "index.js": "1;\n" };

describe("a package from git", { timeout: 150_000 }, () => {
  it("is what npm ci makes of the commit", async () => {
    const repositories = {
      listed: {
        "package.json": {
          name: "listed",
          version: "1.0.0",
          files: ["lib", "data.*"],
          main: "./main.js",
          bin: "cli",
        },
        ...{
          "lib/a.js": "a\n",
          "lib/.npmignore": "b.js\n",
          "lib/b.js": "b\n",
          "data.txt": "d\n",
          cli: "#!x\n",
        },
        ...{ "main.js": "m\n", "other.js": "o\n", "README.md": "r\n", "package-lock.json": "{}" },
      },
      ignored: {
        "package.json": { name: "ignored", version: "1.0.0", bin: { ig: "./bin/ig.js" } },
        ...{
          ".gitignore": "*.log\n/out\n",
          "a.log": "x",
          "out/a.js": "x",
          "sub/out/a.js": "x",
          ".npmrc": "a=b",
        },
        ...{
          "bin/ig.js": "#!/usr/bin/env node\r\n",
          "sub/.gitignore": "!b.log\n",
          "sub/b.log": "b",
          "x.orig": "",
        },
      },
      refined: {
        "package.json": { name: "refined", version: "1.0.0", scripts: { build: "false", test: "false" } },
        ...{
          ".gitignore": "dist\n",
          ".npmignore": "test\n",
          "dist/a.js": "1\n",
          "test/a.js": "1\n",
          "s.sh": "#!\n",
        },
      },
    };
    const dependencies: Record<string, string> = {};
    const fetched: Record<string, string> = {};
    for (const [name, files] of Object.entries(repositories)) {
      const directory = write(name, files);
      if (name === "refined") chmodSync(join(directory, "s.sh"), 0o755);
      symlinkSync("package.json", join(directory, "link.json"));
      const { address } = repository(name, files);
      dependencies[name] = address;
      fetched[address] = directory;
    }
    const project = write("project", { "package.json": { name: "p", version: "1.0.0", dependencies } });
    await npm.run(project, ["install", "--package-lock-only"]);
    await npm.run(project, ["ci"]);
    const laid = await install(project, { fetched });
    expect(
      compareTrees(readTree(join(laid, "node_modules")), readTree(join(project, "node_modules"))).differences,
    ).toEqual([]);
    expect([...readTree(join(laid, "node_modules/refined")).keys()].sort()).toEqual([
      "dist",
      "dist/a.js",
      "package.json",
      "s.sh",
    ]);
  });

  const projectOf = (name: string, address: string): string => {
    const resolved = { version: "1.0.0", resolved: address };
    const top = { name: "p", version: "1.0.0", dependencies: { [name]: address } };
    const packages = { "": top, [`node_modules/${name}`]: resolved };
    return write(`of-${name}`, {
      "package.json": top,
      "package-lock.json": { name: "p", version: "1.0.0", lockfileVersion: 3, requires: true, packages },
    });
  };

  async function errorOf(name: string, files: Files, kind: "fetched" | "given"): Promise<string> {
    const { address, directory } = repository(name, files);
    try {
      await install(projectOf(name, address), { [kind]: { [address]: directory } });
    } catch (error) {
      if (!(error instanceof AssemblyError)) throw error;
      return `${error.message}\n  hint: ${error.hint}`.replaceAll(address, "ADDRESS");
    }
    return "no error";
  }

  it("that has to be prepared is refused by name", async () => {
    const files = { "package.json": { name: "prep", version: "1.0.0", scripts: { prepare: "tsc" } }, ...one };
    expect(await errorOf("prep", files, "fetched")).toBe(
      'prep@1.0.0: ADDRESS has the script "prepare", which npm runs with its development dependencies before it packs it\n' +
        '  hint: run it yourself, and give the directory: gitSources."ADDRESS" = …; or depend on a published version',
    );
  });

  it("is taken as it is when it is given, and the log says so", async () => {
    const files = {
      "package.json": { name: "ready", version: "1.0.0", scripts: { prepare: "tsc" } },
      ...one,
    };
    const { address, directory } = repository("ready", files);
    const said: string[] = [];
    const laid = await install(projectOf("ready", address), { given: { [address]: directory } }, said);
    expect([...readTree(join(laid, "node_modules/ready")).keys()]).toEqual(["index.js", "package.json"]);
    expect(said).toEqual(['ready@1.0.0: taken from gitSources as it is; its script "prepare" is not run']);
  });

  it("that bundles others, or is none, is refused by name", async () => {
    const bundling = {
      name: "bundling",
      version: "1.0.0",
      bundleDependencies: ["a"],
      dependencies: { a: "*" },
    };
    expect(await errorOf("bundling", { "package.json": bundling }, "given")).toBe(
      "bundling@1.0.0: ADDRESS has bundleDependencies, which npm installs into it before it packs it\n" +
        "  hint: depend on a tarball of it",
    );
    expect(await errorOf("none", one, "fetched")).toBe(
      'none@1.0.0: the checkout ADDRESS has no package.json in "."\n' +
        "  hint: correct the dependency, or what gitSources gives for it",
    );
  });

  it("is found under any form of its address, without passwords", () => {
    const commit = "0123456789012345678901234567890123456789";
    const checkouts = (given: object): readonly string[] => {
      const names = ["system", "assembler", "shell", "node", "planner", "forwardScript"];
      const settings = {
        ...Object.fromEntries(names.map((name) => [name, store])),
        scripts: {},
        gitSources: { given },
      };
      const context = npmContext(JSON.stringify(settings), asBytes(store), asBytes("/nix/store"), new Map());
      return [...context.checkouts.keys()];
    };
    expect(
      checkouts({
        [`git+ssh://git@github.com/a/b.git#${commit}`]: store,
        [`github:a/b#${commit}`]: store,
        [`git+https://user:secret@git.test/c.git#${commit}`]: store,
        [`git+ssh://git:secret@git.test:d/e.git#${commit}`]: store,
      }),
    ).toEqual([
      `git+https://github.com/a/b.git#${commit}`,
      `git+https://git.test/c.git#${commit}`,
      `git+ssh://git@git.test/d/e.git#${commit}`,
    ]);
    expect(() => checkouts({ "left-pad": store })).toThrow(InputError);
  });
});
