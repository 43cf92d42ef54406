// What a build is made of and why: `why`, `diff`, `plan --dry-run=static` and completion, without Nix.

import { spawnSync } from "node:child_process";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { makeProject } from "../../cli.ts";

const manifest =
  "rule cc\n  command = cc -I../include -c $in -o $out\n  description = CC $out\n" +
  "rule ld\n  command = cc $in -o $out\n  description = LINK $out\n" +
  "rule gen\n  command = sh ../gen.sh > $out\n  description = GEN $out\n" +
  "build names.txt: gen ../gen.sh\n" +
  "build a.o: cc ../src/a.c\nbuild b.o: cc ../src/b.c\nbuild app: ld a.o b.o\nbuild all: phony app names.txt\ndefault all\n";
const files = {
  "build/build.ninja": manifest,
  "src/a.c": '#include "list.h"\nint main(void) { return 0; }\n',
  "src/b.c": "int b;\n",
  "include/list.h": "",
  "gen.sh": "echo x\n",
};
const project = makeProject(files);
afterAll(project.remove);
beforeEach(() => project.write(files));

const run = async (...args: readonly string[]): Promise<string> => {
  const { code, out, err } = await project.run(args);
  expect(err).toBe("");
  expect(code).toBe(0);
  return out;
};
const ninja = ["ninja", "build/build.ninja"] as const;

describe("unravel why", () => {
  it("tells what a built file is made of, and who wants it", async () => {
    expect(await run("why", ...ninja, "a.o", "--root", ".")).toBe(
      "a.o is made by: CC a.o (compile)\n" +
        "  command     cc -I../include -c ../src/a.c -o a.o\n" +
        "  wanted by   build/a.o -> build/app\n" +
        "  reads\n" +
        "    src/a.c         declared\n" +
        "    include/list.h  found\n" +
        "  read by\n    LINK app\n" +
        "  an edit can rebuild 2 of 4 steps\n",
    );
  });

  it("tells who reads a source, however it was found", async () => {
    expect(await run("why", ...ninja, "../include/list.h", "--root", ".")).toBe(
      "../include/list.h is a source\n" +
        "  wanted by   include/list.h -> build/a.o -> build/app\n" +
        "  read by\n    CC a.o\n" +
        "  an edit can rebuild 2 of 4 steps\n",
    );
  });

  it("prints the same as JSON", async () => {
    const answer = JSON.parse(await run("why", ...ninja, "app", "--root", ".", "--json"));
    expect(answer.reads).toEqual([
      { path: "build/a.o", madeBy: "CC a.o", how: "declared" },
      { path: "build/b.o", madeBy: "CC b.o", how: "declared" },
    ]);
    expect(answer.rebuilds).toEqual([1, 4]);
  });

  it("refuses a path that the plan does not know, with near ones", async () => {
    const { code, err } = await project.run(["why", ...ninja, "list.h", "--root", "."]);
    expect(code).toBe(1);
    expect(err).toBe(
      'error: "list.h" is nothing that the plan makes or reads [graph/no-such-target]\n' +
        '  hint: did you mean "include/list.h"? Paths are relative to the build directory\n',
    );
  });
});

describe("unravel diff", () => {
  const planned = async (name: string): Promise<void> => {
    const { out } = await project.run(["plan", ...ninja, "--root", ".", "--json"]);
    project.write({ [name]: Buffer.from(out, "latin1") });
  };

  it("finds nothing between equal plans", async () => {
    await planned("a.json");
    await planned("b.json");
    expect(await run("diff", "a.json", "b.json")).toBe("0 changed, 4 as before\n");
  });

  it("names the first thing that differs, and the way from there", async () => {
    await planned("a.json");
    project.write({
      "build/build.ninja": manifest.replace("sh ../gen.sh", "sh -e ../gen.sh"),
      "src/b.c": '#include "list.h"\n',
    });
    await planned("b.json");
    expect(await run("diff", "a.json", "b.json")).toBe(
      "CC b.o: it reads include/list.h now\n" +
        "include/list.h -> CC b.o -> LINK app\n" +
        "GEN names.txt: its command changed\n\n" +
        "3 changed, 1 as before\n",
    );
    const json = JSON.parse(await run("diff", "a.json", "b.json", "--json"));
    expect(json.changed.map(({ step }: { step: string }) => step)).toEqual([
      "CC b.o",
      "LINK app",
      "GEN names.txt",
    ]);
    expect(json.unchanged).toBe(1);
  });

  it("tells which steps are new and which are gone", async () => {
    await planned("a.json");
    project.write({
      "build/build.ninja": manifest
        .replace("build names.txt: gen", "build other.txt: gen")
        .replace("app names.txt", "app other.txt"),
    });
    await planned("b.json");
    expect(await run("diff", "a.json", "b.json")).toBe(
      "GEN other.txt: the step is new\nGEN names.txt: the step is gone\n\n1 changed, 1 gone, 3 as before\n",
    );
  });

  it("refuses what is no plan", async () => {
    project.write({ "x.json": "{}" });
    const { code, err } = await project.run(["diff", "x.json", "x.json"]);
    expect(code).toBe(1);
    expect(err).toBe(
      'error: "x.json" is no plan [plan/format]\n' +
        "  hint: `unravel plan --json` prints one; `unravel build` keeps what it built in BUILD/.unravel/steps.json\n",
    );
  });
});

describe("unravel plan --dry-run=static", () => {
  it("lists what is planned without asking Nix", async () => {
    expect(await run("plan", ...ninja, "app", "--root", ".", "--dry-run=static")).toBe(
      "would run  CC a.o\nwould run  CC b.o\nwould run  LINK app\n\n" +
        "3 steps planned; which of them are built already was not asked\n",
    );
  });
});

describe("unravel completion", () => {
  const complete = async (...words: readonly string[]): Promise<readonly string[]> => {
    const script = await run("completion", "bash");
    const set = `COMP_WORDS=(unravel "$@"); COMP_CWORD=$#; _unravel; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const ran = spawnSync("bash", ["-c", `${script}\n${set}`, "bash", ...words], {
      encoding: "utf8",
      cwd: project.directory,
    });
    expect(ran.stderr).toBe("");
    return ran.stdout.split("\n").filter((word) => word !== "");
  };

  it("completes commands, frontends, options and files in bash", async () => {
    expect(await complete("gr")).toEqual(["graph"]);
    expect(await complete("plan", "ni")).toEqual(["ninja"]);
    expect(await complete("build", "--keep")).toEqual(["--keep-going"]);
    expect(await complete("drv", "sh")).toEqual(["show"]);
    expect(await complete("plan", "ninja", "buil")).toEqual(["build"]);
    expect(await complete("help", "bui")).toEqual(["build"]);
    expect(await complete("completion", "z")).toEqual(["zsh"]);
    expect(await complete("cache", "--compression", "x")).toEqual(["xz"]);
    // Bash takes it for three words.
    expect(await complete("graph", "--format", "=", "d")).toEqual(["dot"]);
    expect(await complete("graph", "--format", "=")).toEqual(["dot", "json"]);
    expect((await complete("")).length).toBeGreaterThan(8);
  });

  it("knows every option of every command for zsh and fish, too", async () => {
    const fish = await run("completion", "fish");
    const zsh = await run("completion", "zsh");
    expect(zsh).toMatch(/^#compdef unravel\n/);
    const help = await run("build", "--help");
    const flags = [...help.matchAll(/--[a-z-]+(?= |,)/g)].map(([flag]) => flag);
    expect(flags.length).toBeGreaterThan(15);
    const ofBuild = fish.split("\n").filter((line) => line.includes("'__fish_seen_subcommand_from build'"));
    for (const flag of new Set(flags)) {
      expect(
        ofBuild.some((line) => line.includes(` -l ${flag.slice(2)} `)),
        flag,
      ).toBe(true);
      expect(zsh).toContain(flag);
    }
    expect(fish.split("\n").every((line) => line === "" || line.startsWith("complete -c unravel "))).toBe(
      true,
    );
  });
});
