// The skeleton must tell the scanner exactly what the file tells it, for any text.

import fc from "fast-check";
import { expect, test } from "vitest";
import { asBytes, type Bytes, fromBuffer } from "../../graph/bytes.ts";
import { parseDefinitions } from "../../graph/scan/definitions.ts";
import { parseDirectives } from "../../graph/scan/directives.ts";
import { skeletonOf } from "../../graph/scan/skeleton.ts";

const PIECES = [
  "#include ",
  "#",
  "%:",
  "??=",
  "include",
  "include_next ",
  "import ",
  "embed ",
  "define X ",
  "if __has_include(",
  "#if 0\n",
  "#ifdef _WIN32\n",
  "#ifndef _WIN32 /* c */\n",
  "#if defined(_WIN32) || ",
  "#elif 1\n",
  "#else\n",
  "#endif\n",
  "#define _WIN32\n",
  "1'0",
  ")",
  '"a.h"',
  "<b.h>",
  "<c//d.h>",
  "<a/*b.h>\n",
  "#undef X\n",
  "#define Y 1\n",
  "#if X && !defined(Y)\n",
  "#pragma once\n",
  '#pragma pop_macro("X")\n',
  'R"x(',
  ')x"',
  "MACRO",
  "\\\n",
  "\\ \r\n",
  "??/\n",
  "/*",
  "*/",
  "/* c */",
  "//",
  "'",
  '"',
  '\\"',
  "\n",
  "\r\n",
  " ",
  "\t",
  ";",
  "export ",
  "module ",
  "module;",
  "import m;",
  "import <v>;",
  "m:part",
  ".incbin ",
  ".include ",
  '".incbin \\"e.bin\\""',
  'asm(".incbin \\"" FILE "\\"");',
  "x",
  "int f() { return 1; }",
  "#pragma GCC dependency ",
  'R"(',
  ')"',
  "\xef\xbb\xbf",
] as const;

const text = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((parts) => parts.join("")),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => fromBuffer(bytes)) },
);

const path = fc.constantFrom("a.c", "b.hpp", "c.S", "d.s", "e.inc").map(asBytes);

test("a skeleton has the directives and definitions of its file, and is its own skeleton", () => {
  fc.assert(
    fc.property(path, text, (name, contents) => {
      const file = asBytes(contents);
      const skeleton = skeletonOf(name, file);
      expect(parseDirectives(skeleton)).toEqual(parseDirectives(file));
      expect([...parseDefinitions(skeleton)]).toEqual([...parseDefinitions(file)]);
      expect(skeletonOf(name, skeleton)).toBe(skeleton);
    }),
    { numRuns: Number(process.env["SCAN_RUNS"] ?? 1500), seed: Number(process.env["SCAN_SEED"] ?? 5) },
  );
}, 60_000);

/** Statements and comments; nothing in them looks like a directive. */
const body = fc
  .array(
    fc.constantFrom(
      "int x = 1;\n",
      "  return f(x) + 2; // sum\n",
      "/* a comment\n   over lines */\n",
      "char c = '\"';\n",
      'const char *s = "#include <no.h>";\n',
      "\n",
      "// #define NO\n",
      "void g() {\n}\n",
    ),
    { maxLength: 6 },
  )
  .map((lines) => lines.join(""));

const line = fc.constantFrom(
  "#include <a.h>\n",
  "#define F(x) \\\n  do { x; } while (0)\n",
  "#if A /* why */\n",
  "#endif\n",
  "export module m;\n",
  '__asm__(".incbin \\"data.bin\\"");\n',
);

test("edits between the lines it keeps leave a skeleton the same", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(line, body, body), { maxLength: 6 }),
      body,
      body,
      (parts, before, after) => {
        const make = (first: string, which: 1 | 2): Bytes =>
          asBytes(first + parts.map((part) => part[0] + part[which]).join(""));
        const name = asBytes("/p/a.cc");
        expect(skeletonOf(name, make(before, 1))).toBe(skeletonOf(name, make(after, 2)));
      },
    ),
    { numRuns: 300, seed: 5 },
  );
});
