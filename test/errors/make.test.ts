// What people see when a Make dump is wrong: the whole text, one case per code.

import { expect, it } from "vitest";
import { printDiagnostics } from "../../cli/print-diagnostics.ts";
import { loadKbuildCommands, loadMakeAt } from "../../generators/make/load-file.ts";
import { asBytes } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";

const capture =
  "unravel make dump 1\ncapture\n\tversion GNU Make 4.3\n\troot /src\n\tdirectory /src\n\tshell /bin/sh\n\tmode skim\n";
const make = "make 1\n\tline 0\n\tdirectory /src\n\tflags \n\targument make\n";
const line =
  "line 1\n\tmake 1\n\tdirectory /src\n\ttarget a.o\n\tprerequisite a.c\n\tenvironment 0\n\tran no\n\tcommand cc -c a.c\n";
const end = "end\n\tstatus 0\n";

function errorOf(dump: string, directory = "/src"): string {
  try {
    loadMakeAt(asBytes(dump), asBytes("make.dump"), asBytes(directory));
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return printDiagnostics(error.diagnostics, { color: false, read: () => asBytes(dump) });
  }
  return "";
}

it("reads a whole dump", () => {
  expect(errorOf(capture + make + line + end)).toBe("");
});

it("make/not-a-dump", () => {
  expect(errorOf("all: a.o\n\tcc -o all a.o\n")).toBe(
    `make.dump:1:1: error: this is no Make dump [make/not-a-dump]
  1 | all: a.o
    | ^^^^^^^^
  hint: capture one: \`make-capture.sh --output .unravel/make.dump --\`; docs/make.md says how
`,
  );
});

it("make/lacks, for what make and kbuild print themselves", () => {
  expect(errorOf("make: Entering directory '/src'\ncc -c a.c\n")).toBe(
    `make.dump:1:1: error: this is the output of make -n or make: commands in it have neither targets nor environment, and it stops where a make needs what another made [make/lacks]
  1 | make: Entering directory '/src'
    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: capture the build (docs/make.md), or write \`make -Bnp --trace > FILE\` when no makefile calls make
`,
  );
  expect(errorOf("# GNU Make 4.3\n# Make data base, printed on Sun\n")).toContain(
    "this is the database of make -p alone: recipes in it are not expanded, and makes below the first are not in it [make/lacks]",
  );
});

const trace = "Makefile:2: target 'a.o' does not exist\ncc -c a.c\n";
const database = (
  variables = "",
  rules = "a.o: a.c\n#  recipe to execute (from 'Makefile', line 2):\n\tcc -c $<\n",
): string =>
  `# GNU Make 4.3\n# Make data base, printed on Sun\nMAKEFLAGS = Bnp --trace\nCURDIR := /src\n${variables}\n# Files\n\n${rules}\n# files hash-table stats:\n# Finished Make data base on Sun\n`;

it("make/lacks, for make --trace of what it does not tell all about", () => {
  expect(errorOf(trace + database())).toBe("");
  expect(errorOf(trace)).toBe("");
  expect(errorOf(`${trace}make -C sub\n`)).toBe(
    `make.dump:3:1: error: the output of make --trace is not enough: this command calls make, whose commands are not known [make/lacks]
  3 | make -C sub
    | ^^^^^^^^^^^
  hint: capture the build with make-capture.sh, which records it; docs/make.md says how
`,
  );
  const why: readonly (readonly [string, string])[] = [
    [`${trace}make[1]: Entering directory '/src/sub'\n`, "makes below the first ran"],
    [trace + database() + database(), "makes below the first ran"],
    [`${trace}rm -rf x\n${database()}`, 'this is no line of the recipe of "a.o": something else printed it'],
    [trace + database("SHELL = /usr/bin/perl\n"), 'recipes are for the shell "/usr/bin/perl"'],
    [trace + database(".SHELLFLAGS = -ec\n"), 'recipes run with .SHELLFLAGS "-ec"'],
    [trace + database("", ".ONESHELL:\n#  x\n"), "with .ONESHELL, lines of a recipe are not told apart"],
  ];
  for (const [text, message] of why) {
    expect(errorOf(text)).toContain(
      `error: the output of make --trace is not enough: ${message} [make/lacks]`,
    );
  }
});

it("make/truncated, make/stopped and make/other-directory, of make --trace", () => {
  expect(errorOf((trace + database()).slice(0, -40))).toContain(
    "the database of make -p has no end [make/truncated]",
  );
  expect(errorOf(`${trace}make: *** No rule to make target 'b'.  Stop.\n`)).toBe(
    `make.dump:3:1: error: make ended with an error [make/stopped]
  3 | make: *** No rule to make target 'b'.  Stop.
    | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
  hint: commands after this are not known
`,
  );
  expect(errorOf(trace + database(), "/elsewhere")).toBe(
    `make.dump:3:1: error: make ran in "/src", and this is "/elsewhere" [make/other-directory]
  3 | # GNU Make 4.3
    | ^^^^^^^^^^^^^^
  hint: name the directory with -C
`,
  );
});

it("make/bad-record, make/not-a-dump and make/other-directory, of .cmd files", () => {
  const of = (...texts: readonly string[]): string => {
    try {
      loadKbuildCommands(
        texts.map((text) => ({ file: asBytes("lib/.a.o.cmd"), text: asBytes(text) })),
        asBytes("/src"),
      );
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return printDiagnostics(error.diagnostics, { color: false, read: () => asBytes(texts[0] ?? "") });
    }
    return "";
  };
  expect(of("cmd_lib/a.o := cc -c lib/a.c\n")).toBe("");
  expect(of("cmd_lib/a.o := cc $(X)\n")).toBe(
    `lib/.a.o.cmd:1:1: error: the command holds a reference that only make can expand [make/bad-record]
  1 | cmd_lib/a.o := cc $(X)
    | ^^^^^^^^^^^^^^^^^^^^^^
  hint: build again
`,
  );
  expect(of("cmd_lib/a.o := cc 1\n", "cmd_lib/a.o := cc 2\n")).toContain(
    'there are two commands for "lib/a.o" [make/bad-record]',
  );
  expect(of("deps_lib/a.o := x\n")).toContain(
    'there is no command of "lib/a.o" before this [make/bad-record]',
  );
  expect(of()).toContain("there are no .cmd files of kbuild below this [make/not-a-dump]");
  expect(of("cmd_a.o := cc\n")).toBe(
    `lib/.a.o.cmd:1:1: error: the file is about "a.o", and lies in another place [make/other-directory]
  1 | cmd_a.o := cc
    | ^^^^^^^^^^^^^
  hint: name the directory where the build began with -C
`,
  );
});

it("make/version", () => {
  expect(errorOf("unravel make dump 7\nrecord\n")).toBe(
    `make.dump:1:1: error: the dump has version "7", and this unravel reads version 1 [make/version]
  1 | unravel make dump 7
    | ^^^^^^^^^^^^^^^^^^^
  hint: capture with the make-capture.sh of this unravel
`,
  );
});

it("make/truncated, between lines and inside one", () => {
  expect(errorOf(capture + make + line)).toBe(
    `make.dump:21:1: error: the dump has no end [make/truncated]
  21 | 
     | ^
  hint: capture the build again; a dump is written whole or not at all
`,
  );
  expect(errorOf((capture + make + line).slice(0, -6))).toBe(
    `make.dump:20:1: error: the dump ends inside a line [make/truncated]
  20 | \tcommand cc -
     | ^^^^^^^^^^^^^
  hint: capture the build again; a dump is written whole or not at all
`,
  );
});

it("make/bad-record: an unknown record, a missing field, a number that is none, an unknown escape, an unknown make", () => {
  expect(errorOf(`${capture}cake 1\n${end}`)).toBe(
    `make.dump:8:1: error: unknown record "cake" [make/bad-record]
  8 | cake 1
    | ^^^^^^
  hint: capture the build again; a dump is written whole or not at all
`,
  );
  expect(errorOf(capture + make + line.replace("\tran no\n", "") + end)).toContain(
    'the record "line" has no field "ran" [make/bad-record]',
  );
  expect(errorOf(capture + make + line.replace("make 1", "make x") + end)).toContain(
    'expected a number, not "x" [make/bad-record]',
  );
  expect(errorOf(capture + make + line.replace("cc -c", "cc \\q") + end)).toContain(
    'unknown escape "\\q" [make/bad-record]',
  );
  expect(errorOf(capture + line + end)).toContain("there is no make 1 [make/bad-record]");
  expect(errorOf(capture.replace("directory /src", "directory /other") + end)).toContain(
    'make ran in "/other", which is not inside the root "/src" [make/bad-record]',
  );
});

it("make/stopped, at the line whose make failed", () => {
  const nested = line.replace("ran no", "ran make").replace("cc -c a.c", "make -C sub");
  const failed = `${nested}result 1\n\tstatus 2\n`;
  expect(errorOf(`${capture}${make}${failed}end\n\tstatus 2\n`)).toBe(
    `make.dump:13:1: error: make ended with exit code 2 while it was captured at the target "a.o" [make/stopped]
  13 | line 1
     | ^^^^^^
  hint: its message was printed by the capture; lines after this are not known
`,
  );
});

it("make/other-directory", () => {
  expect(errorOf(capture + make + line + end, "/elsewhere")).toBe(
    `make.dump:2:1: error: the dump is of "/src", and this is "/elsewhere" [make/other-directory]
  2 | capture
    | ^^^^^^^
  hint: capture the build in this directory, or name the other one with -C
`,
  );
});
