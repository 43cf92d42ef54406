// A build graph under construction: names become ids, steps are numbered as they come.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { Span } from "../../graph/diagnostic.ts";
import type { BuildGraph, FileId, Recipe, Step, StepId } from "../../graph/graph.ts";

export interface NewStep {
  readonly rule: Bytes;
  readonly outputs: readonly Bytes[];
  readonly inputs: readonly Bytes[];
  readonly after: readonly Bytes[];
  readonly recipe?: Recipe;
  readonly declaredAt: Span;
}

const phonyRecipe: Recipe = {
  command: asBytes(""),
  description: asBytes(""),
  pool: asBytes(""),
  restat: false,
  generator: false,
};

export class GraphBuilder {
  readonly #files: Bytes[] = [];
  readonly #ids = new Map<Bytes, FileId>();
  readonly #steps: Step[] = [];
  readonly #recipes: Recipe[] = [];
  readonly #producers = new Map<FileId, Step>();

  fileNamed(name: Bytes): FileId {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const id = this.#files.length as FileId;
    this.#files.push(name);
    this.#ids.set(name, id);
    return id;
  }

  /** A step without a recipe is a phony. */
  add(step: NewStep): void {
    const ids = (names: readonly Bytes[]): readonly FileId[] => [
      ...new Set(names.map((name) => this.fileNamed(name))),
    ];
    const outputs = ids(step.outputs);
    const inputs = ids(step.inputs);
    const made: Step = {
      id: this.#steps.length as StepId,
      rule: step.recipe === undefined ? asBytes("phony") : step.rule,
      isPhony: step.recipe === undefined,
      outputs,
      explicitOutputs: outputs.length,
      inputs,
      explicitInputs: inputs.length,
      after: ids(step.after),
      validations: [],
      declaredAt: step.declaredAt,
    };
    this.#steps.push(made);
    this.#recipes.push(step.recipe ?? phonyRecipe);
    for (const output of outputs) this.#producers.set(output, made);
  }

  finish(defaults: readonly Bytes[]): BuildGraph {
    const wanted = defaults.map((name) => this.fileNamed(name));
    return {
      files: this.#files,
      steps: this.#steps,
      defaults: wanted,
      pools: new Map(),
      producerOf: (file) => this.#producers.get(file),
      fileNamed: (path) => this.#ids.get(path),
      recipeOf: (step) => this.#recipes[step.id] ?? phonyRecipe,
    };
  }
}
