// Records of real builds: on the host, and from what nix-build says of a package.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openPage } from "../unit/report/fake-page.ts";
import { type BuildStore, makeBuildStore } from "./build-store.ts";
import { type HostProject, type HostTools, hostTools } from "./host.ts";

const minutes = 60_000;

const manifest = `rule cc
  command = cc -MMD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
  description = CC $out
rule link
  command = cc $in -o $out
  description = LINK $out
build a.o: cc a.c
build b.o: cc b.c
build app: link a.o b.o
`;
const files = {
  "build.ninja": manifest,
  "a.c": '#include "old.h"\nint b(void);\nint main(void) { return b(); }\n',
  "b.c": '#ifdef OLD\n#include "old.h"\n#endif\nint b(void) { return 0; }\n',
  "old.h": "\n",
};

interface Shown {
  readonly end: string;
  readonly hasTimes: boolean;
  readonly duration: number;
  readonly files: readonly string[];
  readonly steps: readonly {
    readonly label: string;
    readonly state: string;
    readonly start: number;
    readonly end: number;
    readonly inputs: readonly number[];
    readonly unread?: readonly number[];
    readonly log: readonly string[];
  }[];
}

describe("the report of a build", () => {
  let store: BuildStore;
  let tools: HostTools;
  let project: HostProject;

  const shown = async (...args: readonly string[]): Promise<Shown> => {
    const { code, out, err } = await project.run(["report", ...args, "--json"], { env: tools.env });
    expect(err).toBe("");
    expect(code).toBe(0);
    return JSON.parse(out) as Shown;
  };
  const states = ({ steps }: Shown): readonly (readonly string[])[] =>
    steps.map(({ label, state }) => [label, state]);

  beforeAll(async () => {
    store = await makeBuildStore();
    tools = hostTools(store);
    project = tools.project(files);
  }, 5 * minutes);
  afterAll(() => {
    project?.remove();
    store?.remove();
  }, minutes);

  test(
    "has every step with its time, and the header that a compiler did not read",
    async () => {
      expect((await project.build()).code).toBe(0);
      const build = await shown(".");
      expect(states(build)).toEqual([
        ["CC a.o", "built"],
        ["CC b.o", "built"],
        ["LINK app", "built"],
      ]);
      expect(build.end).toBe("built");
      const [a, b, app] = build.steps;
      expect(a?.unread).toEqual([]);
      expect(b?.unread?.map((file) => build.files[file])).toEqual(["old.h"]);
      expect(app?.unread).toBeUndefined();
      expect(app?.inputs).toEqual([0, 1]);
      expect(app?.start).toBeGreaterThanOrEqual(Math.max(a?.end ?? 0, b?.end ?? 0));
      expect(app?.end).toBeLessThanOrEqual(build.duration);
    },
    minutes,
  );

  test(
    "stays when there is nothing to build, and says what had a result when there is",
    async () => {
      const before = readFileSync(join(project.directory, ".unravel/build.jsonl"), "utf8");
      await project.build();
      expect(readFileSync(join(project.directory, ".unravel/build.jsonl"), "utf8")).toBe(before);
      project.write({ "b.c": `${files["b.c"]}/* A comment. */\n` });
      expect((await project.build(["--record", "second.jsonl"])).code).toBe(0);
      expect(states(await shown("second.jsonl")).map(([, state]) => state)).toEqual([
        "cached",
        "built",
        "cut-off",
      ]);
    },
    minutes,
  );

  test(
    "of a build that failed has what failed, with what it printed, and what was not run",
    async () => {
      project.write({ "b.c": "int b(void) { return nothing; }\n" });
      expect((await project.build()).code).toBe(1);
      const build = await shown(".");
      expect(build.end).toBe("failed");
      expect(states(build).map(([, state]) => state)).toEqual(["cached", "failed", "waiting"]);
      expect(build.steps[1]?.log.join("\n")).toContain("nothing");
      expect((await project.run(["report", ".", "--to", "out/failed.html"])).code).toBe(0);
      const page = openPage(readFileSync(join(project.directory, "out/failed.html"), "utf8"));
      expect(page.element("failed").textContent).toContain("CC b.o");
      expect(page.element("end").textContent).toBe("failed");
    },
    minutes,
  );

  test(
    "comes from a log of nix-build as well, with the plan of the package",
    async () => {
      const source = join(store.directory, "app");
      await store.run("mkdir", [source]);
      for (const [name, text] of Object.entries(files)) writeFileSync(join(source, name), text);
      const expression = `rec {
      app = e2e.unravel.ninja {
        pname = "app"; src = ./app; buildDirectory = ".";
        configurePhase = "true";
        installPhase = "mkdir -p $out; cp app $out/";
      };
      inherit (app) plan;
    }`;
      writeFileSync(join(store.directory, "default.nix"), `let e2e = import ./e2e.nix; in ${expression}`);
      const { err, exitCode } = await store.run("nix-build", [
        "default.nix",
        "-A",
        "app",
        "--no-out-link",
        "--log-format",
        "internal-json",
      ]);
      expect(exitCode, err).toBe(0);
      project.write({ "nix.log": err });
      const { paths } = await store.mustBuild(expression, ["plan"]);
      const build = await shown("nix.log", "--plan", store.physical(paths[0] ?? ""));
      // Nix has the plan, which was made in this build.
      expect(await shown("nix.log")).toEqual(build);
      expect(build.hasTimes).toBe(false);
      expect(
        build.steps
          .filter(({ label }) => label.startsWith("CC "))
          .map(({ label, state, unread }) => [label, state, unread?.map((file) => build.files[file])]),
      ).toEqual([
        ["CC a.o", "built", []],
        ["CC b.o", "built", ["old.h"]],
      ]);
      const compile = build.steps.find(({ label }) => label === "CC a.o");
      expect(compile?.inputs.map((input) => build.steps[input]?.label)).toEqual(["app"]);
      expect(build.steps.map(({ label }) => label)).toEqual(
        expect.arrayContaining(["app-skeleton", "app-configured", "app-plan", "app"]),
      );
    },
    2 * minutes,
  );
});
