// Settings that Nix code hands over: what each field becomes, and that each wrong type is named.

import { describe, expect, it } from "vitest";
import { emissionContext, planSettings, wholeFiles } from "../../../cli/settings.ts";
import { asBytes } from "../../../graph/bytes.ts";
import { InputError } from "../../../graph/diagnostic.ts";

const good = {
  name: "p",
  frontend: "ninja",
  root: "/build/source",
  buildDirectory: "build",
  targets: ["all"],
  extraInputs: [{ outputs: "gen/**", files: ["scripts"] }],
};

const paths = {
  system: "x86_64-linux",
  shell: "/s/bash",
  node: "/s/node",
  planner: "/s/planner",
  stepScript: "/s/step.sh",
  interfaceScript: "/s/interface.sh",
  rootScript: "/s/root.sh",
  forwardScript: "/s/forward.sh",
};

function planWith(change: object): ReturnType<typeof planSettings> {
  return planSettings(JSON.stringify({ ...good, ...change }));
}

function contextWith(change: object): ReturnType<typeof emissionContext> {
  return emissionContext(
    JSON.stringify({ ...paths, ...change }),
    asBytes("/s/env"),
    asBytes("/s"),
    new Map(),
  );
}

/** The messages, and that it is an error of the command line's kind. */
function messagesOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect([error.exitCode, error.diagnostics.map(({ code }) => code)]).toEqual([2, ["plan/settings"]]);
    return error.diagnostics.map(({ message }) => message).join("\n");
  }
  throw new Error("nothing was refused");
}

describe("settings of a plan", () => {
  it("are read as they are", () => {
    const { extraInputs, ...plain } = planWith({});
    expect(plain).toEqual({
      name: "p",
      frontend: "ninja",
      root: "/build/source",
      buildDirectory: "build",
      targets: ["all"],
    });
    expect(extraInputs.map(({ files }) => files)).toEqual([["scripts"]]);
    expect(extraInputs.map(({ outputs }) => outputs.test("gen/a/b"))).toEqual([true]);
  });

  it("have paths without needless parts", () => {
    expect(planWith({ buildDirectory: "./a//b/." }).buildDirectory).toBe("a/b");
    expect(planWith({ buildDirectory: "." }).buildDirectory).toBe("");
    expect(planWith({ extraInputs: [{ outputs: "x", files: ["./a/"] }] }).extraInputs[0]?.files).toEqual([
      "a",
    ]);
  });

  it("are text in UTF-8, which becomes bytes once", () => {
    const settings = planWith({
      buildDirectory: "b\u00e9",
      targets: ["t\u00e9"],
      extraInputs: [{ outputs: "o\u00e9/*", files: ["f\u00e9"] }],
    });
    expect([settings.buildDirectory, settings.targets]).toEqual(["b\xc3\xa9", ["t\xc3\xa9"]]);
    expect(settings.extraInputs[0]?.files).toEqual(["f\xc3\xa9"]);
    expect(settings.extraInputs[0]?.outputs.test("o\xc3\xa9/x")).toBe(true);
  });

  it.each<[object, string]>([
    [{ name: 1 }, "name must be a string"],
    [{ name: undefined }, "name must be a string"],
    [
      { name: "two words" },
      'pname must be at most 60 of the characters 0-9 A-Z a-z + - . _ ? =, not "two words"',
    ],
    [
      { name: "n".repeat(61) },
      `pname must be at most 60 of the characters 0-9 A-Z a-z + - . _ ? =, not "${"n".repeat(61)}"`,
    ],
    [{ frontend: null }, "frontend must be a string"],
    [{ frontend: "bazel" }, 'frontend must be "ninja" or "make" or "json"'],
    [{ root: [] }, "root must be a string"],
    [{ buildDirectory: {} }, "buildDirectory must be a string"],
    [{ buildDirectory: "/build" }, 'buildDirectory must be a path below the source, not "/build"'],
    [{ buildDirectory: "a/../.." }, 'buildDirectory must be a path below the source, not "a/../.."'],
    [{ targets: "all" }, "targets must be a list"],
    [{ targets: ["all", 1] }, "targets must be a list of strings"],
    [{ extraInputs: {} }, "extraInputs must be a list"],
    [{ extraInputs: ["x"] }, "extraInputs must be a list of { outputs, files }"],
    [{ extraInputs: [null] }, "extraInputs must be a list of { outputs, files }"],
    [{ extraInputs: [[]] }, "extraInputs must be a list of { outputs, files }"],
    [{ extraInputs: [{ files: [] }] }, "outputs must be a string"],
    [{ extraInputs: [{ outputs: "x" }] }, "extraInputs.files must be a list"],
    [{ extraInputs: [{ outputs: "x", files: [1] }] }, "extraInputs.files must be a list of strings"],
    [
      { extraInputs: [{ outputs: "x", files: ["../x"] }] },
      'extraInputs.files must be a path below the source, not "../x"',
    ],
    [
      { extraInputs: [{ outputs: "x", files: ["/etc"] }] },
      'extraInputs.files must be a path below the source, not "/etc"',
    ],
  ])("are refused by name: %j", (change, message) => {
    expect(messagesOf(() => planWith(change))).toBe(message);
  });

  it.each(["[]", "null", '"x"', "1"])("must be an attribute set: %s", (json) => {
    expect(messagesOf(() => planSettings(json))).toBe("settings must be an attribute set");
  });

  it("must be JSON", () => {
    expect(messagesOf(() => planSettings("{"))).toMatch(/^settings is not JSON: /);
  });
});

describe("settings of an emission", () => {
  it("are store paths and a system", () => {
    expect(contextWith({})).toEqual({
      ...paths,
      references: [paths.stepScript, paths.interfaceScript, paths.rootScript],
      storeDir: "/s",
      environment: "/s/env",
      known: new Map(),
    });
  });

  it.each(Object.keys(paths))("must have %s", (name) => {
    if (name !== "interfaceScript")
      expect(messagesOf(() => contextWith({ [name]: undefined }))).toBe(`${name} must be a string`);
    expect(messagesOf(() => contextWith({ [name]: 7 }))).toBe(`${name} must be a string`);
  });

  it("name a script for interfaces only where steps may make some", () => {
    const { interfaceScript, references } = contextWith({ interfaceScript: undefined });
    expect({ interfaceScript, references }).toEqual({
      interfaceScript: paths.stepScript,
      references: [paths.stepScript, paths.rootScript],
    });
  });
});

describe("files that configure sees whole", () => {
  it("are globs over the whole path", () => {
    const [first, second, third] = wholeFiles('["src/*.c", "**/x.h", "d\u00e9/?"]');
    expect([first?.test("src/a.c"), first?.test("src/b/a.c"), first?.test("x/src/a.c")]).toEqual([
      true,
      false,
      false,
    ]);
    expect([second?.test("x.h"), second?.test("a/b/x.h"), second?.test("a/bx.h")]).toEqual([
      true,
      true,
      false,
    ]);
    expect([third?.test("d\xc3\xa9/x"), third?.test("d\xc3\xa9/xy")]).toEqual([true, false]);
  });

  it("are a list of strings", () => {
    expect(messagesOf(() => wholeFiles("{}"))).toBe("configureFiles must be a list");
    expect(messagesOf(() => wholeFiles("[1]"))).toBe("configureFiles must be a list of strings");
    expect(messagesOf(() => wholeFiles("x"))).toMatch(/^configureFiles is not JSON: /);
  });
});
