// Bad and odd input through the Nix functions, with real Nix: what people see, and that nothing is lost.

import type { ChildProcess } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type BuildResult, type BuildStore, countOf, makeBuildStore } from "./build-store.ts";
import { compareTrees, readTree } from "./file-tree.ts";

const minutes = 60_000;

describe("a Ninja build in Nix", () => {
  let store: BuildStore;
  let source: string;

  beforeAll(async () => {
    store = await makeBuildStore();
    source = join(store.directory, "project");
  }, 2 * minutes);
  afterAll(() => store?.remove(), minutes);
  beforeEach(() => {
    rmSync(source, { recursive: true, force: true });
    mkdirSync(source);
  });

  /** Names and contents are bytes, given as latin1. */
  function write(name: string, contents: string): void {
    writeFileSync(Buffer.from(join(source, name), "latin1"), contents, "latin1");
  }

  /** The project's expression; its manifest is `build.ninja` in the source. */
  function expression(more = ""): string {
    return `rec {
  package = e2e.unravel.ninja {
    pname = "project";
    src = ./project;
    configurePhase = "mkdir build; cp build.ninja build; cd build";
    installPhase = "mkdir $out";
    ${more}
  };
  root = e2e.rootOf package;
  oracle = e2e.ninjaOracle {
    inherit package;
    configurePhase = "mkdir build; cp build.ninja build; cd build";
    installPhase = ":";
  };
}`;
  }

  const build = (options = {}): Promise<BuildResult> => store.build(expression(), ["root"], options);
  const stepsOf = (result: BuildResult): readonly string[] =>
    result.built.filter(({ stage }) => stage === "step").map(({ name }) => name.replace(/^project-\d+-/, ""));

  /** Builds with both and compares every file that is in the root. */
  async function compareWithNinja(): Promise<number> {
    const { paths } = await store.mustBuild(expression(), ["root", "oracle"]);
    const [root, oracle] = paths.map((path) => store.physical(path));
    const expected = readTree(join(oracle ?? "", "tree"));
    const compared = compareTrees(readTree(root ?? ""), expected, { partial: true });
    expect(compared.differences).toEqual([]);
    return compared.compared;
  }

  test(
    "shows what a failing command said, and keeps what others made",
    async () => {
      write("good.txt", "good\n");
      write("bad.txt", "bad\n");
      write(
        "build.ninja",
        `rule copy
  command = cp $in $out
rule check
  command = grep -q right $in || { echo "bad.txt:1:1: error: not right" >&2; exit 3; }; cp $in $out
  description = CHECK $out
build good: copy ../good.txt
build checked: check ../bad.txt
build both: copy checked | good
`,
      );
      const failed = await build({ keepGoing: true });
      expect(failed.exitCode).not.toBe(0);
      expect(failed.log).toContain("bad.txt:1:1: error: not right");
      expect(failed.log).toContain("unravel: CHECK checked: the command failed with exit code 3");
      expect(failed.log).toContain("command: grep -q right");
      expect(failed.log).toMatch(/Cannot build '\S+-project-1-\S*checked\.drv'/);
      expect(stepsOf(failed).length).toBe(2);

      write("bad.txt", "right\n");
      const repaired = await build();
      expect(repaired.exitCode).toBe(0);
      expect(stepsOf(repaired).length).toBe(2);
      expect(stepsOf(repaired).some((name) => name.endsWith("good"))).toBe(false);
    },
    minutes,
  );

  test(
    "names an output that the command did not make",
    async () => {
      write("build.ninja", "rule idle\n  command = :\n  description = IDLE $out\nbuild sub/made: idle\n");
      const failed = await build();
      expect(failed.exitCode).not.toBe(0);
      expect(failed.log).toContain(
        'unravel: IDLE sub/made: the command succeeded but did not make "build/sub/made"',
      );
    },
    minutes,
  );

  test(
    "says where a source is named that is not there",
    async () => {
      write("build.ninja", "rule copy\n  command = cp $in $out\n\nbuild made: copy ../missing.txt\n");
      const failed = await build();
      expect(failed.exitCode).not.toBe(0);
      expect(failed.log).toContain('build.ninja:4:1: error: "../missing.txt", needed by "made", is missing');
      expect(failed.log).toContain("4 | build made: copy ../missing.txt");
      expect(failed.log).toContain("[plan/missing-source]");
      expect(countOf(failed, "step")).toBe(0);
    },
    minutes,
  );

  test(
    "says where the manifest is wrong",
    async () => {
      write("build.ninja", "rule copy\n  command = cp $in $out\nbuild made: cpoy ../a\n");
      const failed = await build();
      expect(failed.log).toContain('build.ninja:3:13: error: unknown rule "cpoy"');
      expect(failed.log).toContain("rules declared so far: copy");
    },
    minutes,
  );

  test(
    "takes any bytes in names of files and targets",
    async () => {
      const names = [
        "with space",
        "quote'",
        'double"',
        "dollar$",
        "back\\slash",
        "latin\xff\xfe",
        "__proto__",
        "-dash",
        "a;b&c",
        "*?[x]",
        "#hash",
        "%s",
        "{}",
        "~",
        "constructor",
        "\u00e9".normalize(),
      ];
      for (const name of names) write(name, `contents of ${name}\n`);
      // Not a name that ninja can say, but the tree may have it.
      write("new\nline", "unused\n");
      const escaped = (name: string): string => name.replace(/[$ :]/g, "$$$&");
      const edges = names.map((name) => `build out/${escaped(name)}: copy ../${escaped(name)}\n`);
      const all = names.map((name) => `out/${escaped(name)}`).join(" ");
      write(
        "build.ninja",
        `rule copy\n  command = cp -- $in $out\nrule cat\n  command = cat -- $in > $out\n${edges.join("")}build all.txt: cat ${all}\n`,
      );
      expect(await compareWithNinja()).toBe(names.length + 1);
    },
    2 * minutes,
  );

  test(
    "runs a command longer than the kernel takes as an argument",
    async () => {
      const long = "x".repeat(200_000);
      write(
        "build.ninja",
        `rule long\n  command = : ${long}; printf '%s' ${long} | wc -c > $out\nbuild made: long\n`,
      );
      const { paths } = await store.mustBuild(expression(), ["root"]);
      const made = readTree(store.physical(paths[0] ?? "")).get("build/made");
      expect(made).toEqual({ kind: "file", executable: false, bytes: "200000\n" });
    },
    minutes,
  );

  test(
    "links 3000 files, 1000 of which other steps made",
    async () => {
      const groups = Array.from({ length: 10 }, (_, group) =>
        Array.from({ length: 100 }, (_, index) => `part/${group}/object-file-number-${index}.o`),
      );
      const sources = Array.from({ length: 2000 }, (_, index) => `prebuilt-object-number-${index}.o`);
      for (const name of sources) write(name, `${name}\n`);
      const edges = groups.map((files, group) => `build ${files.join(" ")}: make\n  group = ${group}\n`);
      write(
        "build.ninja",
        `rule make
  command = for file in $out; do echo $group $$file > $$file; done
rule link
  command = xargs cat < $out.rsp > $out
  rspfile = $out.rsp
  rspfile_content = $in_newline
${edges.join("")}build program: link ${groups.flat().join(" ")} ${sources.map((name) => `../${name}`).join(" ")}
`,
      );
      expect(await compareWithNinja()).toBe(1001);
    },
    5 * minutes,
  );

  test(
    "goes on where it was when it is killed",
    async () => {
      write(
        "build.ninja",
        `rule quick
  command = echo $out > $out
rule slow
  command = sleep 3; cat $in > $out
build first: quick
build second: slow first
build third: slow second
`,
      );
      let child: ChildProcess | undefined;
      const killed = await build({
        onStart: (started: ChildProcess) => {
          child = started;
        },
        onBuild: (path: string) => {
          if (path.includes("third") && child?.pid !== undefined) process.kill(-child.pid, "SIGKILL");
        },
      });
      expect(killed.exitCode).toBeNull();
      const again = await build();
      expect([again.exitCode, again.log]).toEqual([0, expect.anything()]);
      expect(stepsOf(again).map((name) => name.replace(/^.*-/, ""))).toEqual(["third"]);
    },
    2 * minutes,
  );

  test(
    "says which feature of Nix is off",
    async () => {
      write("build.ninja", "");
      const features = (list: string): Promise<BuildResult> =>
        build({ settings: { "experimental-features": list } });
      const withoutDynamic = await features("nix-command ca-derivations");
      expect(withoutDynamic.exitCode).not.toBe(0);
      expect(withoutDynamic.log).toContain(
        "error: the Nix feature dynamic-derivations is off [nix/feature-off]",
      );
      expect(withoutDynamic.log).toContain(
        "hint: add `extra-experimental-features = ca-derivations dynamic-derivations`",
      );
      const withoutAddressed = await features("nix-command dynamic-derivations");
      expect(withoutAddressed.exitCode).not.toBe(0);
      expect(withoutAddressed.log).toContain("'ca-derivations' is disabled");
    },
    minutes,
  );
});
