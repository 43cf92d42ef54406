// Cheap commands in the derivation of the step whose files they are made of.

import { describe, expect, it } from "vitest";
import { isCheapCommand } from "../../../emit/plan/followers.ts";
import { ownOutputs, type Plan } from "../../../emit/plan/plan.ts";
import { asBytes } from "../../../graph/bytes.ts";
import { builtOf, type Files, madeInputsOf, planOf, rules, stepMaking } from "./plan-case.ts";

const more = `${rules}rule ln
  command = ln -sf $in $out
rule cp
  command = cp $in $out
rule any
  command = $do
rule shared
  command = cc -shared -o $out $in
`;
const chain =
  "build a.o: cc ../a.c\nbuild l.so.1.2: shared a.o\nbuild l.so.1: ln l.so.1.2\nbuild l.so: ln l.so.1\n";

function withGraph(edges: string, files: Files = {}): { readonly files: Files } {
  return {
    files: { "a.c": "", "b.c": "", in: "", "gen.sh": "", "build/build.ninja": more + edges, ...files },
  };
}

/** What follows each step, by the first output of each. */
function followersIn(plan: Plan): Readonly<Record<string, readonly string[]>> {
  const rows = plan.steps.flatMap((step) => {
    const { followers = [] } = step;
    let at = ownOutputs(step).length;
    const paths = followers.map(({ makes }) => {
      const path = step.outputs[at]?.path ?? "?";
      at += makes;
      return path;
    });
    return followers.length === 0 ? [] : [[step.outputs[0]?.path ?? "?", paths] as const];
  });
  return Object.fromEntries(rows);
}

describe("followers", () => {
  it("are links to links of a library", () => {
    const plan = planOf(withGraph(chain));
    expect(followersIn(plan)).toEqual({ "build/l.so.1": ["build/l.so"] });
    const step = stepMaking(plan, "build/l.so");
    expect(step.outputs.map(({ name }) => name)).toEqual(["out", "l.so"]);
    expect(step.followers?.map(({ command }) => command)).toEqual(["ln -sf l.so.1 l.so"]);
    expect(plan.steps).toHaveLength(3);
    expect(builtOf(plan)).toEqual(["build/l.so", "build/l.so.1", "build/l.so.1.2"]);
  });

  it("give their readers the files they lead to", () => {
    const edges = `${chain}build tool: link l.so\nbuild out: any tool\n  do = ./tool > out\n`;
    const plan = planOf(withGraph(edges));
    const unfused = planOf({ ...withGraph(edges), isUnfused: true });
    for (const path of ["build/tool", "build/out"])
      expect(madeInputsOf(plan, path)).toEqual(madeInputsOf(unfused, path));
    expect(madeInputsOf(plan, "build/tool")).toEqual(["build/l.so", "build/l.so.1", "build/l.so.1.2"]);
  });

  it("are none where every command has a derivation of its own", () => {
    const plan = planOf({ ...withGraph(chain), isUnfused: true });
    expect([plan.steps.length, followersIn(plan)]).toEqual([4, {}]);
    // Which would follow which is said all the same.
    expect(plan.steps.map(({ outputs, follows }) => [outputs[0]?.path, follows])).toEqual([
      ["build/a.o", undefined],
      ["build/l.so.1.2", undefined],
      ["build/l.so.1", undefined],
      ["build/l.so", 2],
    ]);
  });

  it("are there whatever is asked for, and are no part of what was not", () => {
    const plan = planOf({ ...withGraph(chain), targets: ["l.so.1"] });
    const whole = planOf(withGraph(chain));
    expect(stepMaking(plan, "build/l.so.1")).toEqual({
      ...stepMaking(whole, "build/l.so.1"),
      inputs: expect.anything(),
    });
    expect(builtOf(plan)).toEqual(["build/l.so.1", "build/l.so.1.2"]);
  });

  it("are the same in the plan of generated files and in the whole one", () => {
    const edges = `build gen/x.h: cp ../in\nbuild y.h: cp gen/x.h\nbuild a.o: cc ../a.c || gen/x.h\n`;
    const files = { "a.c": '#include "x.h"\n' };
    const first = planOf(withGraph(edges, files));
    expect([first.isComplete, followersIn(first)]).toEqual([false, { "build/gen/x.h": ["build/y.h"] }]);
    const second = planOf({ ...withGraph(edges, files), built: { "build/gen/x.h": "" } });
    expect(second.isComplete).toBe(true);
    expect(stepMaking(second, "build/y.h")).toEqual({
      ...stepMaking(first, "build/y.h"),
      sources: expect.anything(),
    });
  });

  it("do not depend on the order of the graph's edges", () => {
    const edges = chain.trimEnd().split("\n");
    const names = (plan: Plan): unknown =>
      plan.steps.map(({ name, outputs, followers }) => [name, outputs, followers]).sort();
    expect(names(planOf(withGraph(`${[...edges].reverse().join("\n")}\n`)))).toEqual(
      names(planOf(withGraph(chain))),
    );
  });

  it.each([
    ["what reads a source", `build x: cp ../in\nbuild y: any x | ../b.c\n  do = cp x y\n`],
    ["what names a source", `build x: cp ../in\nbuild y: any x\n  do = cp x y && cp ../b.c z\n`],
    ["what follows a compile, which often gives the same object", "build a.o: cc ../a.c\nbuild y: cp a.o\n"],
    ["what follows a command that may cost much", `build x: gen ../in\nbuild y: cp x\n`],
    [
      "what follows the link of a program, which may come out the same",
      "build a.o: cc ../a.c\nbuild x: link a.o\nbuild y: cp x\n",
    ],
    ["what follows a stamp, which always does", `build x: any ../in\n  do = touch x\nbuild y: cp x\n`],
    ["what follows a step of restat", `build x: any ../in\n  do = cp ../in x\n  restat = 1\nbuild y: cp x\n`],
    ["what waits for others", `build x: cp ../in\nbuild z: cp ../b.c\nbuild y: cp x || z\n`],
    ["what reads two steps", `build x: cp ../in\nbuild z: cp ../b.c\nbuild y: any x z\n  do = cp x y\n`],
    ["what is not cheap", `build x: cp ../in\nbuild y: any x\n  do = sort x > y\n`],
    ["what has a depfile", `build x: cp ../in\nbuild y: any x\n  do = cp x y\n  depfile = y.d\n`],
    ["what owns the terminal", `build x: cp ../in\nbuild y: any x\n  do = cp x y\n  pool = console\n`],
  ])("are not %s", (_, edges) => {
    expect(followersIn(planOf(withGraph(edges)))).toEqual({});
  });

  it("may run after a copy, and after each other", () => {
    const edges = `build x: cp ../in\nbuild y: cp x\nbuild z: cp y\nbuild stamp: any x y\n  do = touch stamp\n`;
    expect(followersIn(planOf(withGraph(edges)))).toEqual({
      "build/x": ["build/y", "build/stamp", "build/z"],
    });
  });
});

describe("a cheap command", () => {
  it.each([
    "ln -sf a b",
    "touch a",
    ":",
    "cp -f a b && rm -f c; true",
    "cd /build/source/build && /nix/store/x/bin/cmake -E cmake_symlink_library a b c && :",
    "/usr/bin/cmake -E copy_if_different a b",
    "mkdir -p d && : > d/stamp",
  ])("is %s", (command) => {
    expect(isCheapCommand(asBytes(command))).toBe(true);
  });

  it.each([
    "",
    "cp -r a b",
    "cp --recursive a b",
    "cp -fR a b",
    "./ln a b",
    "tools/cp a b",
    "cp a b | tee c",
    "cp a b || true",
    "cp $(ls) b",
    "cp *.so b",
    "A=1 cp a b",
    "touch < a",
    "cmake -E copy_directory a b",
    "cmake -P x.cmake",
    "cmake --build .",
    "sh -c 'ln -s a b'",
    "cp a b & cp c d",
  ])("is not %s", (command) => {
    expect(isCheapCommand(asBytes(command))).toBe(false);
  });
});
