// Ninja manifests as build graphs: what steps, recipes and the graph's own questions answer.

import { describe, expect, it } from "vitest";
import { applyDyndep } from "../../../generators/ninja/dyndep.ts";
import { loadNinja, type NinjaManifest } from "../../../generators/ninja/load.ts";
import { asBytes, type Bytes, fromText } from "../../../graph/bytes.ts";
import type { FileId, FileIds, Step } from "../../../graph/graph.ts";

function load(manifest: string, more: Readonly<Record<string, string>> = {}): NinjaManifest {
  const files = new Map(Object.entries({ "build.ninja": manifest, ...more }));
  return loadNinja(asBytes("build.ninja"), {
    readFile: (path) => {
      const content = files.get(path);
      return content === undefined ? undefined : fromText(content);
    },
  });
}

function stepOf(graph: NinjaManifest, output: string): Step {
  const step = graph.producerOf(graph.fileNamed(asBytes(output)) as FileId);
  if (step === undefined) throw new Error(`no step makes ${output}`);
  return step;
}

function names(graph: NinjaManifest, files: FileIds): Bytes[] {
  return [...files].map((file) => graph.files[file] as Bytes);
}

const RULES = "rule cc\n  command = cc $in -o $out\n";

describe("a step", () => {
  const graph = load(`${RULES}build a | b: cc c d | e || f g |@ h\nbuild h: phony\n`);
  const step = stepOf(graph, "b");

  it("has explicit files first, then implicit ones", () => {
    expect(names(graph, step.outputs)).toEqual(["a", "b"]);
    expect(step.explicitOutputs).toBe(1);
    expect(names(graph, step.inputs)).toEqual(["c", "d", "e"]);
    expect(step.explicitInputs).toBe(2);
  });

  it("keeps order-only inputs and validations apart", () => {
    expect(names(graph, step.after)).toEqual(["f", "g"]);
    expect(names(graph, step.validations)).toEqual(["h"]);
  });

  it("says where it is declared, up to its colon", () => {
    expect(step.declaredAt).toEqual({ file: "build.ninja", start: RULES.length, end: RULES.length + 12 });
  });

  it("keeps repeated inputs", () => {
    const repeated = load(`${RULES}build a: cc x ./x y/../x\n`);
    expect(names(repeated, stepOf(repeated, "a").inputs)).toEqual(["x", "x", "x"]);
    expect(repeated.recipeOf(stepOf(repeated, "a")).command).toBe("cc x x x -o a");
  });
});

describe("a recipe", () => {
  it("has what the rule and the step say, and nothing else", () => {
    const text = [
      "pool p\n  depth = 3\nrule all\n  command = run @$rspfile $depfile\n  description = RUN $out",
      "  depfile = $out.d\n  deps = gcc\n  rspfile = $out.rsp\n  rspfile_content = $in_newline",
      "  restat = 1\n  generator = 1\n  pool = p\n  msvc_deps_prefix = Note:\nbuild o$ 1: all a b$ c\n",
    ].join("\n");
    const graph = load(text);
    const step = stepOf(graph, "o 1");
    expect(graph.recipeOf(step)).toEqual({
      command: "run @'o 1'.rsp 'o 1'.d",
      description: "RUN 'o 1'",
      depfile: "o 1.d",
      deps: "gcc",
      responseFile: { path: "o 1.rsp", content: "a\n'b c'" },
      pool: "p",
      restat: true,
      generator: true,
    });
    expect(graph.bindingOf(step, asBytes("msvc_deps_prefix"))).toBe("Note:");
    expect(graph.bindingOf(step, asBytes("nothing"))).toBe("");
  });

  it("of a phony is empty even where the file sets a command", () => {
    const graph = load("command = leaks\nbuild a: phony b\n");
    expect(graph.recipeOf(stepOf(graph, "a")).command).toBe("");
  });

  it("sees variables set after the step", () => {
    const graph = load("rule r\n  command = $x\nx = 1\nbuild a: r\nx = 2\n");
    expect(graph.recipeOf(stepOf(graph, "a")).command).toBe("2");
  });

  it("is turned off by an empty binding of the step", () => {
    const graph = load("rule r\n  command = c\n  restat = 1\nbuild a: r\n  restat =\nbuild b: r\n  x = 1\n");
    expect(graph.recipeOf(stepOf(graph, "a")).restat).toBe(false);
    expect(graph.recipeOf(stepOf(graph, "b")).restat).toBe(true);
  });

  it("keeps the pool that was known when the step was read", () => {
    const graph = load("which = console\nrule r\n  command = c\n  pool = $which\nbuild a: r\nwhich =\n");
    expect(graph.recipeOf(stepOf(graph, "a")).pool).toBe("console");
  });
});

describe("a graph", () => {
  it("builds what no other step uses when nothing is declared", () => {
    const graph = load("build a: phony b\nbuild b: phony\nbuild v: phony |@ w\nbuild w: phony\n");
    expect(names(graph, graph.defaults)).toEqual(["a", "v", "w"]);
    expect(graph.declaredDefaults).toEqual([]);
  });

  it("has nothing to build by default when every output is used", () => {
    expect(load("build a: phony b\nbuild b: phony a\n").hasDefaults).toBe(false);
    expect(load("").hasDefaults).toBe(true);
  });

  it("keeps absolute and relative names of one file apart", () => {
    const graph = load(`${RULES}build a: cc x\nbuild /w/a: cc y\n`);
    expect(stepOf(graph, "a").id).not.toBe(stepOf(graph, "/w/a").id);
    expect(graph.fileNamed(asBytes("/w/./a"))).toBeUndefined();
  });

  it("takes text that is not ASCII as bytes", () => {
    const graph = load(`${RULES}build ü.o: cc ü.c\n`);
    expect(graph.recipeOf(stepOf(graph, fromText("ü.o"))).command).toBe(fromText("cc 'ü.c' -o 'ü.o'"));
  });

  it("lists every manifest it read", () => {
    const graph = load("include a\nsubninja b\n", { a: "include c\n", b: "x = 1\n", c: "\n" });
    expect(graph.manifests).toEqual(["build.ninja", "a", "c", "b"]);
  });

  it("survives names that objects have by birth", () => {
    const text =
      "__proto__ = 1\nrule constructor\n  command = $__proto__ $toString\nbuild __proto__: constructor 0\n";
    const graph = load(text);
    expect(graph.recipeOf(stepOf(graph, "__proto__")).command).toBe("1 ");
    expect([...graph.rules.keys()]).toEqual(["constructor"]);
    expect([...graph.variables]).toEqual([["__proto__", "1"]]);
  });

  it("does not care whether a file comes as text or as bytes, with room around it or without", () => {
    const text = `${RULES}build a: cc b$ c\n`;
    const padded = Buffer.from(`xx${text}yy`).subarray(2, 2 + text.length);
    for (const content of [asBytes(text), Buffer.from(text), new Uint8Array(Buffer.from(text)), padded]) {
      const graph = loadNinja(asBytes("build.ninja"), { readFile: () => content });
      expect(graph.recipeOf(stepOf(graph, "a")).command).toBe("cc 'b c' -o a");
    }
  });

  it("holds lists longer than a chunk of its storage", () => {
    const inputs = Array.from({ length: 5000 }, (_, i) => `i${i}`);
    const graph = load(`${RULES}build small: cc x\nbuild big: cc ${inputs.join(" ")}\nbuild last: cc y z\n`);
    expect(names(graph, stepOf(graph, "big").inputs)).toEqual(inputs);
    expect(names(graph, stepOf(graph, "small").inputs)).toEqual(["x"]);
    expect(names(graph, stepOf(graph, "last").inputs)).toEqual(["y", "z"]);
  });
});

describe("a required version", () => {
  it("set by one included file holds for the next, as ninja reads both with one parser", () => {
    const files = { a: "ninja_required_version = 1.14\n", b: "x = $^\n" };
    expect(load("include a\ninclude b\n", files).variables.get(asBytes("x"))).toBe("\n");
    expect(() => load("include b\n", files)).toThrow("ninja/newline-escape");
  });
});

describe("a dyndep file", () => {
  const text = `${RULES}build dd: phony\nbuild a: cc i | j || dd\n  dyndep = dd\nbuild z: cc mod\n`;
  const graph = load(text);
  const content = asBytes("ninja_dyndep_version = 1\nbuild a | mod new: dyndep | ./k i\n  restat = 1\n");
  const applied = applyDyndep(graph, asBytes("dd"), () => content);

  it("adds implicit outputs and inputs, and restat", () => {
    const step = stepOf(applied, "mod");
    expect(names(applied, step.outputs)).toEqual(["a", "mod", "new"]);
    expect(names(applied, step.inputs)).toEqual(["i", "j", "k", "i"]);
    expect(names(applied, step.after)).toEqual(["dd"]);
    expect(step.explicitOutputs).toBe(1);
    expect(step.explicitInputs).toBe(1);
    expect(applied.recipeOf(step).restat).toBe(true);
    expect(applied.recipeOf(step).command).toBe("cc i -o a");
  });

  it("leaves the graph it is applied to as it was", () => {
    expect(graph.fileNamed(asBytes("new"))).toBeUndefined();
    expect(graph.producerOf(graph.fileNamed(asBytes("mod")) as FileId)).toBeUndefined();
    expect(graph.recipeOf(stepOf(graph, "a")).restat).toBe(false);
  });

  it("names the file it waits for in the recipe", () => {
    expect(graph.recipeOf(stepOf(graph, "a")).dyndep).toBe(graph.fileNamed(asBytes("dd")));
  });

  it("can be applied after another one", () => {
    const two = load(`${RULES}build a: cc || d1\n  dyndep = d1\nbuild b: cc || d2\n  dyndep = d2\n`);
    const first = applyDyndep(two, asBytes("d1"), () =>
      asBytes("ninja_dyndep_version = 1\nbuild a | x: dyndep\n"),
    );
    const both = applyDyndep(first, asBytes("d2"), () =>
      asBytes("ninja_dyndep_version = 1\nbuild b | y: dyndep | x n\n"),
    );
    expect(names(both, both.defaults)).toEqual(["a", "b", "y"]);
    expect(stepOf(both, "x").id).toBe(stepOf(both, "a").id);
    expect(() =>
      applyDyndep(first, asBytes("d2"), () => asBytes("ninja_dyndep_version = 1\nbuild b | x: dyndep\n")),
    ).toThrow("ninja/duplicate-output");
  });
});
