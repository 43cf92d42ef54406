// Writes any build graph in the format that `loadJsonGraph` reads.

import { asBytes, type Bytes, quoted, toBuffer } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { BuildGraph, FileId, FileIds, Step } from "../../graph/graph.ts";
import { graphSchema } from "./load.ts";

/** A step per line, in pieces. `steps` is what is written; a generator step is none, its files are in the tree. */
export function* printJsonGraph(graph: BuildGraph, steps: readonly Step[]): Generator<string, void, void> {
  yield `{ "schema": ${JSON.stringify(graphSchema)},\n`;
  const pools = [...graph.pools].filter(([name]) => name !== "" && name !== "console");
  if (pools.length > 0) {
    yield `  "pools": { ${pools.map(([name, depth]) => `${textOf(name)}: ${depth}`).join(", ")} },\n`;
  }
  const written = steps.filter((step) => !graph.recipeOf(step).generator);
  const made = new Set<FileId>(written.flatMap((step) => [...step.outputs]));
  const defaults = graph.defaults.filter((file) => made.has(file));
  if (defaults.length > 0) yield `  "defaults": ${pathsOf(graph, defaults)},\n`;
  yield '  "steps": [';
  let separator = "\n";
  for (const step of written) {
    yield separator + stepOf(graph, step);
    separator = ",\n";
  }
  yield "\n  ]\n}\n";
}

function stepOf(graph: BuildGraph, step: Step): string {
  const recipe = graph.recipeOf(step);
  const fields: string[] = [];
  const list = (name: string, files: readonly FileId[], isRequired = false): void => {
    if (files.length > 0 || isRequired) fields.push(`"${name}": ${pathsOf(graph, files)}`);
  };
  const text = (name: string, value: Bytes | undefined): void => {
    if (value !== undefined && value !== "") fields.push(`"${name}": ${textOf(value)}`);
  };
  const [outputs, inputs] = [[...step.outputs], [...step.inputs]];
  list("outputs", outputs.slice(0, step.explicitOutputs), true);
  list("implicitOutputs", outputs.slice(step.explicitOutputs));
  list("inputs", inputs.slice(0, step.explicitInputs));
  list("implicitInputs", inputs.slice(step.explicitInputs));
  list("after", idsOf(step.after));
  list("validations", idsOf(step.validations));
  if (step.isPhony) return `    { ${fields.join(", ")} }`;
  if (recipe.dyndep !== undefined) failDyndep(graph, recipe.dyndep);
  text("command", recipe.command);
  text("rule", step.rule);
  text("description", recipe.description);
  text("depfile", recipe.depfile);
  if (recipe.responseFile !== undefined) {
    const { path, content } = recipe.responseFile;
    fields.push(`"responseFile": { "path": ${textOf(path)}, "content": ${textOf(content)} }`);
  }
  text("pool", recipe.pool);
  return `    { ${fields.join(", ")} }`;
}

function idsOf(files: FileIds): readonly FileId[] {
  return [...files];
}

function pathsOf(graph: BuildGraph, files: readonly FileId[]): string {
  return `[${files.map((file) => textOf(graph.files[file] ?? asBytes(""))).join(", ")}]`;
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function textOf(bytes: Bytes): string {
  try {
    return JSON.stringify(decoder.decode(toBuffer(bytes)));
  } catch {
    return fail({
      code: "json/not-utf8",
      message: `${quoted(bytes)} is not UTF-8, and JSON is nothing else`,
      hint: "name the files in UTF-8, or plan from the original graph",
    });
  }
}

function failDyndep(graph: BuildGraph, file: FileId): never {
  return fail({
    code: "json/dyndep",
    message: `${quoted(graph.files[file] ?? asBytes(""))} tells inputs while the build runs, which the format cannot say`,
    hint: "plan from the original graph",
  });
}
