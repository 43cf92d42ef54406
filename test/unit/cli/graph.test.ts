// `unravel graph`: the summary, the facts as JSON, and where paths are relative to.

import { afterAll, describe, expect, it } from "vitest";
import { makeProject } from "../../cli.ts";

const manifest = `cflags = -O2
pool heavy
  depth = 2
rule cc
  command = cc $cflags -c $in -o $out
rule link
  command = cc -o $out $in
  pool = heavy
build a.o: cc a.c | config.h
build b.o: cc b.c || a.o
build app: link a.o b.o
build all: phony app
include more.ninja
default all
`;
const project = makeProject({ "sub/build.ninja": manifest, "sub/more.ninja": "build c.o: cc \xe4.c\n" });
afterAll(project.remove);

describe("unravel graph", () => {
  it("sums up what there is", async () => {
    expect(await project.run(["graph", "ninja", "sub/build.ninja"])).toEqual({
      code: 0,
      err: "",
      out: `4 steps, 9 files, 4 of them made by no step

steps per rule
       3  cc
       1  link
       1  phony

pools
       2  heavy

built by default
  all

phony targets
  all
`,
    });
  });

  it("prints the facts of the manifest as JSON, an edge per line", async () => {
    const { code, out, err } = await project.run(["graph", "ninja", "sub/build.ninja", "--json"]);
    expect([code, err]).toEqual([0, ""]);
    const facts = JSON.parse(out);
    expect(facts).toMatchObject({
      vars: { cflags: "-O2" },
      rules: { cc: { command: "[cc ][$cflags][ -c ][$in][ -o ][$out]" } },
      pools: { heavy: 2 },
      defaults: ["all"],
      default_nodes: ["all"],
    });
    expect(facts.edges).toHaveLength(5);
    expect(facts.edges[0]).toEqual({
      rule: "cc",
      outs: ["a.o"],
      ins: ["a.c"],
      implicit_ins: ["config.h"],
      command: "cc -O2 -c a.c -o a.o",
    });
    expect(out.split("\n").filter((line) => line.startsWith('{"rule":'))).toHaveLength(5);
  });

  it("reads paths relative to the manifest, or to what -C names", async () => {
    const moved = makeProject({ "build/more.ninja": "", "gen/all.ninja": "include more.ninja\n" });
    expect((await moved.run(["graph", "ninja", "gen/all.ninja"])).code).toBe(1);
    expect((await moved.run(["graph", "ninja", "gen/all.ninja", "-C", "build"])).code).toBe(0);
    moved.remove();
  });

  it("prints the manifest's errors as the objects they are when JSON was asked for", async () => {
    const wrong = makeProject({ "build.ninja": "build a: nope b\n" });
    const { code, out, err } = await wrong.run(["graph", "ninja", "build.ninja", "--json"]);
    wrong.remove();
    expect([code, out]).toEqual([1, ""]);
    expect(JSON.parse(err)).toEqual({
      diagnostics: [
        {
          code: "ninja/unknown-rule",
          message: expect.stringContaining('"nope"'),
          at: { file: "build.ninja", start: 9, end: expect.any(Number) },
          hint: expect.any(String),
        },
      ],
    });
  });

  it("prints warnings and goes on", async () => {
    const warned = makeProject({ "build.ninja": "build a: phony a\n" });
    const { code, err } = await warned.run(["graph", "ninja", "build.ninja"]);
    const kept = await warned.run(["graph", "ninja", "build.ninja", "-w", "phonycycle=err"]);
    warned.remove();
    expect([kept.code, kept.err]).toEqual([0, ""]);
    expect(code).toBe(0);
    expect(err).toMatch(/^build\.ninja:1:\d+: warning: .* \[ninja\/phony-cycle\]\n/);
  });
});
