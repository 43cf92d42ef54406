// What make and kbuild print themselves, read and run again: the oracle is make.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { MakeGraph } from "../../../generators/make/load.ts";
import { loadKbuildCommands, loadMakeAt } from "../../../generators/make/load-file.ts";
import { asBytes, fromText } from "../../../graph/bytes.ts";
import type { FileIds } from "../../../graph/graph.ts";
import { unravel } from "../../cli.ts";
import { replay, writeFiles } from "./captured.ts";

const open: string[] = [];
afterEach(() => {
  for (const directory of open.splice(0)) rmSync(directory, { recursive: true, force: true });
});

const files = {
  Makefile: [
    "OBJS := a.o b.o",
    ".PHONY: all",
    "all: prog note.txt both.1",
    "prog: $(OBJS) | dir/stamp",
    "\t@echo linking",
    "\t$(CC) -o $@ $(OBJS)",
    "%.o: %.c a.h",
    "\t$(CC) -O1 -c -o $@ $<",
    "dir/stamp: ; mkdir -p dir && \\",
    "   echo stamp > $@",
    "note.txt: FORCE prog",
    "\t-false $@",
    "\tfor i in 1 2; do \\",
    "\t  echo $$i; ./prog; done > $@",
    "FORCE:",
    "%.1 %.2: %.in",
    "\ttac $< > $*.1; rev $< > $*.2",
    "clean: ; rm -f *.o",
    "",
  ].join("\n"),
  "a.c": "int b(void);\nint main(void) { return b(); }\n",
  "b.c": '#include "a.h"\nint b(void) { return 0; }\n',
  "a.h": "int b(void);\n",
  "both.in": "one\ntwo\n",
};
const products = ["a.o", "b.o", "prog", "note.txt", "both.1", "both.2", "dir/stamp"];

function project(text: Readonly<Record<string, string>> = files): string {
  const directory = writeFiles(text);
  open.push(directory);
  return directory;
}

function make(directory: string, ...args: readonly string[]): string {
  return execFileSync("make", [...args], {
    cwd: directory,
    encoding: "latin1",
    env: { PATH: process.env["PATH"] },
  });
}

function read(directory: string, text: string): MakeGraph {
  return loadMakeAt(asBytes(text), asBytes("make.out"), fromText(directory));
}

function contents(directory: string): readonly string[] {
  return products.map((name) => readFileSync(join(directory, name), "latin1"));
}

/** Always the first, always the last, and a step that lies between. */
const orders = [() => 0, (count: number) => count - 1, (count: number) => ((count * 7) % count) >> 1];

describe("the output of make -Bnp --trace", () => {
  it.each(orders)("replayed in any order gives make's files", (pick) => {
    const [made, replayed] = [project(), project()];
    make(made);
    const graph = read(replayed, make(replayed, "-Bnp", "--trace"));
    replay(graph, replayed, pick);
    expect(contents(replayed)).toEqual(contents(made));
  });

  it("has prerequisites, order, ignored errors and what else a pattern rule makes", () => {
    const directory = project();
    const graph = read(directory, make(directory, "-Bnp", "--trace"));
    const step = (path: string) => {
      const file = graph.fileNamed(asBytes(path));
      return file === undefined ? undefined : graph.producerOf(file);
    };
    const names = (ids: FileIds | undefined): readonly string[] =>
      [...(ids ?? [])].map((id) => graph.files[id] ?? "");
    expect(names(step("a.o")?.inputs)).toEqual(["a.c", "a.h"]);
    expect(names(step("prog")?.after)).toContain("dir/stamp");
    expect([...names(step("both.1")?.outputs)].sort()).toEqual(["both.1", "both.2"]);
    expect(step("all")?.isPhony).toBe(true);
    expect(step("clean")).toBeUndefined();
    expect(graph.notes).toEqual([
      "the output of make --trace has no environment: variables that makefiles export are not set for commands",
      "it does not tell which files and directories makefiles make while they are read (`$(shell mkdir …)`)",
      "text that make computed with `$(shell)` from files that were not made yet is as it was then",
    ]);
  });

  it("without -p keeps make's order, and says what is not known", () => {
    const [made, replayed] = [project(), project()];
    // Of ignored errors nothing is known.
    const makefile = files.Makefile.replace("\t-false $@\n", "");
    for (const directory of [made, replayed]) writeFileSync(join(directory, "Makefile"), makefile);
    make(made);
    const graph = read(replayed, make(replayed, "-Bn", "--trace"));
    for (const pick of orders) {
      replay(graph, replayed, pick);
      expect(contents(replayed)).toEqual(contents(made));
    }
    expect(graph.notes.join("\n")).toContain("without -p there are no prerequisites");
  });

  it("is read on the command line, with notes of what it lacks", async () => {
    const directory = project();
    writeFileSync(join(directory, "make.out"), make(directory, "-Bnp", "--trace"), "latin1");
    const { code, out, err } = await unravel(["graph", "make", "make.out", "--format", "json"], {
      cwd: directory,
    });
    expect(code).toBe(0);
    expect(err).toMatch(/^note: the output of make --trace has no environment/);
    expect(out).toContain("note.txt");
  });

  it("of a tree that is built says that commands are missing", () => {
    const directory = project();
    make(directory);
    const graph = read(directory, make(directory, "-np", "--trace"));
    expect(graph.notes.at(-1)).toMatch(/^make ran without -B: what was up to date has no commands in it/);
  });
});

describe(".cmd files of kbuild", () => {
  /** As kbuild's `if_changed` and fixdep write them, escapes and all. */
  const commands: Readonly<Record<string, string>> = {
    "lib/.a.o.cmd":
      "cmd_lib/a.o := cc -O1 -DTEXT='\"$(pound)\"' -c -o lib/a.o lib/a.c\n\nsource_lib/a.o := lib/a.c\n\ndeps_lib/a.o := \\\n    $(wildcard include/config/FOO) \\\n  gen.h \\\n\nlib/a.o: $(deps_lib/a.o)\n\n$(deps_lib/a.o):\n",
    "lib/.b.o.cmd":
      "savedcmd_lib/b.o := cc -O1 -c -o lib/b.o lib/b.c\n\nsource_lib/b.o := lib/b.c\n\ndeps_lib/b.o := \\\n\nlib/b.o: $(deps_lib/b.o)\n\n$(deps_lib/b.o):\n",
    "lib/.built-in.a.cmd":
      'cmd_lib/built-in.a := rm -f lib/built-in.a;  printf "lib/%s " a.o b.o | xargs ar cDPrsT lib/built-in.a\n',
    ".gen.h.cmd": 'cmd_gen.h := for i in 1; do echo "$(pound)define N $$i"; done > gen.h\n',
    ".main.cmd": "cmd_main := cc -o main lib/built-in.a\n",
  };
  const sources = {
    "lib/a.c":
      '#include "../gen.h"\n#include <stdio.h>\nint b(void);\nint main(void) { puts(TEXT); return b() - N; }\n',
    "lib/b.c": "int b(void) { return 1; }\n",
  };
  const load = (directory: string): MakeGraph =>
    loadKbuildCommands(
      Object.entries(commands).map(([file, text]) => ({ file: asBytes(file), text: asBytes(text) })),
      fromText(directory),
    );

  it.each(orders)("run in any order that they allow, as make would run them", (pick) => {
    const directory = project(sources);
    const graph = load(directory);
    replay(graph, directory, pick);
    expect(execFileSync(join(directory, "main"), { encoding: "utf8" })).toBe("#\n");
    expect(graph.notes).toHaveLength(3);
    expect(graph.notes[0]).toMatch(/^kbuild's .cmd files have no environment/);
  });

  it("are read from a directory, which is where the build began", async () => {
    const directory = project({ ...sources, ...commands });
    const { code, out, err } = await unravel(["graph", "make", ".", "--format", "json"], { cwd: directory });
    expect([code, err.match(/^note: kbuild's \.cmd files /gm)?.length]).toEqual([0, 1]);
    expect(out).toContain("lib/built-in.a");
    const elsewhere = await unravel(["graph", "make", "lib/.a.o.cmd"], { cwd: directory });
    expect([elsewhere.code, elsewhere.err]).toEqual([1, expect.stringContaining("[make/other-directory]")]);
    const one = await unravel(["graph", "make", "lib/.a.o.cmd", "-C", "."], { cwd: directory });
    expect(one.code).toBe(0);
    expect((await unravel(["graph", "make", "."], { cwd: project({}) })).err).toContain("[make/not-a-dump]");
  });

  it("may lie behind each other in one text", () => {
    const directory = project(sources);
    const text = Object.values(commands).join("");
    expect(read(directory, text).steps.length).toBe(load(directory).steps.length);
  });

  it("are what real make reads as it is read here", () => {
    // Make itself expands the definition: its value is the command.
    const directory = project({});
    for (const [file, text] of Object.entries(commands)) {
      const path = join(directory, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    const graph = load(directory);
    for (const target of ["lib/a.o", "gen.h"]) {
      const file = `${dirname(target)}/.${target.slice(target.lastIndexOf("/") + 1)}.cmd`;
      const print = `pound := \\#\ninclude ${file}\n$(info $(cmd_${target}))\nall: ; @:\n.DEFAULT_GOAL := all\n`;
      writeFileSync(join(directory, "print.mk"), print);
      const printed = make(directory, "-f", "print.mk", "-o", target, "all").trimEnd();
      const id = graph.fileNamed(asBytes(target));
      const step = id === undefined ? undefined : graph.producerOf(id);
      expect(step === undefined ? "" : graph.recipeOf(step).command).toBe(printed);
    }
  });
});
