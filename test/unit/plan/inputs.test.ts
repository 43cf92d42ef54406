// What a step reads beyond its own edge: what travels with its inputs, files that a command names, and files that a
// person grants.

import { describe, expect, it } from "vitest";
import { isThin } from "../../../emit/plan/carried.ts";
import { asBytes } from "../../../graph/bytes.ts";
import { type Files, madeInputsOf, planOf, readsOf, rules, sourcesOf, stepMaking } from "./plan-case.ts";

const sources: Files = {
  "a.c": "",
  "b.c": "",
  "gen.sh": "",
  in: "",
  "scripts/tool.py": "",
  "scripts/lib/mod.py": "",
  "lib/exports.map": "",
};

const tools = `${rules}rule thin
  command = ar crsT $out $in
rule shared
  command = cc -shared -o $out $in
rule symlink
  command = ln -sf $$(basename $in) $out
rule run
  command = ./$in > $out
rule any
  command = $command
`;

function withGraph(edges: string, more: Files = {}): { readonly files: Files } {
  return { files: { ...sources, ...more, "build/build.ninja": tools + edges } };
}

/** A command as the only step besides those given. */
function reads(command: string, edges = "", more: Files = {}): readonly string[] {
  return readsOf(
    planOf(withGraph(`${edges}build x.txt: any\n  command = ${command}\n`, more)),
    "build/x.txt",
  );
}

describe("kinds of steps", () => {
  it.each([
    ["compile", "a.o: cc ../a.c"],
    ["archive", "x.a: ar ../a.c"],
    ["archive", "x.a: thin ../a.c"],
    ["link", "x: link z.o"],
    ["link", "x.so: shared z.o"],
    ["symlink", "x.so.1: symlink z.o"],
    ["command", "x.txt: gen ../in"],
    ["compile", "x.o: any ../a.c\n  command = /opt/bin/x86_64-linux-gnu-g++-14 -c ../a.c -o x.o"],
    ["compile", "x.o: any ../a.c\n  command = ccache clang -c ../a.c -o x.o"],
    ["command", "x: any ../a.c\n  command = cp ../a.c x && cc-notes"],
    ["command", "x: any ../a.c\n  command = cmake -E copy ../a.c x"],
    ["symlink", "x: any z.o\n  command = cmake -E cmake_symlink_library z.o x.so.1 x.so"],
    ["link", "x: any z.o\n  command = : && /usr/bin/c++ -O2 z.o -o x && :"],
    ["command", "x.a: any z.o\n  command = objcopy z.o x.a"],
  ])("%s: %s", (kind, edge) => {
    const name = edge.slice(0, edge.indexOf(":"));
    const plan = planOf(withGraph(`build z.o: cc ../b.c\nbuild ${edge}\n`));
    expect(stepMaking(plan, `build/${name}`).kind).toBe(kind);
  });
});

describe("a script that a command runs", () => {
  const more = {
    "tools/gen.py": "import shared\n",
    "tools/shared.py": "",
    "tools/other.pl": "",
    "tools/deep/far.py": "",
    "tools/data.txt": "",
    "x.py": "",
  };

  it("comes with what lies beside it in the same language, and the plan says so", () => {
    const plan = planOf(
      withGraph(
        "rule py\n  command = python3 ../tools/gen.py $in > $out\nbuild x.txt: py ../tools/data.txt\n",
        more,
      ),
    );
    const step = stepMaking(plan, "build/x.txt");
    expect(sourcesOf(plan, step)).toEqual(["tools/data.txt", "tools/gen.py", "tools/shared.py"]);
    expect(step.grants).toEqual([{ directory: "tools/*.py", files: 1 }]);
  });

  it("comes alone where there is nothing beside it, or where it is only data", () => {
    const plan = planOf(
      withGraph(
        "rule py\n  command = python3 ../x.py > $out\nbuild x.txt: py\nbuild y.txt: gen ../tools/data.txt\n",
        more,
      ),
    );
    expect(sourcesOf(plan, stepMaking(plan, "build/x.txt"))).toEqual(["x.py"]);
    expect(stepMaking(plan, "build/x.txt").grants).toBeUndefined();
    expect(stepMaking(plan, "build/y.txt").grants).toBeUndefined();
  });
});

describe("what travels with a file", () => {
  const objects = "build a.o: cc ../a.c\nbuild b.o: cc ../b.c\n";

  it("members of a thin archive go where it goes, also through another one", () => {
    const plan = planOf(
      withGraph(`${objects}build x.a: thin a.o
build y.a: thin b.o x.a
build app: link y.a
`),
    );
    expect(madeInputsOf(plan, "build/app")).toEqual(["build/a.o", "build/b.o", "build/x.a", "build/y.a"]);
  });

  it("members of an ordinary archive do not", () => {
    const plan = planOf(withGraph(`${objects}build x.a: ar a.o b.o\nbuild app: link x.a\n`));
    expect(madeInputsOf(plan, "build/app")).toEqual(["build/x.a"]);
  });

  it("the target of a link goes with the link", () => {
    const plan = planOf(
      withGraph(`${objects}build l.so.1.2: shared a.o
build l.so.1: symlink l.so.1.2
build l.so: symlink l.so.1
build app: link b.o l.so
`),
    );
    expect(madeInputsOf(plan, "build/app")).toEqual([
      "build/b.o",
      "build/l.so",
      "build/l.so.1",
      "build/l.so.1.2",
    ]);
  });

  it("links that one step makes go together: CMake's lead to each other", () => {
    const plan = planOf(
      withGraph(`${objects}build l.so.1.2: shared a.o
build l.so.1 l.so: symlink l.so.1.2
build tool: link b.o | l.so.1.2 || l.so
build x.txt: run tool || tool l.so
`),
    );
    expect(madeInputsOf(plan, "build/x.txt")).toEqual([
      "build/l.so",
      "build/l.so.1",
      "build/l.so.1.2",
      "build/tool",
    ]);
  });

  it("links that configure made to a library go with the program that needs it, as Meson makes them", () => {
    const plan = planOf({
      ...withGraph(`${objects}build l.so.1.2: shared a.o
build tool: link b.o l.so.1.2
build x.txt: run tool
build y.txt: run b.o
`),
      links: {
        "l.so": "l.so.1",
        "l.so.1": "/build/source/build/l.so.1.2",
        around: "around",
        gone: "nothing",
        out: "../../../etc/passwd",
      },
    });
    const links = [
      { path: "build/l.so", target: "l.so.1" },
      { path: "build/l.so.1", target: "/build/source/build/l.so.1.2" },
    ];
    expect(stepMaking(plan, "build/x.txt").links).toEqual(links);
    expect(stepMaking(plan, "build/tool").links).toEqual(links);
    expect(stepMaking(plan, "build/y.txt").links).toBeUndefined();
  });

  it("shared libraries go with a program that a step runs, and those that they need", () => {
    const plan = planOf(
      withGraph(`${objects}build one.so: shared a.o
build two.so: shared b.o one.so
build tool: link two.so
build x.txt: run tool
`),
    );
    expect(madeInputsOf(plan, "build/x.txt")).toEqual(["build/one.so", "build/tool", "build/two.so"]);
    expect(madeInputsOf(plan, "build/two.so")).toEqual(["build/b.o", "build/one.so"]);
  });

  it("nothing goes with what a command made", () => {
    const plan = planOf(
      withGraph("build m.txt: gen ../in\nbuild n.txt: gen m.txt\nbuild x.txt: gen n.txt\n"),
    );
    expect(madeInputsOf(plan, "build/x.txt")).toEqual(["build/n.txt"]);
  });

  it.each([
    ["ar crsT x.a a.o", true],
    ["ar -T -crs x.a a.o", true],
    ["/usr/bin/llvm-ar-18 csrDT x.a a.o", true],
    ["rm -f x.a && gcc-ar rcs --thin x.a a.o", true],
    ['"/usr/bin/ar" qcT x.a', true],
    ["ar crs x.a a.o", false],
    ["ar crs T.a T.o", false],
    ["ar rcsD libT.a a.o && ranlib libT.a", false],
    ["ar crs --thinner x.a", false],
  ])("tells a thin archive: %s", (command, thin) => {
    expect(isThin(asBytes(command))).toBe(thin);
  });
});

describe("files that a command names", () => {
  it.each([
    ["as a word", "sh ../scripts/tool.py > x.txt"],
    ["absolute", "sh /build/source/scripts/tool.py > x.txt"],
    ["in quotes", `sh '../scripts/tool.py' "x" > x.txt`],
    ["in double quotes, after an escape", `echo a\\ b && "../scripts"/tool.py`],
    ["after a flag's letter", "tool -I../scripts/tool.py"],
    ["after an equals sign", "tool --with=../scripts/tool.py"],
    ["behind commas", "cc -Wl,--version-script,../scripts/tool.py"],
    ["behind commas and an equals sign", "cc -Wl,--version-script=../scripts/tool.py,-x"],
    ["as a response file", "tool @../scripts/tool.py"],
    ["in a list", "tool --path=a:../scripts/tool.py:b"],
    ["after cd", "cd ../scripts && sh tool.py"],
    ["after cd to a place and another", "cd .. && cd scripts && sh ./tool.py"],
    ["after cd to an absolute place", "cd /build/source/scripts/lib && sh ../tool.py"],
    ["as standard input", "tool <../scripts/tool.py>x.txt"],
    ["in a subshell", "(tool ../scripts/tool.py)"],
    ["with dots and slashes", "tool .././/scripts/../scripts/tool.py"],
    [
      "after a subshell that went elsewhere",
      "(cd ../scripts/lib && (cd x; true)) && tool ../scripts/tool.py",
    ],
  ])("are read: %s", (_, command) => {
    expect(reads(command)).toEqual(["scripts/tool.py"]);
  });

  it("are read when a response file names them", () => {
    const plan = planOf(
      withGraph(`rule rsp
  command = tool @$out.rsp
  rspfile = $out.rsp
  rspfile_content = ../scripts/tool.py
build x.txt: rsp
`),
    );
    expect(readsOf(plan, "build/x.txt")).toEqual(["scripts/tool.py"]);
  });

  it("are inputs of a step that compiles too, when its command does more", () => {
    const scan =
      "gfortran -cpp -E ../a.f90 -o a.pp && cmake -E cmake_ninja_depends --tdi=a.dir/info.json --pp=a.pp";
    const files = { "a.f90": "end\n", "build/a.dir/info.json": "{}" };
    expect(reads(scan, "", files)).toEqual(["a.f90", "build/a.dir/info.json"]);
    expect(reads("cc -c ../a.c -DNAMES='../gen.sh;../in'")).toEqual(["a.c"]);
  });

  it("are not all files below a directory that is named: it is there, and empty", () => {
    const plan = planOf(withGraph("build x.txt: any\n  command = ls ../scripts\n"));
    expect(readsOf(plan, "build/x.txt")).toEqual([]);
    expect(stepMaking(plan, "build/x.txt").directories).toEqual(["build", "scripts"]);
  });

  it("are all files below a directory that is declared", () => {
    const plan = planOf(withGraph("build x.txt: gen ../scripts\n"));
    expect(readsOf(plan, "build/x.txt")).toEqual(["gen.sh", "scripts/lib/mod.py", "scripts/tool.py"]);
  });

  it("are not looked for by a compile: its scan tells all", () => {
    const edge = "build a.o: any ../a.c\n  command = cc -DX=../scripts/tool.py -c ../a.c -o a.o\n";
    expect(readsOf(planOf(withGraph(edge)), "build/a.o")).toEqual(["a.c"]);
  });

  it("are read by a link", () => {
    const edge =
      "build z.o: cc ../b.c\nbuild x: any z.o\n  command = cc -o x z.o -Wl,--version-script=../lib/exports.map\n";
    expect(readsOf(planOf(withGraph(edge)), "build/x")).toEqual(["build/z.o", "lib/exports.map"]);
  });
});

describe("extra inputs", () => {
  const grant = (
    outputs: string,
    files: readonly string[],
    edges = "build sub/x.txt: any\n  command = tool\nbuild y.txt: any\n  command = tool\n",
  ): { readonly [path: string]: readonly string[] } => {
    const plan = planOf({ ...withGraph(edges), extraInputs: [{ outputs, files }] });
    return Object.fromEntries(
      plan.steps.map((step) => {
        const path = step.outputs[0]?.path ?? "?";
        return [path, readsOf(plan, path)];
      }),
    );
  };

  it("go to the steps whose outputs match", () => {
    expect(grant("build/sub/*.txt", ["in"])).toEqual({ "build/sub/x.txt": ["in"], "build/y.txt": [] });
    expect(grant("**/y.txt", ["in"])).toEqual({ "build/sub/x.txt": [], "build/y.txt": ["in"] });
    expect(grant("build/**", ["in"])).toEqual({ "build/sub/x.txt": ["in"], "build/y.txt": ["in"] });
    expect(grant("build/*", ["in"])).toEqual({ "build/sub/x.txt": [], "build/y.txt": ["in"] });
  });

  it("of a directory are all files below it", () => {
    expect(grant("build/y.txt", ["scripts"])["build/y.txt"]).toEqual([
      "scripts/lib/mod.py",
      "scripts/tool.py",
    ]);
  });

  it("of a directory go to a compile and a link as well", () => {
    const edges = "build a.o: cc ../a.c\nbuild app: link a.o\n";
    expect(grant("build/a*", ["scripts"], edges)).toEqual({
      "build/a.o": ["a.c", "scripts/lib/mod.py", "scripts/tool.py"],
      "build/app": ["build/a.o", "scripts/lib/mod.py", "scripts/tool.py"],
    });
  });

  it("may be files that another step makes", () => {
    const edges = "build made.txt: gen ../in\nbuild y.txt: any\n  command = tool\n";
    const plan = planOf({
      ...withGraph(edges),
      extraInputs: [{ outputs: "build/y.txt", files: ["build/made.txt"] }],
    });
    expect(madeInputsOf(plan, "build/y.txt")).toEqual(["build/made.txt"]);
  });

  it("must be there", () => {
    expect(() => grant("build/y.txt", ["scripts/nothing"])).toThrow(
      '"scripts/nothing", named in extraInputs, is missing and no step makes it [plan/missing-source]',
    );
    expect(grant("build/nobody", ["scripts/nothing"])["build/y.txt"]).toEqual([]);
  });

  it("do not make a step read itself", () => {
    expect(grant("**/*.txt", ["build/y.txt"])["build/y.txt"]).toEqual([]);
  });
});
