// What people see when a Ninja manifest, a dyndep file or a depfile is wrong: the whole text, one case per code.

import { expect, it } from "vitest";
import { printDiagnostics } from "../../cli/print-diagnostics.ts";
import { applyDyndep } from "../../generators/ninja/dyndep.ts";
import { loadNinja } from "../../generators/ninja/load.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { parseDepfile } from "../../graph/depfile.ts";
import { type Diagnostic, InputError } from "../../graph/diagnostic.ts";

const RULE = "rule cc\n  command = cc $in -o $out\n";
const DYNDEP = `${RULE}build out: cc in || dd\n  dyndep = dd\nbuild other: cc in\n`;

/** The text for a manifest that cannot be loaded. */
function manifestError(manifest: string, more: Readonly<Record<string, string>> = {}): string {
  const files = new Map(Object.entries({ "build.ninja": manifest, ...more }));
  return errorOf(files, () => loadFrom(files));
}

/** The text for a dyndep file that does not fit `DYNDEP`. */
function dyndepError(dyndep: string): string {
  const files = new Map([
    ["build.ninja", DYNDEP],
    ["dd", dyndep],
  ]);
  return errorOf(files, () => applyDyndep(loadFrom(files), asBytes("dd"), (path) => bytes(files, path)));
}

function loadFrom(files: ReadonlyMap<string, string>) {
  return loadNinja(asBytes("build.ninja"), { readFile: (path) => bytes(files, path) });
}

function bytes(files: ReadonlyMap<string, string>, path: Bytes): Bytes | undefined {
  const content = files.get(path);
  return content === undefined ? undefined : asBytes(content);
}

function errorOf(files: ReadonlyMap<string, string>, run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof InputError) return print(files, error.diagnostics);
    throw error;
  }
  throw new Error("nothing was refused");
}

function print(files: ReadonlyMap<string, string>, diagnostics: readonly Diagnostic[]): string {
  return `\n${printDiagnostics(diagnostics, { color: false, read: (file) => bytes(files, file) })}`;
}

it("refuses a manifest that is not there", () => {
  expect(errorOf(new Map(), () => loadFrom(new Map()))).toMatchInlineSnapshot(`
    "
    error: cannot read "build.ninja": No such file or directory [ninja/no-such-file]
      hint: name the manifest the generator wrote, usually build.ninja
    "
  `);
});

it("refuses an included file that is not there", () => {
  expect(manifestError("include rules.ninja\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:9: error: cannot read "rules.ninja": No such file or directory [ninja/no-such-file]
      1 | include rules.ninja
        |         ^^^^^^^^^^^
      hint: paths are relative to the build directory, not to the including file
    "
  `);
});

it("refuses a file that includes itself", () => {
  expect(manifestError("subninja build.ninja\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:10: error: "build.ninja" is included more than 500 files deep [ninja/include-depth]
      1 | subninja build.ninja
        |          ^^^^^^^^^^^
      hint: a file includes itself, directly or through another
    "
  `);
});

it("refuses an unknown rule, with the declared ones, the likeliest first", () => {
  expect(manifestError(`${RULE}rule link\n  command = ld\nbuild a.o: ccc a.c\n`)).toMatchInlineSnapshot(`
    "
    build.ninja:5:12: error: unknown rule "ccc" [ninja/unknown-rule]
      5 | build a.o: ccc a.c
        |            ^^^
      hint: rules declared so far: cc, link, phony
    "
  `);
});

it("refuses a rule declared twice", () => {
  expect(manifestError(RULE + RULE)).toMatchInlineSnapshot(`
    "
    build.ninja:3:6: error: rule "cc" is declared twice in one scope [ninja/duplicate-rule]
      3 | rule cc
        |      ^^
      hint: rename one of them, or read the other file with subninja, which has its own rules
    "
  `);
});

it("refuses a rule without a command", () => {
  expect(manifestError("rule cc\n  description = CC $out\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:6: error: rule "cc" has no command [ninja/missing-command]
      1 | rule cc
        |      ^^
      hint: add an indented line \`command = ...\`; for a rule that does nothing use phony
    "
  `);
});

it("refuses a rule with a variable of its own", () => {
  expect(manifestError("rule cc\n  command = cc $flags\n  flags = -O2\n")).toMatchInlineSnapshot(`
    "
    build.ninja:3:3: error: unexpected variable "flags" [ninja/unexpected-variable]
      3 |   flags = -O2
        |   ^^^^^
      hint: set it on the build statements or at file level; a rule sees both
    "
  `);
});

it("refuses a rule with a response file and no content for it", () => {
  expect(manifestError("rule cc\n  command = cc @$out.rsp\n  rspfile = $out.rsp\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:6: error: rule "cc" has only one of rspfile and rspfile_content [ninja/rspfile-pair]
      1 | rule cc
        |      ^^
      hint: add rspfile_content
    "
  `);
});

it("refuses rule bindings that go round in a circle", () => {
  expect(
    errorOf(new Map(), () => {
      const m = loadNinja(asBytes("build.ninja"), {
        readFile: () => asBytes("rule c\n  command = $depfile\n  depfile = $command\nbuild o: c\n"),
      });
      m.recipeOf(m.steps[0] as (typeof m.steps)[number]);
    }),
  ).toMatchInlineSnapshot(`
    "
    build.ninja: error: the bindings of rule "c" refer to each other: command -> depfile -> command [ninja/rule-cycle]
      hint: give one of them a value that names no other
    "
  `);
});

it("refuses two statements for one output", () => {
  expect(manifestError(`${RULE}build a.o: cc a.c\nbuild ./a.o b.o: cc b.c\n`)).toMatchInlineSnapshot(`
    "
    build.ninja:4:7: error: output "a.o" is made by two build statements [ninja/duplicate-output]
      4 | build ./a.o b.o: cc b.c
        |       ^^^^^
      hint: the other one is at build.ninja:3
    "
  `);
});

it("refuses an output listed twice in one statement", () => {
  expect(manifestError(`${RULE}build a.o x/../a.o: cc a.c\n`)).toMatchInlineSnapshot(`
    "
    build.ninja:3:11: error: output "a.o" is listed twice [ninja/duplicate-output]
      3 | build a.o x/../a.o: cc a.c
        |           ^^^^^^^^
      hint: list each output once; paths are compared after folding . and ..
    "
  `);
});

it("refuses a path that expands to nothing", () => {
  expect(manifestError(`${RULE}build a.o: cc a.c $extra\n`)).toMatchInlineSnapshot(`
    "
    build.ninja:3:19: error: empty path [ninja/empty-path]
      3 | build a.o: cc a.c $extra
        |                   ^^^^^^
      hint: every variable in it is unset or empty; variables of a later line do not count
    "
  `);
});

it("refuses an unknown default target", () => {
  expect(manifestError("default all\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:9: error: unknown target "all" [ninja/unknown-target]
      1 | default all
        |         ^^^
      hint: a default must be named by a build statement above it
    "
  `);
});

it("refuses a statement without its name", () => {
  expect(manifestError("rule %cc\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:6: error: expected rule name [ninja/expected-name]
      1 | rule %cc
        |      ^
      hint: a name is made of letters, digits and _ . -; it cannot hold a variable
    "
  `);
});

it("refuses a statement that ends with the wrong token", () => {
  expect(manifestError(`${RULE}build a.o: cc a.c || b | c\n`)).toMatchInlineSnapshot(`
    "
    build.ninja:3:24: error: expected newline, got "|" [ninja/unexpected-token]
      3 | build a.o: cc a.c || b | c
        |                        ^
      hint: inputs come in the order: explicit, | implicit, || order-only, |@ validations, each at most once
    "
  `);
});

it("refuses an indented line that belongs to nothing", () => {
  expect(manifestError(`${RULE}\n  depfile = $out.d\n`)).toMatchInlineSnapshot(`
    "
    build.ninja:4:1: error: unexpected indent [ninja/unexpected-token]
      4 |   depfile = $out.d
        | ^
      hint: an indented line belongs to the rule, pool or build above it; a blank line ends that block
    "
  `);
});

it("refuses a missing final newline", () => {
  expect(manifestError("flags = -O2")).toMatchInlineSnapshot(`
    "
    build.ninja:1:12: error: unexpected end of file [ninja/unexpected-end]
      1 | flags = -O2
        |            ^
      hint: every statement ends with a newline, the last one too; a NUL byte ends the file
    "
  `);
});

it("refuses a dollar that escapes nothing", () => {
  expect(manifestError("flags = a$(b)\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:10: error: bad escape "$(" [ninja/bad-escape]
      1 | flags = a$(b)
        |          ^^
      hint: write $$ for a dollar; $ also escapes a space, a colon and a line end, and starts a variable
    "
  `);
});

it("refuses a newline escape that the file did not ask for", () => {
  expect(manifestError("text = a$^b\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:9: error: the escape "$^" needs ninja_required_version 1.14 or later in the same file [ninja/newline-escape]
      1 | text = a$^b
        |         ^
      hint: add \`ninja_required_version = 1.14\` at the top of this file; included files do not inherit it
    "
  `);
});

it("refuses a tab for indentation below a rule", () => {
  expect(manifestError("rule cc\n\tcommand = cc\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:6: error: rule "cc" has no command [ninja/missing-command]
      1 | rule cc
        |      ^^
      hint: the line below it starts with a tab; indent with spaces
    "
  `);
});

it("refuses a tab at the start of a line", () => {
  expect(manifestError("\tflags = 1\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:1: error: a tab where a line or a token starts [ninja/tab]
      1 | 	flags = 1
        | ^
      hint: indent with spaces
    "
  `);
});

it("refuses a byte order mark", () => {
  expect(manifestError("\xef\xbb\xbfflags = 1\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:1: error: unexpected byte 0xef [ninja/bad-byte]
      1 | ﻿flags = 1
        | ^
      hint: save the file without a byte order mark
    "
  `);
});

it("refuses a lone carriage return", () => {
  expect(manifestError("flags = a\rb\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:10: error: unexpected carriage return without a newline [ninja/bad-byte]
      1 | flags = a
    b
        |          ^
      hint: lines end with \\n or \\r\\n
    "
  `);
});

it("refuses a pool declared twice", () => {
  expect(manifestError("pool link\n  depth = 1\npool link\n  depth = 2\n")).toMatchInlineSnapshot(`
    "
    build.ninja:3:6: error: pool "link" is declared twice [ninja/duplicate-pool]
      3 | pool link
        |      ^^^^
      hint: pools are shared by all files, also by those read with subninja; rename one of them
    "
  `);
});

it("refuses a pool without a depth", () => {
  expect(manifestError("pool link\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:6: error: pool "link" has no depth [ninja/missing-depth]
      1 | pool link
        |      ^^^^
      hint: add an indented line \`depth = 1\` below it
    "
  `);
});

it("refuses a pool depth that is no number", () => {
  expect(manifestError("pool link\n  depth = +4\n")).toMatchInlineSnapshot(`
    "
    build.ninja:2:3: error: pool depth "+4" is no number from 0 to 2147483647 [ninja/bad-pool-depth]
      2 |   depth = +4
        |   ^^^^^^^^^^
      hint: write digits only; 0 means no limit
    "
  `);
});

it("refuses an unknown pool", () => {
  expect(
    manifestError(`pool link\n  depth = 1\n${RULE}build a: cc b\n  pool = lnik\n`),
  ).toMatchInlineSnapshot(`
    "
    build.ninja:5:1: error: unknown pool "lnik" [ninja/unknown-pool]
      5 | build a: cc b
        | ^^^^^^^^
      hint: pools declared so far: link, console; a pool is declared before its use
    "
  `);
});

it("refuses a manifest for a newer ninja", () => {
  expect(manifestError("ninja_required_version = 1.15\n")).toMatchInlineSnapshot(`
    "
    build.ninja:1:1: error: needs ninja "1.15", the language is known up to 1.14 [ninja/new-version]
      1 | ninja_required_version = 1.15
        | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      hint: lower ninja_required_version if the manifest uses nothing newer
    "
  `);
});

it("refuses a variable that doubles until memory is full", () => {
  expect(manifestError(`x = ${"y".repeat(64)}\n${"x = $x$x\n".repeat(30)}`)).toMatchInlineSnapshot(`
    "
    error: a value grows beyond 64 MiB [ninja/too-large]
      hint: look for a variable that is assigned to itself twice over, line after line
    "
  `);
});

it("refuses a dyndep file that is no input", () => {
  expect(manifestError(`${RULE}build a: cc b\n  dyndep = dd\n`)).toMatchInlineSnapshot(`
    "
    build.ninja:3:1: error: dyndep file "dd" is not an input of its build statement [ninja/dyndep-not-input]
      3 | build a: cc b
        | ^^^^^^^^
      hint: add it to the order-only inputs: || dd
    "
  `);
});

it("refuses a dyndep file without its version", () => {
  expect(dyndepError("build out: dyndep\n")).toMatchInlineSnapshot(`
    "
    dd:1:1: error: a dyndep file starts with its version [ninja/dyndep-version]
      1 | build out: dyndep
        | ^^^^^
      hint: write \`ninja_dyndep_version = 1\` first
    "
  `);
});

it("refuses a dyndep file of another version", () => {
  expect(dyndepError("ninja_dyndep_version = 2\n")).toMatchInlineSnapshot(`
    "
    dd:1:1: error: dyndep version "2" is not known [ninja/dyndep-version]
      1 | ninja_dyndep_version = 2
        | ^^^^^^^^^^^^^^^^^^^^^^^^
      hint: write \`ninja_dyndep_version = 1\`
    "
  `);
});

it("refuses a dyndep statement for an output nobody makes", () => {
  expect(dyndepError("ninja_dyndep_version = 1\nbuild in: dyndep\n")).toMatchInlineSnapshot(`
    "
    dd:2:7: error: no build statement makes "in" [ninja/dyndep-statement]
      2 | build in: dyndep
        |       ^^
      hint: name an output exactly as the manifest does; absolute and relative names are different files
    "
  `);
});

it("refuses a dyndep statement cut short, which ninja takes for complete", () => {
  expect(dyndepError("ninja_dyndep_version = 1\nbuild out |")).toMatchInlineSnapshot(`
    "
    dd:2:12: error: unexpected end of file [ninja/unexpected-end]
      2 | build out |
        |            ^
      hint: every statement ends with a newline, the last one too; a NUL byte ends the file
    "
  `);
});

it("refuses a dyndep file that leaves out a step", () => {
  expect(dyndepError("ninja_dyndep_version = 1\n")).toMatchInlineSnapshot(`
    "
    build.ninja:3:1: error: "out" is not mentioned in its dyndep file "dd" [ninja/dyndep-mismatch]
      3 | build out: cc in || dd
        | ^^^^^^^^^^
      hint: the tool that writes the dyndep file must list every step that waits for it
    "
  `);
});

it("refuses a dyndep file that names a step which does not wait for it", () => {
  expect(
    dyndepError("ninja_dyndep_version = 1\nbuild out: dyndep\nbuild other: dyndep\n"),
  ).toMatchInlineSnapshot(`
    "
    build.ninja:5:1: error: dyndep file "dd" mentions "other", which does not wait for it [ninja/dyndep-mismatch]
      5 | build other: cc in
        | ^^^^^^^^^^^^
      hint: add the binding \`dyndep = dd\` to the build statement
    "
  `);
});

it("refuses a dyndep file that gives away an output twice", () => {
  expect(dyndepError("ninja_dyndep_version = 1\nbuild out | other: dyndep\n")).toMatchInlineSnapshot(`
    "
    build.ninja:3:1: error: output "other" is made by two build statements [ninja/duplicate-output]
      3 | build out: cc in || dd
        | ^^^^^^^^^^
      hint: the dyndep file "dd" gives it to this step as well
    "
  `);
});

it("refuses a depfile without a colon", () => {
  expect(
    errorOf(new Map([["a.d", "a.o a.c\n"]]), () => parseDepfile(asBytes("a.o a.c\n"), asBytes("a.d"))),
  ).toMatchInlineSnapshot(`
    "
    a.d:1:1: error: no target: a depfile needs a colon after its targets [depfile/no-colon]
      1 | a.o a.c
        | ^^^^^^^
      hint: the compiler writes "output: input input"; check the flags that name this file (-MF)
    "
  `);
});

it("refuses a depfile with rules for its dependencies", () => {
  expect(
    errorOf(new Map([["a.d", "a.o: a.h\na.h: b.h\n"]]), () =>
      parseDepfile(asBytes("a.o: a.h\na.h: b.h\n"), asBytes("a.d")),
    ),
  ).toMatchInlineSnapshot(`
    "
    a.d:2:6: error: dependency "b.h" belongs to a file that is itself a dependency [depfile/nested-rule]
      2 | a.h: b.h
        |      ^^^
      hint: one depfile describes the outputs of one command; its dependencies cannot have rules of their own
    "
  `);
});

it("warns of a manifest for an older major version and of a phony that names itself", () => {
  const files = new Map([["build.ninja", "ninja_required_version = 0.9\nbuild all: phony all\n"]]);
  expect(print(files, loadFrom(files).warnings)).toMatchInlineSnapshot(`
    "
    build.ninja:1:1: error: written for ninja "0.9", read as ninja 1.14 [ninja/old-version]
      1 | ninja_required_version = 0.9
        | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      hint: regenerate the manifest
    build.ninja:2:1: error: phony "all" names itself as an input, which is ignored [ninja/phony-cycle]
      2 | build all: phony all
        | ^^^^^^^^^^
      hint: remove the input; CMake before 3.1 writes these
    "
  `);
});
