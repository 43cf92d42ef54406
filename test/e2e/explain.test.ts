// Builds on the host explained: why steps run, what they printed, and one of them by hand.

import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildStore, makeBuildStore } from "./build-store.ts";
import { type HostProject, type HostTools, hostTools } from "./host.ts";

const minutes = 60_000;
const files = {
  "build.ninja":
    "rule cc\n  command = cc -Iinclude -Wall -c $in -o $out\n  description = CC $out\n" +
    "rule ld\n  command = cc $in -o $out\n  description = LINK $out\n" +
    "rule run\n  command = ./$in > $out\n  description = RUN $out\n" +
    "build a.o: cc src/a.c\nbuild b.o: cc src/b.c\nbuild app: ld a.o b.o\nbuild out.txt: run app\n",
  "src/a.c":
    '#include <stdio.h>\n#include "text.h"\nint b(void);\nint main(void) { int unused; printf("%s %d\\n", TEXT, b()); return 0; }\n',
  "src/b.c": "int b(void) { return 1; }\n",
  "include/text.h": '#define TEXT "one"\n',
};

describe("a build on the host", () => {
  let store: BuildStore;
  let tools: HostTools;
  let project: HostProject;
  const run = (command: string, ...args: readonly string[]) =>
    project.run([command, "ninja", "build.ninja", ...args, "--root", ".", "--toolchain", tools.toolchain], {
      env: tools.env,
    });

  beforeAll(async () => {
    store = await makeBuildStore();
    tools = hostTools(store);
    project = tools.project(files);
  }, 3 * minutes);
  afterAll(() => {
    project?.remove();
    store?.remove();
  }, minutes);

  test("tells with --dry-run what would run, before and after", async () => {
    const before = await run("plan", "--dry-run");
    expect(before.out).toContain("would run  CC a.o\n");
    expect(before.out).toContain("4 of 4 steps would run at most, 0 up to date\n");
    const { code, err } = await project.build(["--explain"]);
    expect(code).toBe(0);
    expect(err).toContain(
      "explain: there is no record of an earlier build in this directory; this one is recorded\n",
    );
    expect((await run("plan", "--dry-run")).out).toBe("0 of 4 steps would run at most, 4 up to date\n");
  });

  test("explains each step that runs: a file, and the way from it", async () => {
    project.write({ "include/text.h": '#define TEXT "two"\n' });
    const header = await project.build(["--explain"]);
    expect(header.err.split("\n").filter((line) => line.startsWith("explain"))).toEqual([
      "explain: CC a.o: include/text.h changed",
      "explain: include/text.h -> CC a.o -> LINK app",
      "explain: include/text.h -> CC a.o -> LINK app -> RUN out.txt",
    ]);
    project.write({ "src/b.c": "int b(void) { return 1; } /* the same code */\n" });
    const body = await project.build(["--explain"]);
    expect(body.err.split("\n").filter((line) => line.startsWith("explain"))).toEqual([
      "explain: CC b.o: src/b.c changed",
    ]);
    project.write({ "build.ninja": files["build.ninja"].replace("-Wall", "-Wall -O1") });
    const flag = await project.build(["--explain"]);
    expect(flag.err).toContain("explain: CC a.o: its command changed\n");
    expect(flag.err).toContain("explain: its command changed -> CC a.o -> LINK app\n");
  });

  test("prints the log of a step", async () => {
    const { code, out } = await run("log", "a.o");
    expect(code).toBe(0);
    expect(out).toContain("unused variable 'unused'");
    const none = await run("log", "include/text.h");
    expect(none.err).toContain(
      'error: "include/text.h" is a source: no step makes it [graph/no-such-target]',
    );
    project.write({ "src/b.c": "int b(void) { return 7; }\n" });
    const unbuilt = await run("log", "b.o");
    expect(unbuilt.code).toBe(1);
    expect(unbuilt.err).toContain('error: Nix has no log of "CC b.o": ');
    expect(unbuilt.err).toContain("[cli/no-log]");
  });

  test("lays out a step so that its command does what it did", async () => {
    const early = await run("shell", "app");
    expect(early.err).toContain('error: "b.o", which the step reads, is not built [cli/not-built]');
    await project.build();
    const { out, err } = await run("shell", "a.o");
    expect(err).toBe("");
    const directory = out.trim();
    const tree = execFileSync("find", ["source", "-type", "f"], { cwd: directory, encoding: "utf8" });
    expect(tree.trim().split("\n").sort()).toEqual(["source/include/text.h", "source/src/a.c"]);
    // The store is where Nix says it is only inside of its own builds; here a compiler of this machine stands in.
    const command = execFileSync("cat", ["command"], { cwd: directory, encoding: "utf8" });
    expect(command).toBe("cc -Iinclude -Wall -O1 -c src/a.c -o a.o\n");
    const linked = (await run("shell", "app", "--to", "laid")).out.trim();
    expect(linked).toBe(join(project.directory, "laid"));
    expect(execFileSync("ls", ["source"], { cwd: linked, encoding: "utf8" })).toBe("a.o\nb.o\n");
    expect(execFileSync("sh", ["-n", "run.sh"], { cwd: linked, encoding: "utf8" })).toBe("");
  });

  test("finds nothing to do for the same graph written as JSON", async () => {
    const json = await project.run(["graph", "ninja", "build.ninja", "--root", ".", "--format", "json"]);
    project.write({ "graph.json": json.out });
    const args = ["--root", ".", "--toolchain", tools.toolchain];
    const built = await project.run(["build", "json", "graph.json", ...args], { env: tools.env });
    expect(built).toEqual({ code: 0, out: "", err: "nothing to do\n" });
    const emitted = await Promise.all(
      [
        ["ninja", "build.ninja"],
        ["json", "graph.json"],
      ].map((words) => project.run(["emit", ...words, ...args, "--to", "daemon"], { env: tools.env })),
    );
    expect(emitted[0]?.out).toMatch(/^\/nix\/store\/.*\.drv\n$/);
    expect(emitted[1]?.out).toBe(emitted[0]?.out);
  });

  test("tells what happens as lines of JSON", async () => {
    project.write({ "src/a.c": files["src/a.c"].replace("int unused;", "int unused, more;") });
    const { code, out } = await project.build(["--events"]);
    expect(code).toBe(0);
    const events = out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ event: "planned", steps: 4, complete: true });
    const compile = events.filter(({ output }) => output === "a.o").map(({ event }) => event);
    expect(compile[0]).toBe("started");
    expect(compile.at(-1)).toBe("built");
    expect(events.some(({ event, line }) => event === "output" && line.includes("unused variable"))).toBe(
      true,
    );
    expect(events.every(({ ms }) => Number.isInteger(ms) && ms >= 0)).toBe(true);
  });

  test("counts what a build ran for, when that is much", async () => {
    const units = Array.from({ length: 11 }, (_, n) => `u${n}`);
    const manifest = (changed: string): string =>
      `rule join\n  command = cat $in $more > $out\n${units
        .map(
          (unit) =>
            `build ${unit}: join ${unit}.txt | all.txt\n${unit === changed ? "  more = all.txt\n" : ""}`,
        )
        .join("")}`;
    const wide = tools.project({
      "build.ninja": manifest(""),
      "all.txt": "",
      ...Object.fromEntries(units.map((unit) => [`${unit}.txt`, unit])),
    });
    try {
      await wide.build();
      wide.write({ "all.txt": "x", "build.ninja": manifest("u3") });
      const { err } = await wide.build(["--explain"]);
      const lines = err.match(/^explain: .*$/gm) ?? [];
      expect(lines).toHaveLength(13);
      expect(lines).toContain("explain: u9: all.txt changed");
      expect(lines.slice(-2)).toEqual([
        "explain: in all: all.txt changed: 10 steps",
        "explain: in all: its command changed: 1 step",
      ]);
    } finally {
      wide.remove();
    }
  });

  test("looks into generated headers of the last build for what it explains", async () => {
    const generating = tools.project({
      "build.ninja":
        "rule gen\n  command = sed s/X/1/ $in > $out\nrule cc\n  command = cc -Wall -c $in -o $out\n" +
        "build gen.h: gen gen.h.in\nbuild a.o: cc a.c | gen.h\n",
      "gen.h.in": "#define WORD X\n",
      "a.c": '#include "gen.h"\nstatic int unused = WORD;\n',
    });
    const asked = (command: string, ...args: readonly string[]) =>
      generating.run(
        [command, "ninja", "build.ninja", ...args, "--root", ".", "--toolchain", tools.toolchain],
        {
          env: tools.env,
        },
      );
    try {
      expect((await asked("why", "a.o")).err).toContain("`unravel build` puts them there");
      expect((await asked("plan", "--dry-run")).out).toBe(
        "would run  gen.h\n\n1 of 1 step would run at most, 0 up to date\nmore is planned when 1 generated file is built\n",
      );
      expect((await generating.build()).code).toBe(0);
      const why = await asked("why", "a.o");
      expect(why.err).toBe("");
      expect(why.out).toContain("gen.h  declared, made by gen.h\n");
      expect((await asked("log", "a.o")).out).toContain("unused");
      generating.write({ "a.c": '#include "gen.h"\nint used = WORD;\n' });
      expect((await asked("plan", "--dry-run")).out).toBe(
        "would run  a.o\n\n1 of 2 steps would run at most, 1 up to date\n",
      );
    } finally {
      generating.remove();
    }
  });

  test("tells how to try a failed step by hand", async () => {
    project.write({ "src/b.c": "int b(void) { return missing; }\n" });
    const { code, err } = await project.build();
    expect(code).toBe(1);
    const byHand = /to try it by hand: unravel (.*)\n/.exec(err)?.[1] ?? "";
    expect(byHand).toBe(`shell ninja build.ninja b.o --root . --toolchain ${tools.toolchain}`);
    expect((await project.run(byHand.split(" "), { env: tools.env })).code).toBe(0);
    expect(err).toContain("'missing' undeclared");
    // The command and what it printed come last.
    expect(err.indexOf("to try it")).toBeLessThan(err.indexOf("undeclared"));
  });
});
