// unravel.npm with packages from git: what Nix fetches by commit, and what somebody gives.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildResult, type BuildStore, makeBuildStore } from "./build-store.ts";
import { treeOf } from "./npm.ts";

const minutes = 60_000;

describe("unravel.npm, for packages from git", () => {
  let store: BuildStore;

  beforeAll(async () => {
    store = await makeBuildStore();
  }, 5 * minutes);
  afterAll(() => store?.remove(), minutes);

  function write(name: string, files: Readonly<Record<string, string | object>>): string {
    const directory = join(store.directory, name);
    mkdirSync(directory, { recursive: true });
    for (const [path, contents] of Object.entries(files)) {
      writeFileSync(
        join(directory, path),
        typeof contents === "string" ? contents : JSON.stringify(contents),
      );
    }
    return directory;
  }

  /** A repository with one commit: its address as npm locks it. */
  function repository(name: string, files: Readonly<Record<string, string | object>>): string {
    const directory = write(name, files);
    const git = (...args: readonly string[]): string =>
      execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...args], {
        cwd: directory,
        encoding: "utf8",
      }).trim();
    git("init", "-q", "-b", "main");
    git("add", ".");
    git("commit", "-q", "-m", "All");
    return `git+file://${directory}#${git("rev-parse", "HEAD")}`;
  }

  function build(dependencies: Readonly<Record<string, string>>, more = ""): Promise<BuildResult> {
    const top = { name: "project", version: "1.0.0", dependencies };
    const entries = Object.entries(dependencies).map(([name, resolved]) => [
      `node_modules/${name}`,
      { version: "1.0.0", resolved },
    ]);
    const packages = { "": top, ...Object.fromEntries(entries) };
    write("project", {
      "package.json": top,
      "package-lock.json": { ...top, lockfileVersion: 3, requires: true, packages },
    });
    const expression = `{
      modules = (e2e.unravel.npm { pname = "project"; src = ./project; ${more} }).nodeModules;
    }`;
    return store.build(expression, ["modules"]);
  }

  test(
    "fetches commits while it evaluates, refuses what is to be prepared, and takes that when it is given",
    async () => {
      const plain = repository("plain", {
        "package.json": { name: "plain", version: "1.0.0", files: ["a.js"] },
        ...{ "a.js": "1;\n", "b.js": "2;\n" },
      });
      const made = {
        name: "made",
        version: "1.0.0",
        files: ["made.js"],
        scripts: { prepare: "echo >made.js" },
      };
      const unmade = repository("made", { "package.json": made, ".gitignore": "made.js\n" });
      const refused = await build({ plain, made: unmade });
      expect(refused.exitCode).not.toBe(0);
      expect(refused.log).toContain(`made@1.0.0: ${unmade} has the script "prepare"`);

      write("prepared", { "package.json": made, "made.js": "3;\n", "other.js": "4;\n" });
      const more = `gitSources = { "${unmade}" = ./prepared; };`;
      const { exitCode, log, paths } = await build({ plain, made: unmade }, more);
      expect(log).not.toContain("error:");
      expect(exitCode).toBe(0);
      const modules = join(treeOf(store, paths[0] ?? ""), "node_modules");
      expect(readdirSync(join(modules, "plain")).sort()).toEqual(["a.js", "package.json"]);
      expect(readdirSync(join(modules, "made")).sort()).toEqual(["made.js", "package.json"]);
      expect(readFileSync(join(modules, "made/made.js"), "utf8")).toBe("3;\n");
    },
    3 * minutes,
  );
});
