// Small manifests, one folder each, read by us and by the ninja of this machine in the same run: its commands, its
// targets and its graph must be ours.

import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { loadNinja, type NinjaManifest } from "../../../generators/ninja/load.ts";
import { asBytes, type Bytes, fromBuffer, toBuffer } from "../../../graph/bytes.ts";
import type { FileId, Step } from "../../../graph/graph.ts";

const folder = resolve(import.meta.dirname, "../../golden/ninja");
const hasNinja = spawnSync("ninja", ["--version"]).status === 0;

function ninja(directory: string, ...words: string[]): string[] {
  const output = execFileSync("ninja", ["-C", directory, "-t", ...words], { maxBuffer: 1 << 26 });
  return fromBuffer(output)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("ninja: Entering directory"));
}

function load(directory: string): NinjaManifest {
  return loadNinja(asBytes("build.ninja"), {
    readFile: (path) => readFileSync(Buffer.concat([Buffer.from(`${directory}/`), toBuffer(path)])),
  });
}

/** Commands in the order ninja prints them: depth first from the wanted files, every step once. */
function commandsOf(graph: NinjaManifest, wanted: readonly FileId[]): string[] {
  const seen = new Set<Step>();
  const commands: string[] = [];
  const visit = (file: FileId): void => {
    const step = graph.producerOf(file);
    if (step === undefined || seen.has(step)) return;
    seen.add(step);
    for (const input of [...step.inputs, ...step.after]) visit(input);
    if (!step.isPhony) commands.push(graph.recipeOf(step).command);
  };
  for (const file of wanted) visit(file);
  return commands;
}

/** Labels of the nodes and what the edges of `-t graph` say, without its memory addresses. */
function nodesInDot(lines: readonly string[]): Set<string> {
  const labels = lines.map((line) => /^"0x[0-9a-f]+" \[label="(.*?)"(?:, shape=ellipse)?\]$/.exec(line)?.[1]);
  return new Set(labels.filter((label) => label !== undefined));
}

function nodesOf(graph: NinjaManifest): Set<string> {
  const seen = new Set<string>();
  const rules = new Set<string>();
  const visit = (file: FileId): void => {
    const path = graph.files[file] as Bytes;
    if (seen.has(path)) return;
    seen.add(path);
    const step = graph.producerOf(file);
    if (step === undefined) return;
    // One input to one output is drawn as an arrow, all else as a node of its own.
    if (step.inputs.length + step.after.length !== 1 || step.outputs.length !== 1) rules.add(step.rule);
    for (const other of [...step.inputs, ...step.after, ...step.outputs]) visit(other);
  };
  for (const file of graph.defaults) visit(file);
  return new Set([...[...seen].map((path) => path.replaceAll("\\", "/")), ...rules]);
}

describe("the ninja of this machine", () => {
  if (!hasNinja) it("is not there: nothing compared", () => undefined);
  const cases = hasNinja ? readdirSync(folder).sort() : [];
  for (const name of cases) {
    const directory = resolve(folder, name);
    it(`has the same targets and rules as we do for ${name}`, () => {
      const graph = load(directory);
      const rows = graph.steps.flatMap((step) =>
        [...step.outputs].map((file) => `${graph.files[file]}: ${step.rule}`),
      );
      expect(rows.sort()).toEqual(ninja(directory, "targets", "all").sort());
    });

    it(`runs the same commands in the same order as we do for ${name}`, () => {
      const graph = load(directory);
      expect(commandsOf(graph, graph.defaults).join("\n")).toBe(ninja(directory, "commands").join("\n"));
      for (const step of graph.steps) {
        const output = graph.files[step.outputs[0] as FileId] as Bytes;
        const argument = Buffer.from(output, "latin1").toString("utf8");
        const wanted = commandsOf(graph, [step.outputs[0] as FileId]).join("\n");
        expect(wanted, argument).toBe(ninja(directory, "commands", argument).join("\n"));
      }
    });

    it(`draws the same files as we do for ${name}`, () => {
      const graph = load(directory);
      expect([...nodesOf(graph)].sort()).toEqual([...nodesInDot(ninja(directory, "graph"))].sort());
    });
  }
});
