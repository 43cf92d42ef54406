// Files that compilers write beside objects.

import { describe, expect, it } from "vitest";
import { sideFilesOf } from "../../../emit/plan/side-files.ts";
import { asBytes } from "../../../graph/bytes.ts";
import { builtOf, planOf, rules, stepMaking } from "./plan-case.ts";

const of = (command: string, ...outputs: string[]): readonly string[] =>
  sideFilesOf(asBytes(command), outputs.map(asBytes));

describe("files beside an object", () => {
  it("are those that its command's flags make", () => {
    expect(of("cc -g -gsplit-dwarf -c x.c -o d/x.c.o", "d/x.c.o")).toEqual(["d/x.c.dwo"]);
    expect(of("cc --coverage -c x.c -o x.o", "x.o")).toEqual(["x.gcno"]);
    expect(of("cc -ftest-coverage -gsplit-dwarf=split -c x.c -o x.obj", "x.obj")).toEqual([
      "x.dwo",
      "x.gcno",
    ]);
    expect(of("cc -gsplit-dwarf=single -c x.c -o x.o", "x.o")).toEqual([]);
    expect(of("cc -DX=-gsplit-dwarf -c x.c -o x.o", "x.o")).toEqual([]);
    expect(of("cc --coverage -c x.c -o x", "x")).toEqual([]);
    // The graph says it.
    expect(of("cc -gsplit-dwarf -c x.c -o x.o", "x.o", "x.dwo")).toEqual([]);
  });

  it("come with the object, and are part of the result", () => {
    const plan = planOf({
      files: {
        "x.c": "",
        "build/build.ninja": `${rules}build x.o: cc ../x.c
  command = cc --coverage -gsplit-dwarf -c ../x.c -o x.o
build app: link x.o
`,
      },
    });
    expect(stepMaking(plan, "build/x.o").outputs).toEqual([
      { name: "out", path: "build/x.o", optional: false },
      { name: "x.dwo", path: "build/x.dwo", optional: true, isBeside: true },
      { name: "x.gcno", path: "build/x.gcno", optional: true, isBeside: true },
    ]);
    expect(builtOf(plan)).toEqual(["build/app", "build/x.dwo", "build/x.gcno"]);
  });

  it("are another step's where that makes them", () => {
    const plan = planOf({
      files: {
        "x.c": "",
        "build/build.ninja": `${rules}build x.o: cc ../x.c
  command = cc -gsplit-dwarf -c ../x.c -o x.o
build x.dwo: gen ../x.c
`,
      },
    });
    expect(stepMaking(plan, "build/x.o").outputs).toHaveLength(1);
  });
});
