// Everything a parsed manifest consists of, in integers: names, values and paths are interned, a build statement
// is a record in one array, and its files are a run in a chunk that never moves.

import { asBytes, type Bytes, toBuffer } from "../../graph/bytes.ts";
import { ByteTable } from "./byte-table.ts";
import { IntVector, RunStore } from "./int-vector.ts";
import { PathTable } from "./path-table.ts";

/** Names with a meaning of their own; their numbers in every name table. */
export const NAME = {
  in: 0,
  inNewline: 1,
  out: 2,
  command: 3,
  depfile: 4,
  dyndep: 5,
  description: 6,
  deps: 7,
  generator: 8,
  pool: 9,
  restat: 10,
  rspfile: 11,
  rspfileContent: 12,
  msvcDepsPrefix: 13,
  depth: 14,
  ninjaRequiredVersion: 15,
} as const;

const FIXED_NAMES: readonly string[] = [
  "in",
  "in_newline",
  "out",
  "command",
  "depfile",
  "dyndep",
  "description",
  "deps",
  "generator",
  "pool",
  "restat",
  "rspfile",
  "rspfile_content",
  "msvc_deps_prefix",
  "depth",
  "ninja_required_version",
];

/** True for the names a rule may bind (ninja: `Rule::IsReservedBinding`). */
export function isRuleKey(name: number): boolean {
  return name >= NAME.command && name <= NAME.msvcDepsPrefix;
}

/** The value of a variable that nobody set. */
export const EMPTY_VALUE = 0;

/** A rule's value: numbers >= 0 are text (a value), others the complement of a variable's name. */
export type Pieces = readonly number[];

export interface Rule {
  readonly name: Bytes;
  readonly isPhony: boolean;
  readonly bindings: Map<number, Pieces>;
}

/** Variables and rules of one manifest file, and of all it includes; `subninja` makes a child. */
export class Scope {
  readonly parent: Scope | undefined;
  /** Name -> value. */
  readonly variables: Map<number, number> = new Map();
  readonly rules: Map<number, Rule> = new Map();

  constructor(parent?: Scope) {
    this.parent = parent;
  }

  variable(name: number): number {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const value = scope.variables.get(name);
      if (value !== undefined) return value;
    }
    return EMPTY_VALUE;
  }

  rule(name: number): Rule | undefined {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.parent) {
      const rule = scope.rules.get(name);
      if (rule !== undefined) return rule;
    }
    return undefined;
  }
}

/** Fields of a build statement's record. */
export const EDGE = {
  /** Where its files are: outputs, inputs, order-only inputs, validations, one after the other. */
  chunk: 0,
  offset: 1,
  explicitOutputs: 2,
  outputs: 3,
  explicitInputs: 4,
  inputs: 5,
  orderOnly: 6,
  validations: 7,
  /** Its own bindings, in `Store.bindings`. */
  bindingsStart: 8,
  bindingsEnd: 9,
  /** The file it is waiting for, or -1. */
  dyndep: 10,
  /** The manifest it stands in, and where (unsigned). */
  manifest: 11,
  start: 12,
  end: 13,
} as const;
const EDGE_FIELDS = 14;

export class Store {
  readonly names: ByteTable = new ByteTable();
  readonly values: ByteTable = new ByteTable();
  readonly paths: PathTable = new PathTable();
  readonly root: Scope = new Scope();
  readonly phony: Rule = { name: asBytes("phony"), isPhony: true, bindings: new Map() };
  /** Name -> depth. */
  readonly pools: Map<Bytes, number> = new Map([
    [asBytes(""), 0],
    [asBytes("console"), 1],
  ]);
  /** Manifest files in the order they were opened. */
  readonly manifests: Bytes[] = [];
  /** Targets of `default` statements, as declared. */
  readonly defaults: number[] = [];
  /** Pairs of name and value; later pairs win. */
  readonly bindings: IntVector = new IntVector();
  /** File -> the edge that makes it, or -1; shorter than the list of files. */
  readonly producers: IntVector = new IntVector();
  /** Files that stopped being an input when a phony's reference to itself was dropped. */
  readonly droppedInputs: Set<number> = new Set();
  readonly runs: RunStore = new RunStore();
  private readonly edges = new IntVector();
  private readonly edgeRules: Rule[] = [];
  private readonly edgeScopes: Scope[] = [];
  private readonly edgePools: Bytes[] = [];

  constructor() {
    for (const name of FIXED_NAMES) this.nameOf(name);
    this.values.intern(new Uint8Array(0), 0, 0);
    this.root.rules.set(this.nameOf("phony"), this.phony);
  }

  nameOf(text: string): number {
    const bytes = new Uint8Array(toBuffer(asBytes(text)));
    return this.names.intern(bytes, 0, bytes.length);
  }

  get edgeCount(): number {
    return this.edgeRules.length;
  }

  /** A new record, all zero but for `dyndep`. */
  addEdge(rule: Rule, scope: Scope): number {
    const edge = this.edgeRules.length;
    this.edgeRules.push(rule);
    this.edgeScopes.push(scope);
    this.edgePools.push(asBytes(""));
    this.edges.reserve((edge + 1) * EDGE_FIELDS);
    this.edges.length = (edge + 1) * EDGE_FIELDS;
    this.setField(edge, EDGE.dyndep, -1);
    return edge;
  }

  field(edge: number, field: number): number {
    return this.edges.data[edge * EDGE_FIELDS + field] as number;
  }

  setField(edge: number, field: number, value: number): void {
    this.edges.data[edge * EDGE_FIELDS + field] = value;
  }

  ruleOf(edge: number): Rule {
    return this.edgeRules[edge] as Rule;
  }

  scopeOf(edge: number): Scope {
    return this.edgeScopes[edge] as Scope;
  }

  poolOf(edge: number): Bytes {
    return this.edgePools[edge] as Bytes;
  }

  setPool(edge: number, pool: Bytes): void {
    this.edgePools[edge] = pool;
  }

  producerOf(file: number): number {
    return file < this.producers.length ? this.producers.at(file) : -1;
  }

  setProducer(file: number, edge: number): void {
    while (this.producers.length <= file) this.producers.push(-1);
    this.producers.data[file] = edge;
  }

  /** The value an edge's own bindings give a name, or -1. */
  ownBinding(edge: number, name: number): number {
    const start = this.field(edge, EDGE.bindingsStart);
    const { data } = this.bindings;
    for (let i = this.field(edge, EDGE.bindingsEnd) - 2; i >= start; i -= 2) {
      if (data[i] === name) return data[i + 1] as number;
    }
    return -1;
  }

  /** True when the edge has bindings, and so a scope around them. */
  hasOwnScope(edge: number): boolean {
    return this.field(edge, EDGE.bindingsStart) < this.field(edge, EDGE.bindingsEnd);
  }

  /** The value a name has in the innermost scope of an edge, its own or that of its file, or -1. */
  innermost(edge: number, name: number): number {
    if (this.hasOwnScope(edge)) return this.ownBinding(edge, name);
    return this.scopeOf(edge).variables.get(name) ?? -1;
  }
}
