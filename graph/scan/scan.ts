// Which files a compile command may read: everything it can reach by inclusion, whatever the preprocessor would
// decide. One scanner serves a whole graph: files are read once, names are looked up once per search path, and a
// unit costs only the walk over what it reaches.

import { asBytes, type Bytes, compareBytes } from "../bytes.ts";
import { type Definition, parseCommandDefinition, parseDefinitions } from "./definitions.ts";
import { detach, NO_DIRECTIVES, type Reference, type ReferenceKind } from "./directives.ts";
import { type Family, familyOf } from "./family.ts";
import { type FileRecord, FileSystem, type ScannerOptions } from "./file-system.ts";
import type { CompileInvocation } from "./invocation.ts";
import { expandOperand } from "./macro.ts";
import { parentOf } from "./path.ts";
import {
  NO_DIRECTORY,
  OWN_DIRECTORY,
  passedDirectories,
  type Resolution,
  SearchPath,
  searchKey,
} from "./search.ts";

export type { ScannerOptions } from "./file-system.ts";

export interface UnresolvedInclude {
  /** As spelled. */
  readonly name: Bytes;
  readonly form: "quote" | "angle";
  /** A file that asks for it. */
  readonly from: Bytes;
}

export interface MacroInclude {
  readonly from: Bytes;
  readonly kind: ReferenceKind;
  /** As spelled: `CONFIG_H`, `STR(x)`. */
  readonly operand: Bytes;
  /** The names it was taken to mean; empty when no definition was found. */
  readonly names: readonly Bytes[];
  /** False when it may mean more: nothing was found, or there was no end to it. */
  readonly isResolved: boolean;
}

/** All lists are sorted by byte and hold no repeats; paths are absolute and normalised. */
export interface ScanResult {
  /** Below the roots, there now, and may be read. Holds the sources. */
  readonly files: readonly Bytes[];
  /** Reached, made by some step, not readable yet: what they include is unknown. */
  readonly generated: readonly Bytes[];
  /** Looked for and not there, before something was found or in vain. */
  readonly absent: readonly Bytes[];
  /** Directories that lookups need although nothing in them may be read. */
  readonly directories: readonly Bytes[];
  /** Below a toolchain root: directories that are searched, and files named absolutely. */
  readonly toolchain: readonly Bytes[];
  /** In no directory below the roots: the toolchain's own headers, or really missing. By name, then form. */
  readonly unresolved: readonly UnresolvedInclude[];
  readonly macroIncludes: readonly MacroInclude[];
  /** Modules (C++20, Fortran) that are used and those that are defined. */
  readonly imports: readonly Bytes[];
  readonly provides: readonly Bytes[];
}

export interface Scanner {
  scan(invocation: CompileInvocation): ScanResult;
}

/** Makes a scanner over one state of the tree; it remembers every answer it got. */
export function createScanner(options: ScannerOptions): Scanner {
  return new IncludeScanner(options);
}

/** A file as one search path sees it. */
interface Node {
  readonly record: FileRecord;
  readonly search: SearchPath;
  readonly position: number;
  stamp: number;
  /** `undefined` until somebody gets here. */
  edges: Edges | undefined;
}

interface Edges {
  readonly children: readonly Node[];
  /** Needed, not scanned. */
  readonly leaves: readonly FileRecord[];
  /** Not there beside the file itself. */
  readonly ownAbsent: readonly FileRecord[];
  readonly resolutions: readonly Resolution[];
  readonly unresolved: readonly Reference[];
  readonly macros: readonly Reference[];
  readonly passed: readonly Bytes[];
}

interface EdgeLists {
  children: Node[];
  leaves: FileRecord[];
  ownAbsent: FileRecord[];
  resolutions: Resolution[];
  unresolved: Reference[];
  macros: Reference[];
  passed: Bytes[];
}

interface SearchState {
  readonly search: SearchPath;
  readonly nodes: Map<FileRecord, Node>;
  /** Nodes of files that use `#include_next`: where they were found matters. */
  readonly placed: Map<FileRecord, Map<number, Node>>;
}

class IncludeScanner implements Scanner {
  private readonly fs: FileSystem;
  private readonly names = new Map<string, Bytes>();
  private readonly searches = new Map<string, SearchState>();
  private readonly states = new Map<SearchPath, SearchState>();
  private stamp = 0;

  constructor(options: ScannerOptions) {
    this.fs = new FileSystem(options);
  }

  scan(invocation: CompileInvocation): ScanResult {
    this.stamp++;
    const walk = new Walk(this, this.stamp);
    let forcedIn: SearchState | undefined;
    for (const source of invocation.sources) {
      const state = this.stateFor(invocation, familyOf(source.language));
      walk.searches.add(state.search);
      const record = this.fs.record(source.path);
      this.load(record, state.search.family);
      if (record.state === "outside" || record.state === "absent") walk.leaf(record);
      else walk.push(this.node(state, record, NO_DIRECTORY));
      // Several sources of one language share the forced includes.
      if (forcedIn === state) continue;
      forcedIn = state;
      for (const name of invocation.forced) this.force(state, name, walk);
    }
    for (const path of invocation.files) walk.leaf(this.fs.record(path));
    walk.run();
    this.expandMacros(invocation, walk);
    return walk.result(this.fs, invocation);
  }

  edgesOf(node: Node): Edges {
    node.edges ??= this.expand(node);
    return node.edges;
  }

  private stateFor(invocation: CompileInvocation, family: Family): SearchState {
    const key = searchKey(invocation, family);
    let state = this.searches.get(key);
    if (state === undefined) {
      state = {
        search: new SearchPath(invocation, family, this.fs),
        nodes: new Map(),
        placed: new Map(),
      };
      this.searches.set(key, state);
      this.states.set(state.search, state);
    }
    return state;
  }

  private readonly intern = (slice: string): Bytes => {
    const known = this.names.get(slice);
    if (known !== undefined) return known;
    const name = detach(slice);
    this.names.set(name, name);
    return name;
  };

  private load(record: FileRecord, family: Family): void {
    if (record.directives[family.id] !== undefined) return;
    if (record.state === "outside" || record.state === "absent") return;
    const contents = this.fs.read(record);
    record.directives[family.id] =
      contents === undefined ? NO_DIRECTIVES : family.parse(contents, this.intern);
  }

  private acceptor(family: Family): (record: FileRecord) => boolean {
    return (record) => {
      this.load(record, family);
      return record.state === "file" || record.state === "generated";
    };
  }

  private node(state: SearchState, record: FileRecord, position: number): Node {
    const usesNext = record.directives[state.search.family.id]?.references.some(
      ({ kind }) => kind === "next" || kind === "has-next",
    );
    let map: Map<unknown, Node> = state.nodes;
    let key: unknown = record;
    if (usesNext === true) {
      let placed = state.placed.get(record);
      if (placed === undefined) {
        placed = new Map();
        state.placed.set(record, placed);
      }
      map = placed;
      key = position;
    }
    let node = map.get(key);
    if (node === undefined) {
      node = { record, search: state.search, position, stamp: 0, edges: undefined };
      map.set(key, node);
    }
    return node;
  }

  /** `-include` and `-imacros`: the working directory, then as a quoted include. */
  private force(state: SearchState, name: Bytes, walk: Walk): void {
    const { search } = state;
    const start: Node = {
      record: this.fs.record(asBytes(`${search.cwd.path === "/" ? "" : search.cwd.path}/-include`)),
      search,
      position: NO_DIRECTORY,
      stamp: 0,
      edges: undefined,
    };
    const lists = emptyEdges();
    this.follow(start, { kind: "include", form: "quote", name }, lists);
    for (const child of lists.children) {
      const compiled = this.fs.record(asBytes(`${child.record.path}.pch`));
      if (compiled.state !== "absent") walk.leaf(compiled);
    }
    walk.add(start, lists);
  }

  private expand(node: Node): Edges {
    const lists = emptyEdges();
    const directives = node.record.directives[node.search.family.id];
    for (const reference of directives?.references ?? []) {
      if (reference.form === "macro") {
        if (node.search.family.hasMacros) lists.macros.push(reference);
      } else this.follow(node, reference, lists);
    }
    return lists;
  }

  /** Resolves one reference and adds what it means. */
  follow(node: Node, reference: Reference, lists: EdgeLists): boolean {
    const { search, record } = node;
    const { kind, name, form } = reference;
    const isScanned = kind === "include" || kind === "import" || kind === "next" || kind === "asm-include";
    const accept = isScanned ? this.acceptor(search.family) : acceptUnread;
    const found = this.resolve(node, reference, accept, lists, isScanned ? "" : "leaf ");
    if (found.record === undefined) {
      const isQuestion = kind === "has" || kind === "has-next" || kind === "has-embed";
      if (!isQuestion) lists.unresolved.push(reference);
      return false;
    }
    if (name.includes("..") && !name.startsWith("/")) {
      const base = found.position >= 0 ? search.chain[found.position]?.path : undefined;
      for (const path of passedDirectories(base ?? parentOf(record.path), name)) lists.passed.push(path);
    }
    const target = found.record;
    const state = this.states.get(search);
    if (!isScanned || target.state === "outside" || state === undefined) {
      lists.leaves.push(target);
      return true;
    }
    if (search.family.id === 0 && form !== "macro") {
      const compiled = this.precompiled(target);
      if (compiled !== null) lists.leaves.push(compiled);
    }
    lists.children.push(this.node(state, target, found.position));
    return true;
  }

  private resolve(
    node: Node,
    reference: Reference,
    accept: (record: FileRecord) => boolean,
    lists: EdgeLists,
    purpose: string,
  ): Resolution {
    const { search, record, position } = node;
    const { kind, form, name } = reference;
    if (name.startsWith("/")) {
      const named = this.fs.lookup(search.cwd, name);
      if (accept(named) || named.state === "outside") {
        return { record: named, position: NO_DIRECTORY, absent: [] };
      }
      lists.ownAbsent.push(named);
      return { record: undefined, position: NO_DIRECTORY, absent: [] };
    }
    const own = (): Resolution | undefined => {
      const beside = this.fs.lookup(record.directory, name);
      if (accept(beside)) return { record: beside, position: OWN_DIRECTORY, absent: [] };
      if (beside.state === "absent") lists.ownAbsent.push(beside);
      return undefined;
    };
    const further = (resolution: Resolution): Resolution => {
      lists.resolutions.push(resolution);
      return resolution;
    };
    const { ownDirectory } = search.family;
    if (kind === "incbin" || kind === "asm-include") {
      const found = further(search.asAssembler(name, accept));
      return found.record === undefined ? (own() ?? found) : found;
    }
    if ((kind === "next" || kind === "has-next") && position !== NO_DIRECTORY) {
      const start = position === OWN_DIRECTORY ? 0 : position + 1;
      return further(search.along(start, name, accept, purpose));
    }
    const beside = form === "quote" && ownDirectory === "first" ? own() : undefined;
    if (beside !== undefined) return beside;
    const isEmbed = (kind === "embed" || kind === "has-embed") && search.family.id <= 1;
    const found = further(
      isEmbed
        ? search.inEmbed(name, accept)
        : search.along(form === "quote" ? 0 : search.bracketStart, name, accept, purpose),
    );
    return found.record === undefined && ownDirectory === "last" ? (own() ?? found) : found;
  }

  /** GCC reads `x.h.gch` instead of `x.h` where there is one. */
  private precompiled(record: FileRecord): FileRecord | null {
    if (record.precompiled === undefined) {
      const beside = this.fs.record(asBytes(`${record.path}.gch`));
      record.precompiled = beside.state === "absent" ? null : beside;
    }
    return record.precompiled;
  }

  /** Adds what `#include MACRO` may mean until nothing new turns up: each new file may define more. */
  private expandMacros(invocation: CompileInvocation, walk: Walk): void {
    if (walk.macros.length === 0) return;
    const given = new Map<Bytes, Definition[]>();
    for (const argument of invocation.defines) {
      const parsed = parseCommandDefinition(argument);
      if (parsed !== undefined) given.set(parsed.name, [parsed.definition]);
    }
    let known = -1;
    while (known !== walk.visited.length) {
      known = walk.visited.length;
      const cache = new Map<Bytes, readonly Definition[]>();
      const lookup = (name: Bytes): readonly Definition[] => {
        let found = cache.get(name);
        if (found === undefined) {
          found = this.definitionsOf(name, given, walk, known);
          cache.set(name, found);
        }
        return found;
      };
      for (let i = 0; i < walk.macros.length; i++) {
        const macro = walk.macros[i];
        if (macro !== undefined) this.expandMacro(macro, lookup, walk);
      }
      walk.run();
    }
  }

  private expandMacro(macro: WaitingMacro, lookup: (name: Bytes) => readonly Definition[], walk: Walk): void {
    const { node, reference } = macro;
    const joins = reference.kind === "incbin" || reference.kind === "asm-include";
    const expansion = expandOperand(reference.name, lookup, joins);
    macro.isComplete = expansion.isComplete;
    for (const { form, name } of expansion.operands) {
      const key = `${form} ${name}`;
      if (macro.names.has(key)) continue;
      const lists = emptyEdges();
      const isFound = this.follow(node, { kind: reference.kind, form, name }, lists);
      macro.names.set(key, name);
      macro.isFound ||= isFound || form === "angle";
      walk.add(node, lists);
    }
  }

  private definitionsOf(
    name: Bytes,
    given: ReadonlyMap<Bytes, readonly Definition[]>,
    walk: Walk,
    count: number,
  ): readonly Definition[] {
    const found = new Map<string, Definition>();
    const add = (list: readonly Definition[] | undefined): void => {
      for (const one of list ?? []) found.set(`${one.parameters?.join()}\n${one.body}`, one);
    };
    add(given.get(name));
    for (let i = 0; i < count; i++) {
      const record = walk.visited[i]?.record;
      if (record === undefined || record.state !== "file") continue;
      if (record.definitions === undefined) {
        const contents = this.fs.read(record);
        record.definitions = contents === undefined ? new Map() : parseDefinitions(contents);
      }
      add(record.definitions.get(name));
    }
    return [...found.values()];
  }
}

function acceptUnread(record: FileRecord): boolean {
  return record.state === "file" || record.state === "generated";
}

function emptyEdges(): EdgeLists {
  return { children: [], leaves: [], ownAbsent: [], resolutions: [], unresolved: [], macros: [], passed: [] };
}

interface WaitingMacro {
  readonly node: Node;
  readonly reference: Reference;
  readonly names: Map<string, Bytes>;
  isFound: boolean;
  isComplete: boolean;
}

/** The walk of one unit. */
class Walk {
  readonly visited: Node[] = [];
  readonly macros: WaitingMacro[] = [];
  readonly searches = new Set<SearchPath>();
  private readonly extra: { node: Node; edges: Edges }[] = [];
  private readonly records: FileRecord[] = [];
  private readonly waiting: Node[] = [];
  private readonly scanner: IncludeScanner;
  private readonly stamp: number;

  constructor(scanner: IncludeScanner, stamp: number) {
    this.scanner = scanner;
    this.stamp = stamp;
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
    this.extra.push({ node, edges });
    this.take(edges);
  }

  run(): void {
    for (let node = this.waiting.pop(); node !== undefined; node = this.waiting.pop()) {
      this.visited.push(node);
      this.leaf(node.record);
      const edges = this.scanner.edgesOf(node);
      for (const reference of edges.macros) {
        this.macros.push({ node, reference, names: new Map(), isFound: false, isComplete: true });
      }
      this.take(edges);
    }
  }

  private take(edges: Edges): void {
    for (const child of edges.children) this.push(child);
    for (const record of edges.leaves) this.leaf(record);
  }

  result(fs: FileSystem, invocation: CompileInvocation): ScanResult {
    const files: Bytes[] = [];
    const generated: Bytes[] = [];
    const missing: Bytes[] = [];
    const toolchain = new Set<Bytes>();
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
    return new LazyResult(
      this,
      // The default order compares char codes, which are bytes.
      { files: files.sort(), generated: generated.sort(), toolchain: [...toolchain].sort() },
      missing,
      invocation.otherDirectories.filter((path) => fs.isInside(path) && fs.hasDirectory(path)),
    );
  }

  *edges(): Generator<{ readonly node: Node; readonly edges: Edges }> {
    yield* this.extra;
    for (const node of this.visited) if (node.edges !== undefined) yield { node, edges: node.edges };
  }
}

/** The rarely needed lists are made when asked for: the absent ones are ten times the files. */
class LazyResult implements ScanResult {
  readonly files: readonly Bytes[];
  readonly generated: readonly Bytes[];
  readonly toolchain: readonly Bytes[];
  private readonly walk: Walk;
  private readonly missing: readonly Bytes[];
  private readonly named: readonly Bytes[];

  constructor(
    walk: Walk,
    eager: Pick<ScanResult, "files" | "generated" | "toolchain">,
    missing: readonly Bytes[],
    named: readonly Bytes[],
  ) {
    this.files = eager.files;
    this.generated = eager.generated;
    this.toolchain = eager.toolchain;
    this.walk = walk;
    this.missing = missing;
    this.named = named;
  }

  get absent(): readonly Bytes[] {
    const found = new Set<Bytes>(this.missing);
    const seen = new Set<Resolution>();
    for (const { edges } of this.walk.edges()) {
      for (const { path, state } of edges.ownAbsent) if (state === "absent") found.add(path);
      for (const resolution of edges.resolutions) {
        if (seen.has(resolution)) continue;
        seen.add(resolution);
        for (const { path } of resolution.absent) found.add(path);
      }
    }
    return [...found].sort();
  }

  get directories(): readonly Bytes[] {
    const found = new Set<Bytes>(this.named);
    for (const search of this.walk.searches) for (const path of search.existing) found.add(path);
    for (const { edges } of this.walk.edges()) for (const path of edges.passed) found.add(path);
    return [...found].sort();
  }

  get unresolved(): readonly UnresolvedInclude[] {
    const found = new Map<string, UnresolvedInclude>();
    for (const { node, edges } of this.walk.edges()) {
      for (const { name, form } of edges.unresolved) {
        if (form === "macro") continue;
        const key = `${name}\0${form}`;
        const known = found.get(key);
        if (known === undefined || node.record.path < known.from) {
          found.set(key, { name, form, from: node.record.path });
        }
      }
    }
    return [...found.values()].sort((a, b) => compareBytes(a.name, b.name) || compareBytes(a.form, b.form));
  }

  get macroIncludes(): readonly MacroInclude[] {
    const found = this.walk.macros.map(
      ({ node, reference, names, isFound, isComplete }): MacroInclude => ({
        from: node.record.path,
        kind: reference.kind,
        operand: reference.name,
        names: [...new Set(names.values())].sort(),
        isResolved: isFound && isComplete,
      }),
    );
    return found.sort(
      (a, b) =>
        compareBytes(a.from, b.from) || compareBytes(a.operand, b.operand) || compareBytes(a.kind, b.kind),
    );
  }

  get imports(): readonly Bytes[] {
    return this.modules("imports");
  }

  get provides(): readonly Bytes[] {
    return this.modules("provides");
  }

  private modules(which: "imports" | "provides"): readonly Bytes[] {
    const found = new Set<Bytes>();
    for (const { record, search } of this.walk.visited) {
      for (const name of record.directives[search.family.id]?.[which] ?? []) found.add(name);
    }
    return [...found].sort();
  }
}
