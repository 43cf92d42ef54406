// Random include trees and random flags: what the preprocessor reads, the scanner has found.

import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { asBytes } from "../../graph/bytes.ts";
import { parseCompile } from "../../graph/scan/command.ts";
import { dependenciesOf, diskScanner, readDisk, withTree } from "../unit/scan/disk.ts";

const DIRECTORIES = ["", "a", "b", "a/in", "c", "c/usr/include", "p-x"] as const;
const NAMES = ["x.h", "y.h", "z.h", "in/x.h", "../y.h", "in/../z.h", "w.h"] as const;

const directory = fc.constantFrom(...DIRECTORIES);
const name = fc.constantFrom(...NAMES);
const operand = fc.tuple(name, fc.boolean()).map(([n, quoted]) => (quoted ? `"${n}"` : `<${n}>`));

const include = fc.oneof(
  { weight: 6, arbitrary: operand.map((o) => `#include ${o}\n`) },
  { weight: 1, arbitrary: operand.map((o) => `  #  include\t${o} // trailing /*\n`) },
  { weight: 1, arbitrary: operand.map((o) => `#inc\\\nlude \\\n ${o}\n`) },
  { weight: 1, arbitrary: operand.map((o) => `/* a\n b */ #include /* c\n d */ ${o}\n`) },
  { weight: 1, arbitrary: operand.map((o) => `%:include ${o}\r\n`) },
  { weight: 2, arbitrary: operand.map((o) => `#include_next ${o}\n`) },
  { weight: 1, arbitrary: operand.map((o) => `#import ${o}\n`) },
  { weight: 1, arbitrary: operand.map((o) => `#if __has_include(${o})\n#include ${o}\n#endif\n`) },
  {
    weight: 2,
    arbitrary: fc.tuple(operand, fc.nat(2)).map(([o, i]) => `#undef M${i}\n#define M${i} ${o}\n`),
  },
  { weight: 2, arbitrary: fc.nat(2).map((i) => `#ifdef M${i}\n#include M${i}\n#endif\n`) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom("x", "y", "w")
      .map((stem) => `#undef S\n#undef T\n#define T(x) #x\n#define S(x) T(x.h)\n#include S(${stem})\n`),
  },
  { weight: 1, arbitrary: fc.constant('static const char *s = "// /*"; // it\'s /* not open\n') },
);

/** Conditions whose value is known on Linux, ones that only look so, and what makes it uncertain which lines are conditions. */
const condition = fc.constantFrom(
  "#ifdef _WIN32\n",
  "#ifndef _WIN32\n",
  "#if 0\n",
  "#if 1\n",
  "#if defined(_WIN32) || defined __APPLE__\n",
  "#if !defined(__APPLE__) && (1)\n",
  "#if _MSC_VER >= 1900 && defined(M0)\n",
  "#if _MSC_VER < 1900 || M1\n",
  "# if defined _WIN32 && __has_include(<x.h>)\n",
  "#if defined(_WIN32) /* a\n b */ || 1\n",
  "#if defined(_WIN32) \\\n || 1\n",
  "#if (defined(_WIN32) ? 0 : 1)\n",
  "#if _MSC_VER + 1\n",
  "#ifdef __linux__\n",
  "#i\\\nf 0\n",
  "/* */ # /* */ if /* */ 0\n",
);

const oddity = fc.constantFrom(
  "/*\n#if 0\n*/\n",
  "/*\n#endif\n*/\n",
  "/*\n#else\n*/\n",
  "// \\\n#if 0\n",
  'static const char t[] = "/*";\n',
  "#define D 1'000 /* x\n#if 0\n */\n",
  "#define D 1'0 '/* '\n",
  "#if 0\n don't /* it's\n#endif\n */\n#endif\n",
  "#define _WIN32\n",
  "#define _WIN32 0\n#undef _WIN32\n",
  "#ifdef __APPLE__\n#define _WIN32 1\n#endif\n",
  "#ifdef _WIN32\n#define __APPLE__ 1\n#endif\n",
  "static const char q = '\"';\n",
  'static const char r[] = "\\"/*\\\n";\n',
);

const conditional = fc
  .tuple(
    condition,
    include,
    fc.option(fc.tuple(fc.constantFrom("#else\n", "#elif defined _WIN32\n", "#elif 1\n"), include)),
  )
  .map(([start, first, other]) => `${start}${first}${other === null ? "" : other.join("")}#endif\n`);

const piece = fc.oneof(
  { weight: 8, arbitrary: include },
  { weight: 3, arbitrary: conditional },
  { weight: 1, arbitrary: oddity },
);

const header = fc.array(piece, { maxLength: 4 }).map((lines) => lines.join("int x;\n"));

// The compiler runs two levels down, where no header has these names: `-MG` prints a missing one as it is spelled,
// which must not look like a file that was found.
const CWD = "k/cwd";
const UP = "../../";

const flag = fc.oneof(
  { weight: 4, arbitrary: directory.map((d) => `-I${UP}${d}`) },
  { weight: 1, arbitrary: directory.map((d) => `-I $PWD_/${d}`) },
  { weight: 2, arbitrary: directory.map((d) => `-iquote ${UP}${d}`) },
  { weight: 2, arbitrary: directory.map((d) => `-isystem ${UP}${d}/`) },
  { weight: 1, arbitrary: directory.map((d) => `-idirafter./${UP}${d}`) },
  { weight: 1, arbitrary: fc.constant(`-iprefix ${UP}p- -iwithprefix x`) },
  { weight: 1, arbitrary: fc.constant(`-iprefix ${UP}p- -iwithprefixbefore x`) },
  { weight: 1, arbitrary: fc.constant("--sysroot=$PWD_/c -I=/usr/include") },
  { weight: 1, arbitrary: fc.constantFrom("-include f.h", `-imacros ${UP}y.h`, "-include in/x.h") },
  { weight: 1, arbitrary: fc.constant(`-Inowhere -I nowhere/../${UP}a`) },
  { weight: 1, arbitrary: fc.constant(`'-DM0="z.h"' "-DM1=<w.h>"`) },
  { weight: 1, arbitrary: fc.constant(`-Wp,-I,${UP}b`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      "-D_WIN32",
      "-D __APPLE__=1",
      "-U_WIN32",
      "-Wp,-D_MSC_VER=1900",
      "-D_WIN32 -U_WIN32",
    ),
  },
);

const unit = fc.record({
  headers: fc.dictionary(
    fc.tuple(directory, fc.constantFrom("x.h", "y.h", "z.h", "w.h")).map(([d, n]) => join(d, n)),
    header,
    { minKeys: 8, maxKeys: 24 },
  ),
  source: fc.tuple(fc.constantFrom("", "a", "c"), fc.array(piece, { minLength: 1, maxLength: 6 })),
  flags: fc.array(flag, { maxLength: 7 }),
  inResponse: fc.boolean(),
});

test("the scanner finds every file that gcc -M names, for random trees and flags", () => {
  const sizes = { found: 0, true: 0, runs: 0 };
  fc.assert(
    fc.property(unit, ({ headers, source, flags, inResponse }) => {
      const files: Record<string, string> = {
        "a/in/keep": "",
        "b/in/keep": "",
        "c/usr/include/in/keep": "",
        "p-x/in/keep": "",
        [`${CWD}/f.h`]: '#define M2 "x.h"\n#include <y.h>\n#include_next <w.h>\n',
      };
      for (const [path, text] of Object.entries(headers)) {
        const guard = `G_${path.replace(/\W/g, "_")}`;
        // Each file may be entered twice, so that cycles end and `#include_next` still has work.
        files[path] =
          `#ifndef ${guard}2\n#ifdef ${guard}1\n#define ${guard}2\n#endif\n#define ${guard}1\n${text}#endif\n`;
      }
      const [where, lines] = source;
      const main = join(where, "main.c");
      files[main] = lines.join("int y;\n");
      withTree(files, (root) => {
        const words = flags.join(" ").replaceAll("$PWD_", root);
        let command = `cd ${CWD} && gcc ${words}`;
        if (inResponse) {
          command = `cd ${CWD} && gcc @${UP}flags.rsp`;
          writeFileSync(join(root, "flags.rsp"), words);
        }
        command += ` -M -MG -w ${UP}${main}`;
        let truth: readonly string[];
        try {
          truth = dependenciesOf(command, root, join(root, CWD));
        } catch (error) {
          // A forced header that is nowhere, or a macro that is no file name: gcc refuses, nothing to compare.
          fc.pre(!/fatal error|error:/.test(String((error as { stderr?: unknown }).stderr)));
          throw error;
        }
        const real = truth.filter((path) => path.startsWith(`${root}/`) && existsSync(path));
        const invocation = parseCompile(asBytes(command), asBytes(root), readDisk);
        if (invocation === undefined) throw new Error(`not a compile command: ${command}`);
        const result = diskScanner([root]).scan(invocation);
        const found = new Set<string>(result.files);
        expect(
          real.filter((path) => !found.has(path)),
          command,
        ).toEqual([]);
        sizes.found += found.size;
        sizes.true += real.length;
        sizes.runs++;
      });
    }),
    { numRuns: Number(process.env["SCAN_RUNS"] ?? 40), seed: Number(process.env["SCAN_SEED"] ?? 20240611) },
  );
  // Guards end most of the includes that the scanner follows: more than this would be a lookup gone wrong.
  expect(sizes.runs).toBeGreaterThan(20);
  expect(sizes.found / sizes.true).toBeLessThan(2);
  if (process.env["SCAN_RUNS"]) console.log(sizes);
}, 60_000);
