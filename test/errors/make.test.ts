// What people see when a Make dump is wrong: the whole text, one case per code.

import { expect, it } from "vitest";
import { printDiagnostics } from "../../cli/print-diagnostics.ts";
import { loadMakeAt } from "../../generators/make/load.ts";
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
  hint: capture one: \`make-capture.sh --output .unravel/make.dump --\`; docs/make.md says how
`,
  );
  expect(errorOf("# GNU Make 4.3\n# Make data base, printed on Sun\n")).toContain(
    "this is the database of make -p: recipes in it are not expanded, and makes below the first are not in it [make/lacks]",
  );
  expect(errorOf("Makefile:1: target 'a.o' does not exist\ncc -c a.c\n")).toContain(
    "this is the output of make --trace: it does not tell where a recipe ends, nor its environment [make/lacks]",
  );
  expect(errorOf("cmd_a.o := cc -c a.c\n")).toContain(
    "this is a .cmd file of kbuild: it has neither directory nor environment nor the order of commands, and not all that a command reads [make/lacks]",
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
