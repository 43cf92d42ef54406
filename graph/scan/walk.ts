// The walk over what one unit reaches: nodes are shared by all units with the same flags, the walk is not.

import { asBytes, type Bytes } from "../bytes.ts";
import type { Reference } from "./directives.ts";
import type { Directory, FileRecord, FileSystem } from "./file-system.ts";
import type { CompileInvocation } from "./invocation.ts";
import { LazyResult, type ScanResult } from "./scan-result.ts";
import type { Place, SearchPath } from "./search.ts";

/** A file as one search path sees it. */
export interface Node {
  readonly record: FileRecord;
  readonly search: SearchPath;
  readonly position: number;
  stamp: number;
  /** Of all references together; `undefined` until somebody gets here. */
  edges: Edges | undefined;
  /** Of each reference. */
  readonly referred: Edges[];
  /** Whoever reads it reads, whatever the conditions, a file that is not there yet or not understood. */
  isDark: boolean | undefined;
}

export interface Edges {
  /** Belongs to the walk that is running. */
  stamp: number;
  readonly children: readonly Node[];
  /** Needed, not scanned. */
  readonly leaves: readonly FileRecord[];
  /** Names that are not beside the file itself. */
  readonly ownAbsent: readonly Bytes[];
  readonly missed: readonly Missed[];
  readonly unresolved: readonly Reference[];
  readonly macros: readonly Reference[];
  readonly passed: readonly Bytes[];
}

/** A name and where it was looked for in vain. */
export interface Missed {
  readonly name: Bytes;
  readonly absentIn: readonly Directory[];
}

export interface EdgeLists {
  stamp: number;
  children: Node[];
  leaves: FileRecord[];
  ownAbsent: Bytes[];
  missed: Missed[];
  unresolved: Reference[];
  macros: Reference[];
  passed: Bytes[];
  perhaps: Place[];
}

/** Lists to be filled. */
export function emptyEdges(): EdgeLists {
  return {
    children: [],
    leaves: [],
    ownAbsent: [],
    missed: [],
    unresolved: [],
    macros: [],
    passed: [],
    perhaps: [],
    stamp: 0,
  };
}

const NONE: readonly never[] = [];

/** The same with nothing to be filled; what is empty is shared. */
export function filledEdges(lists: EdgeLists): Edges {
  const { children, leaves, ownAbsent, missed, unresolved, macros, passed } = lists;
  return {
    children: children.length === 0 ? NONE : children,
    leaves: leaves.length === 0 ? NONE : leaves,
    ownAbsent: ownAbsent.length === 0 ? NONE : ownAbsent,
    missed: missed.length === 0 ? NONE : missed,
    unresolved: unresolved.length === 0 ? NONE : unresolved,
    macros: macros.length === 0 ? NONE : macros,
    passed: passed.length === 0 ? NONE : passed,
    stamp: 0,
  };
}

export interface WaitingMacro {
  readonly node: Node;
  readonly reference: Reference;
  readonly names: Map<string, Bytes>;
  isFound: boolean;
  isComplete: boolean;
}

const closures = new WeakMap<Node, readonly Bytes[]>();

/** The walk of one unit. */
export class Walk {
  readonly visited: Node[] = [];
  readonly macros: WaitingMacro[] = [];
  readonly searches: Set<SearchPath> = new Set();
  private readonly extra: { node: Node; edges: Edges }[] = [];
  private readonly records: FileRecord[] = [];
  private readonly waiting: Node[] = [];
  private readonly edgesOf: (node: Node) => Edges;
  private readonly stamp: number;
  private readonly isPartial: boolean;
  private files: ReadonlySet<Bytes> | undefined;

  /** `stamp` must be new: it marks what this walk has seen. `isPartial`: edges are taken one by one. */
  constructor(edgesOf: (node: Node) => Edges, stamp: number, isPartial = false) {
    this.edgesOf = edgesOf;
    this.stamp = stamp;
    this.isPartial = isPartial;
  }

  push(node: Node): void {
    if (node.stamp === this.stamp) return;
    node.stamp = this.stamp;
    this.waiting.push(node);
  }

  leaf(record: FileRecord): void {
    if (record.stamp === this.stamp) return;
    record.stamp = this.stamp;
    this.records.push(record);
  }

  /** Adds edges that belong to this unit alone. */
  add(node: Node, edges: Edges): void {
    if (this.isPartial) {
      this.take(node, edges);
      return;
    }
    this.extra.push({ node, edges });
    this.follow(edges);
  }

  /** Visits a file whose edges are taken one by one. */
  visit(node: Node): void {
    if (node.stamp === this.stamp) return;
    node.stamp = this.stamp;
    this.visited.push(node);
    this.leaf(node.record);
  }

  /** One reference of a visited file. */
  take(node: Node, edges: Edges): void {
    if (edges.stamp === this.stamp) return;
    edges.stamp = this.stamp;
    this.extra.push({ node, edges });
    for (const record of edges.leaves) this.leaf(record);
  }

  run(): void {
    for (let node = this.waiting.pop(); node !== undefined; node = this.waiting.pop()) {
      this.visited.push(node);
      this.leaf(node.record);
      const edges = this.edgesOf(node);
      for (const reference of edges.macros) {
        this.macros.push({ node, reference, names: new Map(), isFound: false, isComplete: true });
      }
      this.follow(edges);
    }
  }

  /** Names of foreign.ts that the files of this walk define, where `defined` are. */
  foreignDefinitions(defined: number): number {
    let found = 0;
    for (const { record, search } of this.visited) {
      for (const { bit, guard } of record.directives[search.family.id]?.foreign ?? []) {
        if (guard === 0 || (guard & defined) !== 0) found |= bit;
      }
    }
    return found;
  }

  private follow(edges: Edges): void {
    for (const child of edges.children) this.push(child);
    for (const record of edges.leaves) this.leaf(record);
  }

  result(fs: FileSystem, invocation: CompileInvocation): ScanResult {
    const files: Bytes[] = [];
    const generated: Bytes[] = [];
    const missing: Bytes[] = [];
    const toolchain = new Set<Bytes>();
    const unscanned = new Set<Bytes>();
    for (const { path, state } of this.records) {
      if (state === "file") files.push(path);
      else if (state === "generated") generated.push(path);
      else if (state === "absent") missing.push(path);
      else if (fs.isToolchain(path)) toolchain.add(path);
    }
    for (const search of this.searches) for (const path of search.toolchain) toolchain.add(path);
    for (const path of invocation.otherDirectories) {
      if (!fs.isInside(path) && fs.isToolchain(path)) toolchain.add(path);
    }
    if (generated.length > 0) {
      for (const { record } of this.visited) if (record.state === "generated") unscanned.add(record.path);
    }
    return new LazyResult(
      this,
      fs,
      // The default order compares char codes, which are bytes.
      {
        files: files.sort(),
        generated: generated.sort(),
        unscanned: [...unscanned].sort(),
        toolchain: [...toolchain].sort(),
      },
      missing,
      [...invocation.otherDirectories, ...(invocation.passed.get(asBytes("")) ?? [])].filter(
        (path) => fs.isInside(path) && fs.hasDirectory(path),
      ),
    );
  }

  /**
   * A file that was reached and all that it includes, of what this unit reaches: whoever has the same flags and macros
   * has the same. What a macro stands for may be another file in another unit, and is left out.
   */
  closureOf(path: Bytes): readonly Bytes[] {
    const start = this.visited.find(({ record }) => record.path === path);
    if (start === undefined) return [];
    const closure = this.wholeClosure(start);
    if (!this.isPartial) return closure;
    this.files ??= new Set(this.records.map((record) => record.path));
    return closure.filter((file) => this.files?.has(file));
  }

  private wholeClosure(start: Node): readonly Bytes[] {
    const known = closures.get(start);
    if (known !== undefined) return known;
    const nodes = new Set([start]);
    const records = new Set<FileRecord>();
    for (const node of nodes) {
      records.add(node.record);
      const { children, leaves } = this.edgesOf(node);
      for (const child of children) nodes.add(child);
      for (const leaf of leaves) records.add(leaf);
    }
    const files = [...records].filter(({ state }) => state === "file").map((record) => record.path);
    const closure = files.sort();
    closures.set(start, closure);
    return closure;
  }

  *edges(): Generator<{ readonly node: Node; readonly edges: Edges }> {
    yield* this.extra;
    if (this.isPartial) return;
    for (const node of this.visited) if (node.edges !== undefined) yield { node, edges: node.edges };
  }
}
