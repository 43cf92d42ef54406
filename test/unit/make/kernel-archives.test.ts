// What a kernel's thin archives list, without the archives in between.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { DumpLine } from "../../../generators/make/dump.ts";
import { archiveLines } from "../../../generators/make/kernel-archives.ts";
import { asBytes } from "../../../graph/bytes.ts";

const directory = asBytes("/src");

function line(target: string, command: string, prerequisites: readonly string[] = []): DumpLine {
  return {
    id: 1,
    make: 1,
    restart: 0,
    directory,
    target: asBytes(target),
    prerequisites: prerequisites.map(asBytes),
    orderOnly: [],
    also: [],
    environment: 0,
    ran: "no",
    status: 0,
    isLeft: false,
    isAbsent: false,
    command: asBytes(command),
    span: { file: asBytes("make.dump"), start: 0, end: 0 },
  };
}

/** kbuild's line for an archive of files of one directory, and what make knows of it. */
function archive(target: string, names: readonly string[]): DumpLine {
  const folder = dirname(target);
  const list = names.length === 0 ? "" : ` printf "${folder}/%s " ${names.join(" ")} | xargs`;
  return line(
    target,
    `set -e; rm -f ${target}; ${list} ar cDPrST ${target}`,
    names.map((name) => join(folder, name)),
  );
}

function rewritten(lines: readonly DumpLine[], wanted: readonly string[] = []) {
  const found = archiveLines(lines, wanted.map(asBytes));
  return {
    command: (target: string) => found.find((item) => item.target === target)?.command,
    reads: (target: string) => found.find((item) => item.target === target)?.prerequisites,
  };
}

const small = [
  archive("fs/ext4/built-in.a", ["inode.o", "super.o"]),
  archive("fs/empty/built-in.a", []),
  archive("fs/built-in.a", ["open.o", "ext4/built-in.a", "empty/built-in.a", "read.o"]),
  line(
    "built-in.a",
    `set -e; rm -f built-in.a;  printf "./%s " init/main.o fs/built-in.a | xargs ar cDPrST built-in.a`,
    ["init/main.o", "fs/built-in.a"],
  ),
];

const link = line("vmlinux.o", "ld -r -o vmlinux.o --whole-archive built-in.a", ["built-in.a"]);

describe("archives of a kernel", () => {
  test("list the objects of those below them, which are not made", () => {
    const { command, reads } = rewritten([...small, link]);
    const objects = ["init/main.o", "fs/open.o", "fs/ext4/inode.o", "fs/ext4/super.o", "fs/read.o"];
    expect(command("built-in.a")).toBe(
      `set -e; rm -f built-in.a; printf '%s ' ${objects.join(" ")} | xargs ar cDPrST built-in.a`,
    );
    expect(reads("built-in.a")).toEqual(objects);
    for (const path of ["fs", "fs/ext4", "fs/empty"]) {
      expect(command(`${path}/built-in.a`)).toBe(":");
      expect(reads(`${path}/built-in.a`)).toEqual([]);
    }
  });

  test("are made when something else reads them, or they are asked for", () => {
    const reader = line("fs/list", "ar t fs/built-in.a > fs/list", ["fs/built-in.a"]);
    const members = "fs/open.o fs/ext4/inode.o fs/ext4/super.o fs/read.o";
    const expected = `set -e; rm -f fs/built-in.a; printf '%s ' ${members} | xargs ar cDPrST fs/built-in.a`;
    expect(rewritten([...small, reader, link]).command("fs/built-in.a")).toBe(expected);
    expect(rewritten([...small, link], ["fs/built-in.a"]).command("fs/built-in.a")).toBe(expected);
  });

  test("are made when one that is made before them lists them", () => {
    const [first, ...rest] = [...small.slice(0, 3)].reverse();
    const { command } = rewritten([...(first === undefined ? [] : [first]), ...rest]);
    expect(command("fs/ext4/built-in.a")).toContain("fs/ext4/inode.o");
    expect(command("fs/built-in.a")).toContain(
      " fs/open.o fs/ext4/built-in.a fs/empty/built-in.a fs/read.o ",
    );
  });

  test("without members are empty", () => {
    expect(rewritten([archive("a/built-in.a", [])]).command("a/built-in.a")).toBe(
      "set -e; rm -f a/built-in.a; printf '%s ' '' | xargs ar cDPrST a/built-in.a",
    );
  });

  test.each([
    ["an index of symbols", "set -e; rm -f lib.a; ar cDPrsT lib.a a.o"],
    ["another file than the target", "set -e; rm -f other.a; ar cDPrST other.a a.o"],
    ["names that a shell makes", "set -e; rm -f lib.a; ar cDPrST lib.a $(cat list)"],
    ["a second command", "set -e; rm -f lib.a; ar cDPrST lib.a a.o; ranlib lib.a"],
    ["a member outside the directory", "set -e; rm -f lib.a; ar cDPrST lib.a ../a.o"],
  ])("with %s stay as they are", (_, command) => {
    expect(rewritten([line("lib.a", command)]).command("lib.a")).toBe(command);
  });

  test("are the same bytes as ar's, made one by one", () => {
    const scratch = mkdtempSync(join(tmpdir(), "unravel-archives-"));
    try {
      const run = (lines: readonly DumpLine[], place: string): Buffer => {
        const root = join(scratch, place);
        const objects = ["init/main.o", "fs/open.o", "fs/read.o", "fs/ext4/inode.o", "fs/ext4/super.o"];
        for (const name of [...objects, "fs/empty/keep"]) {
          mkdirSync(dirname(join(root, name)), { recursive: true });
          writeFileSync(join(root, name), `${name}\n`.repeat(name.length));
        }
        for (const { command } of lines) {
          const { status, stderr } = spawnSync("sh", ["-c", command], { cwd: root, encoding: "utf8" });
          expect([status, stderr]).toEqual([0, ""]);
        }
        return readFileSync(join(root, "built-in.a"));
      };
      expect(run(archiveLines(small, []), "ours").equals(run(small, "kbuild"))).toBe(true);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});
