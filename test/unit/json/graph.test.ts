// Graphs in JSON: what they mean, and that a Ninja graph written as one is planned to the same bytes.

import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { loadJsonGraph } from "../../../generators/json/load.ts";
import { asBytes, fromText } from "../../../graph/bytes.ts";
import { InputError } from "../../../graph/diagnostic.ts";
import type { BuildGraph } from "../../../graph/graph.ts";
import { makeProject } from "../../cli.ts";

const b = asBytes;

function load(graph: object): BuildGraph {
  const text = JSON.stringify({ schema: "unravel.graph/1", ...graph });
  return loadJsonGraph(fromText(text), { file: b("g.json") });
}

function stepsOf(graph: BuildGraph): readonly object[] {
  const names = (files: Iterable<number>): readonly string[] =>
    [...files].map((file) => graph.files[file] ?? "");
  return graph.steps.map((step) => ({
    ...{ rule: step.rule, phony: step.isPhony, out: names(step.outputs), in: names(step.inputs) },
    ...{ after: names(step.after), explicit: [step.explicitOutputs, step.explicitInputs] },
    command: graph.recipeOf(step).command,
  }));
}

describe("a graph in JSON", () => {
  it("has the steps, files and defaults that it says", () => {
    const graph = load({
      pools: { link: 2 },
      defaults: ["all"],
      steps: [
        {
          outputs: ["./a.o"],
          implicitOutputs: ["a.d"],
          inputs: ["src//a.c"],
          implicitInputs: ["a.h"],
          after: ["gen"],
          command: "cc",
          rule: "cc",
        },
        { outputs: ["app"], inputs: ["a.o"], command: ["ld", "it's", "", "a b", "plain-1.0"], pool: "link" },
        { outputs: ["all"], inputs: ["app"] },
      ],
    });
    expect(stepsOf(graph)).toEqual([
      {
        rule: "cc",
        phony: false,
        out: ["a.o", "a.d"],
        in: ["src/a.c", "a.h"],
        after: ["gen"],
        explicit: [1, 1],
        command: "cc",
      },
      {
        rule: "command",
        phony: false,
        out: ["app"],
        in: ["a.o"],
        after: [],
        explicit: [1, 1],
        command: "ld 'it'\\''s' '' 'a b' plain-1.0",
      },
      { rule: "phony", phony: true, out: ["all"], in: ["app"], after: [], explicit: [1, 1], command: "" },
    ]);
    expect(graph.files).toEqual(["a.o", "a.d", "src/a.c", "a.h", "gen", "app", "all"]);
    expect(graph.defaults.map((file) => graph.files[file])).toEqual(["all"]);
    expect(graph.pools.get(b("link"))).toBe(2);
    const app = graph.fileNamed(b("app"));
    expect(app === undefined ? undefined : graph.producerOf(app)?.id).toBe(1);
  });

  it("builds what nobody reads when it names no defaults", () => {
    const graph = load({
      steps: [
        { outputs: ["a", "b"], command: "x" },
        { outputs: ["c"], inputs: ["a"], command: "x" },
      ],
    });
    expect(graph.defaults.map((file) => graph.files[file])).toEqual(["b", "c"]);
  });

  it("quotes words so that a shell gives them back", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ unit: "binary" }).filter((word) => !word.includes("\0")),
          { minLength: 1, maxLength: 4 },
        ),
        (words) => {
          const graph = load({ steps: [{ outputs: ["o"], command: ["printf", "%s\\n", ...words] }] });
          const [step] = graph.steps;
          const command = step === undefined ? b("") : graph.recipeOf(step).command;
          const out = execFileSync("sh", ["-c", Buffer.from(command, "latin1").toString("utf8")], {
            encoding: "utf8",
          });
          expect(out).toBe(words.map((word) => `${Buffer.from(word).toString("utf8")}\n`).join(""));
        },
      ),
      { numRuns: 30 },
    );
  });

  it("takes any bytes or says what is wrong with them", () => {
    const part = fc.constantFrom(
      '{"schema":"unravel.graph/1","steps":[',
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"outputs"',
      '"a"',
      '"inputs"',
      '"command"',
      "1",
      "null",
      "\\u00e9",
      "\xff",
      " ",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.array(part).map((parts) => Buffer.from(parts.join(""), "latin1")),
        ),
        (bytes) => {
          try {
            loadJsonGraph(bytes, { file: b("g.json") });
          } catch (error) {
            expect(error).toBeInstanceOf(InputError);
          }
        },
      ),
    );
  });
});

describe("a Ninja graph written as JSON", () => {
  const project = makeProject({
    "src/main.c": '#include "a.h"\nint main(void) { return 0; }\n',
    "src/a.h": "",
    "src/data.txt": "x",
    "build/build.ninja":
      "pool link\n  depth = 1\n" +
      "rule cc\n  command = cc -I../src -MD -MF $out.d -c $in -o $out\n  depfile = $out.d\n  description = CC $out\n" +
      "rule ld\n  command = cc @$out.rsp -o $out\n  rspfile = $out.rsp\n  rspfile_content = $in\n  pool = link\n" +
      "rule gen\n  command = cp ../src/data.txt $out\n" +
      "build 'a$ b.txt: gen ../src/data.txt\nbuild main.o: cc ../src/main.c || 'a$ b.txt\n" +
      "build app | app.map: ld main.o\nbuild all: phony app 'a$ b.txt\nbuild \u00fc.txt: gen\ndefault all \u00fc.txt\n",
  });
  afterAll(project.remove);

  it("is planned to the same bytes, and written to the same bytes again", async () => {
    const json = await project.run([
      "graph",
      "ninja",
      "build/build.ninja",
      "--format",
      "json",
      "--root",
      ".",
    ]);
    expect(json.err).toBe("");
    project.write({ "build/graph.json": json.out });
    const plans = await Promise.all(
      [
        ["ninja", "build/build.ninja"],
        ["json", "build/graph.json"],
      ].map((words) => project.run(["plan", ...words, "--root", ".", "--json"])),
    );
    expect(plans.map(({ err }) => err)).toEqual(["", ""]);
    expect(plans[1]?.out).toBe(plans[0]?.out);
    expect(JSON.parse(plans[0]?.out ?? "").steps).toHaveLength(4);
    const again = await project.run(["graph", "json", "build/graph.json", "--json", "--root", "."]);
    expect(again.out).toBe(json.out);
  });

  it("can be cut to some targets", async () => {
    const { out } = await project.run([
      "graph",
      "ninja",
      "build/build.ninja",
      "main.o",
      "--format",
      "json",
      "--root",
      ".",
    ]);
    const steps = JSON.parse(out).steps.map(({ outputs }: { outputs: readonly string[] }) => outputs[0]);
    expect(steps).toEqual(["'a b.txt", "main.o"]);
  });

  it("is drawn by Graphviz's rules", async () => {
    const { out, code } = await project.run([
      "graph",
      "ninja",
      "build/build.ninja",
      "main.o",
      "--format",
      "dot",
      "--root",
      ".",
    ]);
    expect(code).toBe(0);
    expect(out).toContain("digraph unravel {\n");
    expect(out).toContain('  s1 [label="cc", shape=ellipse]\n');
    expect(out).toMatch(/f\d+ \[label="\.\.\/src\/main\.c", style=filled, fillcolor=lightgrey\]\n/);
    expect(out).toMatch(/f\d+ -> s1 \[arrowhead=none, style=dotted\]\n/);
    expect(out.endsWith("}\n")).toBe(true);
  });
});
