// Conditions that say a branch is for another system, and what makes them say nothing.

import { describe, expect, it } from "vitest";
import { asBytes } from "../../../graph/bytes.ts";
import { parseCompile } from "../../../graph/scan/command.ts";
import { parseDirectives } from "../../../graph/scan/directives.ts";
import { skeletonOf } from "../../../graph/scan/skeleton.ts";
import { diskScanner, readDisk, withTree } from "./disk.ts";

/** Names that a text includes in branches that may be taken, and in its skeleton the same. */
function alive(text: string): readonly string[] {
  const inFile = parseDirectives(asBytes(text));
  expect(parseDirectives(skeletonOf(asBytes("x.h"), asBytes(text)))).toEqual(inFile);
  return inFile.references.filter(({ guard }) => guard === undefined).map(({ name }) => name);
}

const a = '#include "a.h"\n';
const b = '#include "b.h"\n';

describe("a branch for another system", () => {
  it.each([
    `#ifdef _WIN32\n${a}#else\n${b}#endif\n`,
    `#ifndef _WIN32\n${b}#else\n${a}#endif\n`,
    `#if defined(_WIN32)\n${a}#elif defined __APPLE__\n${a}#else\n${b}#endif\n`,
    `#if !defined(_WIN32) && !defined(__APPLE__)\n${b}#else\n${a}#endif\n`,
    `#if defined(_WIN32) || defined(__CYGWIN__)\n${a}#endif\n${b}`,
    `#if defined(_MSC_VER) && _MSC_VER >= 1900 && defined(X)\n${a}#endif\n${b}`,
    `#if _MSC_VER >= 1900\n${a}#endif\n${b}`,
    `#if X && defined _WIN32\n#if Y\n${a}#endif\n#endif\n${b}`,
    `#if f(x, (y)) && _WIN32\n${a}#endif\n${b}`,
    `#ifdef X\n#ifdef _WIN32\n${a}#endif\n#else\n${b}#endif\n`,
    `#  if defined ( _WIN32 )  // only there\n${a}# endif /* _WIN32 */\n${b}`,
    `#if 0\n${a}#endif\n${b}`,
    `#if 1\n${b}#else\n${a}#endif\n`,
    `#if defined(_WIN32) \\\n  && defined(X)\n${a}#endif\n${b}`,
    `// #if it's\n#ifdef _WIN32\n${a}#endif\n${b}`,
    `char q = '"', c = '\\'', s[] = "/*";\n#ifdef _WIN32\n${a}#endif\n${b}`,
    `int n = 1'000'000;\n#ifdef _WIN32\n${a}#endif\n${b}`,
    `#error don't\n#ifdef _WIN32\n${a}#endif\n${b}`,
  ])("is not read: %j", (text) => {
    expect(alive(text)).toEqual(["b.h"]);
  });

  it.each([
    // Not known.
    `#ifdef X\n${a}#endif\n`,
    `#if defined(X) || !defined(_WIN32)\n${a}#endif\n`,
    `#if _MSC_VER < 1900\n${a}#endif\n`,
    `#if defined(_WIN32) ? 0 : 1\n${a}#endif\n`,
    `#if _MSC_VER + 1\n${a}#endif\n`,
    `#if -_MSC_VER == 0\n${a}#endif\n`,
    `#if f(_WIN32)\n${a}#endif\n`,
    `#if _WIN32(1)\n${a}#endif\n`,
    `#if defined(_WIN32) == 0\n${a}#endif\n`,
    `#if 'a' && _WIN32\n${a}#endif\n`,
    `#if defined(_WIN32) || __has_include("a)||1")\n${a}#endif\n`,
    // The condition goes on, or there is none.
    `#if defined(_WIN32) \\\n  || 1\n${a}#endif\n`,
    `#if defined(_WIN32) /* a\n b */ || 1\n${a}#endif\n`,
    `/*\n#ifdef _WIN32\n*/\n${a}/*\n#endif\n*/\n`,
    `#ifndef _WIN32\n/*\n#else\n*/\n${a}#endif\n`,
    `const char *s = R"(\n#ifdef _WIN32\n)";\n${a}const char *t = R"(\n#endif\n)";\n`,
    `#define D 1'000 /* x\n#ifdef _WIN32\n*/\n${a}/*\n#endif\n*/\n`,
    `// \\\n#ifdef _WIN32\n${a}// \\\n#endif\n`,
    `#include <x/*y>\n#ifdef _WIN32\n${a}#endif\n`,
    `%:ifdef _WIN32\n${a}%:endif\n`,
    // It does not nest.
    `#ifdef _WIN32\n${a}`,
    `#ifdef _WIN32\n${a}#endif\n#endif\n`,
    `#ifdef _WIN32\n#else\n#else\n${a}#endif\n`,
    // Elsewhere it may be taken.
    `#ifdef _WIN32\n${a}#endif\n${a}`,
    `#ifdef _WIN32\n${a}#endif\n#ifdef X\n${a}#endif\n`,
  ])("is read where that is not certain: %j", (text) => {
    expect(alive(text)).toContain("a.h");
  });

  const files = {
    "main.c":
      '#include "config.h"\n#ifdef _WIN32\n#include "windows.h"\n#endif\n#ifdef __APPLE__\n#include "mac.h"\n#endif\n',
    "config.h": "",
    "windows.h": "",
    "mac.h": "",
    "defines.h": "#define _WIN32\n",
    "perhaps.h": "#ifdef __APPLE__\n#define _WIN32\n#endif\n",
    "args.rsp": "-D_WIN32=1",
  };

  function found(command: string, more: Readonly<Record<string, string>> = {}): readonly string[] {
    return withTree({ ...files, ...more }, (root) => {
      const invocation = parseCompile(asBytes(command), asBytes(root), readDisk);
      if (invocation === undefined) throw new Error(`no compile: ${command}`);
      const result = diskScanner([root]).scan(invocation);
      return result.files.map((path) => path.slice(root.length + 1));
    });
  }

  it("is read when the command defines the name, or what it reads does", () => {
    expect(found("gcc -c main.c")).toEqual(["config.h", "main.c"]);
    for (const command of [
      "gcc -D_WIN32 -c main.c",
      "cc -D _WIN32=0 -c main.c",
      "c++ -Wp,-D_WIN32 -c main.c",
    ])
      expect(found(command)).toEqual(["config.h", "main.c", "windows.h"]);
    expect(found("gcc @args.rsp -c main.c")).toEqual(["args.rsp", "config.h", "main.c", "windows.h"]);
    expect(found("gcc -D_WIN32 -U_WIN32 -c main.c")).toEqual(["config.h", "main.c"]);
    expect(found("gcc -include defines.h -c main.c")).toEqual([
      "config.h",
      "defines.h",
      "main.c",
      "windows.h",
    ]);
    expect(found("gcc -c main.c", { "config.h": '#include "defines.h"\n' })).toEqual([
      "config.h",
      "defines.h",
      "main.c",
      "windows.h",
    ]);
    // A definition in a branch that is not taken is none, until it is.
    const perhaps = { "config.h": '#include "perhaps.h"\n' };
    expect(found("gcc -c main.c", perhaps)).toEqual(["config.h", "main.c", "perhaps.h"]);
    expect(found("gcc -D__APPLE__ -c main.c", perhaps)).toEqual([
      "config.h",
      "mac.h",
      "main.c",
      "perhaps.h",
      "windows.h",
    ]);
  });

  it.each([
    "x86_64-w64-mingw32-gcc -c main.c",
    "clang --target=x86_64-windows-msvc -c main.c",
    "clang -target arm64-apple-macos -c main.c",
    "clang -Xclang -triple -Xclang x86_64-windows -c main.c",
    "clang -fms-compatibility-version=19 -c main.c",
    "gcc -specs=mine -c main.c",
    "gcc $CFLAGS -c main.c",
    "windres main.c",
  ])("is read when the compiler may be one for it: %s", (command) => {
    expect(found(command)).toContain("windows.h");
  });

  it("is not read by compilers for Linux, native or not", () => {
    for (const program of [
      "x86_64-linux-gnu-gcc-12",
      "aarch64-unknown-linux-gnu-g++",
      "clang-16",
      "/opt/bin/c++",
    ])
      expect(found(`${program} -c main.c`)).toEqual(["config.h", "main.c"]);
  });
});
