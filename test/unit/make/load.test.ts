// What the reader makes of makefiles, captured with the real make.

import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { loadMakeAt } from "../../../generators/make/load-file.ts";
import { asBytes, fromText } from "../../../graph/bytes.ts";
import { type Captured, capture, captured, replay, writeFiles } from "./captured.ts";

const open: Pick<Captured, "remove">[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.remove();
});

function load(
  makefile: string,
  files: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Captured {
  const one = captured({ Makefile: makefile, ...files }, args);
  open.push(one);
  return one;
}

describe("a recipe", () => {
  it("becomes a step with its prerequisites, and compilers are not run for that", () => {
    const { names, command, step } = load(
      "all: a.o\na.o: a.c a.h | gen\n\tnot-a-compiler -c $<\ngen: ; tac a.h > $@\n",
      {
        "a.c": "",
        "a.h": "",
      },
    );
    expect(command("a.o")).toBe("not-a-compiler -c a.c");
    expect(names("a.o", "inputs")).toEqual(["a.c", "a.h"]);
    expect(names("a.o", "after")).toContain("gen");
    expect(step("all").isPhony).toBe(true);
  });

  it("of several lines runs each in a shell of its own, up to the first that fails", () => {
    const { command } = load("out: ; @tac in > tmp\n\t-false tac\n\t@mv tmp $@\n", { in: "1\n" });
    expect(command("out")).toBe(
      "(\ntac in > tmp\n)\ntest $? -eq 0 || exit 1\n(\nfalse tac\n)\n\n(\nmv tmp out\n)".replace(
        "\n\n(",
        "\n(".replace("(", "("),
      ),
    );
  });

  it("says where it runs and what make gives it", () => {
    const { command } = load("all: ; $(MAKE) -C sub\n", {
      "sub/Makefile": "export MODE = a 'b'\nout: ; tac in > $@\n",
      "sub/in": "",
    });
    expect(command("sub/out")).toBe("cd sub || exit\nexport MODE='a '\\''b'\\'''\ntac in > out");
  });

  it("for several targets is one step", () => {
    const { names } = load("all: a.la b.la\na.la b.la: in\n\ttac in > a.la; tac in > b.la\n", { in: "" });
    expect([...names("a.la", "outputs")].sort()).toEqual(["a.la", "b.la"]);
  });

  it("of a pattern with several targets makes all of them", () => {
    const { names } = load("all: x.tab.c\n%.tab.c %.tab.h: %.y\n\tgenerate $<\n", { "x.y": "" });
    expect([...names("x.tab.c", "outputs")].sort()).toEqual(["x.tab.c", "x.tab.h"]);
  });

  it("makes what it moves and links, not what it moves away", () => {
    const { names } = load("lib.so.1: in\n\ttac in > lib.tmp\n\tmv lib.tmp $@\n\tln -s $@ lib.so\n", {
      in: "",
    });
    expect(names("lib.so.1", "outputs")).toEqual(["lib.so.1", "lib.so"]);
  });

  it("that makes no file, and only prints, is no step", () => {
    const { graph, names } = load("all: a\n\t@echo done\na: ; tac b > $@\n", { b: "" });
    expect(graph.steps.filter(({ isPhony }) => !isPhony)).toHaveLength(1);
    expect(names("all", "inputs")).toContain("a");
  });

  it("that finds its target as it should be is no step", () => {
    const { graph, names } = load(
      "all: out\nout: config.h ; tac config.h > $@\nconfig.h: stamp ; test -f $@ || rm -f stamp\nstamp: ;\n",
      {
        "config.h": "",
        stamp: "",
      },
    );
    expect(graph.steps.filter(({ isPhony }) => !isPhony)).toHaveLength(1);
    expect(names("out", "inputs")).toEqual(["config.h"]);
  });

  it("of libtool makes its object; those that this names travel with it, as many as there are", () => {
    const { graph, names, step } = load(
      "b.la: a.lo ; ./libtool --mode=link cc -o $@ a.lo\na.lo: a.c ; ./libtool --mode=compile cc -c -o $@ $<\n",
      { "a.c": "" },
    );
    expect(names("a.lo", "outputs")).toEqual(["a.lo"]);
    expect(graph.recipeOf(step("a.lo")).keepsAll).toBe(true);
    expect(names("b.la", "inputs")).toEqual(["a.lo"]);
  });
});

describe("a makefile's own shell", () => {
  it("gives its options to each line, below another make as well", () => {
    const { command } = load(
      "all: out ; $(MAKE) -C sub\nF = -eu\n.SHELLFLAGS := $(F) -o pipefail -c\nout: ; tac in > $@\n",
      {
        in: "",
        "sub/Makefile": ".POSIX:\nb: ; tac Makefile > $@; tac Makefile >> b\n",
      },
    );
    expect(command("out")).toBe("set -eu -o pipefail\ntac in > out");
    expect(command("sub/b")).toBe("cd sub || exit\nset -e\ntac Makefile > b; tac Makefile >> b");
  });

  it("lets a step fail where make does, and not where errors are ignored", () => {
    const shell = "SHELL = bash\n.SHELLFLAGS = -e -o pipefail -c\n";
    const failing = load(`${shell}out: ; tac in | cat > $@; touch later\n`);
    expect(() => replay(failing.graph, failing.directory, () => 0, "bash")).toThrow("Command failed");
    expect(existsSync(join(failing.directory, "later"))).toBe(false);
    rmSync(join(failing.directory, "out"), { force: true });
    expect(spawnSync("make", { cwd: failing.directory }).status).toBe(2);
    const ignoring = load(`${shell}out: ; -tac in | cat; touch later\n\ttac Makefile > $@\n`);
    replay(ignoring.graph, ignoring.directory, () => 0, "bash");
    expect([
      existsSync(join(ignoring.directory, "later")),
      existsSync(join(ignoring.directory, "out")),
    ]).toEqual([false, true]);
  });
});

describe("makes below makes", () => {
  it("come after what the target that calls them needs", () => {
    const { graph, step } = load("all: gen ; $(MAKE) -C sub\ngen: ; tac Makefile > $@\n", {
      "sub/Makefile": "out: ; tac Makefile > $@\n",
    });
    const before = new Set<string>();
    const queue = [step("sub/out")];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const file of [...next.inputs, ...next.after]) {
        before.add(graph.files[file] ?? "");
        const maker = graph.producerOf(file);
        if (maker !== undefined) queue.push(maker);
      }
    }
    expect([...before]).toContain("gen");
  });

  it("may make the file that the target before them is called after", () => {
    const { names } = load("x.o: ; test -d . && tac in\n\t$(MAKE) -f rules x.o\n", {
      rules: "x.o: in ; tac in > $@\n",
      in: "",
    });
    expect(names("x.o", "inputs")).toEqual(["in"]);
  });
});

describe("notes", () => {
  it("say which files two different recipes write, and both are one step", () => {
    const { graph, command } = load("all: a\n\t$(MAKE) -f second a\na: ; tac in > $@\n", {
      second: "a: FORCE ; tac other > $@\nFORCE:\n",
      in: "",
      other: "",
    });
    expect(graph.notes).toEqual([
      `"${graph.dump.root}/a" is written by two recipes: both run in one step, one after the other`,
    ]);
    expect(command("a")).toContain("tac other");
  });

  it("name text that make computed from a file that was not made", () => {
    const { graph } = load(
      "out: big ; tac big > $@; printf %s $(shell wc -c < big) >> $@\nbig: ; tac in > $@\n",
      { in: "x" },
    );
    expect(graph.notes).toHaveLength(1);
    expect(graph.notes[0]).toMatch(
      /^the recipe of "out" asks the shell about ".*\/big", which was not there/,
    );
  });
});

it("a capture is the same text every time, and leaves the tree as it was", () => {
  const files = { Makefile: "V := $(shell echo 1)\nall: a b\na b: in ; tac $< > $@\n", in: "" };
  const [one, two] = [load(files.Makefile, files), load(files.Makefile, files)];
  expect(one.dump.replaceAll(one.directory, "/r")).toBe(two.dump.replaceAll(two.directory, "/r"));
  expect(() => one.step("in")).toThrow("no step makes in");
});

it("lines that a capture was told to skip are not recorded, but for a recipe's first", () => {
  const directory = writeFiles({
    Makefile: "all: a b\na: in\n\ttac in > $@\n\tset -e; \n\ttac in >> $@\nb: a\n\tset -e; \n\tset -e; \n",
    in: "",
  });
  open.push({ remove: () => rmSync(directory, { recursive: true, force: true }) });
  const dump = capture(directory, [], ["--skip", "^set -e; *$"]);
  expect([...dump.matchAll(/\ttarget (.*)[\s\S]*?\tcommand (.*)/g)].map(([, ...found]) => found)).toEqual([
    ["a", "tac in > a"],
    ["a", "tac in >> a"],
    ["b", "set -e; "],
  ]);
});

it("names with quotes and dollars come through", () => {
  const { dump } = load("all: it's\nit's: a$$b ; tac 'a$$b' > \"$@\"\n", { a$b: "" });
  expect(dump).toContain("\ttarget it's\n\tprerequisite a$b\n");
});

it("names with blanks are one file each, made or not", () => {
  const { directory, graph, names } = load(
    "all: foo\\ bar baz\nfoo\\ bar: in\\ put\\ 1 x | later ; tac 'in put 1' x > '$@'\n" +
      "baz: foo\\ bar ; tac 'foo bar' > baz\nlater: ; tac x > $@\n",
    { "in put 1": "1\n", x: "2\n" },
  );
  expect(names("foo bar", "inputs")).toEqual(["in put 1", "x"]);
  expect(names("baz", "inputs")).toEqual(["foo bar"]);
  expect(names("all", "inputs")).toEqual(["foo bar", "baz"]);
  replay(graph, directory, (count) => count - 1);
  expect(readFileSync(join(directory, "baz"), "utf8")).toBe("2\n1\n");
});

it("a target that is only ever phony orders what is behind it, and is no file", () => {
  const { directory, graph, names } = load(
    ".PHONY: all check\nall: check\n\tdate +%Y > $@\ncheck: a ; grep -c x a\na: in ; tac in > $@\n",
    { in: "x\n" },
  );
  expect(names("a", "inputs")).toEqual(["in"]);
  replay(graph, directory, () => 0);
  expect(existsSync(join(directory, "check"))).toBe(false);
});

it("a recipe of 200 KB, which no shell can be given, is read from a trace", () => {
  const long = "x".repeat(200).concat(" ").repeat(1000).trim();
  const directory = writeFiles({ Makefile: `out: in\n\t@ls -d in ${long}\n`, in: "" });
  try {
    const trace = execFileSync("make", ["-Bnp", "--trace"], { cwd: directory, encoding: "latin1" });
    const graph = loadMakeAt(asBytes(trace), asBytes("trace"), fromText(directory));
    const out = graph.fileNamed(asBytes("out"));
    const step = out === undefined ? undefined : graph.producerOf(out);
    expect(step === undefined ? "" : graph.recipeOf(step).command).toContain(long);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});
