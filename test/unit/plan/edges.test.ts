// What the parts of a build edge mean for the plan: phony, order-only, validations, generators, several outputs,
// targets and defaults.

import { describe, expect, it } from "vitest";
import {
  builtOf,
  type Files,
  madeInputsOf,
  planOf,
  readsOf,
  rules,
  sourcesOf,
  stepMaking,
  stepsOf,
} from "./plan-case.ts";

const sources: Files = { "a.c": "", "b.c": "", "gen.sh": "", in: "", "build/old.txt": "" };

function withGraph(edges: string, more: Files = {}): { readonly files: Files } {
  return { files: { ...sources, ...more, "build/build.ninja": rules + edges } };
}

describe("phony edges", () => {
  it("stand for their inputs, through any number of them", () => {
    const plan = planOf(
      withGraph(`build a.o: cc ../a.c
build b.o: cc ../b.c
build inner: phony b.o
build objects: phony a.o inner ../in
build app: link objects
`),
    );
    expect(madeInputsOf(plan, "build/app")).toEqual(["build/a.o", "build/b.o"]);
    expect(sourcesOf(plan, stepMaking(plan, "build/app"))).toEqual(["in"]);
    expect(stepsOf(plan)).not.toContain("build/objects");
  });

  it("hand on what they order as something that is ordered, and built, but not read", () => {
    const plan = planOf(
      withGraph(`build a.o: cc ../a.c
build b.o: cc ../b.c
build stamp: phony || b.o ../in
build app: link a.o | stamp
`),
    );
    expect(madeInputsOf(plan, "build/app")).toEqual(["build/a.o"]);
    expect(sourcesOf(plan, stepMaking(plan, "build/app"))).toEqual([]);
    expect(stepsOf(plan)).toContain("build/b.o");
  });

  it("are targets whose inputs, order-only inputs and validations are built", () => {
    const plan = planOf({
      ...withGraph(`build a.o: cc ../a.c
build x.txt: gen ../in
build y.txt: gen ../in
build z.txt: gen ../in
build all: phony x.txt || y.txt |@ z.txt
`),
      targets: ["all"],
    });
    expect(stepsOf(plan)).toEqual(["build/x.txt", "build/y.txt", "build/z.txt"]);
  });

  it("without inputs are files that may be there", () => {
    const plan = planOf(withGraph("build old.txt: phony\nbuild x.txt: gen old.txt\n"));
    expect(readsOf(plan, "build/x.txt")).not.toContain("build/x.txt");
    expect(stepsOf(plan)).toEqual(["build/x.txt"]);
  });

  it("hold together thousands of each other without running out of stack", () => {
    const chain = Array.from({ length: 20_000 }, (_, i) => `build p${i + 1}: phony p${i}\n`).join("");
    const plan = planOf(withGraph(`build p0: phony ../in\n${chain}build x.txt: gen p20000\n`));
    expect(readsOf(plan, "build/x.txt")).toContain("in");
  });
});

describe("order-only inputs", () => {
  const graph = `build made.txt: gen ../in
build other.txt: gen ../in
`;

  it("are built, and not read by a compile that does not include them", () => {
    const plan = planOf(withGraph(`${graph}build a.o: cc ../a.c || made.txt\n`));
    expect(stepsOf(plan)).toContain("build/made.txt");
    expect(readsOf(plan, "build/a.o")).toEqual(["a.c"]);
  });

  it("are read by a command that lists them itself, for nothing tells what it reads", () => {
    const plan = planOf(withGraph(`${graph}build x.txt: gen ../in || made.txt\n`));
    expect(madeInputsOf(plan, "build/x.txt")).toEqual(["build/made.txt"]);
  });

  it("are not read by a command when they are libraries or programs that it does not name", () => {
    const plan = planOf(
      withGraph(`build a.o: cc ../a.c
build b.o: cc ../b.c
build app: link a.o
build other: link b.o
build x.a: ar a.o
rule use
  command = ./app > $out
build x.txt: use || app other x.a
`),
    );
    expect(madeInputsOf(plan, "build/x.txt")).toEqual(["build/app"]);
  });

  it("behind a phony are read when the command names them, and only those", () => {
    const plan = planOf(
      withGraph(`${graph}build both: phony made.txt other.txt
rule use
  command = sh ../gen.sh --from=made.txt > $out
build x.txt: use || both
`),
    );
    expect(madeInputsOf(plan, "build/x.txt")).toEqual(["build/made.txt"]);
    expect(stepsOf(plan)).toContain("build/other.txt");
  });

  it("are not read by a link that does not name them", () => {
    const plan = planOf(withGraph(`${graph}build a.o: cc ../a.c\nbuild app: link a.o || made.txt\n`));
    expect(madeInputsOf(plan, "build/app")).toEqual(["build/a.o"]);
  });

  it("that a command only names, without an edge, are not waited for", () => {
    const plan = planOf(withGraph(`${graph}rule use\n  command = cat made.txt > $out\nbuild x.txt: use\n`));
    expect(madeInputsOf(plan, "build/x.txt")).toEqual([]);
  });
});

describe("validations", () => {
  const graph = `build a.o: cc ../a.c
build app: link a.o |@ check.txt
build check.txt: gen app
`;

  it("are built with what they validate, and may read it", () => {
    const plan = planOf({ ...withGraph(graph), targets: ["app"] });
    expect(madeInputsOf(plan, "build/check.txt")).toEqual(["build/app"]);
    expect(madeInputsOf(plan, "build/app")).toEqual(["build/a.o"]);
    expect(builtOf(plan)).toEqual(["build/app", "build/check.txt"]);
  });

  it("are built with steps that are not targets themselves, and in their turn have validations", () => {
    const plan = planOf({
      ...withGraph(`build a.o: cc ../a.c |@ one.txt
build one.txt: gen ../in |@ two.txt
build two.txt: gen ../in
build app: link a.o
`),
      targets: ["app"],
    });
    expect(builtOf(plan)).toEqual(["build/app", "build/one.txt", "build/two.txt"]);
  });

  it("may be inputs as well", () => {
    const plan = planOf({
      ...withGraph("build v.txt: gen ../in\nbuild x.txt: gen v.txt |@ v.txt\n"),
      targets: ["x.txt"],
    });
    expect(madeInputsOf(plan, "build/x.txt")).toEqual(["build/v.txt"]);
  });

  it("that compile are built too, although objects are not part of the result", () => {
    const plan = planOf({
      ...withGraph("build lint.o: cc ../b.c\nbuild x.txt: gen ../in |@ lint.o\n"),
      targets: ["x.txt"],
    });
    expect(builtOf(plan)).toContain("build/lint.o");
  });
});

describe("generator edges", () => {
  const regenerate = `rule configure
  command = sh ../configure
  generator = 1
build build.ninja: configure ../configure
`;

  it("never run: what they made is a file of the tree", () => {
    const plan = planOf(withGraph(`${regenerate}build x.txt: gen build.ninja\n`, { configure: "" }));
    expect(stepsOf(plan)).toEqual(["build/x.txt"]);
    expect(sourcesOf(plan, stepMaking(plan, "build/x.txt"))).toEqual(["build/build.ninja", "gen.sh"]);
  });

  it("are no targets, not even by default or by name", () => {
    const graph = withGraph(`${regenerate}build x.txt: gen ../in\n`, { configure: "" });
    expect(stepsOf(planOf(graph))).toEqual(["build/x.txt"]);
    expect(stepsOf(planOf({ ...graph, targets: ["build.ninja", "x.txt"] }))).toEqual(["build/x.txt"]);
  });

  it("are not run behind an order-only input or a phony", () => {
    const plan = planOf(
      withGraph(
        `${regenerate}build ready: phony build.ninja\nbuild x.txt: gen ../in || ready build.ninja\n`,
        {
          configure: "",
        },
      ),
    );
    expect(stepsOf(plan)).toEqual(["build/x.txt"]);
  });

  it("run when what they make is not there", () => {
    const plan = planOf(
      withGraph(
        `rule late\n  command = touch $out\n  generator = 1\nbuild late.txt: late\nbuild x.txt: gen late.txt\n`,
      ),
    );
    expect(madeInputsOf(plan, "build/x.txt")).toEqual(["build/late.txt"]);
  });
});

describe("names of one file", () => {
  it("are one output when an edge lists it twice, relative and absolute", () => {
    const plan = planOf(
      withGraph(`rule custom
  command = cd /build/source/build && sh /build/source/gen.sh > x.txt
build x.txt | /build/source/build/x.txt: custom
build CMakeFiles/t | /build/source/build/CMakeFiles/t: phony x.txt
build y.txt: gen /build/source/build/x.txt
build z.txt: gen CMakeFiles/t
`),
    );
    expect(stepMaking(plan, "build/x.txt").outputs).toEqual([
      { name: "out", path: "build/x.txt", optional: false },
    ]);
    expect(madeInputsOf(plan, "build/y.txt")).toEqual(["build/x.txt"]);
    expect(madeInputsOf(plan, "build/z.txt")).toEqual(["build/x.txt"]);
  });

  it("lead out of the build directory and back", () => {
    const plan = planOf(
      withGraph("build ../out/./x.txt: gen ../build/../in\nbuild y.txt: gen ../out/x.txt\n"),
    );
    expect(stepMaking(plan, "out/x.txt").outputs[0]?.path).toBe("out/x.txt");
    expect(madeInputsOf(plan, "build/y.txt")).toEqual(["out/x.txt"]);
    expect(sourcesOf(plan, stepMaking(plan, "out/x.txt"))).toEqual(["gen.sh", "in"]);
  });

  it("are relative to the root when the build directory is the root", () => {
    const plan = planOf({
      files: { "build.ninja": `${rules}build x.txt: gen in\n`, in: "" },
      buildDirectory: "",
    });
    expect(readsOf(plan, "x.txt")).toEqual(["in"]);
    expect(stepMaking(plan, "x.txt").directories).toEqual([]);
  });

  it("keep bytes that are not UTF-8", () => {
    const plan = planOf(withGraph("build caf\xe9.o: cc ../caf\xe9.c\n", { "caf\xe9.c": "" }));
    expect(readsOf(plan, "build/caf\xe9.o")).toEqual(["caf\xe9.c"]);
    expect(stepMaking(plan, "build/caf\xe9.o").name).toMatch(/^1-[a-d]-[a-d]-[a-d]-caf_\.o-[0-9a-z]{4}$/);
  });
});

describe("targets", () => {
  const graph = `build x.txt: gen ../in
build y.txt: gen ../in
build sub/z.txt: gen ../in
build used.txt: gen ../in
build user.txt: gen used.txt
`;

  it("are the defaults, or what nobody reads", () => {
    expect(stepsOf(planOf(withGraph(`${graph}default y.txt\n`)))).toEqual(["build/y.txt"]);
    expect(builtOf(planOf(withGraph(graph)))).toHaveLength(5);
  });

  it("may be written with a leading ./", () => {
    expect(stepsOf(planOf({ ...withGraph(graph), targets: ["./sub/z.txt"] }))).toEqual(["build/sub/z.txt"]);
  });

  it("are built in the order in which they were asked for, each once", () => {
    const plan = planOf({ ...withGraph(graph), targets: ["y.txt", "x.txt", "y.txt"] });
    expect(stepsOf(plan)).toEqual(["build/y.txt", "build/x.txt"]);
  });

  it("may be files of the tree, for which nothing is done", () => {
    expect(
      stepsOf(planOf({ ...withGraph(`${graph}build t: phony ../in\n`), targets: ["t", "../in"] })),
    ).toEqual([]);
  });
});

describe("outputs", () => {
  it("are optional where no command makes a file of the name", () => {
    const optional = (path: string, edges: string, targets: readonly string[] = []): boolean | undefined => {
      const plan = planOf({ ...withGraph(edges), targets });
      return stepMaking(plan, path).outputs.find((output) => output.path === path)?.optional;
    };
    const console =
      "rule talk\n  command = sh ../gen.sh\n  pool = console\nbuild check: talk\nbuild log.txt: talk\n";
    expect(optional("build/check", console)).toBe(true);
    expect(optional("build/log.txt", console)).toBe(true);
    expect(optional("build/lint", "build lint: gen ../in\nbuild all: phony lint\n")).toBe(true);
    // Asked for by name, it is meant as a file.
    expect(optional("build/lint", "build lint: gen ../in\n", ["lint"])).toBe(false);
    expect(optional("build/lint", "build lint: gen ../in\nbuild x.txt: gen lint\n")).toBe(false);
    expect(
      optional("build/lint", "build lint: gen ../in\nbuild all: phony lint\nbuild x.txt: gen all\n"),
    ).toBe(true);
    expect(optional("build/x.txt", "build x.txt: gen ../in\n")).toBe(false);
    const linked = "build z.o: cc ../a.c\nbuild app: link z.o\nbuild all: phony app\n";
    expect(optional("build/app", linked, ["all"])).toBe(false);
    expect(optional("build/sub/tool", "build sub/tool: gen ../in\n")).toBe(false);
    expect(optional("build/CMakeFiles/check", "build CMakeFiles/check: gen ../in\n")).toBe(true);
    expect(optional("build/s/CMakeFiles/check.util", "build s/CMakeFiles/check.util: gen ../in\n")).toBe(
      true,
    );
  });

  it("in the result are those asked for, and all that are no objects", () => {
    const plan = planOf(
      withGraph(`build a.o: cc ../a.c
build b.o: cc ../b.c
build libb.a: ar b.o
build app: link a.o libb.a
default app b.o
`),
    );
    expect(builtOf(plan)).toEqual(["build/app", "build/b.o", "build/libb.a"]);
  });
});

describe("the install command", () => {
  const install = (edges: string): string | undefined =>
    planOf({ ...withGraph(`${edges}build x.txt: gen ../in\n`), targets: ["x.txt"] }).install;

  it("is the one behind the target of that name, which is not planned", () => {
    const rule = "rule run\n  command = do install\n  pool = console\n";
    expect(install(`${rule}build install: run\n`)).toBe("do install");
    expect(
      install(
        `${rule}build CMakeFiles/install.util: run || all\nbuild all: phony x.txt\nbuild install: phony CMakeFiles/install.util\n`,
      ),
    ).toBe("do install");
  });

  it("is not there when the graph has none, or does not say which", () => {
    expect(install("")).toBeUndefined();
    expect(install("build install: phony ../in\n")).toBeUndefined();
    expect(
      install("build y.txt: gen ../in\nbuild z.txt: gen ../in\nbuild install: phony y.txt z.txt\n"),
    ).toBeUndefined();
  });
});

describe("the gate", () => {
  it("is there from 80 steps on, counting those of all phases", () => {
    const edges = (count: number): string =>
      Array.from({ length: count }, (_, i) => `build x${i}.txt: gen ../in\n`).join("");
    expect(planOf(withGraph(edges(79))).isGated).toBe(false);
    expect(planOf(withGraph(edges(80))).isGated).toBe(true);
    const phased = planOf(
      withGraph(`${edges(78)}build h.h: gen ../in\nbuild c.o: cc ../c.c || h.h\n`, {
        "c.c": '#include "build/h.h"\n',
      }),
    );
    expect([phased.isComplete, phased.steps.length, phased.isGated]).toEqual([false, 1, true]);
  });
});
