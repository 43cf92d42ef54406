// What a unit may read, on trees in memory.

import { execFileSync } from "node:child_process";
import { describe, expect, test } from "vitest";
import { asBytes, type Bytes } from "../../../graph/bytes.ts";
import { parseCompile } from "../../../graph/scan/command.ts";
import {
  createScanner,
  type Scanner,
  type ScannerOptions,
  type ScanResult,
} from "../../../graph/scan/scan.ts";
import { diskScanner, readDisk, withTree } from "./disk.ts";

type Tree = Readonly<Record<string, string>>;

/** A name that ends in a slash is an empty directory. */
function memory(files: ReadonlyMap<Bytes, Bytes>): Pick<ScannerOptions, "listDirectory" | "readFile"> {
  const directories = new Map<string, Set<Bytes>>();
  for (const path of files.keys()) {
    for (let at = path.lastIndexOf("/"); at >= 0; at = path.lastIndexOf("/", at - 1)) {
      const directory = path.slice(0, at) || "/";
      const names = directories.get(directory) ?? new Set<Bytes>();
      const name = path.slice(at + 1).split("/")[0] ?? "";
      directories.set(directory, name === "" ? names : names.add(asBytes(name)));
      if (at === 0) break;
    }
  }
  return { listDirectory: (path) => directories.get(path), readFile: (path) => files.get(path) };
}

function scannerOf(tree: Tree, more: Partial<ScannerOptions> = {}): Scanner {
  const files = new Map(Object.entries(tree).map(([path, text]) => [asBytes(path), asBytes(text)]));
  return createScanner({ roots: [asBytes("/p")], ...memory(files), ...more });
}

function scan(tree: Tree, command: string, more: Partial<ScannerOptions> = {}): ScanResult {
  const invocation = parseCompile(asBytes(command), asBytes("/p"), (path) => asBytes(tree[path] ?? ""));
  if (invocation === undefined) throw new Error(`no compile command: ${command}`);
  return scannerOf(tree, more).scan(invocation);
}

test("files are found where the search finds them first, and vain lookups are told", () => {
  const result = scan(
    {
      "/p/s/a.c": '#include "x.h"\n#include <y.h>\n#include <stdio.h>\n#include "no.h"\n',
      "/p/i/x.h": "",
      "/p/j/x.h": "",
      "/p/j/y.h": "",
    },
    "cc -Ii -Ij -c s/a.c",
  );
  expect(result.files).toEqual(["/p/i/x.h", "/p/j/y.h", "/p/s/a.c"]);
  expect(result.absent).toEqual([
    "/p/i/no.h",
    "/p/i/stdio.h",
    "/p/i/y.h",
    "/p/j/no.h",
    "/p/j/stdio.h",
    "/p/s/no.h",
    "/p/s/x.h",
  ]);
  expect(result.unresolved).toEqual([
    { name: "no.h", form: "quote", from: "/p/s/a.c" },
    { name: "stdio.h", form: "angle", from: "/p/s/a.c" },
  ]);
  expect(result.directories).toEqual(["/p/i", "/p/j"]);
});

test("a directory named like a header is no header", () => {
  const result = scan(
    { "/p/a.cc": "#include <memory>\n", "/p/i/memory/x": "", "/p/j/memory": "" },
    "c++ -Ii -Ij -c a.cc",
  );
  expect(result.files).toEqual(["/p/a.cc", "/p/j/memory"]);
});

describe("generated files", () => {
  const tree = { "/p/a.c": '#include "gen.h"\n#include <g/h.h>\n', "/p/i/gen.h": "", "/p/late.h": "" };
  const isGenerated = (path: Bytes): boolean =>
    path === "/p/gen.h" || path === "/p/out/g/h.h" || path === "/p/b.c";

  test("that are not there yet are reached but not read", () => {
    const result = scan(tree, "cc -Iout -Ii -c a.c", { isGenerated });
    expect(result.generated).toEqual(["/p/gen.h", "/p/out/g/h.h"]);
    // The generated one is found first, as it will be.
    expect(result.files).toEqual(["/p/a.c"]);
    expect(result.absent).toEqual([]);
  });

  test("that are there are followed", () => {
    const result = scan({ ...tree, "/p/gen.h": '#include "late.h"\n' }, "cc -Iout -Ii -c a.c", {
      isGenerated,
    });
    expect(result.files).toEqual(["/p/a.c", "/p/gen.h", "/p/late.h"]);
    expect(result.generated).toEqual(["/p/out/g/h.h"]);
  });

  test("may be the source itself", () => {
    const result = scan(tree, "cc -include late.h -c b.c", { isGenerated });
    expect(result.generated).toEqual(["/p/b.c"]);
    expect(result.unscanned).toEqual(["/p/b.c"]);
    expect(result.files).toEqual(["/p/late.h"]);
  });

  test("may be a precompiled header beside the header", () => {
    const made = (path: Bytes): boolean => path === "/p/pch.h.gch";
    const result = scan({ "/p/a.c": "", "/p/pch.h": "" }, "cc -include pch.h -c a.c", { isGenerated: made });
    expect(result.files).toEqual(["/p/a.c", "/p/pch.h"]);
    expect(result.generated).toEqual(["/p/pch.h.gch"]);
    expect(result.unscanned).toEqual([]);
  });
});

describe("macro includes", () => {
  test("are followed by every definition in reach", () => {
    const result = scan(
      {
        "/p/a.c": "#include HDR\n#include CAT(x,y)\n#include STR(w.h)\n",
        "/p/i/c.h":
          '#if A\n#define HDR "one.h"\n#else\n#define HDR TWO\n#endif\n#define TWO <two.h>\n' +
          "#define CAT(a, b) <a##b.h>\n#define S(x) #x\n#define STR(x) S(x)\n",
        "/p/i/one.h": '#define DEEP "deep.h"\n#include DEEP\n',
        "/p/i/two.h": "",
        "/p/i/xy.h": "",
        "/p/i/w.h": "",
        "/p/i/deep.h": "",
      },
      "cc -include c.h -Ii -c a.c",
    );
    expect(result.files.filter((path) => path.startsWith("/p/i/"))).toEqual([
      "/p/i/c.h",
      "/p/i/deep.h",
      "/p/i/one.h",
      "/p/i/two.h",
      "/p/i/w.h",
      "/p/i/xy.h",
    ]);
    expect(result.macroIncludes.map(({ operand, isResolved }) => [operand, isResolved])).toEqual([
      ["CAT(x,y)", true],
      ["HDR", true],
      ["STR(w.h)", true],
      ["DEEP", true],
    ]);
  });

  test("take definitions from the command line", () => {
    const tree = { "/p/a.c": "#include CONFIG\n", "/p/my-config.h": "" };
    expect(scan(tree, `cc '-DCONFIG="my-config.h"' -c a.c`).files).toContain("/p/my-config.h");
    expect(scan(tree, "cc -DCONFIG='<my-config.h>' -I. -c a.c").files).toContain("/p/my-config.h");
  });

  test("are reported when nobody defines them, or without end", () => {
    const tree = {
      "/p/a.c":
        "#include NOBODY\n#include LOOP(1)\n#define LOOP(x) LOOP2(x x)\n#define LOOP2(x) LOOP(x x)\n#define NOBODY_ELSE 1\n",
    };
    const result = scan(tree, "cc -c a.c");
    expect(result.macroIncludes).toEqual([
      { from: "/p/a.c", kind: "include", operand: "LOOP(1)", names: [], isResolved: false },
      { from: "/p/a.c", kind: "include", operand: "NOBODY", names: [], isResolved: false },
    ]);
  });

  test("name embedded files too", () => {
    const tree = {
      "/p/a.c": '#define DIR "bin"\nasm(".incbin \\"" DIR "/x.dat\\"");\n#embed DATA\n',
      "/p/bin/x.dat": "",
      "/p/e/y.dat": "",
    };
    expect(scan(tree, "cc '-DDATA=<y.dat>' --embed-dir=e -c a.c").files).toEqual([
      "/p/a.c",
      "/p/bin/x.dat",
      "/p/e/y.dat",
    ]);
  });
});

test("the toolchain's paths are named, not followed; other places outside are not looked at", () => {
  const asked: string[] = [];
  const tree = {
    "/p/a.c": '#include "/t/gcc/x.h"\n#include "/etc/y.h"\n#include <z.h>\n',
    "/t/gcc/x.h": "",
    "/t/i/z.h": "",
  };
  const result = scan(tree, "cc -isystem /t/i -I/usr/include -B/t/b -c a.c", {
    toolchain: [asBytes("/t")],
    readFile: (path) => {
      asked.push(path);
      return asBytes((tree as Tree)[path] ?? "");
    },
  });
  expect(result.files).toEqual(["/p/a.c"]);
  expect(result.toolchain).toEqual(["/t/b", "/t/gcc/x.h", "/t/i"]);
  expect(asked).toEqual(["/p/a.c"]);
});

test("directories that only a `..` goes through are needed", () => {
  const result = scan(
    {
      "/p/s/a.c": '#include "d/../x.h"\n',
      "/p/s/d/keep": "",
      "/p/x/y/keep": "",
      "/p/s/x.h": "",
      "/p/x/z/keep": "",
    },
    "cc -Ix/y/../z -c s/d/../a.c",
  );
  expect(result.directories).toEqual(["/p/s/d", "/p/x/y", "/p/x/z"]);
});

test("embedded and questioned files are needed but not scanned", () => {
  const result = scan(
    {
      "/p/a.c":
        '#if __has_include("h.h") && __has_include("no.h")\n#endif\n#pragma GCC dependency "d.y"\nasm(".incbin \\"b.bin\\"");',
      "/p/h.h": '#include "deeper.h"\n',
      "/p/d.y": "",
      "/p/i/b.bin": '#include "never.h"\n',
      "/p/deeper.h": "",
    },
    "cc -Ii -c a.c",
  );
  expect(result.files).toEqual(["/p/a.c", "/p/d.y", "/p/h.h", "/p/i/b.bin"]);
  expect(result.unresolved).toEqual([]);
  expect(result.absent).toContain("/p/no.h");
});

test("files that the command names belong to it", () => {
  const result = scan(
    { "/p/a.c": "", "/p/v.map": "", "/p/f.rsp": "-DX" },
    "cc @f.rsp a.c -Wl,--version-script=v.map -Wl,-T,gone.ld -o x",
  );
  expect(result.files).toEqual(["/p/a.c", "/p/f.rsp", "/p/v.map"]);
  expect(result.absent).toEqual(["/p/gone.ld"]);
});

describe("other languages", () => {
  test("tablegen looks in the working directory and the search directories", () => {
    const tree = {
      "/p/t/a.td": 'include "b.td"\ninclude "c.td"\n',
      "/p/i/b.td": 'include "d.td"',
      "/p/c.td": "",
      "/p/t/d.td": "",
    };
    expect(scan(tree, "llvm-tblgen -gen -Ii -I t t/a.td -o a.inc").files).toEqual([
      "/p/c.td",
      "/p/i/b.td",
      "/p/t/a.td",
      "/p/t/d.td",
    ]);
  });

  test("protobuf looks in its proto paths only", () => {
    const tree = { "/p/r/x/a.proto": 'import "x/b.proto";', "/p/r/x/b.proto": "", "/p/r/x/x/b.proto": "" };
    expect(scan(tree, "protoc -Ir --cpp_out=. r/x/a.proto").files).toEqual([
      "/p/r/x/a.proto",
      "/p/r/x/b.proto",
    ]);
  });

  test("fortran reports modules, nasm and qrc their files", () => {
    const fortran = scan(
      { "/p/a.f90": "use m\nmodule n\ninclude 'x.inc'\n", "/p/x.inc": "" },
      "gfortran -c a.f90",
    );
    expect([fortran.imports, fortran.provides, fortran.files]).toEqual([
      ["m"],
      ["n"],
      ["/p/a.f90", "/p/x.inc"],
    ]);
    expect(
      scan({ "/p/a.asm": '%include "m.inc"\n', "/p/i/m.inc": "" }, "nasm -Ii/ a.asm").files,
    ).toHaveLength(2);
    expect(scan({ "/p/q/a.qrc": "<file>x.png</file>", "/p/q/x.png": "" }, "rcc q/a.qrc").files).toHaveLength(
      2,
    );
  });

  test("c++ modules are reported and header units followed", () => {
    const tree = { "/p/a.cppm": 'export module a;\nimport b;\nimport "h.h";\n', "/p/h.h": "" };
    const result = scan(tree, "c++ -c a.cppm");
    expect([result.provides, result.imports, result.files]).toEqual([["a"], ["b"], ["/p/a.cppm", "/p/h.h"]]);
  });
});

describe("size", () => {
  test("a chain of 40,000 includes and its cycle end", () => {
    const files = new Map<Bytes, Bytes>();
    const count = 40_000;
    for (let i = 0; i < count; i++)
      files.set(asBytes(`/p/h${i}.h`), asBytes(`#include "h${(i + 1) % count}.h"\n`));
    files.set(asBytes("/p/a.c"), asBytes('#include "h0.h"\n'));
    const scanner = createScanner({ roots: [asBytes("/p")], ...memory(files) });
    const invocation = parseCompile(asBytes("cc -c a.c"), asBytes("/p"), () => undefined);
    if (invocation === undefined) throw new Error("no command");
    expect(scanner.scan(invocation).files).toHaveLength(count + 1);
  }, 30_000);

  test("a header is read once for a thousand units", () => {
    const tree: Record<string, string> = { "/p/h.h": "" };
    for (let i = 0; i < 1000; i++) tree[`/p/u${i}.c`] = '#include "h.h"\n';
    const reads = new Map<string, number>();
    const scanner = scannerOf(tree, {
      readFile: (path) => {
        reads.set(path, (reads.get(path) ?? 0) + 1);
        return asBytes(tree[path] ?? "");
      },
    });
    for (let i = 0; i < 1000; i++) {
      const invocation = parseCompile(asBytes(`cc -I${i % 7} -c u${i}.c`), asBytes("/p"), () => undefined);
      if (invocation === undefined) throw new Error("no command");
      expect(scanner.scan(invocation).files).toEqual(["/p/h.h", `/p/u${i}.c`].sort());
    }
    expect(Math.max(...reads.values())).toBe(1);
  });

  test("a result does not depend on what was scanned before", () => {
    const tree = {
      "/p/a.c": '#include "x.h"\n#include M\n',
      "/p/b.c": '#define M "m.h"\n#include "x.h"\n',
      "/p/x.h": "#include_next <x.h>\n",
      "/p/i/x.h": "",
      "/p/m.h": "",
    };
    const commands = ["cc -Ii -c a.c", "cc -Ii -DM='\"m.h\"' -c a.c", "cc -c b.c", "cc -I. -Ii -c b.c"];
    const invocations = commands.flatMap(
      (line) => parseCompile(asBytes(line), asBytes("/p"), () => undefined) ?? [],
    );
    const shared = scannerOf(tree);
    const facts = ({ files, absent, unresolved, macroIncludes, directories }: ScanResult): unknown => ({
      files,
      absent,
      unresolved,
      macroIncludes,
      directories,
    });
    for (const invocation of [...invocations, ...invocations.toReversed()]) {
      expect(facts(shared.scan(invocation))).toEqual(facts(scannerOf(tree).scan(invocation)));
    }
  });
});

test("the assembler's own search is the real assembler's", () => {
  const tree = {
    "s/a.S": '.include "m.inc"\n.incbin "d.bin"\n#include "h.h"\n',
    "s/h.h": "",
    "i/m.inc": '.incbin "e.bin"\n',
    "d.bin": "D",
    "i/d.bin": "X",
    "i/e.bin": "E",
  };
  withTree(tree, (root) => {
    const command = "gcc -Ii -c s/a.S -o a.o";
    execFileSync("/bin/sh", ["-c", `${command} && objcopy -O binary -j .text a.o a.bin`], { cwd: root });
    // What was embedded says which files were found: those in the working directory first.
    expect(readDisk(asBytes(`${root}/a.bin`))).toBe("ED");
    const invocation = parseCompile(asBytes(command), asBytes(root), readDisk);
    if (invocation === undefined) throw new Error("no command");
    const { files } = diskScanner([root]).scan(invocation);
    expect(files.map((path) => path.slice(root.length + 1))).toEqual([
      "d.bin",
      "i/e.bin",
      "i/m.inc",
      "s/a.S",
      "s/h.h",
    ]);
  });
});
