// Goes through one unit as the preprocessor does, with what may be known of each macro at each place: a branch that
// cannot be taken is not followed, one that may be is, and what macros are after it is what either way makes of them.
// Where that would take too long, or a file is not known, it gives up, and the unit has all that it can reach.

import type { Bytes } from "../bytes.ts";
import type { Reference } from "./directives.ts";
import { refine, truthOf } from "./expression.ts";
import type { FileRecord } from "./file-system.ts";
import {
  ANYTHING,
  DEFINED,
  eitherState,
  type MacroName,
  type MacroState,
  macroNamed,
  privateName,
  UNDEFINED,
} from "./macro-name.ts";
import type { Choice, Operation } from "./program.ts";
import { standardHeaders } from "./standard-headers.ts";
import type { Edges, Node, WaitingMacro, Walk } from "./walk.ts";

/** What the interpreter asks about files. */
export interface IncludeWorld {
  /** What a reference of a file leads to; the same object each time. */
  edgesOf(node: Node, reference: number): Edges;
  /** What an operand that a macro stands for leads to. */
  edgesNamed(node: Node, reference: Reference): Edges;
}

/** Units take some thousand steps, a microsecond each. */
const MOST_STEPS = 10_000;
/** GCC's own limit for includes within includes is 200. */
const DEEPEST = 200;

type Changes = ReadonlyMap<MacroName, MacroState>;

/** Files that ask to be read once, as macros that are defined from then on. */
const readOnce = new WeakMap<FileRecord, MacroName>();

export class Interpreter {
  readonly #walk: Walk;
  readonly #world: IncludeWorld;
  readonly #given: ReadonlyMap<MacroName, MacroState>;
  /** Macros of files that headers outside may include at any time. */
  readonly #unsteady: ReadonlySet<MacroName>;
  readonly #macros: ReadonlyMap<Node, readonly WaitingMacro[]>;
  readonly #trailNames: MacroName[] = [];
  readonly #trailStates: (MacroState | undefined)[] = [];
  /** Counts inclusions of what is outside, which may define whatever is not, and common names anew. */
  #outside = 0;
  #undefined: MacroState = UNDEFINED;
  #steps = 0;
  #depth = 0;
  #isLost = false;
  #needsMacros = false;

  constructor(
    walk: Walk,
    world: IncludeWorld,
    macros: ReadonlyMap<Node, readonly WaitingMacro[]>,
    given: ReadonlyMap<MacroName, MacroState>,
    unsteady: ReadonlySet<MacroName>,
  ) {
    this.#walk = walk;
    this.#world = world;
    this.#macros = macros;
    this.#given = given;
    this.#unsteady = unsteady;
  }

  /** Reads files one after the other, as one unit; false when it gave up. */
  run(files: readonly (readonly Node[])[]): boolean {
    for (const [name, state] of this.#given) this.#set(name, state);
    for (const one of files) {
      if (one.length === 0) this.#outside++;
      this.#enterOne(one);
    }
    this.#undo(0);
    return !this.#isLost;
  }

  /** It gave up because it was not told what macros may stand for. */
  get needsMacros(): boolean {
    return this.#needsMacros;
  }

  /** One of these files, and nobody knows which. */
  #enterOne(nodes: readonly Node[]): void {
    const [first, ...others] = nodes;
    if (first === undefined) return;
    if (others.length === 0) this.#enter(first);
    else this.#fork(nodes.map((node) => () => this.#enter(node)));
  }

  #enter(node: Node): void {
    const { program } = node.record.directives[0] ?? {};
    if (program === undefined || node.record.state !== "file" || this.#depth >= DEEPEST) {
      this.#isLost = true;
      return;
    }
    this.#walk.visit(node);
    if (program.length === 0) return;
    const once = readOnce.get(node.record)?.state;
    if (once === undefined) this.#through(program, node);
    else if (once.mayBeUndefined) this.#fork([() => this.#through(program, node), () => {}]);
  }

  #through(operations: readonly Operation[], node: Node): void {
    this.#depth++;
    for (const operation of operations) {
      if (this.#isLost || ++this.#steps > MOST_STEPS) {
        this.#isLost = true;
        break;
      }
      switch (operation.kind) {
        case "define":
          this.#set(
            operation.name,
            operation.name.isCommon && operation.isGuard !== true
              ? { mayBeUndefined: false, bodies: operation.to.bodies, since: this.#outside }
              : operation.to,
          );
          break;
        case "undefine":
          this.#set(operation.name, this.#undefinedNow(operation.name));
          break;
        case "forget":
          this.#set(operation.name, ANYTHING);
          break;
        case "refer":
          this.#refer(node, operation.reference);
          break;
        case "choose":
          this.#choose(operation, node);
          break;
        default:
          this.#set(onceName(node.record), DEFINED);
      }
    }
    this.#depth--;
  }

  #refer(node: Node, index: number): void {
    const reference = node.record.directives[0]?.references[index];
    if (reference === undefined) return;
    const isEntered = reference.kind === "include" || reference.kind === "next";
    // What the assembler reads, and modules: the preprocessor's order says nothing about them.
    if (reference.kind === "import" || reference.kind === "asm-include") this.#isLost = true;
    else if (reference.form === "macro") this.#referByMacro(node, reference, isEntered);
    else {
      const edges = this.#world.edgesOf(node, index);
      this.#walk.take(node, edges);
      if (!isEntered) return;
      if (edges.children.length === 1 && edges.children[0] !== undefined) this.#enter(edges.children[0]);
      else {
        if (edges.children.length === 0) this.#outside++;
        this.#enterOne(edges.children);
      }
    }
  }

  #referByMacro(node: Node, reference: Reference, isEntered: boolean): void {
    const macro = this.#macros.get(node)?.find((one) => one.reference === reference);
    if (macro === undefined || !macro.isComplete) {
      this.#isLost = true;
      this.#needsMacros ||= macro === undefined;
      return;
    }
    if (!this.#walk.macros.includes(macro)) this.#walk.macros.push(macro);
    const state = this.#stateOf(macroNamed(reference.name));
    this.#outside++;
    const only = state.mayBeUndefined || state.bodies?.length !== 1 ? undefined : state.bodies[0];
    const ways: (() => void)[] = [() => {}];
    for (const [key, name] of macro.names) {
      const form = key.startsWith("quote ") ? "quote" : "angle";
      const isIt = only === (form === "quote" ? `"${name}"` : `<${name}>`);
      const edges = this.#world.edgesNamed(node, { kind: reference.kind, form, name });
      this.#walk.take(node, edges);
      if (!isEntered) continue;
      if (isIt) {
        this.#enterOne(edges.children);
        return;
      }
      ways.push(() => this.#enterOne(edges.children));
    }
    if (ways.length > 1) this.#fork(ways);
  }

  #choose({ branches, guard }: Choice, node: Node): void {
    if (guard !== undefined && guard.state === undefined && isOwnGuard(guard.text))
      this.#set(guard, UNDEFINED);
    const start = this.#trailNames.length;
    const ends: Changes[] = [];
    let isDecided = false;
    for (const { condition, operations } of branches) {
      const truth = condition === undefined ? true : truthOf(condition, this.#stateOf);
      if (truth === false) continue;
      if (truth === true && ends.length === 0) {
        this.#through(operations, node);
        return;
      }
      const before = this.#trailNames.length;
      if (truth === undefined && condition !== undefined) refine(condition, true, this.#stateOf, this.#learn);
      this.#through(operations, node);
      if (this.#isLost) return;
      ends.push(this.#changesSince(start));
      this.#undo(before);
      isDecided = truth === true;
      if (isDecided) break;
      if (condition !== undefined) refine(condition, false, this.#stateOf, this.#learn);
    }
    if (ends.length === 0) return;
    if (!isDecided) ends.push(this.#changesSince(start));
    this.#undo(start);
    this.#join(ends);
  }

  /** One of several ways is gone, and nobody knows which. */
  #fork(ways: readonly (() => void)[]): void {
    const start = this.#trailNames.length;
    const ends: Changes[] = [];
    for (const way of ways) {
      way();
      if (this.#isLost) return;
      ends.push(this.#changesSince(start));
      this.#undo(start);
    }
    this.#join(ends);
  }

  readonly #stateOf = (name: MacroName): MacroState => {
    if (this.#unsteady.size > 0 && this.#unsteady.has(name)) return ANYTHING;
    const { state } = name;
    if (state === undefined) return name.initial;
    return state.since !== undefined && state.since < this.#outside ? ANYTHING : state;
  };

  readonly #learn = (name: MacroName, state: MacroState): void => {
    if (!state.mayBeUndefined) this.#set(name, state);
    else this.#set(name, this.#undefinedNow(name));
  };

  /** What is not defined now may be so after the next header from outside. */
  #undefinedNow(name: MacroName): MacroState {
    if (name.initial === UNDEFINED) return UNDEFINED;
    if (this.#undefined.since !== this.#outside)
      this.#undefined = { mayBeUndefined: true, bodies: [], since: this.#outside };
    return this.#undefined;
  }

  #set(name: MacroName, state: MacroState): void {
    this.#trailNames.push(name);
    this.#trailStates.push(name.state);
    name.state = state;
  }

  #changesSince(mark: number): Changes {
    const changes = new Map<MacroName, MacroState>();
    for (let i = mark; i < this.#trailNames.length; i++) {
      const name = this.#trailNames[i];
      if (name?.state !== undefined) changes.set(name, name.state);
    }
    return changes;
  }

  #undo(mark: number): void {
    for (let i = this.#trailNames.length - 1; i >= mark; i--) {
      const name = this.#trailNames[i];
      if (name !== undefined) name.state = this.#trailStates[i];
    }
    this.#trailNames.length = mark;
    this.#trailStates.length = mark;
  }

  #join(ends: readonly Changes[]): void {
    const done = new Set<MacroName>();
    for (const changes of ends) {
      for (const name of changes.keys()) {
        if (done.has(name)) continue;
        done.add(name);
        const before = this.#stateOf(name);
        this.#set(name, ends.map((end) => end.get(name) ?? before).reduce(eitherState));
      }
    }
  }
}

function onceName(record: FileRecord): MacroName {
  let name = readOnce.get(record);
  if (name === undefined) {
    name = privateName(record.path);
    readOnce.set(record, name);
  }
  return name;
}

const standardStems: ReadonlySet<string> = new Set(
  standardHeaders.map((name) => name.replace(/\.h$/, "").replace(/\W/g, "_").toUpperCase()),
);

/** Whether a guard is no header's of the system: copies of standard headers have the same one. */
function isOwnGuard(guard: Bytes): boolean {
  if (!guard.startsWith("_")) return true;
  return !standardStems.has(
    guard
      .replace(/^_+|_+$/g, "")
      .replace(/_(?:H|INCLUDED)$/i, "")
      .toUpperCase(),
  );
}
