// What a kernel's thin archives list, without the archives in between.

import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeFiles } from "./captured.ts";
import { type Line, load } from "./kernel-graph.ts";

/** kbuild's line for an archive of files of one directory, and what make knows of it. */
function archive(target: string, names: readonly string[]): Line {
  const folder = dirname(target);
  const list = names.length === 0 ? "" : ` printf "${folder}/%s " ${names.join(" ")} | xargs`;
  return {
    target,
    command: `set -e; rm -f ${target}; ${list} ar cDPrST ${target}`,
    prerequisites: names.map((name) => join(folder, name)),
  };
}

const small: readonly Line[] = [
  archive("fs/ext4/built-in.a", ["inode.o", "super.o"]),
  archive("fs/empty/built-in.a", []),
  archive("fs/built-in.a", ["open.o", "ext4/built-in.a", "empty/built-in.a", "read.o"]),
  archive("built-in.a", ["init/main.o", "fs/built-in.a"]),
];
const link: Line = {
  target: "vmlinux.o",
  command: "ld -r -o vmlinux.o --whole-archive built-in.a",
  prerequisites: ["built-in.a"],
};
const objects = ["init/main.o", "fs/open.o", "fs/ext4/inode.o", "fs/ext4/super.o", "fs/read.o"];

describe("archives of a kernel", () => {
  test("list the objects of those below them, which are not made", () => {
    const { command, inputs, outputs, steps } = load([...small, link]);
    expect(command("built-in.a")).toBe(
      `set -e; rm -f built-in.a; printf '%s ' ${objects.join(" ")} | xargs ar cDPrST built-in.a`,
    );
    expect(inputs("built-in.a")).toEqual(objects);
    expect(outputs("vmlinux.o")).toEqual(["vmlinux.o"]);
    expect(steps).toBe(2);
  });

  test("are made when something else reads them, or they are asked for", () => {
    const reader = {
      target: "fs/list",
      command: "ar t fs/built-in.a > fs/list",
      prerequisites: ["fs/built-in.a"],
    };
    const members = objects.slice(1).join(" ");
    const expected = `set -e; rm -f fs/built-in.a; printf '%s ' ${members} | xargs ar cDPrST fs/built-in.a`;
    expect(load([...small, reader, link]).command("fs/built-in.a")).toBe(expected);
    expect(load([...small, link], ["./fs/built-in.a"]).command("fs/built-in.a")).toBe(expected);
  });

  test("are made when one that is made before them lists them", () => {
    const [ext4, empty, fs] = small;
    if (ext4 === undefined || empty === undefined || fs === undefined) throw new Error("there are three");
    const { command } = load([fs, ext4, empty]);
    expect(command("fs/ext4/built-in.a")).toContain(" fs/ext4/inode.o ");
    expect(command("fs/built-in.a")).toContain(
      " fs/open.o fs/ext4/built-in.a fs/empty/built-in.a fs/read.o ",
    );
  });

  test("without members are empty", () => {
    expect(load([archive("a/built-in.a", [])]).command("a/built-in.a")).toBe(
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
    expect(load([{ target: "lib.a", command }]).command("lib.a")).toBe(command);
  });

  test("are the same bytes as ar's, made one by one", () => {
    const build = (commands: readonly string[]): Buffer => {
      const files = [...objects, "fs/empty/keep"].map((name) => [name, `${name}\n`.repeat(name.length)]);
      const root = writeFiles(Object.fromEntries(files));
      try {
        for (const command of commands) {
          const { status, stderr } = spawnSync("sh", ["-c", command], { cwd: root, encoding: "utf8" });
          expect([status, stderr]).toEqual([0, ""]);
        }
        return readFileSync(join(root, "built-in.a"));
      } finally {
        rmSync(root, { recursive: true });
      }
    };
    const one = build([load([...small, link]).command("built-in.a") ?? ""]);
    expect(one.equals(build(small.map(({ command }) => command)))).toBe(true);
  });
});
