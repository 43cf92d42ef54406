// What is seen in a file, and what is not.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asBytes, fromBuffer } from "../../../graph/bytes.ts";
import { parseDirectives } from "../../../graph/scan/directives.ts";
import { familyOf } from "../../../graph/scan/family.ts";
import type { Language } from "../../../graph/scan/language.ts";
import { skeletonOf } from "../../../graph/scan/skeleton.ts";
import { parseTablegen } from "../../../graph/scan/tablegen.ts";

function seen(text: string): readonly string[] {
  const { references, imports, provides } = parseDirectives(asBytes(text));
  return [
    ...references.map(({ kind, form, name }) => `${kind} ${form} ${name}`),
    ...imports.map((name) => `imports ${name}`),
    ...provides.map((name) => `provides ${name}`),
  ];
}

describe("a directive is seen", () => {
  test.each([
    ['#include "a.h"', "include quote a.h"],
    ["  #\tinclude <a/b.h> // x", "include angle a/b.h"],
    ["#include<a.h>", "include angle a.h"],
    ["\xef\xbb\xbf#include <a.h>", "include angle a.h"],
    ["#include_next <a.h>\r\n", "next angle a.h"],
    ['#import "a.h"', "import quote a.h"],
    ["%:include <a.h>", "include angle a.h"],
    ["??=include <a.h>", "include angle a.h"],
    ["#inc\\\nlude \\\n <a.h>", "include angle a.h"],
    ["# /* x */ include /* y\n z */ <a//b.h>", "include angle a//b.h"],
    ["/* x\n y */ #include <a.h>", "include angle a.h"],
    ['// a /* trap\n#include "a.h"\n', "include quote a.h"],
    ["don't\n#include <a.h>", "include angle a.h"],
    ["#if 0\n#include <a.h>\n#endif", "include angle a.h"],
    ["\\\n#include <a.h>", "include angle a.h"],
    ["#include CONFIG_H", "include macro CONFIG_H"],
    ["#include STR(x /* y */, z) // w", "include macro STR(x  , z)"],
    ['#if __has_include(<a.h>) && __has_include("b.h")', "has angle a.h,has quote b.h"],
    ["#elif defined A \\\n || __has_include_next(<a.h>)", "has-next angle a.h"],
    ["#embed <a.bin> limit(3)", "embed angle a.bin"],
    ['#if __has_embed("a.bin")', "has-embed quote a.bin"],
    ['#pragma GCC dependency "a.y" rerun', "dependency quote a.y"],
    ['  .incbin "a.bin", 4', "incbin quote a.bin"],
    ['  .include "a.inc"', "asm-include quote a.inc"],
    ['asm(".incbin \\"a.bin\\"\\n");', "incbin quote a.bin"],
    ['asm(".incbin \\"" DIR "/a.bin\\"\\n");', 'incbin macro DIR "/a.bin"'],
    ['asm(".incbin \\""\n  STR(DIR) /* x */\n  "\\"\\n");', "incbin macro STR(DIR)"],
    ["  .incbin BLOB", "incbin macro BLOB"],
    ["import <a>;", "import angle a"],
    ['export import "a.h";', "import quote a.h"],
    ["import a.b;\nexport import :p;", "imports a.b,imports :p"],
    ["module;\nexport module m:p;", "provides m:p"],
    ["module m;\nmodule :private;", "provides m"],
  ])("in %j", (text, expected) => {
    expect(seen(text).join()).toBe(expected);
  });
});

describe("nothing is seen", () => {
  test.each([
    "int x; #include <a.h>",
    "// \\\n#include <a.h>",
    "#define A(x) #x",
    "#include",
    "#include <a.h",
    "#included <a.h>",
    "#ifndef A_H\n#define A_H\n#endif",
    '# 1 "a.h"',
    "importer a;\nimport = 3;\nimported(b);\nmodule_x;\nmodules m;",
    "// we import some things here",
    'x.include(y); the .incbin directive is old; s.includes("z")',
  ])("in %j", (text) => {
    expect(seen(text)).toEqual([]);
  });
});

describe("other languages", () => {
  test.each<readonly [Language, string, string]>([
    ["tablegen", 'include "a.td"\n// x\ndef A; include"b.td"\n  included "c"', "a.td,b.td"],
    [
      "protobuf",
      'syntax = "proto3";\nimport "a.proto";\nimport public "b.proto";\nimport weak \'c.proto\';',
      "a.proto,b.proto,c.proto",
    ],
    ["nasm", '%include "a.inc"\n  %INCLUDE \'b.inc\'\nblob: incbin "c.bin",1\n', "a.inc,b.inc,c.bin"],
    ["fortran", "      include 'a.inc'\n#include \"b.h\"\n", "b.h,a.inc"],
    [
      "qrc",
      '<RCC><qresource prefix="/x"><file alias="q">a&amp;b.png</file>\n<file>c d.svg</file></qresource></RCC>',
      "a&b.png,c d.svg",
    ],
    ["linker-script", 'SECTIONS { }\nINCLUDE a.ld\n  INCLUDE "b c.ld"', "a.ld,b c.ld"],
  ])("%s", (language, text, expected) => {
    const { references } = familyOf(language).parse(asBytes(text), asBytes);
    expect(references.map(({ name }) => name).join()).toBe(expected);
  });

  test("fortran modules are reported", () => {
    const text =
      "module A_mod ! x\n  use, intrinsic :: iso_c_binding\n  use :: B\n  USE c, only: d\n  use iso_fortran_env\n" +
      "contains\n  module procedure p\nend module A_mod\nsubmodule (parent) child\n";
    const found = familyOf("fortran").parse(asBytes(text), asBytes);
    expect(found.imports).toEqual(["b", "c", "parent"]);
    expect(found.provides).toEqual(["a_mod"]);
  });

  test("any bytes are read without an error", () => {
    const languages: readonly Language[] = [
      "c",
      "fortran",
      "nasm",
      "tablegen",
      "protobuf",
      "qrc",
      "linker-script",
    ];
    fc.assert(
      fc.property(fc.constantFrom(...languages), fc.uint8Array({ maxLength: 100 }), (language, bytes) => {
        const found = familyOf(language).parse(fromBuffer(bytes), asBytes);
        expect(found.references.every(({ name }) => name !== "")).toBe(true);
      }),
      { numRuns: 1000, seed: 2 },
    );
  });
});

describe("a skeleton", () => {
  test("keeps the lines a planner can see, as they are", () => {
    const text = `// licence
#ifndef A_H /* guard */
#define A_H
  #  include "b.h" // why
/* block
   comment */
#define LONG(x) \\
  do { x; } while (0)
#define C 1 /* a comment
  of two lines */
export module m;
import n;
int f() {
  return 1;
}
asm(".incbin \\"a.bin\\"");
#endif
`;
    expect(skeletonOf(asBytes("a.cc"), asBytes(text))).toBe(`#ifndef A_H /* guard */
#define A_H
  #  include "b.h" // why
#define LONG(x) \\
  do { x; } while (0)
#define C 1 /**/
export module m;
import n;
.incbin \\"a.bin\\"
#endif
`);
  });

  test("leaves other files alone", () => {
    const text = asBytes("#include <x>\nbody\n");
    for (const name of ["a.py", "Makefile", "a.tdx", "c", "a.c.in", "x.h/y"]) {
      expect(skeletonOf(asBytes(name), text)).toBe(text);
    }
    expect(skeletonOf(asBytes("d.x/y.H"), text)).toBe("#include <x>\n");
  });

  test("of TableGen's files keeps includes, of both kinds", () => {
    const text = asBytes(
      'include "base.td"\n#ifdef WIDE\ninclude "wide.td"\n#endif\ndef A : B<1>; // include "no.td"\nlet x = 1 in {\n  include "in.td"\n}\n',
    );
    const skeleton = skeletonOf(asBytes("a.td"), text);
    expect(skeleton).toBe(
      '#ifdef WIDE\n#endif\ninclude "base.td"\ninclude "wide.td"\ninclude "no.td"\ninclude "in.td"\n',
    );
    expect(parseTablegen(skeleton)).toEqual(parseTablegen(text));
    expect(skeletonOf(asBytes("a.td"), asBytes(text.replace("B<1>", "B<2>")))).toBe(skeleton);
  });

  test("of an assembler file drops comments that start with a hash", () => {
    expect(skeletonOf(asBytes("a.S"), asBytes('# a comment\n#define A\n  mov %eax # x\n.incbin "b"\n'))).toBe(
      '#define A\n.incbin "b"\n',
    );
  });

  test("takes time in proportion to the file", () => {
    const start = performance.now();
    for (const part of [
      "*/ #",
      "/*",
      "\\\n",
      '"',
      "#include /*\n",
      '.incbin \\"',
      "import ",
      "%:",
      "#if \\\n",
    ]) {
      const text = asBytes(part.repeat(10_000));
      skeletonOf(asBytes("a.c"), text);
      parseDirectives(text);
    }
    // Quadratic time would be minutes.
    expect(performance.now() - start).toBeLessThan(10_000);
  }, 60_000);
});
