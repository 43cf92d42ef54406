// Who gets a shared library, and who only what a linker sees of it.

import { describe, expect, it } from "vitest";
import type { Plan } from "../../../emit/plan/plan.ts";
import { builtOf, type Files, pathOf, planOf, rules, stepMaking } from "./plan-case.ts";

const more = `${rules}rule shared
  command = cc -shared -Wl,-soname,$out -o $out $in
rule ln
  command = ln -s $in $out
rule run
  command = ./$in > $out
rule symbols
  command = meson --internal symbolextractor /build/source/build $in $out
`;

const files: Files = { "x.c": "", "y.c": "", "main.c": "", "gen.sh": "" };

function plan(edges: string): Plan {
  return planOf({ files: { ...files, "build/build.ninja": `${more}${edges}` } });
}

/** What steps made for a step; "*" follows what is an interface. */
function readBy(of: Plan, path: string): readonly string[] {
  return stepMaking(of, path)
    .inputs.map((ref) => {
      const isInterface = of.steps[ref.step]?.outputs[ref.output]?.isInterface === true;
      return `${pathOf(of, ref).slice("build/".length)}${isInterface ? "*" : ""}`;
    })
    .sort();
}

/** As Meson writes them. */
const meson = `build libx.so.1.p/x.o: cc ../x.c
build libx.so.1: shared libx.so.1.p/x.o
build libx.so.1.p/libx.so.1.symbols: symbols libx.so.1
build app.p/main.o: cc ../main.c
build app: link app.p/main.o | libx.so.1.p/libx.so.1.symbols
  command = cc -o $out $in -Wl,--as-needed '-Wl,-rpath,$$ORIGIN' -Wl,--start-group libx.so.1 -Wl,--end-group
`;

describe("a shared library", () => {
  it("is its interface for a step that only links it, and itself for who runs what was linked", () => {
    const built = plan(`${meson}build table.txt: run app\n`);
    expect(readBy(built, "build/app")).toEqual([
      "app.p/main.o",
      "libx.so.1*",
      "libx.so.1.p/libx.so.1.symbols",
    ]);
    expect(readBy(built, "build/table.txt")).toEqual(["app", "libx.so.1"]);
    expect(readBy(built, "build/libx.so.1.p/libx.so.1.symbols")).toEqual(["libx.so.1"]);
    expect(stepMaking(built, "build/libx.so.1").outputs).toEqual([
      { name: "out", path: "build/libx.so.1", optional: false },
      { name: "libx.so.1-interface", path: "build/libx.so.1", optional: false, isInterface: true },
    ]);
  });

  it("is in the result once, as it is", () => {
    const built = plan(meson);
    expect(builtOf(built)).toEqual(["build/app", "build/libx.so.1", "build/libx.so.1.p/libx.so.1.symbols"]);
    expect(built.built.map(({ step, output }) => built.steps[step]?.outputs[output]?.isInterface)).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it("is its interface through links to it and through other libraries, which go on carrying it", () => {
    const built = plan(`build x.o: cc ../x.c
build libx.so.1: shared x.o
build libx.so: ln libx.so.1
build y.o: cc ../y.c
build liby.so: shared y.o libx.so
build main.o: cc ../main.c
build app: link main.o liby.so
  command = : && cc main.o -o app liby.so && :
build table.txt: run app
`);
    expect(readBy(built, "build/liby.so")).toEqual(["libx.so", "libx.so.1*", "y.o"]);
    expect(readBy(built, "build/app")).toEqual(["libx.so", "libx.so.1*", "liby.so*", "main.o"]);
    expect(readBy(built, "build/table.txt")).toEqual(["app", "libx.so", "libx.so.1", "liby.so"]);
  });

  it.each([
    "cc main.o -o app libx.so && ./app > log",
    ": && cc main.o -o app libx.so && cp libx.so copy.so",
    "cc main.o -o app libx.so | cat",
    "cc main.o -o app libx.so > log",
    "PATH=. cc main.o -o app libx.so",
    "../libtool --mode=link cc main.o -o app libx.so",
    "cc main.o -o app libx.so -Wl,-Map,app.map",
    "cc main.o -o app libx.so -Wl,-Map=app.map",
    "cc main.o -o app -Wl,-R,libx.so",
    "cc main.o -o app -Wl,--just-symbols=libx.so",
    "cc main.o -o app @elsewhere libx.so",
    "cc main.o -o app -Wl,@elsewhere libx.so",
    "cc main.o -o app libx.so `cat more`",
    "cc main.o -o app libx.so -fplugin=./libx.so",
    "(cc main.o -o app libx.so)",
  ])("is itself where a step may do more with it: %s", (command) => {
    const built = plan(`build x.o: cc ../x.c
build libx.so: shared x.o
build main.o: cc ../main.c
build app: link main.o libx.so
  command = ${command}
`);
    expect(readBy(built, "build/app")).toEqual(["libx.so", "main.o"]);
  });

  it("is its interface for a command with a response file, unless that asks for more", () => {
    const withResponse = (content: string): readonly string[] =>
      readBy(
        plan(`rule response
  command = g++-12 -o $out @$out.rsp
  rspfile = $out.rsp
  rspfile_content = ${content}
build x.o: cc ../x.c
build libx.so: shared x.o
build main.o: cc ../main.c
build app: response main.o libx.so
`),
        "build/app",
      );
    expect(withResponse("$in")).toEqual(["libx.so*", "main.o"]);
    expect(withResponse("$in -Wl,-Map=x")).toEqual(["libx.so", "main.o"]);
    expect(withResponse("$in @more")).toEqual(["libx.so", "main.o"]);
  });

  it("has no interface when nothing reads it: a module that programs load", () => {
    const { outputs } = stepMaking(
      plan("build x.o: cc ../x.c\nbuild libx.so: shared x.o\n"),
      "build/libx.so",
    );
    expect(outputs.map(({ name }) => name)).toEqual(["out"]);
  });
});
