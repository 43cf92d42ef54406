// The exact text of plan/... errors that no command line can cause alone, or that need more than one file.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
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
    expect(errorWith({ frontend: "bazel" })).toBe(
      `frontend must be "ninja" or "make" or "json" [plan/settings]${hint}`,
    );
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
    interfaceScript: path,
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

describe("a graph that its own tool would take", () => {
  const rules = `rule cc
  command = cc $flags -c $in -o $out
rule copy
  command = cp $in $out
`;
  const told = async (edges: string, more: Readonly<Record<string, string>> = {}): Promise<string> => {
    const graph = makeProject({ "build/build.ninja": rules + edges, "a.c": "", ...more });
    const { code, err } = await graph.run(["plan", "ninja", "build/build.ninja", "--root", "."]);
    graph.remove();
    return `${err.replaceAll(graph.directory, "/tree")}exit ${code}`;
  };

  it("plan/duplicate-output: two edges make one file under two names", async () => {
    const graph = makeProject({ "a.c": "", "b.c": "" });
    writeFileSync(
      join(graph.directory, "build.ninja"),
      `${rules}build x.o: cc a.c\nbuild ${graph.directory}/x.o: cc b.c\n`,
    );
    const { code, err } = await graph.run(["plan", "ninja", "build.ninja"]);
    graph.remove();
    expect(
      `${err.replaceAll(graph.directory, "/tree")}exit ${code}`,
    ).toBe(`build.ninja:5:1: error: two steps make "x.o", under two of its names [plan/duplicate-output]
  5 | build x.o: cc a.c
    | ^^^^^^^^^^
  hint: the file would be whichever step ran last; let one of them make another file
exit 1`);
  });

  it("plan/generator: only configure would make a file that is wanted", async () => {
    const edges = `rule configure
  command = cmake .
  generator = 1
build build.ninja extra.cmake: configure
build x: copy extra.cmake
`;
    expect(
      await told(edges),
    ).toBe(`build/build.ninja:8:1: error: "build/extra.cmake" is missing, and only running configure again would make it [plan/generator]
  8 | build build.ninja extra.cmake: configure
    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: configure has run already, and a step cannot run it; see why it did not write the file, or ask for other targets
exit 1`);
    expect(await told(edges, { "build/extra.cmake": "" })).toBe("exit 0");
  });

  it("plan/outside-tree: headers are searched in a directory of the machine", async () => {
    for (const flag of ["-I", "-isystem ", "-iquote ", "-idirafter "]) {
      expect(
        await told(`build a.o: cc ../a.c\n  flags = ${flag}/opt/frob/include\n`),
      ).toBe(`build/build.ninja:5:1: error: "/opt/frob/include", a directory that "a.o" searches for headers, is outside the source tree "/tree" [plan/outside-tree]
  5 | build a.o: cc ../a.c
    | ^^^^^^^^^^
  hint: add the package that has these headers to buildInputs, so that configure finds them in the Nix store
exit 1`);
    }
    expect(await told("build a.o: cc ../a.c\n  flags = -I/nix/store/x/include -I../include\n")).toBe(
      "exit 0",
    );
  });

  it("plan/outside-tree and plan/missing-source: a path of the machine, and a file that an edge makes unsaid", async () => {
    expect(
      await told("build x: copy /etc/hostname\n"),
    ).toBe(`build/build.ninja:5:1: error: "/etc/hostname" is outside the source tree "/tree" [plan/outside-tree]
  5 | build x: copy /etc/hostname
    | ^^^^^^^^
  hint: copy it into the tree, or take it from a package in buildInputs so that it is in the Nix store
exit 1`);
    expect(
      await told("build /tmp/x: copy ../a.c\n"),
    ).toBe(`build/build.ninja:5:1: error: output "/tmp/x" is outside the source tree "/tree" [plan/outside-tree]
  5 | build /tmp/x: copy ../a.c
    | ^^^^^^^^^^^^^
  hint: steps can write only below the source tree; change the graph's output directory
exit 1`);
    expect(
      await told("build x: copy ../a.c\nbuild y: copy x.log\n"),
    ).toBe(`build/build.ninja:6:1: error: "x.log", needed by "y", is missing and no step makes it [plan/missing-source]
  6 | build y: copy x.log
    | ^^^^^^^^
  hint: check the path, or add the file to the source (files that git does not track are not in a flake's source)
exit 1`);
  });

  it("plan/missing-source: two edges need one file that an edge makes unsaid, and the first of them is named", async () => {
    const shared = `build x: copy ../a.c
build y: copy x.log
build z: copy x.log
`;
    expect(
      await told(shared),
    ).toBe(`build/build.ninja:6:1: error: "x.log", needed by "y", is missing and no step makes it [plan/missing-source]
  6 | build y: copy x.log
    | ^^^^^^^^
  hint: check the path, or add the file to the source (files that git does not track are not in a flake's source)
exit 1`);
    // The remedy: it is said.
    expect(await told(shared.replace("build x:", "build x | x.log:"))).toBe("exit 0");
  });
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
