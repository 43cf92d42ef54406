// Random configurations: macros that are defined here and there, forgotten, compared, and includes that depend on them. What
// the preprocessor reads, the scanner has found; and what it leaves out is most of what the preprocessor does not read.

import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { asBytes } from "../../graph/bytes.ts";
import { parseCompile } from "../../graph/scan/command.ts";
import { normalize, resolveFrom } from "../../graph/scan/path.ts";
import { skeletonOf } from "../../graph/scan/skeleton.ts";
import { diskScanner, readDisk, withTree } from "../unit/scan/disk.ts";

const HEADERS = [
  "h0.h",
  "h1.h",
  "h2.h",
  "h3.h",
  "h4.h",
  "h5.h",
  "h6.h",
  "d/h0.h",
  "d/h7.h",
  "config.h",
] as const;

const include = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...HEADERS).map((name) => `#include "${name}"\n`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("#include <stdint.h>\n", "#include <stdio.h>\n", "#include <h0.h>\n"),
  },
  { weight: 1, arbitrary: fc.constant("#if __has_include_next(<h0.h>)\n#include_next <h0.h>\n#endif\n") },
  { weight: 1, arbitrary: fc.constant("#ifdef NAME\n#include NAME\n#endif\n") },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...HEADERS).map((name) => `#undef NAME\n#define NAME "${name}"\n`),
  },
);

/** Macros of a configuration, some of which headers of the system have, too. */
const MACROS = ["CONF_A", "CONF_B", "CONF_C", "CONF_D", "EOF", "INT8_MAX"] as const;
const macro = fc.constantFrom(...MACROS);
const value = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("0", "1", "2", "0x10", "7L", "(1)", "(0 || 1)") },
  { weight: 2, arbitrary: macro },
  { weight: 1, arbitrary: fc.tuple(macro, macro).map(([a, b]) => `(${a} && !${b})`) },
  { weight: 1, arbitrary: fc.tuple(macro, macro).map(([a, b]) => `${a} + ${b}`) },
  { weight: 1, arbitrary: fc.tuple(macro, macro).map(([a, b]) => `(${a} == ${b})`) },
);

const setting = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(macro, value).map(([m, v]) => `#define ${m} ${v}\n`) },
  { weight: 2, arbitrary: macro.map((m) => `#undef ${m}\n`) },
  {
    weight: 2,
    arbitrary: fc.tuple(macro, value).map(([m, v]) => `#ifndef ${m}\n# define ${m} ${v}\n#endif\n`),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(macro, value).map(([m, v]) => `#undef ${m}\n#define ${m} ${v} /* it's\n */\n`),
  },
  { weight: 1, arbitrary: macro.map((m) => `/*\n#define ${m} 1\n#undef ${m}\n*/\n`) },
  { weight: 1, arbitrary: macro.map((m) => `#define ${m}(x) x\n`) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(macro, value)
      .map(([m, v]) => `#pragma push_macro("${m}")\n#undef ${m}\n#define ${m} ${v}\n`),
  },
  { weight: 1, arbitrary: macro.map((m) => `#pragma pop_macro("${m}")\n`) },
);

const term = fc.oneof(
  { weight: 3, arbitrary: macro.map((m) => `${m}`) },
  { weight: 2, arbitrary: macro.map((m) => `defined ${m}`) },
  { weight: 1, arbitrary: macro.map((m) => `!defined(${m})`) },
  {
    weight: 1,
    arbitrary: fc.tuple(macro, fc.constantFrom("==", "!=", ">=", "<", ">")).map(([m, o]) => `${m} ${o} 1`),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("1", "0", "defined __cplusplus", "defined HAVE_CONFIG_H", "defined __GNUC__"),
  },
);

const expression = fc.oneof(
  { weight: 3, arbitrary: term },
  { weight: 1, arbitrary: term.map((a) => `!(${a})`) },
  { weight: 1, arbitrary: fc.tuple(term, term).map(([a, b]) => `${a} && ${b}`) },
  { weight: 1, arbitrary: fc.tuple(term, term).map(([a, b]) => `${a} || ${b}`) },
  { weight: 1, arbitrary: fc.tuple(term, term, term).map(([a, b, c]) => `(${a} || ${b}) && (${c})`) },
);

const question = fc.oneof(
  { weight: 2, arbitrary: expression.map((e) => `#if ${e}\n`) },
  { weight: 1, arbitrary: macro.map((m) => `#ifdef ${m} // ${m}\n`) },
  { weight: 1, arbitrary: macro.map((m) => `#ifndef ${m} /* ${m} */\n`) },
);

const line = fc.oneof({ weight: 3, arbitrary: include }, { weight: 3, arbitrary: setting });
const lines = fc.array(line, { maxLength: 3 }).map((all) => all.join(""));

const configured = fc
  .tuple(
    question,
    lines,
    fc.array(fc.tuple(expression, lines), { maxLength: 2 }),
    fc.option(lines),
    fc.option(fc.tuple(question, lines)),
  )
  .map(([start, first, others, last, inner]) => {
    const nested = inner === null ? "" : `${inner.join("")}#endif\n`;
    const more = others.map(([e, body]) => `#elif ${e}\n${body}`).join("");
    return `${start}${first}${nested}${more}${last === null ? "" : `#else\n${last}`}#endif\n`;
  });

const oddity = fc.constantFrom(
  "/*\n#if 0\n*/\n",
  "/*\n#endif\n#define CONF_A 0\n*/\n",
  "// \\\n#define CONF_A 1\n",
  'const char *t = "/*";\n',
  "int n = 1'000; // it's\n",
  "#if 0\n don't\n#endif\n",
  "#ifdef _WIN32\n#define CONF_A 1\n#endif\n",
  "#define _WIN32 1\n",
);

const piece = fc.oneof(
  { weight: 2, arbitrary: include },
  { weight: 5, arbitrary: configured },
  { weight: 4, arbitrary: setting },
  { weight: 1, arbitrary: oddity },
);
const text = fc.array(piece, { minLength: 2, maxLength: 6 }).map((pieces) => pieces.join("int x;\n"));
const header = fc.tuple(
  text,
  fc.constantFrom("guard", "guard", "reserved", "once", "twice", "late", "elsewhere"),
);

const flag = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(macro, value).map(([m, v]) => `'-D${m}=${v}'`) },
  { weight: 1, arbitrary: macro.map((m) => `-D ${m}`) },
  { weight: 1, arbitrary: macro.map((m) => `-U${m}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("-xc++", "-DHAVE_CONFIG_H", "-UHAVE_CONFIG_H", "-D_WIN32", "-DG_h1_h"),
  },
  { weight: 1, arbitrary: fc.constantFrom("-include config.h", "-imacros h1.h", "-include h0.h") },
  { weight: 1, arbitrary: fc.constantFrom("-I.", "-Id", "-iquote d") },
);

const project = fc.record({
  headers: fc.tuple(...HEADERS.map(() => header)),
  settings: fc.tuple(...MACROS.map((m) => value.map((v) => `#define ${m} ${v}\n`))),
  units: fc.array(fc.tuple(text, fc.array(flag, { maxLength: 4 })), { minLength: 8, maxLength: 8 }),
});

/** Each file may be entered once or twice, so that cycles end. */
function guarded(path: string, body: string, kind: string): string {
  const guard = `${kind === "reserved" ? "_" : ""}G_${path.replace(/\W/g, "_")}`;
  const twice = `#ifndef ${guard}2\n#ifdef ${guard}1\n#define ${guard}2\n#endif\n#define ${guard}1\n${body}#endif\n`;
  switch (kind) {
    case "guard":
    case "reserved":
      return `/* ${path} */\n#ifndef ${guard}\n#define ${guard}\n${body}#endif\n`;
    case "once":
      return `#pragma once\n${body}// ${path}\n`;
    case "late":
      return `#if !defined(${guard})\n#define ${guard} 1\n${body}#else\n#undef CONF_A\n#endif\n`;
    case "elsewhere":
      // Another file may say that this one is not to be read.
      return `#ifndef G_h1_h\n${twice}#endif\n`;
    default:
      return twice;
  }
}

/** What gcc reads for each command, or nothing where it refuses. */
function readByCompiler(commands: readonly string[], root: string): readonly (readonly string[])[] {
  const script = commands.map((command) => `echo "== "; ${command} 2>/dev/null || echo refused`).join("\n");
  const output = execFileSync("/bin/sh", ["-c", script], { cwd: root, encoding: "latin1" });
  return output
    .split("== \n")
    .slice(1)
    .map((part) => {
      if (part.includes("refused")) return [];
      const words = part
        .replace(/\\\n/g, " ")
        .slice(part.indexOf(": ") + 2)
        .split(/\s+/);
      const paths = words
        .filter((word) => word !== "")
        .map((word) => normalize(resolveFrom(asBytes(root), asBytes(word))));
      return [...new Set(paths)].filter((path) => path.startsWith(`${root}/`));
    });
}

test(
  "the scanner finds every file that gcc -M names, whatever the configuration",
  () => {
    const sizes = { found: 0, true: 0, all: 0, units: 0 };
    fc.assert(
      fc.property(project, ({ headers, settings, units }) => {
        const files: Record<string, string> = {};
        HEADERS.forEach((name, i) => {
          const [body = "", kind = ""] = headers[i] ?? [];
          files[name] = guarded(name, name === "config.h" ? settings.join("") + body : body, kind);
        });
        units.forEach(([body], i) => {
          files[`u${i}.c`] = i % 4 === 0 ? body : `#include "config.h"\n${body}`;
        });
        withTree(files, (root) => {
          const commands = units.map(([, flags], i) => `gcc ${flags.join(" ")} -I. -M -w u${i}.c`);
          const truth = readByCompiler(commands, root);
          const skeletons = diskScanner([root], {
            readFile: (path) => {
              const contents = readDisk(path);
              return contents === undefined ? undefined : skeletonOf(path, contents);
            },
          });
          const scanner = diskScanner([root]);
          commands.forEach((command, i) => {
            const read = truth[i] ?? [];
            const invocation = parseCompile(asBytes(command), asBytes(root), readDisk);
            if (invocation === undefined) throw new Error(`not a compile command: ${command}`);
            const found = scanner.scan(invocation).files;
            expect(skeletons.scan(invocation).files).toEqual(found);
            if (read.length === 0) return;
            expect(
              read.filter((path) => !found.includes(asBytes(path))),
              command,
            ).toEqual([]);
            sizes.found += found.length;
            sizes.true += read.length;
            sizes.all += diskScanner([root]).scan({ ...invocation, isForeign: true }).files.length;
            sizes.units++;
          });
        });
      }),
      { numRuns: Number(process.env["SCAN_RUNS"] ?? 12), seed: Number(process.env["SCAN_SEED"] ?? 20261128) },
    );
    if (process.env["SCAN_RUNS"]) console.log(sizes);
    expect(sizes.units).toBeGreaterThan(50);
    // Most names may be anything before they are set, but some branches are known not to be taken.
    expect(sizes.found - sizes.true).toBeLessThan((sizes.all - sizes.true) * 0.97);
  },
  Number(process.env["SCAN_RUNS"] ?? 1) * 2000 + 60_000,
);
