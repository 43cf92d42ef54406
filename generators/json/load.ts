// Loads a build graph that another program wrote as JSON (docs/graph-format.md).

import { asBytes, type Bytes, fromBuffer, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { BuildGraph, FileId, Recipe, Step, StepId } from "../../graph/graph.ts";
import { type JsonNode, type JsonText, parseJson } from "../../graph/json.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { shellQuote } from "../../graph/shell-quote.ts";
import { failCycles } from "./cycle.ts";
import {
  type Fields,
  failType,
  fieldsOf,
  optional,
  optionalText,
  required,
  spanOf,
  textOf,
  textsOf,
} from "./fields.ts";

/** What `schema` says in a file of the one format there is so far. */
export const graphSchema = "unravel.graph/1";

export interface JsonGraphOptions {
  /** What the file is called in messages. */
  readonly file: Bytes;
  /**
   * Whether a canonical path, relative to the build directory or absolute, may be read or, for an output, made by a
   * step. Everything but a relative path that begins with ".." is when this is not given.
   */
  readonly isInside?: (path: Bytes, use: "input" | "output") => boolean;
}

const graphFields = ["schema", "steps", "defaults", "pools"];
const stepFields = [
  "outputs",
  "implicitOutputs",
  "inputs",
  "implicitInputs",
  "after",
  "validations",
  "command",
  "rule",
  "description",
  "depfile",
  "responseFile",
  "pool",
];

/** @throws InputError with the first thing that is wrong, and its place */
export function loadJsonGraph(contents: Bytes | Uint8Array, options: JsonGraphOptions): BuildGraph {
  const text = typeof contents === "string" ? contents : fromBuffer(contents);
  const loader = new Loader(options);
  return loader.load(parseJson(text, options.file));
}

interface LoadedStep extends Step {
  readonly recipe: Recipe;
}

class Loader {
  readonly #file: Bytes;
  readonly #isInside: (path: Bytes, use: "input" | "output") => boolean;
  readonly #ids = new Map<Bytes, FileId>();
  readonly #steps: LoadedStep[] = [];
  readonly #makers = new Map<FileId, LoadedStep>();
  readonly #pools = new Map<Bytes, number>([
    [asBytes(""), 0],
    [asBytes("console"), 1],
  ]);

  constructor({ file, isInside }: JsonGraphOptions) {
    this.#file = file;
    this.#isInside = isInside ?? ((path) => path !== ".." && !path.startsWith("../"));
  }

  load(node: JsonNode): BuildGraph {
    if (node.kind !== "object") failType(node, "the file", "an object", this.#file);
    this.#checkSchema(node);
    const fields = fieldsOf(node, "the graph", graphFields, this.#file);
    this.#loadPools(fields);
    const steps = required(fields, "steps");
    if (steps.kind !== "array") return failType(steps, "steps", "a list", this.#file);
    for (const [index, item] of steps.items.entries()) {
      this.#loadStep(fieldsOf(item, `steps[${index}]`, stepFields, this.#file));
    }
    const declared = textsOf(fields, "defaults").map((name) => this.#target(name));
    failCycles(this.#steps, (file) => this.#makers.get(file), {
      file: this.#file,
      names: [...this.#ids.keys()],
      inputsOf: (step) => this.#inputsOf(steps.items[step.id]),
    });
    const recipes = this.#steps;
    return {
      files: [...this.#ids.keys()],
      steps: this.#steps,
      defaults: declared.length > 0 ? declared : this.#unused(),
      pools: this.#pools,
      producerOf: (file) => this.#makers.get(file),
      fileNamed: (path) => this.#ids.get(path),
      recipeOf: (step) => {
        const loaded = recipes[step.id];
        if (loaded === undefined) throw new Error(`no step ${step.id}`);
        return loaded.recipe;
      },
    };
  }

  /** Before anything else is looked at: the fields of another version are others. */
  #checkSchema(node: JsonNode & { readonly kind: "object" }): void {
    const schema = node.members.get(asBytes("schema"))?.value;
    if (schema?.kind === "string" && schema.text === graphSchema) return;
    const found = schema === undefined ? "the file names no schema" : `the schema is not "${graphSchema}"`;
    fail({
      code: "json/version",
      message: `${found}, the one that this unravel reads`,
      at:
        schema === undefined
          ? { file: this.#file, start: node.start, end: node.start + 1 }
          : spanOf(schema, this.#file),
      hint:
        schema === undefined
          ? `a graph begins with { "schema": "${graphSchema}", "steps": [`
          : "take the version of unravel that the graph was written for",
    });
  }

  #loadPools(fields: Fields): void {
    const node = optional(fields, "pools");
    if (node === undefined) return;
    if (node.kind !== "object") failType(node, "pools", "an object", this.#file);
    for (const [name, { value }] of node.members) {
      if (value.kind !== "number" || !Number.isSafeInteger(value.value) || value.value < 0)
        failType(value, `pools[${quoted(name)}]`, "a whole number from 0", this.#file);
      this.#pools.set(name, value.value);
    }
  }

  #loadStep(fields: Fields): void {
    const explicitOutputs = this.#paths(required(fields, "outputs"), fields, "outputs", "output");
    if (explicitOutputs.length === 0)
      failType(
        required(fields, "outputs"),
        `${fields.path}.outputs`,
        "a list of at least one path",
        this.#file,
      );
    const outputs = [...explicitOutputs, ...this.#list(fields, "implicitOutputs", "output")];
    const inputs = this.#list(fields, "inputs", "input");
    const command = this.#command(fields);
    const step: LoadedStep = {
      id: this.#steps.length as StepId,
      rule: optionalText(fields, "rule")?.text ?? asBytes(command === undefined ? "phony" : "command"),
      isPhony: command === undefined,
      outputs: outputs.map(({ id }) => id),
      explicitOutputs: explicitOutputs.length,
      inputs: [...inputs, ...this.#list(fields, "implicitInputs", "input")].map(({ id }) => id),
      explicitInputs: inputs.length,
      after: this.#list(fields, "after", "input").map(({ id }) => id),
      validations: this.#list(fields, "validations", "input").map(({ id }) => id),
      declaredAt: spanOf(outputs[0]?.node ?? fields.node, this.#file),
      recipe: this.#recipe(fields, command),
    };
    this.#steps.push(step);
    for (const { id, node, path } of outputs) {
      const other = this.#makers.get(id);
      if (other !== undefined) this.#failRepeated(path, node, other.id);
      this.#makers.set(id, step);
    }
  }

  #failRepeated(path: Bytes, node: JsonText, other: number): never {
    return fail({
      code: "json/duplicate-output",
      message: `${quoted(path)} is made by steps[${other}] already`,
      at: spanOf(node, this.#file),
      hint: "a file has one maker: join the steps, or let one write elsewhere",
    });
  }

  #recipe(fields: Fields, command: Bytes | undefined): Recipe {
    const depfile = optionalText(fields, "depfile");
    const pool = optionalText(fields, "pool");
    const response = optional(fields, "responseFile");
    if (pool !== undefined && !this.#pools.has(pool.text)) {
      fail({
        code: "json/unknown-pool",
        message: `there is no pool ${quoted(pool.text)}`,
        at: spanOf(pool, this.#file),
        hint: `pools: ${[...this.#pools.keys()].filter((name) => name !== "").join(", ")}`,
      });
    }
    return {
      command: command ?? asBytes(""),
      description: optionalText(fields, "description")?.text ?? asBytes(""),
      ...(depfile === undefined ? {} : { depfile: this.#pathOf(depfile, "output") }),
      ...(response === undefined
        ? {}
        : { responseFile: this.#responseFile(response, `${fields.path}.responseFile`) }),
      pool: pool?.text ?? asBytes(""),
      restat: false,
      generator: false,
    };
  }

  #responseFile(node: JsonNode, path: string): { readonly path: Bytes; readonly content: Bytes } {
    const fields = fieldsOf(node, path, ["path", "content"], this.#file);
    return {
      path: this.#pathOf(textOf(required(fields, "path"), `${path}.path`, this.#file), "output"),
      content: textOf(required(fields, "content"), `${path}.content`, this.#file).text,
    };
  }

  /** A command line for the shell, or words that are none of its business. */
  #command(fields: Fields): Bytes | undefined {
    const node = optional(fields, "command");
    const path = `${fields.path}.command`;
    if (node === undefined) return undefined;
    if (node.kind === "string" && node.text !== "") return textOf(node, path, this.#file).text;
    if (node.kind !== "array" || node.items.length === 0) {
      return failType(node, path, "a command for the shell or a list of words", this.#file);
    }
    const words = node.items.map((item, index) => textOf(item, `${path}[${index}]`, this.#file).text);
    return asBytes(words.map((word) => (word === "" ? "''" : shellQuote(word))).join(" "));
  }

  #list(fields: Fields, name: string, use: "input" | "output"): readonly NamedFile[] {
    const node = optional(fields, name);
    return node === undefined ? [] : this.#paths(node, fields, name, use);
  }

  #paths(node: JsonNode, fields: Fields, name: string, use: "input" | "output"): readonly NamedFile[] {
    const path = `${fields.path}.${name}`;
    if (node.kind !== "array") return failType(node, path, "a list of paths", this.#file);
    return node.items.map((item, index) => {
      const text = textOf(item, `${path}[${index}]`, this.#file);
      const name = this.#pathOf(text, use);
      let id = this.#ids.get(name);
      if (id === undefined) {
        id = this.#ids.size as FileId;
        this.#ids.set(name, id);
      }
      return { id, path: name, node: text };
    });
  }

  #pathOf(node: JsonText, use: "input" | "output"): Bytes {
    const path = canonicalizePath(node.text);
    if (path === "" || (use === "output" && path === ".")) {
      return fail({
        code: "json/path",
        message: path === "" ? "a path is empty" : `${quoted(node.text)} is the build directory itself`,
        at: spanOf(node, this.#file),
        hint: "name a file, relative to the build directory",
      });
    }
    if (this.#isInside(path, use)) return path;
    return fail({
      code: "json/path",
      message: `${quoted(node.text)} is outside the source tree`,
      at: spanOf(node, this.#file),
      hint:
        use === "output"
          ? "steps can write only below the source tree"
          : "name a file in the tree, relative to the build directory, or one in the Nix store",
    });
  }

  #target(node: JsonText): FileId {
    const id = this.#ids.get(canonicalizePath(node.text));
    if (id !== undefined) return id;
    return fail({
      code: "graph/no-such-target",
      message: `unknown target ${quoted(node.text)}`,
      at: spanOf(node, this.#file),
      hint: "defaults are outputs of steps",
    });
  }

  /** Input paths of a step as they are written. */
  #inputsOf(node: JsonNode | undefined): readonly JsonText[] {
    if (node === undefined) return [];
    const fields = fieldsOf(node, "", stepFields, this.#file);
    return ["inputs", "implicitInputs", "after"].flatMap((name) => textsOf(fields, name));
  }

  /** As for ninja: what nobody reads. */
  #unused(): readonly FileId[] {
    const used = new Set<FileId>();
    for (const step of this.#steps) for (const file of [...step.inputs, ...step.after]) used.add(file);
    return this.#steps.flatMap((step) => [...step.outputs].filter((file) => !used.has(file)));
  }
}

interface NamedFile {
  readonly id: FileId;
  readonly path: Bytes;
  readonly node: JsonText;
}
