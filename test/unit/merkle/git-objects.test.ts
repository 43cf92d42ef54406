// Objects out of real repositories: every byte as git itself gives it, loose or packed, whole or as deltas.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readGitObject } from "../../../cli/merkle/git-objects.ts";
import { parseGitTree } from "../../../emit/merkle/git-tree.ts";
import { asBytes, fromBuffer, fromText } from "../../../graph/bytes.ts";
import { InputError } from "../../../graph/diagnostic.ts";

let top = "";
const git = (...args: readonly string[]): Buffer =>
  // One thread and one date: which objects become deltas of which depends on the order of threads and commits.
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "pack.threads=1", ...args], {
    cwd: join(top, "work"),
    maxBuffer: 1 << 28,
    env: {
      ...process.env,
      GIT_CONFIG_GLOBAL: "/dev/null",
      GIT_CONFIG_SYSTEM: "/dev/null",
      GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
      GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
    },
  });

/** Lines that compress into deltas of each other, in three commits. */
function commitAll(): void {
  for (let round = 0; round < 3; round++) {
    for (let file = 0; file < 6; file++) {
      const lines = Array.from(
        { length: 400 },
        (_, i) => `${file} ${i % 7 === round ? round : 0} line ${i * 37}`,
      );
      writeFileSync(join(top, "work", `file ${file}.txt`), lines.join("\n"));
    }
    writeFileSync(join(top, "work", "big"), Buffer.alloc(200_000, `${round}abcdefgh`));
    mkdirSync(join(top, "work/a/b"), { recursive: true });
    writeFileSync(join(top, "work/a/b/empty"), "");
    git("add", "-A");
    git("commit", "-qm", String(round));
  }
}

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), "unravel-git-"));
  mkdirSync(join(top, "work"));
  git("init", "-q");
  commitAll();
});
afterAll(() => rmSync(top, { recursive: true }));

function compareAll(): number {
  const names = git("rev-list", "--objects", "--all", "--no-object-names").toString().trim().split("\n");
  for (const name of names) {
    const kind = git("cat-file", "-t", name).toString().trim();
    const contents = git("cat-file", kind, name);
    const whole = Buffer.concat([Buffer.from(`${kind} ${contents.length}\0`), contents]);
    expect(readGitObject(join(top, "work/.git"), asBytes(name)).equals(whole), `${kind} ${name}`).toBe(true);
  }
  return names.length;
}

describe("objects of a repository", () => {
  it("are read loose", () => {
    expect(compareAll()).toBeGreaterThan(20);
  });

  it("are read from packs with deltas of both kinds", () => {
    git("-c", "repack.useDeltaBaseOffset=false", "repack", "-adqf", "--depth=20");
    compareAll();
    git("-c", "repack.useDeltaBaseOffset=true", "repack", "-adqf", "--depth=20");
    compareAll();
    const packed = git("verify-pack", "-v", `.git/objects/pack/${packs()[0]}`).toString();
    expect(packed).toMatch(/chain length = [2-9]/);
  });

  const packs = (): readonly string[] =>
    readdirSync(join(top, "work/.git/objects/pack")).filter((name) => name.endsWith(".idx"));

  it("are listed as git lists a tree", () => {
    const hash = asBytes(git("rev-parse", "HEAD^{tree}").toString().trim());
    const entries = parseGitTree(fromBuffer(readGitObject(join(top, "work/.git"), hash)), hash);
    const listed = git("ls-tree", "-z", hash)
      .toString()
      .split("\0")
      .filter((row) => row !== "");
    expect(entries.map(({ name, hash: entry }) => `${entry}\t${name}`)).toEqual(
      listed.map((row) => row.replace(/^\d+ \w+ /, "")),
    );
  });
});

describe("what cannot be used", () => {
  const messageOf = (act: () => unknown): string => {
    try {
      act();
    } catch (error) {
      if (error instanceof InputError)
        return error.diagnostics.map(({ message, code }) => `${message} [${code}]`).join();
      throw error;
    }
    return "nothing is wrong";
  };
  const hash = asBytes("a".repeat(40));
  const treeOf = (...entries: readonly string[]): string => {
    const contents = entries.map((entry) => `${entry}\0${"\x01".repeat(20)}`).join("");
    return messageOf(() => parseGitTree(asBytes(`tree ${contents.length}\0${contents}`), hash));
  };

  it("is told with the object", () => {
    expect(messageOf(() => readGitObject(join(top, "work/.git"), hash))).toBe(
      `the repository has no object ${hash} [merkle/no-object]`,
    );
    const commit = asBytes(git("rev-parse", "HEAD").toString().trim());
    expect(
      messageOf(() => parseGitTree(fromBuffer(readGitObject(join(top, "work/.git"), commit)), commit)),
    ).toBe(`git object ${commit} cannot be used: it is a commit, not a tree [merkle/bad-object]`);
    expect(messageOf(() => parseGitTree(fromText("tree 5\0abc"), hash))).toBe(
      `git object ${hash} cannot be used: it has no valid header [merkle/bad-object]`,
    );
  });

  it("is told with the entry of a tree", () => {
    const bad = `git object ${hash} cannot be used:`;
    expect(treeOf("160000 sub")).toBe(
      `tree ${hash} has the submodule "sub" [merkle/submodule]`.replace(
        '"sub"',
        '"sub", whose contents are in another repository',
      ),
    );
    expect(treeOf("100600 x")).toBe(`${bad} "x" has the unknown mode "100600" [merkle/bad-object]`);
    expect(treeOf("100644 ..")).toMatch(/the name "\.\." .*\[merkle\/bad-object\]$/);
    expect(treeOf("100644 a/b")).toMatch(/the name "a\/b" .*\[merkle\/bad-object\]$/);
    expect(treeOf("100644 a", "40000 a")).toBe(`${bad} the name "a" stands there twice [merkle/bad-object]`);
    expect(messageOf(() => parseGitTree(asBytes("tree 8\x00100644 a"), hash))).toBe(
      `${bad} an entry is cut off [merkle/bad-object]`,
    );
  });
});
