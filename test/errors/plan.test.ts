// The exact text of plan/... errors that no command line can cause alone, or that need more than one file.

import { afterAll, describe, expect, it } from "vitest";
import { planSettings, wholeFiles } from "../../cli/settings.ts";
import { derive } from "../../emit/derive.ts";
import { parsePlan } from "../../emit/plan/plan.ts";
import { asBytes, toBuffer } from "../../graph/bytes.ts";
import { type Diagnostic, InputError } from "../../graph/diagnostic.ts";
import { makeProject } from "../cli.ts";

const b = asBytes;
const files = {
  "build.ninja": "rule copy\n  command = cp $in $out\nbuild a: copy x.txt y.txt\n",
  "x.txt": "",
  "y.txt": "",
};
const project = makeProject(files);
afterAll(project.remove);

function print({ code, message, hint }: Diagnostic): string {
  return `${message} [${code}]${hint === undefined ? "" : `\n  hint: ${hint}`}`;
}

function errorOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof InputError)
      return `${error.diagnostics.map(print).join("\n")}\nexit ${error.exitCode}`;
    throw error;
  }
  return "no error";
}

const settings = {
  name: "n",
  frontend: "ninja",
  root: "/build/source",
  buildDirectory: "build",
  targets: [],
  extraInputs: [],
};

describe("plan/settings", () => {
  const hint = "\n  hint: see the reference in docs/nix-functions.md\nexit 2";
  const errorWith = (changes: object): string =>
    errorOf(() => planSettings(JSON.stringify({ ...settings, ...changes })));

  it("names the field that is wrong", () => {
    expect(errorWith({ name: 1 })).toBe(`name must be a string [plan/settings]${hint}`);
    expect(errorWith({ targets: "all" })).toBe(`targets must be a list [plan/settings]${hint}`);
    expect(errorWith({ targets: [1] })).toBe(`targets must be a list of strings [plan/settings]${hint}`);
    expect(errorWith({ frontend: "bazel" })).toBe(`frontend must be "ninja" or "json" [plan/settings]${hint}`);
    expect(errorWith({ extraInputs: ["x"] })).toBe(
      `extraInputs must be a list of { outputs, files } [plan/settings]${hint}`,
    );
  });

  it("lets no path leave the source", () => {
    for (const path of ["/etc", "../x", "a/../../b"]) {
      expect(errorWith({ buildDirectory: path })).toBe(
        `buildDirectory must be a path below the source, not "${path}" [plan/settings]${hint}`,
      );
    }
  });

  it("says when it is no JSON", () => {
    expect(errorOf(() => wholeFiles("["))).toMatch(
      /^configureFiles is not JSON: .* \[plan\/settings\]\nexit 2$/,
    );
  });
});

it("plan/format: tells that plan and program are of two versions", () => {
  expect(errorOf(() => parsePlan(toBuffer(b('{"format":2}'))))).toBe(
    "plan format 2 is not known [plan/format]\n" +
      "  hint: plan and emit must come from the same unravel; make the plan again\nexit 1",
  );
});

it("plan/source-gone: names every file that disappeared after planning", async () => {
  const { out } = await project.run(["plan", "ninja", "build.ninja", "--json"]);
  const plan = parsePlan(Buffer.from(out, "latin1"));
  const path = b("/nix/store/00000000000000000000000000000000-x");
  const context = {
    storeDir: b("/nix/store"),
    system: b("x86_64-linux"),
    shell: path,
    stepScript: path,
    rootScript: path,
    environment: path,
    known: new Map(),
  };
  expect(errorOf(() => derive(plan, context, () => undefined))).toBe(
    '"x.txt", "y.txt" were there when the plan was made and are gone [plan/source-gone]\n' +
      "  hint: make the plan again from the tree as it is now\nexit 1",
  );
});

it("graph/cycle: found in a graph that is nothing but a cycle, and through headers that the graph orders", async () => {
  const circular = makeProject({
    "build.ninja": `rule cc
  command = cc -c $in -o $out
rule run
  command = ./$in > $out
build gen: cc gen.c || made.h
build made.h: run gen
`,
    "all.ninja": "rule copy\n  command = cp $in $out\nbuild a: copy b\nbuild b: copy a\n",
    "gen.c": '#include "made.h"\n',
  });
  const told = async (file: string): Promise<string> => {
    const { code, err } = await circular.run(["plan", "ninja", file]);
    return `${err}exit ${code}`;
  };
  const included = await told("build.ninja");
  const whole = await told("all.ninja");
  circular.remove();
  expect(included).toBe(`build.ninja:5:1: error: dependency cycle: "gen" -> "made.h" -> "gen" [graph/cycle]
  5 | build gen: cc gen.c || made.h
    | ^^^^^^^^^^
  hint: remove one of these inputs
exit 1`);
  expect(whole).toBe(`all.ninja:3:1: error: dependency cycle: "a" -> "b" -> "a" [graph/cycle]
  3 | build a: copy b
    | ^^^^^^^^
  hint: remove one of these inputs
exit 1`);
});

it("a header that only a scan finds, made with the help of the unit, is no input: the unit may not read it", async () => {
  const bootstrapped = makeProject({
    "build.ninja": `rule cc
  command = cc -c $in -o $out
rule run
  command = ./$in > $out
build gen: cc gen.c
build made.h: run gen
default made.h
`,
    "gen.c": '#ifndef BOOTSTRAP\n#include "made.h"\n#endif\n',
  });
  const { code, out, err } = await bootstrapped.run(["plan", "ninja", "build.ninja", "--json"]);
  bootstrapped.remove();
  expect(err).toBe("");
  expect(code).toBe(0);
  expect(out).toContain("made.h");
});
