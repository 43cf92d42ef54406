// A loaded manifest: the build graph, and what the language has beyond it. A view over `Store`; lists and
// recipes are made when asked for.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { Span } from "../../graph/diagnostic.ts";
import type { BuildGraph, FileId, FileIds, Recipe, Step, StepId } from "../../graph/graph.ts";
import type { NinjaDiagnostic } from "./error.ts";
import { expandBinding, spanOf } from "./expand.ts";
import { EDGE, NAME, type Pieces, type Rule, type Scope, type Store } from "./store.ts";

/** One piece of a value that is not expanded yet. */
export type ValuePiece =
  | { readonly kind: "text"; readonly text: Bytes }
  | { readonly kind: "variable"; readonly name: Bytes };

export interface NinjaRule {
  readonly name: Bytes;
  /** As written, in byte order of the names; bindings without a value are left out. */
  readonly bindings: ReadonlyMap<Bytes, readonly ValuePiece[]>;
}

/** What a Ninja manifest says: a `BuildGraph`, plus rules, variables and warnings. */
export interface NinjaManifest extends BuildGraph {
  /** Every file read, in order of first opening; the entry is the first. A file read twice is listed twice. */
  readonly manifests: readonly Bytes[];
  /** Rules of the root scope, those of included files among them, without `phony`; in byte order. */
  readonly rules: ReadonlyMap<Bytes, NinjaRule>;
  /** Variables of the root scope with their last values, in byte order. */
  readonly variables: ReadonlyMap<Bytes, Bytes>;
  /** The targets of `default` statements, with repeats. `defaults` falls back to all files nobody uses. */
  readonly declaredDefaults: readonly FileId[];
  /** False for a graph where every output is also an input, so that there is nothing to build by default. */
  readonly hasDefaults: boolean;
  readonly warnings: readonly NinjaDiagnostic[];
  /**
   * Any variable as the rule of a step sees it, for instance "msvc_deps_prefix"; empty when nobody set it.
   * `in` and `out` are quoted for the shell, as in `Recipe.command`.
   */
  bindingOf(step: Step, name: Bytes): Bytes;
  /** Internal: what `applyDyndep` and `factsOf` work on. */
  readonly layers: Layers;
}

/** The store, and what dyndep files added to it. */
export interface Layers {
  readonly store: Store;
  readonly dyndeps: ReadonlyMap<number, DyndepLayer>;
  /** Files that only dyndep files mention; ids follow those of the store. */
  readonly moreFiles: ReadonlyMap<Bytes, FileId>;
  readonly moreProducers: ReadonlyMap<number, number>;
  /** Scopes in which a dyndep file's `restat` landed because the edge has no scope of its own. */
  readonly restatScopes: ReadonlySet<Scope>;
}

/** What dyndep files added to one edge. */
export interface DyndepLayer {
  readonly outputs: readonly FileId[];
  readonly inputs: readonly FileId[];
  readonly restat: boolean;
}

export class Manifest implements NinjaManifest {
  readonly files: readonly Bytes[];
  readonly steps: readonly Step[];
  readonly warnings: readonly NinjaDiagnostic[];
  readonly layers: Layers;
  private defaultFiles: readonly FileId[] | undefined;

  constructor(layers: Layers, warnings: readonly NinjaDiagnostic[]) {
    this.layers = layers;
    this.warnings = warnings;
    const { store, moreFiles, dyndeps } = layers;
    const files = store.paths.names();
    for (const file of moreFiles.keys()) files.push(file);
    this.files = files;
    const steps: Step[] = [];
    for (let edge = 0; edge < store.edgeCount; edge++) {
      const layer = dyndeps.get(edge);
      const step = new NinjaStep(store, edge);
      steps.push(layer === undefined ? step : extendStep(step, layer));
    }
    this.steps = steps;
  }

  get manifests(): readonly Bytes[] {
    return this.layers.store.manifests;
  }

  get pools(): ReadonlyMap<Bytes, number> {
    return this.layers.store.pools;
  }

  get declaredDefaults(): readonly FileId[] {
    return this.layers.store.defaults as readonly number[] as readonly FileId[];
  }

  get defaults(): readonly FileId[] {
    if (this.declaredDefaults.length > 0) return this.declaredDefaults;
    this.defaultFiles ??= this.unusedOutputs();
    return this.defaultFiles;
  }

  get hasDefaults(): boolean {
    return this.defaults.length > 0 || this.steps.length === 0;
  }

  get variables(): ReadonlyMap<Bytes, Bytes> {
    const { store, restatScopes } = this.layers;
    const found = new Map<Bytes, Bytes>();
    for (const [name, value] of store.root.variables)
      found.set(store.names.text(name), store.values.text(value));
    if (restatScopes.has(store.root)) found.set(asBytes("restat"), asBytes("1"));
    return inOrder(found);
  }

  get rules(): ReadonlyMap<Bytes, NinjaRule> {
    const found = new Map<Bytes, NinjaRule>();
    for (const rule of this.layers.store.root.rules.values()) {
      if (!rule.isPhony) found.set(rule.name, this.describe(rule));
    }
    return inOrder(found);
  }

  producerOf(file: FileId): Step | undefined {
    const { store, moreProducers } = this.layers;
    const edge = moreProducers.get(file) ?? store.producerOf(file);
    return edge === -1 ? undefined : this.steps[edge];
  }

  fileNamed(path: Bytes): FileId | undefined {
    const file = this.layers.store.paths.find(path);
    return file === -1 ? this.layers.moreFiles.get(path) : (file as FileId);
  }

  recipeOf(step: Step): Recipe {
    const { store } = this.layers;
    const text = (name: number, isQuoted = true) => expandBinding(store, step.id, name, isQuoted);
    const depfile = text(NAME.depfile, false);
    const deps = text(NAME.deps);
    const dyndep = store.field(step.id, EDGE.dyndep);
    const path = text(NAME.rspfile, false);
    return {
      command: step.isPhony ? asBytes("") : text(NAME.command),
      description: text(NAME.description),
      ...(depfile === "" ? {} : { depfile }),
      ...(deps === "" ? {} : { deps }),
      ...(dyndep === -1 ? {} : { dyndep: dyndep as FileId }),
      ...(path === "" ? {} : { responseFile: { path, content: text(NAME.rspfileContent) } }),
      pool: store.poolOf(step.id),
      restat: this.restatOf(step.id) !== "",
      generator: this.isGenerator(step),
    };
  }

  isGenerator(step: Step): boolean {
    return expandBinding(this.layers.store, step.id, NAME.generator, true) !== "";
  }

  bindingOf(step: Step, name: Bytes): Bytes {
    const { store } = this.layers;
    if (name === "restat") return this.restatOf(step.id);
    return expandBinding(store, step.id, store.nameOf(name), true);
  }

  /** `restat`, which a dyndep file sets over whatever the edge said. */
  private restatOf(edge: number): Bytes {
    const { store, dyndeps, restatScopes } = this.layers;
    if (dyndeps.get(edge)?.restat === true) return asBytes("1");
    if (restatScopes.size > 0 && leaksInto(store, edge, restatScopes)) return asBytes("1");
    return expandBinding(store, edge, NAME.restat, true);
  }

  /** Outputs that are nobody's input, in order; a validation is no use (ninja: `State::RootNodes`). */
  private unusedOutputs(): FileId[] {
    const isUsed = new Uint8Array(this.files.length);
    for (const file of this.layers.store.droppedInputs) isUsed[file] = 1;
    for (const step of this.steps) {
      for (const file of step.inputs) isUsed[file] = 1;
      for (const file of step.after) isUsed[file] = 1;
    }
    const unused: FileId[] = [];
    for (const step of this.steps) {
      for (const file of step.outputs) if (isUsed[file] === 0) unused.push(file);
    }
    return unused;
  }

  private describe(rule: Rule): NinjaRule {
    const { names, values } = this.layers.store;
    const bindings = new Map<Bytes, readonly ValuePiece[]>();
    const piecesOf = (pieces: Pieces): ValuePiece[] =>
      pieces.map((piece) =>
        piece >= 0
          ? { kind: "text", text: values.text(piece) }
          : { kind: "variable", name: names.text(~piece) },
      );
    for (const [name, pieces] of rule.bindings) {
      if (pieces.length > 0) bindings.set(names.text(name), piecesOf(pieces));
    }
    return { name: rule.name, bindings: inOrder(bindings) };
  }
}

/** A view of one record of the store. Lists are views too: keep them in a variable where a loop reads them. */
class NinjaStep implements Step {
  readonly id: StepId;
  private readonly store: Store;

  constructor(store: Store, edge: number) {
    this.store = store;
    this.id = edge as StepId;
  }

  get rule(): Bytes {
    return this.store.ruleOf(this.id).name;
  }

  get isPhony(): boolean {
    return this.store.ruleOf(this.id).isPhony;
  }

  get explicitOutputs(): number {
    return this.store.field(this.id, EDGE.explicitOutputs);
  }

  get explicitInputs(): number {
    return this.store.field(this.id, EDGE.explicitInputs);
  }

  get outputs(): FileIds {
    return this.list(0, EDGE.outputs);
  }

  get inputs(): FileIds {
    return this.list(1, EDGE.inputs);
  }

  get after(): FileIds {
    return this.list(2, EDGE.orderOnly);
  }

  get validations(): FileIds {
    return this.list(3, EDGE.validations);
  }

  get declaredAt(): Span {
    return spanOf(this.store, this.id);
  }

  /** The list with `before` others in front of it. */
  private list(before: number, length: number): FileIds {
    const { store, id } = this;
    const count = store.field(id, length);
    if (count === 0) return NO_FILES;
    let start = store.field(id, EDGE.offset);
    if (before > 0) start += store.field(id, EDGE.outputs);
    if (before > 1) start += store.field(id, EDGE.inputs);
    if (before > 2) start += store.field(id, EDGE.orderOnly);
    return fileIds(store.runs.view(store.field(id, EDGE.chunk), start, start + count));
  }
}

const NO_FILES: FileIds = [];

/** The brand of ids costs nothing: a typed array of integers already is a list of them. */
function fileIds(integers: Int32Array): FileIds {
  return integers as Iterable<number> as FileIds;
}

/** The step with what a dyndep file adds: implicit outputs, and implicit inputs before the order-only ones. */
function extendStep(step: Step, layer: DyndepLayer): Step {
  return {
    id: step.id,
    rule: step.rule,
    isPhony: step.isPhony,
    outputs: [...step.outputs, ...layer.outputs],
    explicitOutputs: step.explicitOutputs,
    inputs: [...step.inputs, ...layer.inputs],
    explicitInputs: step.explicitInputs,
    after: step.after,
    validations: step.validations,
    declaredAt: step.declaredAt,
  };
}

/** Ninja sets `restat` in the edge's scope, which is its file's scope unless the edge has bindings. */
function leaksInto(store: Store, edge: number, scopes: ReadonlySet<Scope>): boolean {
  if (!store.hasOwnScope(edge) && scopes.has(store.scopeOf(edge))) return true;
  if (store.innermost(edge, NAME.restat) !== -1) return false;
  if (store.ruleOf(edge).bindings.has(NAME.restat)) return false;
  for (let scope: Scope | undefined = store.scopeOf(edge); scope !== undefined; scope = scope.parent) {
    if (scopes.has(scope)) return true;
    if (scope.variables.has(NAME.restat)) return false;
  }
  return false;
}

function inOrder<V>(map: ReadonlyMap<Bytes, V>): ReadonlyMap<Bytes, V> {
  return new Map([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
