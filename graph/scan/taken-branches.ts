// What a unit reaches by branches that may be taken, where that can be told: see interpreter.ts.

import type { Bytes } from "../bytes.ts";
import type { Reference } from "./directives.ts";
import { familyOf } from "./family.ts";
import type { FileRecord } from "./file-system.ts";
import { EVERY_NAME } from "./foreign.ts";
import { givenMacros } from "./given-macros.ts";
import { type IncludeWorld, Interpreter } from "./interpreter.ts";
import type { CompileInvocation, CompileSource } from "./invocation.ts";
import type { MacroName } from "./macro-name.ts";
import type { Program } from "./program.ts";
import { type Edges, emptyEdges, type Node, type WaitingMacro, type Walk } from "./walk.ts";

/** What this needs of the scanner. */
export interface ScannedFiles {
  newWalk(isPartial: boolean): Walk;
  /** All that a unit can reach. */
  reach(invocation: CompileInvocation): Walk;
  /** The file that is compiled; `defined`: names of foreign.ts that may be. */
  start(invocation: CompileInvocation, source: CompileSource, defined: number): Node;
  /** Adds what the command includes before it, searched as that file's own. */
  force(start: Node, name: Bytes, walk: Walk): readonly Node[];
  record(path: Bytes): FileRecord;
  /** What a reference of a file leads to. */
  edgesNamed(node: Node, reference: Reference): Edges;
}

/** Further down nobody looks for what makes it useless to begin. */
const DEEPEST = 200;

export class TakenBranches {
  private readonly files: ScannedFiles;
  private readonly world: IncludeWorld;

  constructor(files: ScannedFiles) {
    this.files = files;
    this.world = {
      edgesOf: (node, index) => {
        let edges = node.referred[index];
        if (edges === undefined) {
          const reference = node.record.directives[0]?.references[index];
          edges = reference === undefined ? emptyEdges() : files.edgesNamed(node, reference);
          node.referred[index] = edges;
        }
        return edges;
      },
      edgesNamed: (node, reference) => files.edgesNamed(node, reference),
    };
  }

  /** `undefined` where it cannot be told. */
  walk(invocation: CompileInvocation, defined: number): Walk | undefined {
    const { tool, isForeign, sources } = invocation;
    if (tool !== "compiler" || isForeign === true) return undefined;
    if (sources.some(({ language }) => familyOf(language).id !== 0 || language.startsWith("assembler")))
      return undefined;
    const found = this.walkWith(invocation, defined, undefined);
    if (found !== "macros") return found;
    const result = this.walkWith(invocation, defined, this.files.reach(invocation).macros);
    return result === "macros" ? undefined : result;
  }

  /** "macros": what macros stand for has to be known first. */
  private walkWith(
    invocation: CompileInvocation,
    defined: number,
    macros: readonly WaitingMacro[] | undefined,
  ): Walk | "macros" | undefined {
    const starts = invocation.sources.map((source) => this.files.start(invocation, source, defined));
    if (starts.some((start) => this.isDark(start))) return undefined;
    // What headers from outside include may be read at any time: all of it, and its macros are anything.
    const unsteady = new Set<MacroName>();
    const behind = this.behindShadows(invocation, unsteady);
    if (behind === undefined) return undefined;
    const walk = this.files.newWalk(true);
    for (const node of behind.visited) walk.visit(node);
    for (const { node, edges } of behind.edges()) walk.take(node, edges);
    for (const [i, source] of invocation.sources.entries()) {
      const start = starts[i];
      if (start === undefined) break;
      walk.searches.add(start.search);
      const forced = invocation.forced.map((name) => this.files.force(start, name, walk));
      if (forced.some((nodes) => nodes.some((node) => this.isDark(node)))) return undefined;
      const given = givenMacros(invocation, source);
      const interpreter = new Interpreter(walk, this.world, byNode(macros), given, unsteady);
      if (!interpreter.run([...forced, [start]]))
        return interpreter.needsMacros && macros === undefined ? "macros" : undefined;
    }
    for (const path of invocation.files) walk.leaf(this.files.record(path));
    return walk;
  }

  private behindShadows(invocation: CompileInvocation, unsteady: Set<MacroName>): Walk | undefined {
    const walk = this.files.newWalk(false);
    const [source] = invocation.sources;
    if (invocation.shadows === undefined || source === undefined) return walk;
    const start = this.files.start(invocation, source, EVERY_NAME);
    for (const name of invocation.shadows) this.files.force(start, name, walk);
    walk.run();
    for (const { record } of walk.visited) {
      const { program } = record.directives[0] ?? {};
      if (program === undefined || record.state !== "file") return undefined;
      addMacros(program, unsteady);
    }
    return walk.macros.length > 0 ? undefined : walk;
  }

  /** Whether a file leads, whatever the conditions, to one that is not there yet or not understood. */
  private isDark(start: Node): boolean {
    const seen = new Set<Node>();
    let isTooDeep = false;
    const look = (node: Node, depth: number): boolean => {
      if (node.isDark !== undefined) return node.isDark;
      if (seen.has(node)) return false;
      seen.add(node);
      isTooDeep ||= depth > DEEPEST;
      const { program } = node.record.directives[0] ?? {};
      const isDark =
        isTooDeep ||
        program === undefined ||
        node.record.state !== "file" ||
        unconditional(program).some((operation) => {
          const edges =
            operation.kind === "refer" ? this.world.edgesOf(node, operation.reference) : undefined;
          const [child] = edges?.children.length === 1 ? edges.children : [];
          return child !== undefined && look(child, depth + 1);
        });
      if (isDark && !isTooDeep) node.isDark = true;
      return isDark;
    };
    if (look(start, 0)) return true;
    for (const node of seen) node.isDark = false;
    return false;
  }
}

function byNode(macros: readonly WaitingMacro[] | undefined): ReadonlyMap<Node, readonly WaitingMacro[]> {
  const found = new Map<Node, WaitingMacro[]>();
  for (const macro of macros ?? []) {
    const list = found.get(macro.node);
    if (list === undefined) found.set(macro.node, [macro]);
    else list.push(macro);
  }
  return found;
}

/** What is gone through whatever is defined, when a file is read for the first time. */
function unconditional(program: Program): Program {
  const [first] = program;
  const isGuarded = first?.kind === "choose" && first.guard !== undefined;
  return isGuarded ? (first.branches[0]?.operations ?? []) : program;
}

/** Every name that a program defines or forgets. */
function addMacros(program: Program, to: Set<MacroName>): void {
  for (const operation of program) {
    if (operation.kind === "choose")
      for (const { operations } of operation.branches) addMacros(operations, to);
    else if ("name" in operation) to.add(operation.name);
  }
}
