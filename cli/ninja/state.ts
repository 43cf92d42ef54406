// The loaded manifest as ninja's procedure needs it: nodes and edges made when they are first asked for, so that a
// build of one target of a large graph touches little of it (ninja: `State`).

import { sha256 } from "../../emit/hash.ts";
import { applyDyndep } from "../../generators/ninja/dyndep.ts";
import type { NinjaManifest } from "../../generators/ninja/load.ts";
import type { FileContent } from "../../generators/ninja/parse.ts";
import { EDGE } from "../../generators/ninja/store.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { FileId, FileIds, Recipe, Step } from "../../graph/graph.ts";
import { refuseBuild } from "./failure.ts";
import { Edge, Node } from "./node.ts";
import { Pool } from "./pool.ts";
import { spellcheck } from "./spellcheck.ts";

/** What is asked of an edge more than once, evaluated once: the rest of a recipe may be long. */
export interface EdgeFacts {
  /** sha256 of the command and its response file. */
  readonly commandHash: Bytes;
  /** "gcc", "msvc", or "" for an edge whose depfile stays where it is. */
  readonly deps: Bytes;
  /** "" when there is none. */
  readonly depfile: Bytes;
  readonly isGenerator: boolean;
  readonly isRestat: boolean;
  /** It runs a tool of ninja: generators write their target `clean` so. */
  readonly isNinjaTool: boolean;
}

export class State {
  /** As it is written, without what dyndep files add. */
  readonly written: NinjaManifest;
  /** With every dyndep file that was read. */
  manifest: NinjaManifest;
  /** The variable `builddir`; "" is the working directory. */
  readonly buildDirectory: Bytes;
  readonly #byFile: (Node | undefined)[] = [];
  /** Nodes of files that only recorded dependencies name, and of those that dyndep files add. */
  readonly #extra = new Map<Bytes, Node>();
  readonly #edges: (Edge | undefined)[] = [];
  #facts: (EdgeFacts | undefined)[] = [];
  readonly #pools = new Map<Bytes, Pool>();
  readonly #dyndepFiles = new Set<Node>();
  readonly #fileCount: number;
  #nodeCount = 0;

  constructor(manifest: NinjaManifest) {
    this.written = manifest;
    this.manifest = manifest;
    this.#fileCount = manifest.files.length;
    this.buildDirectory = manifest.variables.get(asBytes("builddir")) ?? asBytes("");
    for (const [name, depth] of manifest.pools) this.#pools.set(name, new Pool(name, depth));
  }

  get edgeCount(): number {
    return this.manifest.steps.length;
  }

  /** All edges, in order of declaration. From then on every node knows all edges that read it, in that order. */
  allEdges(): readonly Edge[] {
    return this.manifest.steps.map((step) => this.edge(step.id));
  }

  edge(id: number): Edge {
    const known = this.#edges[id];
    if (known !== undefined) return known;
    const step = this.manifest.steps[id];
    if (step === undefined) throw new Error(`no step ${id}`);
    const edge = this.#makeEdge(step);
    this.#edges[id] = edge;
    for (const input of edge.inputs) input.outEdges.push(edge);
    for (const node of edge.validations) node.validationOutEdges.push(edge);
    return edge;
  }

  recipeOf(edge: Edge): Recipe {
    return this.manifest.recipeOf(edge.step);
  }

  factsOf(edge: Edge): EdgeFacts {
    const known = this.#facts[edge.id];
    if (known !== undefined) return known;
    const recipe = this.manifest.recipeOf(edge.step);
    // A rule has both or neither; a build statement may set the content alone.
    const content = recipe.responseFile?.content ?? this.binding(edge, "rspfile_content");
    const text = content === "" ? recipe.command : asBytes(`${recipe.command};rspfile=${content}`);
    const facts: EdgeFacts = {
      commandHash: sha256(text),
      deps: recipe.deps ?? asBytes(""),
      depfile: recipe.depfile ?? asBytes(""),
      isGenerator: recipe.generator,
      isRestat: recipe.restat,
      isNinjaTool: /^(\S*\/)?(ninja|ninja-build|samu|unravel-ninja(\.mjs)?)\s(.*\s)?-t\s/.test(
        recipe.command,
      ),
    };
    this.#facts[edge.id] = facts;
    return facts;
  }

  binding(edge: Edge, name: string): Bytes {
    return this.manifest.bindingOf(edge.step, asBytes(name));
  }

  /** The node of a canonical path, if anything names it. */
  lookup(path: Bytes): Node | undefined {
    const file = this.manifest.fileNamed(path);
    if (file !== undefined && file < this.#fileCount) return this.#node(file);
    return this.#extra.get(path);
  }

  /** The node of a canonical path that a dependency names. */
  nodeFor(path: Bytes): Node {
    const known = this.lookup(path);
    if (known !== undefined) return known;
    const node = new Node(this, path, this.#nodeCount++, -1);
    node.isFromDeps = true;
    this.#extra.set(path, node);
    return node;
  }

  /** The nearest of all names. */
  suggest(path: Bytes): Bytes | undefined {
    return spellcheck(path, [...this.manifest.files, ...this.#extra.keys()]);
  }

  /** Targets of `default` statements, or all outputs that nobody reads. */
  defaultNodes(): readonly Node[] {
    if (!this.manifest.hasDefaults) this.#refuseRoots();
    return this.manifest.defaults.map((id) => this.#node(id));
  }

  /** Outputs that nobody reads. */
  rootNodes(): readonly Node[] {
    const edges = this.allEdges();
    const { droppedInputs } = this.manifest.layers.store;
    const isRoot = (node: Node): boolean => {
      const file = this.manifest.fileNamed(node.path);
      return node.outEdges.length === 0 && (file === undefined || !droppedInputs.has(file));
    };
    const roots = edges.flatMap((edge) => edge.outputs.filter(isRoot));
    if (edges.length > 0 && roots.length === 0) this.#refuseRoots();
    return roots;
  }

  #refuseRoots(): never {
    return refuseBuild("could not determine root nodes of build graph");
  }

  /** Applies what a dyndep file says, and tells which edges it is about (ninja: `DyndepLoader::LoadDyndeps`). */
  loadDyndep(node: Node, readFile: (path: Bytes) => FileContent): ReadonlyMap<Edge, readonly Node[]> {
    node.isDyndepPending = false;
    const before = this.manifest.layers.dyndeps;
    const manifest = applyDyndep(this.manifest, node.path, readFile);
    const added = new Map<Edge, readonly Node[]>();
    for (const [id, layer] of manifest.layers.dyndeps) {
      const known = before.get(id);
      if (known === layer) continue;
      const edge = this.edge(id);
      const names = (files: readonly FileId[], count: number): readonly Node[] =>
        files.slice(count).map((file) => this.#dyndepNode(manifest.files[file] ?? asBytes("")));
      for (const output of names(layer.outputs, known?.outputs.length ?? 0)) {
        output.producer = id;
        edge.outputs.push(output);
      }
      const inputs = names(layer.inputs, known?.inputs.length ?? 0);
      edge.addInputs(inputs);
      added.set(edge, inputs);
    }
    this.manifest = manifest;
    // A dyndep file may set `restat`, and of more edges than it names.
    this.#facts = [];
    return added;
  }

  /** Forgets what an earlier build found out, so that another can look again. */
  reset(): void {
    for (const node of this.#byFile) node?.reset();
    for (const node of this.#extra.values()) node.reset();
    for (const edge of this.#edges) {
      if (edge === undefined) continue;
      edge.areOutputsReady = false;
      edge.areDepsLoaded = false;
      edge.mark = "none";
    }
  }

  #node(file: FileId): Node {
    const known = this.#byFile[file];
    if (known !== undefined) return known;
    const path = this.manifest.files[file] ?? asBytes("");
    const node = new Node(this, path, this.#nodeCount++, this.manifest.producerOf(file)?.id ?? -1);
    this.#byFile[file] = node;
    return node;
  }

  #dyndepNode(path: Bytes): Node {
    const node = this.nodeFor(path);
    node.isFromDeps = false;
    return node;
  }

  #makeEdge(step: Step): Edge {
    const { store } = this.manifest.layers;
    const pool = store.poolOf(step.id);
    const dyndep = store.field(step.id, EDGE.dyndep);
    const inputs = this.#nodes(step.inputs);
    inputs.push(...this.#nodes(step.after));
    const nodes = {
      outputs: this.#nodes(step.outputs),
      inputs,
      validations: this.#nodes(step.validations),
      dyndep: dyndep === -1 ? undefined : this.#dyndepFile(dyndep as FileId),
    };
    return new Edge(this, step, nodes, this.#pools.get(pool) ?? new Pool(asBytes(""), 0));
  }

  #dyndepFile(file: FileId): Node {
    const node = this.#node(file);
    if (!this.#dyndepFiles.has(node)) node.isDyndepPending = true;
    this.#dyndepFiles.add(node);
    return node;
  }

  #nodes(files: FileIds): Node[] {
    const nodes: Node[] = [];
    for (let i = 0; i < files.length; i++) nodes.push(this.#node(files[i] as FileId));
    return nodes;
  }
}
