// Which files a compile command may read: what it can reach by inclusion, but for branches that cannot be taken. One
// scanner serves a whole graph: files are read once, and names are looked up once per search path.

import { asBytes, type Bytes } from "../bytes.ts";
import { type Definition, parseCommandDefinitions, parseDefinitions } from "./definitions.ts";
import { detach } from "./detach.ts";
import { NO_DIRECTIVES, type Reference } from "./directives.ts";
import { type Family, familyOf } from "./family.ts";
import { type FileRecord, FileSystem, type ScannerOptions } from "./file-system.ts";
import { foreignNamesOf } from "./given-macros.ts";
import type { CompileInvocation } from "./invocation.ts";
import { expandOperand } from "./macro.ts";
import { baseOf, parentOf, passedDirectories } from "./path.ts";
import type { ScanResult } from "./scan-result.ts";
import {
  NO_DIRECTORY,
  NOWHERE,
  OWN_DIRECTORY,
  type Place,
  type Resolution,
  SearchPath,
  searchKey,
} from "./search.ts";
import { TakenBranches } from "./taken-branches.ts";
import {
  type EdgeLists,
  type Edges,
  emptyEdges,
  filledEdges,
  type Node,
  type WaitingMacro,
  Walk,
} from "./walk.ts";

export type { ScannerOptions } from "./file-system.ts";
export type { MacroInclude, ScanResult, UnresolvedInclude } from "./scan-result.ts";

export interface Scanner {
  scan(invocation: CompileInvocation): ScanResult;
}

/** Makes a scanner over one state of the tree; it remembers every answer it got. */
export function createScanner(options: ScannerOptions): Scanner {
  return new IncludeScanner(options);
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
  private readonly taken: TakenBranches | undefined;

  constructor(options: ScannerOptions) {
    this.fs = new FileSystem(options);
    if (options.takesEveryBranch === true) return;
    this.taken = new TakenBranches({
      newWalk: (isPartial) => new Walk(this.edgesOf, ++this.stamp, isPartial),
      reach: (invocation) => this.reach(invocation),
      start: (invocation, source, defined) => {
        const state = this.stateFor(invocation, familyOf(source.language), defined);
        const record = this.fs.record(source.path);
        this.load(record, state.search.family);
        return this.node(state, record, NO_DIRECTORY);
      },
      force: ({ search }, name, walk) => this.force(this.states.get(search), name, walk),
      record: (path) => this.fs.record(path),
      edgesNamed: (node, reference) => {
        const lists = emptyEdges();
        this.follow(node, reference, lists);
        return filledEdges(lists);
      },
    });
  }

  scan(invocation: CompileInvocation): ScanResult {
    const taken = this.taken?.walk(invocation, foreignNamesOf(invocation));
    return (taken ?? this.reach(invocation)).result(this.fs, invocation);
  }

  /** All that a unit can reach, but for branches for other systems. */
  private reach(invocation: CompileInvocation): Walk {
    let defined = foreignNamesOf(invocation);
    for (;;) {
      const walk = this.walk(invocation, defined);
      // What a unit reaches may define a name for which branches were left out.
      const more = walk.foreignDefinitions(defined);
      if ((more & ~defined) === 0) return walk;
      defined |= more;
    }
  }

  /** `defined`: names of foreign.ts that may be defined. */
  private walk(invocation: CompileInvocation, defined: number): Walk {
    this.stamp++;
    const walk = new Walk(this.edgesOf, this.stamp);
    let forcedIn: SearchState | undefined;
    for (const source of invocation.sources) {
      const state = this.stateFor(invocation, familyOf(source.language), defined);
      walk.searches.add(state.search);
      const record = this.fs.record(source.path);
      this.load(record, state.search.family);
      if (record.state === "outside" || record.state === "absent") walk.leaf(record);
      else walk.push(this.node(state, record, NO_DIRECTORY));
      // Several sources of one language share the forced includes.
      if (forcedIn === state) continue;
      forcedIn = state;
      for (const name of [...invocation.forced, ...(invocation.shadows ?? [])]) this.force(state, name, walk);
    }
    for (const path of invocation.files) walk.leaf(this.fs.record(path));
    walk.run();
    this.expandMacros(invocation, walk);
    return walk;
  }

  private readonly edgesOf = (node: Node): Edges => {
    node.edges ??= this.expand(node);
    return node.edges;
  };

  private stateFor(invocation: CompileInvocation, family: Family, defined: number): SearchState {
    const key = searchKey(invocation, family, defined);
    let state = this.searches.get(key);
    if (state === undefined) {
      state = {
        search: new SearchPath(invocation, family, defined, this.fs),
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
      node = {
        record,
        search: state.search,
        position,
        stamp: 0,
        edges: undefined,
        referred: [],
        isDark: undefined,
      };
      map.set(key, node);
    }
    return node;
  }

  /** `-include` and `-imacros`: the working directory, then as a quoted include. */
  private force(state: SearchState | undefined, name: Bytes, walk: Walk): readonly Node[] {
    if (state === undefined) return [];
    const { search } = state;
    const start: Node = {
      record: this.fs.record(asBytes(`${search.cwd.path === "/" ? "" : search.cwd.path}/-include`)),
      search,
      position: NO_DIRECTORY,
      stamp: 0,
      edges: undefined,
      referred: [],
      isDark: undefined,
    };
    const lists = emptyEdges();
    this.follow(start, { kind: "include", form: "quote", name }, lists);
    for (const child of lists.children) {
      const compiled = this.fs.record(asBytes(`${child.record.path}.pch`));
      if (compiled.state !== "absent") walk.leaf(compiled);
    }
    walk.add(start, lists);
    return lists.children;
  }

  private expand(node: Node): Edges {
    const lists = emptyEdges();
    const directives = node.record.directives[node.search.family.id];
    const { defined } = node.search;
    for (const reference of directives?.references ?? []) {
      if (reference.guard !== undefined && (reference.guard & defined) === 0) continue;
      if (reference.form === "macro") {
        if (node.search.family.hasMacros) lists.macros.push(reference);
      } else this.follow(node, reference, lists);
    }
    return lists;
  }

  /** Resolves one reference and adds what it means. */
  private follow(node: Node, reference: Reference, lists: EdgeLists): boolean {
    const { search } = node;
    const { kind } = reference;
    const isScanned = kind === "include" || kind === "import" || kind === "next" || kind === "asm-include";
    const accept = isScanned ? this.acceptor(search.family) : acceptUnread;
    const found = this.resolve(node, reference, accept, lists, isScanned ? "" : "leaf ");
    for (const place of lists.perhaps.splice(0)) this.addTarget(node, reference, place, isScanned, lists);
    for (const place of found.perhaps) this.addTarget(node, reference, place, isScanned, lists);
    if (found.record === undefined) {
      const isQuestion = kind === "has" || kind === "has-next" || kind === "has-embed";
      if (!isQuestion) lists.unresolved.push(reference);
      return false;
    }
    this.addTarget(node, reference, { record: found.record, position: found.position }, isScanned, lists);
    return true;
  }

  private addTarget(
    node: Node,
    reference: Reference,
    { record: target, position }: Place,
    isScanned: boolean,
    lists: EdgeLists,
  ): void {
    const { search, record } = node;
    const { name } = reference;
    if (name.includes("..") && !name.startsWith("/")) {
      const base = position >= 0 ? search.chain[position]?.path : undefined;
      for (const path of passedDirectories(base ?? parentOf(record.path), name)) lists.passed.push(path);
    }
    const state = this.states.get(search);
    if (!isScanned || target.state === "outside" || state === undefined) {
      lists.leaves.push(target);
      return;
    }
    if (search.family.id === 0) {
      const compiled = this.precompiled(target);
      if (compiled !== null) lists.leaves.push(compiled);
    }
    lists.children.push(this.node(state, target, position));
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
      if (named !== undefined && (accept(named) || named.state === "outside")) {
        return { ...NOWHERE, record: named };
      }
      lists.ownAbsent.push(name);
      return NOWHERE;
    }
    const own = (): Resolution | undefined => {
      const beside = this.fs.lookup(record.directory, name);
      if (beside !== undefined && accept(beside)) {
        if (search.canPass(record.directory, name)) {
          return { ...NOWHERE, record: beside, position: OWN_DIRECTORY };
        }
        lists.perhaps.push({ record: beside, position: OWN_DIRECTORY });
      }
      lists.ownAbsent.push(name);
      return undefined;
    };
    const further = (resolution: Resolution): Resolution => {
      if (resolution.absentIn.length > 0) lists.missed.push({ name, absentIn: resolution.absentIn });
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
      record.precompiled = this.fs.lookup(record.directory, asBytes(`${baseOf(record.path)}.gch`)) ?? null;
    }
    return record.precompiled;
  }

  /** Adds what `#include MACRO` may mean until nothing new turns up: each new file may define more. */
  private expandMacros(invocation: CompileInvocation, walk: Walk): void {
    if (walk.macros.length === 0) return;
    const given = parseCommandDefinitions(invocation.defines);
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
      record.definitions ??= parseDefinitions(this.fs.read(record) ?? asBytes(""));
      add(record.definitions.get(name));
    }
    return [...found.values()];
  }
}

function acceptUnread(record: FileRecord): boolean {
  return record.state === "file" || record.state === "generated";
}
