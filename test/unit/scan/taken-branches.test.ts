// Which branches a unit may take, as far as its macros are known: what is left out, and what must not be.

import { describe, expect, it } from "vitest";
import { asBytes } from "../../../graph/bytes.ts";
import { parseCompile } from "../../../graph/scan/command.ts";
import { skeletonOf } from "../../../graph/scan/skeleton.ts";
import { diskScanner, readDisk, withTree } from "./disk.ts";

/** Names of the files found, of the tree and of its skeleton the same. */
function found(files: Readonly<Record<string, string>>, command = "gcc -c main.c"): readonly string[] {
  const names = { "a.h": "", "b.h": "", ...files };
  return withTree(names, (root) => {
    const invocation = parseCompile(asBytes(command), asBytes(root), readDisk);
    if (invocation === undefined) throw new Error(`no compile: ${command}`);
    const reduced = diskScanner([root], {
      readFile: (path) => {
        const contents = readDisk(path);
        return contents === undefined ? undefined : skeletonOf(path, contents);
      },
    });
    const { files } = diskScanner([root]).scan(invocation);
    expect(reduced.scan(invocation).files).toEqual(files);
    return files.map((path) => path.slice(root.length + 1)).filter((name) => name !== "main.c");
  });
}

/** Which of a.h and b.h a main file reads after a configured header. */
function branch(config: string, text: string, command?: string): readonly string[] {
  const main = `#include "config.h"\n${text}`;
  return found({ "config.h": config, "main.c": main }, command).filter((name) => name !== "config.h");
}

const a = '#include "a.h"\n';
const b = '#include "b.h"\n';
const either = (condition: string): string => `${condition}\n${a}#else\n${b}#endif\n`;

describe("a branch that a configured header decides", () => {
  it.each([
    ["#define X 0\n", either("#if X")],
    ["#define X 1\n", either("#if !X")],
    ["#define X 1\n", either("#ifndef X")],
    ["#define X 0\n#define Y 1\n", either("#if X || !Y")],
    ["#define X 3\n", either("#if X < 3 || X > 0x10")],
    ["#define X (Y && Z)\n#define Y 1\n#define Z 0\n", either("#if X")],
    ["#define X Y\n#define Y 2L\n", either("#if X == 1")],
    ["#ifdef Q\n#define X 0\n#endif\n#define X 0\n", either("#if X")],
    ["#ifdef Q\n#define X 0\n#else\n#define X (0)\n#endif\n", either("#if X")],
    ["#define X 1\n#if X\n#define Y 1\n#else\n#define Y 0\n#endif\n", either("#if !Y")],
    ["#pragma once\n#define X 0\n", either('#include "config.h"\n#if X')],
    ["#ifndef C_H\n#define C_H\n#define X 0\n#endif\n", either('#include "config.h"\n#if X')],
    ["#ifndef _C_H_\n#define _C_H_\n#define X 0\n#endif\n", either("#if X")],
    ["/*\n#define X 1\n*/\n#define X 0 /* no\n */\n", either("#if X")],
    ['const char *s = "/*";\n#define X 0\n', either("#if X")],
    ["#define X 1\n#undef X\n#define X 0\n", either("#if X /* it's so */")],
  ])("is left out when it is not taken: %j, %j", (config, text) => {
    expect(branch(config, text)).toEqual(["b.h"]);
  });

  it.each([
    ["", either("#if X")],
    ["#undef X\n#include <stdio.h>\n", either("#ifdef X")],
    ["#ifndef X\n#define X 0\n#endif\n", either("#if X")],
    ["#ifdef Q\n#define X 0\n#else\n#define X 1\n#endif\n", either("#if X")],
    ["#define X(a) 1\n", either("#if X")],
    ["#define X 1 - 1\n", either("#if X")],
    ["#define X 0\n", either("#if X + 1")],
    ["#define X 'a'\n", either("#if X")],
    ["#define X X\n", either("#if X")],
    ['#pragma push_macro("X")\n#define X 0\n#pragma pop_macro("X")\n', either("#if X")],
    ["#define X 0\n", either("#if X || true")],
    ["#define X 0\n", either("#if X || __has_include(<x.h>)")],
    // Names that headers of the system define, too, or again.
    ["#define EOF 0\n#include <stdio.h>\n", either("#if EOF")],
    ["#define _POSIX_C_SOURCE 0\n#include <stdio.h>\n", either("#if _POSIX_C_SOURCE")],
    ["#define BIG_ENDIAN 0\n#include <endian.h>\n", either("#if BIG_ENDIAN")],
    // A copy of a standard header, which may have been read already.
    ["#ifndef _GETOPT_H\n#define _GETOPT_H\n#define X 0\n#endif\n", either("#if X")],
  ])("is read with the other one when that is not certain: %j, %j", (config, text) => {
    expect(branch(config, text)).toEqual(["a.h", "b.h"]);
  });

  it("is followed with what the command defines", () => {
    const text = either("#ifdef X");
    expect(branch("", text, "gcc -DX -c main.c")).toEqual(["a.h"]);
    expect(branch("", text, "gcc -DX=0 -UY -c main.c")).toEqual(["a.h"]);
    expect(branch("", text, "gcc -DX -UX -c main.c")).toEqual(["b.h"]);
    expect(branch("#undef X\n", text, "gcc -DX -c main.c")).toEqual(["b.h"]);
    expect(branch("", either("#ifdef HAVE_CONFIG_H"))).toEqual(["b.h"]);
    expect(branch("", either("#ifdef HAVE_CONFIG_H"), "gcc -DHAVE_CONFIG_H -c main.c")).toEqual(["a.h"]);
    expect(branch("", either("#ifdef __cplusplus"))).toEqual(["b.h"]);
    expect(branch("", either("#ifdef __cplusplus"), "g++ -c main.c")).toEqual(["a.h", "b.h"]);
    expect(branch("", either("#if __cplusplus > 201402L"), "gcc -xc++ -std=c++17 -c main.c")).toEqual([
      "a.h",
    ]);
  });

  it("is followed with what the command includes first, macros before all", () => {
    const files = { "x.h": "#define X 1\n", "y.h": "#undef X\n", "main.c": either("#if X") };
    expect(found(files, "gcc -include x.h -c main.c")).toEqual(["a.h", "x.h"]);
    expect(found(files, "gcc -include y.h -imacros x.h -c main.c")).toEqual(["b.h", "x.h", "y.h"]);
    expect(found(files, "gcc -include y.h -include x.h -c main.c")).toEqual(["a.h", "x.h", "y.h"]);
  });

  it("is followed in every way that leads there", () => {
    const guarded =
      '#ifndef S_H\n#define S_H\n#if X\n#include "a.h"\n#else\n#include "b.h"\n#endif\n#endif\n';
    expect(found({ "s.h": guarded, "main.c": '#define X 1\n#include "s.h"\n' })).toEqual(["a.h", "s.h"]);
    // Read at one of two places, with another value.
    const twice = '#define X 1\n#ifdef Q\n#include "s.h"\n#endif\n#undef X\n#define X 0\n#include "s.h"\n';
    expect(found({ "s.h": guarded, "main.c": twice })).toEqual(["a.h", "b.h", "s.h"]);
  });

  it("is followed by a macro that names a file, when there is one name", () => {
    const text = '#ifdef Q\n#define N "a.h"\n#endif\n#define N "b.h"\n#include N\n';
    expect(branch("", text)).toEqual(["b.h"]);
    expect(branch("", '#define N "b.h"\n#ifdef Q\n#undef N\n#define N "a.h"\n#endif\n#include N\n')).toEqual([
      "a.h",
      "b.h",
    ]);
  });

  it("is read where the unit is not understood, or reads what is not there yet", () => {
    const config = '#define X 0\nauto s = R"(/*")";\n';
    expect(branch(config, either("#if X"))).toEqual(["a.h", "b.h"]);
    const files = {
      "config.h": "#define X 0\n",
      "main.c": `#include "config.h"\n#include "made.h"\n${either("#if X")}`,
    };
    withTree({ "a.h": "", "b.h": "", ...files }, (root) => {
      const invocation = parseCompile(asBytes("gcc -c main.c"), asBytes(root), readDisk);
      if (invocation === undefined) throw new Error("no compile");
      const isGenerated = (path: string): boolean => path.endsWith("/made.h");
      const result = diskScanner([root], { isGenerated }).scan(invocation);
      expect(result.files.filter((path) => /\/[ab]\.h$/.test(path))).toHaveLength(2);
    });
  });

  it("is not decided by what headers from outside may include at any time", () => {
    withTree(
      {
        "a.h": "",
        "b.h": "",
        "stdint.h": "#define X 0\n",
        "main.c": `#include "stdint.h"\n${either("#if X")}`,
      },
      (root) => {
        const invocation = parseCompile(asBytes("gcc -I. -c main.c"), asBytes(root), readDisk);
        if (invocation === undefined) throw new Error("no compile");
        const { files } = diskScanner([root]).scan({ ...invocation, shadows: [asBytes("stdint.h")] });
        expect(files.map((path) => path.slice(root.length + 1))).toEqual([
          "a.h",
          "b.h",
          "main.c",
          "stdint.h",
        ]);
      },
    );
  });

  it("has what a later condition asks for", () => {
    const text = '#if X\n#define Y\n#elif __has_include("a.h")\n#define Z\n#endif\n';
    expect(branch("#define X 0\n", text)).toEqual(["a.h"]);
  });

  it("ends where files include each other without end", () => {
    const loop = `#include "l.h"\n${either("#if X")}`;
    expect(found({ "l.h": loop, "main.c": '#define X 0\n#include "l.h"\n' })).toEqual(["a.h", "b.h", "l.h"]);
  });
});

it("is taken where the scanner takes every branch", () => {
  const text = `#define X 0\n${either("#if X")}`;
  withTree({ "a.h": "", "b.h": "", "main.c": text }, (root) => {
    const invocation = parseCompile(asBytes("gcc -c main.c"), asBytes(root), readDisk);
    if (invocation === undefined) throw new Error("no compile");
    const filesWith = (options: { readonly takesEveryBranch?: boolean }): readonly string[] =>
      diskScanner([root], options)
        .scan(invocation)
        .files.map((path) => path.slice(root.length + 1));
    expect(filesWith({})).toEqual(["b.h", "main.c"]);
    expect(filesWith({ takesEveryBranch: true })).toEqual(["a.h", "b.h", "main.c"]);
  });
});
