// A git tree known by its hash alone, fetched node by node from a real bare repository.

import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildResult, type BuildStore, makeBuildStore, projectDirectory } from "./build-store.ts";
import { compareTrees, readTree } from "./file-tree.ts";

const minutes = 60_000;
const hashing = {
  "experimental-features": "nix-command flakes ca-derivations dynamic-derivations git-hashing",
};

describe("unravel.merkle", () => {
  let store: BuildStore;
  let first: BuildResult;
  let tree = "";
  const at = (path: string): string => join(store.directory, path);
  const git = (directory: string, ...args: readonly string[]): string =>
    execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", ...args], {
      cwd: at(directory),
      encoding: "utf8",
      env: { ...process.env, GIT_CONFIG_GLOBAL: "/dev/null", GIT_CONFIG_SYSTEM: "/dev/null" },
    }).trim();

  /** Commits the work and brings it into the bare repository, packed; the hash of its tree. */
  const commit = (): string => {
    git("work", "add", "-A");
    git("work", "commit", "-qm", "x");
    git("bare.git", "fetch", "-q", "../work", "+HEAD:refs/heads/main");
    git("bare.git", "gc", "-q");
    return git("work", "rev-parse", "HEAD^{tree}");
  };
  const expression = (hash: string, more = ""): string =>
    `{ tree = import ${projectDirectory}samples/merkle { inherit (e2e) unravel; repository = toString ./bare.git; tree = "${hash}"; ${more} }; }`;
  const built = (result: BuildResult): readonly string[] =>
    result.built.map(({ name }) => name).filter((name) => name.startsWith("tree-"));
  const expectTree = (result: BuildResult): void => {
    const { differences, compared } = compareTrees(
      readTree(store.physical(result.paths[0] ?? "")),
      readTree(at("work")),
      {
        partial: true,
      },
    );
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThan(90);
  };

  beforeAll(async () => {
    store = await makeBuildStore();
    for (const directory of ["work/lib/deep/er", "work/doc", "work/many", "bare.git"]) {
      mkdirSync(at(directory), { recursive: true });
    }
    for (let i = 0; i < 85; i++) writeFileSync(at(`work/many/file-${i}.txt`), `${i}\n`);
    writeFileSync(at('work/lib/it\'s "odd" é.txt'), "odd\n");
    writeFileSync(at("work/lib/x.drv"), "not a derivation\n");
    writeFileSync(at("work/lib/deep/er/a.c"), "int a;\n");
    writeFileSync(at("work/doc/readme"), "read\n");
    writeFileSync(at("work/doc/empty"), "");
    writeFileSync(at("work/run.sh"), "#!/bin/sh\n");
    chmodSync(at("work/run.sh"), 0o755);
    symlinkSync("lib/deep", at("work/link"));
    git("work", "init", "-q");
    git("bare.git", "init", "-q", "--bare");
    tree = commit();
    first = await store.mustBuild(expression(tree), ["tree"]);
  }, 3 * minutes);
  afterAll(() => store?.remove(), minutes);

  test("gives the tree that git has, links, modes and odd names too", () => {
    expectTree(first);
  });

  test("fetches each object with a derivation of its own", () => {
    const fetched = built(first).filter((name) => /-1-[0-9a-z]-[^-]/.test(name) && !name.endsWith("-r-root"));
    // All entries below the top, directories' listings among them.
    expect(fetched.length).toBe(85 + 7 + 5);
    expect(built(first)).toContain("tree-listing");
  });

  test(
    "with git hashing, reads nothing of a directory that is there",
    async () => {
      const hashed = await store.mustBuild(expression(tree, "gitHashing = true;"), ["tree"], {
        settings: hashing,
      });
      expectTree(hashed);
      // The contents are there from before: only directories are made.
      expect(built(hashed).filter((name) => name.includes("file-"))).toEqual([]);
      writeFileSync(at("work/lib/deep/er/a.c"), "int b;\n");
      const next = await store.mustBuild(expression(commit(), "gitHashing = true;"), ["tree"], {
        settings: hashing,
      });
      expectTree(next);
      expect(built(next).filter((name) => /doc|many/.test(name))).toEqual([]);
      expect(built(next).filter((name) => name.endsWith("-a.c"))).toHaveLength(1);
    },
    2 * minutes,
  );

  test("says which object is missing, and that a commit is no tree", async () => {
    const none = await store.build(expression("0123456789".repeat(4)), ["tree"]);
    expect(none.log).toContain(`the repository has no object ${"0123456789".repeat(4)} [merkle/no-object]`);
    const hash = git("work", "rev-parse", "HEAD");
    const wrong = await store.build(expression(hash), ["tree"]);
    expect(wrong.log).toContain(
      `git object ${hash} cannot be used: it is a commit, not a tree [merkle/bad-object]`,
    );
    const short = await store.build(expression("abc"), ["tree"]);
    expect(short.log).toContain(
      'unravel.merkle: tree must be a git hash, 40 or 64 hexadecimal digits, not "abc" [plan/settings]',
    );
  });
});
