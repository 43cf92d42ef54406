// Generated headers: what is planned before they are there, and that nothing is planned differently afterwards.

import { describe, expect, it } from "vitest";
import { derive } from "../../../emit/derive.ts";
import type { Plan } from "../../../emit/plan/plan.ts";
import { printPlan } from "../../../emit/plan/plan.ts";
import { context, readFrom } from "../emit/context.ts";
import { builtOf, type PlanCase, planOf, readsOf, rules, stepMaking, stepsOf } from "./plan-case.ts";

const files = {
  "a.c": '#include "one.h"\n',
  "b.c": '#include "two.h"\n',
  "plain.c": "int plain;\n",
  "gen.sh": "cat $1\n",
  "one.in": "",
  "two.in": "",
  "build/build.ninja": `${rules}
build gen/one.h: gen ../one.in
build gen/two.h: gen ../two.in || gen/one.h
build gen/unused.h: gen ../one.in
build a.o: cc ../a.c || gen/one.h gen/unused.h
build b.o: cc ../b.c || gen/one.h gen/two.h gen/unused.h
build plain.o: cc ../plain.c || gen/one.h gen/two.h gen/unused.h
build app: link a.o b.o plain.o
default app
`,
};

const first: PlanCase = { files };
const built = { "build/gen/one.h": "", "build/gen/two.h": '#include "one.h"\n' };

/** Paths of derivations by the first output of their step. */
function derivationsOf(plan: Plan, contents: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  const { derivations } = derive(plan, context, readFrom(contents));
  return new Map(stepsOf(plan).map((path, index) => [path, derivations[index] ?? "?"]));
}

describe("a graph with generated headers", () => {
  it("is planned in part: the headers that are included, and what makes them", () => {
    const plan = planOf(first);
    expect(plan.isComplete).toBe(false);
    expect(builtOf(plan)).toEqual(["build/gen/one.h", "build/gen/two.h"]);
    expect(new Set(stepsOf(plan))).toEqual(new Set(["build/gen/one.h", "build/gen/two.h"]));
  });

  it("is planned whole with the headers there: each step reads those that it reaches", () => {
    const plan = planOf({ files, built });
    expect(plan.isComplete).toBe(true);
    expect(readsOf(plan, "build/a.o")).toEqual(["a.c", "build/gen/one.h"]);
    expect(readsOf(plan, "build/b.o")).toEqual(["b.c", "build/gen/one.h", "build/gen/two.h"]);
    expect(readsOf(plan, "build/plain.o")).toEqual(["plain.c"]);
    expect(plan.files).not.toContain("build/gen/one.h");
  });

  it("does not wait for a precompiled header, whose own command names it as well", () => {
    const plan = planOf({
      files: {
        "a.c": "",
        "pch.h": '#include "deep.h"\n',
        "deep.h": "",
        "build/build.ninja": `rule pch
  command = cc -x c-header -include ../pch.h -c $in -o $out
rule cc
  command = cc -include ../pch.h -c $in -o $out
build ../pch.h.gch: pch ../pch.h
build a.o: cc ../a.c | ../pch.h.gch
`,
      },
    });
    expect(plan.isComplete).toBe(true);
    expect(readsOf(plan, "build/a.o")).toEqual(["a.c", "deep.h", "pch.h", "pch.h.gch"]);
    expect(readsOf(plan, "pch.h.gch")).toEqual(["deep.h", "pch.h"]);
  });

  it("wants an included header before the order-only one that includes it", () => {
    const plan = planOf({ files, built: { "build/gen/two.h": '#include "one.h"\n' } });
    expect(plan.isComplete).toBe(false);
    expect(builtOf(plan)).toEqual(["build/gen/one.h"]);
  });

  it("takes as many plans as headers hide behind each other", () => {
    const deep = {
      "a.c": '#include "h0.h"\n',
      "gen.sh": "",
      in: "",
      "build/build.ninja": `${rules}
build gen/h0.h: gen ../in
build gen/h1.h: gen ../in
build gen/h2.h: gen ../in
build a.o: cc ../a.c || gen/h0.h gen/h1.h gen/h2.h
`,
    };
    const contents: Readonly<Record<string, string>> = {
      "build/gen/h0.h": '#include "h1.h"\n',
      "build/gen/h1.h": '#include "h2.h"\n',
      "build/gen/h2.h": "",
    };
    let known: Record<string, string> = {};
    const rounds: (readonly string[])[] = [];
    for (let plan = planOf({ files: deep }); !plan.isComplete; plan = planOf({ files: deep, built: known })) {
      const made = builtOf(plan);
      rounds.push(made);
      known = { ...known, ...Object.fromEntries(made.map((path) => [path, contents[path] ?? "?"])) };
      if (rounds.length > 9) break;
    }
    expect(rounds).toEqual([["build/gen/h0.h"], ["build/gen/h1.h"], ["build/gen/h2.h"]]);
  });

  it("builds a generator whose own headers are generated in an earlier phase", () => {
    const nested = {
      "tool.c": '#include "table.h"\n',
      "a.c": '#include "made.h"\n',
      "gen.sh": "",
      in: "",
      "build/build.ninja": `${rules}
rule run
  command = ./tool > $out
build gen/table.h: gen ../in
build tool.o: cc ../tool.c || gen/table.h
build tool: link tool.o
build gen/made.h: run | tool
build a.o: cc ../a.c || gen/made.h
`,
    };
    const one = planOf({ files: nested });
    expect(builtOf(one)).toEqual(["build/gen/table.h"]);
    expect(stepsOf(one)).toEqual(["build/gen/table.h"]);
    const two = planOf({ files: nested, built: { "build/gen/table.h": "" } });
    expect([two.isComplete, builtOf(two)]).toEqual([false, ["build/gen/made.h"]]);
    const three = planOf({ files: nested, built: { "build/gen/table.h": "", "build/gen/made.h": "" } });
    expect(three.isComplete).toBe(true);
    expect(readsOf(three, "build/gen/made.h")).toEqual(["build/tool"]);
  });

  it("plans a compile of a generated file when the file is there", () => {
    const generated = {
      in: "",
      "x.h": "",
      "gen.sh": "",
      "build/build.ninja": `${rules}build made.c: gen ../in\nbuild made.o: cc made.c\n`,
    };
    expect(builtOf(planOf({ files: generated }))).toEqual(["build/made.c"]);
    const plan = planOf({ files: generated, built: { "build/made.c": '#include "../x.h"\n' } });
    expect(readsOf(plan, "build/made.o")).toEqual(["build/made.c", "x.h"]);
    expect(stepMaking(plan, "build/made.o").ownSources).toEqual([]);
  });

  it("gives a step the same derivation in every phase, however it is numbered", () => {
    const before = planOf(first);
    const after = planOf({ files, built });
    const early = derivationsOf(before, files);
    const late = derivationsOf(after, files);
    expect(early.size).toBe(2);
    for (const [path, derivation] of early) expect([path, late.get(path)]).toEqual([path, derivation]);
    expect(stepsOf(after).slice(0, 2)).not.toEqual(stepsOf(before));
  });

  it("does not look at what was built for anything but includes", () => {
    // A command that names a directory or a file which an earlier phase has made must not read it for that.
    const named = {
      ...files,
      "build/build.ninja": files["build/build.ninja"].replace(
        "build app",
        "rule scan\n  command = ls -d gen && cat gen/one.h ../one.in > $out\nbuild names: scan\nbuild app",
      ),
    };
    const late = planOf({ files: named, built, targets: ["names", "app"] });
    const alone = planOf({ files: named, targets: ["names"] });
    expect(readsOf(late, "build/names")).toEqual(["one.in"]);
    expect(derivationsOf(late, named).get("build/names")).toBe(
      derivationsOf(alone, named).get("build/names"),
    );
  });

  it("has a plan that is the same bytes each time", () => {
    expect(printPlan(planOf({ files, built })).equals(printPlan(planOf({ files, built })))).toBe(true);
  });

  it("plans a tool alike whether the directories that it searches are made yet or not", () => {
    const tool = {
      "tool.c": "int main(void) { return 0; }\n",
      "x.h": "",
      "a.c": '#include "deep/made.h"\n#include "../x.h"\n',
      "build/build.ninja": `${rules}
rule run
  command = ./tool > $out
rule other
  command = cc -Igen/deep/../.. -c $in -o $out
build tool.o: cc ../tool.c
build tool: link tool.o
build gen/deep/made.h: run | tool
build a.o: cc ../a.c || gen/deep/made.h
build tool2.o: other ../tool.c
`,
    };
    const phases = [planOf({ files: tool, targets: ["tool2.o", "tool"] })];
    phases.push(planOf({ files: tool }), planOf({ files: tool, built: { "build/gen/deep/made.h": "" } }));
    expect(phases.map((plan) => plan.isComplete)).toEqual([true, false, true]);
    const [, , last] = phases.map((plan) => derivationsOf(plan, tool));
    for (const plan of phases) {
      for (const [path, derivation] of derivationsOf(plan, tool))
        expect([path, last?.get(path)]).toEqual([path, derivation]);
    }
  });

  it("does not take a header for an input that is made with the step's own help, if no edge says so", () => {
    // The scan follows both branches of #if: the tool that makes the header would include it.
    const looping = {
      "tool.c": '#ifdef LATER\n#include "made.h"\n#endif\n',
      "a.c": '#include "made.h"\n',
      "build/build.ninja": `${rules}
rule run
  command = ./tool > $out
build tool.o: cc ../tool.c
build tool: link tool.o
build gen/made.h: run | tool
build a.o: cc ../a.c || gen/made.h
`,
    };
    const before = planOf({ files: looping });
    expect([before.isComplete, builtOf(before)]).toEqual([false, ["build/gen/made.h"]]);
    expect(readsOf(before, "build/tool.o")).toEqual(["tool.c"]);
    const after = planOf({ files: looping, built: { "build/gen/made.h": "" } });
    expect([after.isComplete, readsOf(after, "build/tool.o")]).toEqual([true, ["tool.c"]]);
    expect(readsOf(after, "build/a.o")).toEqual(["a.c", "build/gen/made.h"]);
    expect(derivationsOf(after, looping).get("build/gen/made.h")).toBe(
      derivationsOf(before, looping).get("build/gen/made.h"),
    );
  });

  it("waits for a dyndep file, and then reads and makes what it says", () => {
    const dyndep = {
      "a.f90": "",
      "b.f90": "",
      "build/build.ninja": `rule scan
  command = scan $in > $out
rule f
  command = compile $in $out
  dyndep = deps.dd
build deps.dd: scan ../a.f90 ../b.f90
build a.o: f ../a.f90 || deps.dd
build b.o: f ../b.f90 || deps.dd
`,
    };
    const before = planOf({ files: dyndep });
    expect([before.isComplete, builtOf(before)]).toEqual([false, ["build/deps.dd"]]);
    const text = "ninja_dyndep_version = 1\nbuild a.o | m.mod: dyndep\nbuild b.o: dyndep | m.mod\n";
    const plan = planOf({ files: dyndep, built: { "build/deps.dd": text } });
    expect(plan.isComplete).toBe(true);
    expect(readsOf(plan, "build/b.o")).toEqual(["b.f90", "build/deps.dd", "build/m.mod"]);
    expect(stepMaking(plan, "build/m.mod").outputs.map(({ path }) => path)).toEqual([
      "build/a.o",
      "build/m.mod",
    ]);
  });
});
