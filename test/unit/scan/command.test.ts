// What is read off a compile command line.

import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asBytes, type Bytes, fromBuffer } from "../../../graph/bytes.ts";
import { type CompileInvocation, parseCompile, parseCompiles } from "../../../graph/scan/command.ts";
import { parseDefinition } from "../../../graph/scan/definitions.ts";
import { readDisk, withTree } from "./disk.ts";

const NO_FILES = (): undefined => undefined;

function parse(line: string, files: Readonly<Record<string, string>> = {}): CompileInvocation {
  const read = (path: Bytes): Bytes | undefined => {
    const text = files[path];
    return text === undefined ? undefined : asBytes(text);
  };
  const found = parseCompile(asBytes(line), asBytes("/b"), read);
  if (found === undefined) throw new Error(`no compile command in: ${line}`);
  return found;
}

function sources(line: string): readonly string[] {
  return parseCompiles(asBytes(line), asBytes("/b"), NO_FILES).flatMap((one) =>
    one.sources.map(({ path, language }) => `${language} ${path}`),
  );
}

describe("a compile command is found", () => {
  test.each([
    ["cc -c a.c", "c /b/a.c"],
    ["/usr/bin/x86_64-linux-gnu-g++-12 -c ../a.cpp -o a.o", "c++ /a.cpp"],
    ["/nix/store/abc-gcc-wrapper-13.2.0/bin/gcc -c a.C", "c++ /b/a.C"],
    ["clang-21 -c a.m && strip a.o", "c /b/a.m"],
    ["cd /s/x && gcc -c y/../a.c", "c /s/x/a.c"],
    ["cd x; cd .. ; (cd q && true); cc -c a.c", "c /b/a.c"],
    ["ccache distcc gcc -c a.c", "c /b/a.c"],
    ["env -i A=b CC=x cc -c a.c", "c /b/a.c"],
    ["A=b B='c d' cc -c a.c", "c /b/a.c"],
    ["/bin/sh ../libtool --tag=CC --mode=compile gcc -c -o a.lo a.c", "c /b/a.c"],
    ["source='a.c' depmode=gcc3 /bin/sh ./depcomp gcc -c a.c", "c /b/a.c"],
    ["/usr/bin/cmake -E __run_co_compile --launcher=ccache --source=a.cc -- c++ -c a.cc", "c++ /b/a.cc"],
    ["/usr/bin/cmake -E time c++ -c a.cc", "c++ /b/a.cc"],
    ['sh -c "cd sub && cc -c a.c"', "c /b/sub/a.c"],
    ["python3 ../wrap.py --x=1 ../clang++ -c a.cc", "c++ /b/a.cc"],
    ["if gcc -c a.c; then mv a.o b.o; fi", "c /b/a.c"],
    ["rm -f a.o && cc -x c++ a.txt -c", "c++ /b/a.txt"],
    ["cc -xassembler-with-cpp -c a.x -x none b.s", "assembler-with-cpp /b/a.x,assembler /b/b.s"],
    ["as -o a.o a.s", "assembler /b/a.s"],
    ["nasm -f elf64 -o a.o -i inc/ a.asm", "nasm /b/a.asm"],
    ["gfortran -J mods -c a.f90", "fortran /b/a.f90"],
    ["llvm-tblgen -gen-x -I /s/include a.td -o a.inc -d a.d", "tablegen /b/a.td"],
    ["protoc --cpp_out=. -I../p ../p/a.proto", "protobuf /p/a.proto"],
    ["/usr/lib/qt6/libexec/rcc --name x --output q.cpp a.qrc", "qrc /b/a.qrc"],
    ["/usr/lib/qt6/libexec/moc -DX -I../i ../s/a.h -o moc_a.cpp", "c++ /s/a.h"],
    ["cc a.c b.cc c.o -lm -o prog", "c /b/a.c,c++ /b/b.cc"],
    ["cpp a.h && cc -c b.c", "c /b/a.h,c /b/b.c"],
  ])("in %s", (line, expected) => {
    expect(sources(line).join()).toBe(expected);
  });

  test.each([
    "cc a.o b.o -o prog",
    "echo cc -c a.c",
    "ar qc x.a a.o",
    "printf '%s' gcc a.c",
    ": && cmake -E rm -f a.c",
    "gcc --version",
    "python3 gen.py a.c",
    "",
  ])("but not in %j", (line) => {
    expect(sources(line)).toEqual([]);
  });
});

test("automake's search for a source picks the file that is there", () => {
  const line = "gcc -c -o a.o `test -f 'a.c' || echo '../src/'`a.c";
  expect(parse(line).sources[0]?.path).toBe("/src/a.c");
  expect(parse(line, { "/b/a.c": "" }).sources[0]?.path).toBe("/b/a.c");
  expect(parse(line).isLiteral).toBe(true);
});

test("search directories are read in all spellings", () => {
  const { directories } = parse(
    "cc -Ia -I b -I../c/ -iquote q -iquoteq2 -isystem s -isystems2 -idirafter d -Wp,-I,w --include-directory=l " +
      "-iprefix /p/ -iwithprefix x -iwithprefixbefore y --sysroot /r -I=/si -isystem=/ss --embed-dir=e -c a.c",
  );
  expect(directories).toEqual({
    quote: ["/b/q", "/b/q2"],
    bracket: ["/b/a", "/b/b", "/c", "/b/l", "/r/si", "/p/y", "/b/w"],
    system: [
      "/b/s",
      "/b/s2",
      "/p/x",
      "/r/ss",
      "/p/include",
      "/p/include-fixed",
      "/r/usr/local/include",
      "/r/usr/include",
    ],
    after: ["/b/d"],
    embed: ["/b/e"],
  });
});

test("directories in the environment come after those on the line", () => {
  const { directories } = parse("CPATH=x:y C_INCLUDE_PATH=/z cc -Ia -isystem s -c a.c");
  expect(directories.bracket).toEqual(["/b/a", "/b/x", "/b/y"]);
  expect(directories.system).toEqual(["/b/s", "/z"]);
});

test("forced includes, definitions, outputs and named files are read", () => {
  const found = parse(
    "gcc -include config.h -imacros m.h -DA -DB=1 -D C='\"x\"' -UB -MD -MF d/a.d -MT x -o o/a.o -c a.c " +
      "-specs=s.specs -fplugin=./p.so -fprofile-use=prof -Wl,--version-script=v.map -Wl,--dynamic-list,l.txt " +
      "-T k.ld -Xclang -include-pch -Xclang p.pch -Bdir @none.rsp",
  );
  // What only defines is read first.
  expect(found.forced).toEqual(["m.h", "config.h"]);
  expect(found.defines).toEqual(["A", 'C="x"']);
  expect(found.output).toBe("/b/o/a.o");
  expect(found.depfile).toBe("/b/d/a.d");
  expect(found.action).toBe("assemble");
  expect([...found.files].sort()).toEqual([
    "/b/k.ld",
    "/b/l.txt",
    "/b/none.rsp",
    "/b/p.pch",
    "/b/p.so",
    "/b/prof",
    "/b/s.specs",
    "/b/v.map",
  ]);
  expect([...found.otherDirectories].sort()).toEqual(["/b/dir", "/b/prof"]);
});

test("the depfile's name is derived as gcc does", () => {
  expect(parse("cc -MD -c x/a.c -o o/a.c.o").depfile).toBe("/b/o/a.c.d");
  expect(parse("cc -MMD -c x/a.c").depfile).toBe("/b/a.d");
  expect(parse("cc -Wp,-MMD,o/.a.o.d -c x/a.c").depfile).toBe("/b/o/.a.o.d");
  expect(parse("cc -c x/a.c").depfile).toBeUndefined();
});

test("response files are read in place, also inside each other", () => {
  const found = parse("cc @a.rsp -c", { "/b/a.rsp": "-Ia '@c d.rsp'\n", "/b/c d.rsp": '"-I x y" s.c' });
  expect(found.directories.bracket).toEqual(["/b/a", "/b/ x y"]);
  expect(found.files).toEqual(["/b/a.rsp", "/b/c d.rsp"]);
  expect(found.sources.map(({ path }) => path)).toEqual(["/b/s.c"]);
});

test("a response file that names itself ends", () => {
  expect(parse("cc @a.rsp -c a.c", { "/b/a.rsp": "@a.rsp -Ix" }).directories.bracket).toContain("/b/x");
});

test("words of a response file mean what they mean to gcc", () => {
  const contents = `"-DA=1 2" '-DB="y z"' -DC=a\\ b\t-DD=\\"q\\"\n-DE='a'"b"c -DF='x\\'y'\n`;
  withTree({ "f.rsp": contents, "m.c": "A|B|C|D|E|F|\n" }, (root) => {
    const found = parseCompile(asBytes("gcc -E -P @f.rsp m.c"), asBytes(root), readDisk);
    const values = found?.defines.map((definition) => definition.slice(2)).join("|");
    const truth = execFileSync("gcc", ["-E", "-P", "-w", "@f.rsp", "m.c"], { cwd: root, encoding: "latin1" });
    expect(`${values}|`.replace(/\s+/g, " ")).toBe(truth.trim().replace(/\s+/g, " "));
  });
});

test("a line the shell would change is marked", () => {
  expect(parse("cc $CFLAGS -c a.c").isLiteral).toBe(false);
  expect(parse("cd $D && cc -c a.c").isLiteral).toBe(false);
  expect(parse("cc -DX='$y' -c a.c").isLiteral).toBe(true);
});

test("spellings that go through other directories are remembered", () => {
  const { passed } = parse("cc -Ix/y/../z -c s/../a.c");
  expect([...passed]).toEqual([
    ["/b/x/z", ["/b/x/y"]],
    ["", ["/b/s"]],
  ]);
});

test("definitions that could name a file are kept", () => {
  expect(parseDefinition('A "x.h"')?.definition.body).toBe('"x.h"');
  expect(parseDefinition("A(x, ...) #x")?.definition).toEqual({ parameters: ["x", "..."], body: "#x" });
  expect(parseDefinition("A (x)")).toBeUndefined();
  expect(parseDefinition("A A")).toBeUndefined();
});

test("what a line prints for a compiler to read is included by it", () => {
  const line =
    'if nm a.o | grep -q sym; then { echo "#include <linux/kernel.h>" ; cc -E -D__ASSEMBLY__ a.S | sed s/a/b/ ; } | cc -E -Iinc -xc - | sum; fi';
  const [own, piped, ...more] = parseCompiles(asBytes(line), asBytes("/b"), () => undefined);
  expect(own?.forced).toEqual([]);
  expect(piped?.forced).toEqual(["linux/kernel.h"]);
  expect(piped?.sources).toEqual([{ path: "/b/a.S", language: "c" }]);
  expect(piped?.directories.bracket).toEqual(["/b/inc"]);
  expect(more).toEqual([]);
});

test("any bytes are a command line or none", () => {
  const word = fc.constantFrom(
    "cc ",
    "-c ",
    "a.c ",
    "@r ",
    "-I",
    "-include ",
    "cd ",
    "'",
    '"',
    "$(",
    "`",
    "&& ",
    "\\",
  );
  const text = fc.oneof(
    fc.array(word, { maxLength: 12 }).map((words) => asBytes(words.join(""))),
    fc.uint8Array({ maxLength: 60 }).map((bytes) => fromBuffer(bytes)),
  );
  fc.assert(
    fc.property(text, text, (line, response) => {
      for (const one of parseCompiles(line, asBytes("/b"), () => response))
        expect(one.sources.length).toBeGreaterThan(0);
    }),
    { numRuns: 2000, seed: 3 },
  );
});
