// Expansion. Variables in statements are expanded while parsing, into bytes (`Expander`); the bindings of a rule
// only when somebody asks, in the scope of the edge, with everything the manifest set by then (`expandBinding`).

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { Span } from "../../graph/diagnostic.ts";
import { shellQuote } from "../../graph/shell-quote.ts";
import { refuse } from "./error.ts";
import type { PieceSink } from "./lexer.ts";
import { EDGE, EMPTY_VALUE, NAME, type Pieces, type Scope, type Store } from "./store.ts";

/** Longest value; beyond it, a manifest that doubles a variable line by line would take all memory. */
const MAX_VALUE_BYTES = 1 << 26;

/** Collects a value or path with its variables expanded. */
export class Expander implements PieceSink {
  buffer: Uint8Array = new Uint8Array(1 << 12);
  length = 0;
  private readonly store: Store;
  private scope: Scope;
  private bindingsStart = 0;
  private bindingsEnd = 0;

  constructor(store: Store) {
    this.store = store;
    this.scope = store.root;
  }

  /** Starts over; the bindings of an edge, where there are any, come before those of the scope. */
  begin(scope: Scope, bindingsStart = 0, bindingsEnd = 0): void {
    this.length = 0;
    this.scope = scope;
    this.bindingsStart = bindingsStart;
    this.bindingsEnd = bindingsEnd;
  }

  text(bytes: Uint8Array, start: number, end: number): void {
    let at = this.length;
    this.length = at + (end - start);
    if (this.length > this.buffer.length) this.grow(at);
    const { buffer } = this;
    // A copy call costs about as much as 60 bytes one by one.
    if (end - start > 60) buffer.set(bytes.subarray(start, end), at);
    else for (let i = start; i < end; i++) buffer[at++] = bytes[i] as number;
  }

  byte(value: number): void {
    if (this.length === this.buffer.length) this.grow(this.length);
    this.buffer[this.length++] = value;
  }

  variable(bytes: Uint8Array, start: number, end: number): void {
    const { values, names } = this.store;
    const name = names.find(bytes, start, end);
    if (name === -1) return;
    const value = this.lookup(name);
    if (value !== EMPTY_VALUE) {
      this.text(values.arena, values.starts[value] as number, values.starts[value + 1] as number);
    }
  }

  private lookup(name: number): number {
    const { data } = this.store.bindings;
    for (let i = this.bindingsEnd - 2; i >= this.bindingsStart; i -= 2) {
      if (data[i] === name) return data[i + 1] as number;
    }
    return this.scope.variable(name);
  }

  private grow(used: number): void {
    if (this.length > MAX_VALUE_BYTES) refuseSize();
    const buffer = new Uint8Array(Math.max(this.length + 1, this.buffer.length * 2));
    buffer.set(this.buffer.subarray(0, used));
    this.buffer = buffer;
  }
}

function refuseSize(at?: Span): never {
  refuse({
    code: "ninja/too-large",
    message: "a value grows beyond 64 MiB",
    ninja: "out of memory",
    ...(at === undefined ? {} : { at }),
    hint: "look for a variable that is assigned to itself twice over, line after line",
  });
}

interface Lookup {
  readonly store: Store;
  readonly edge: number;
  readonly isQuoted: boolean;
  /** Rule variables being expanded, outermost first; the one asked for is not among them. */
  readonly open: number[];
  isNested: boolean;
}

/**
 * A binding as the edge sees it: `in` and `out` first, then its own, then its rule's, then the scopes outward. An
 * edge without any binding has no scope of its own: there the variables of its file come before the rule's
 * bindings (ninja: `EdgeEnv::LookupVariable`, `BindingEnv::LookupWithFallback`).
 * @param isQuoted quote `$in` and `$out` for the shell; ninja does not where it opens a file by this name
 */
export function expandBinding(store: Store, edge: number, name: number, isQuoted: boolean): Bytes {
  return asBytes(lookup({ store, edge, isQuoted, open: [], isNested: false }, name));
}

function lookup(state: Lookup, name: number): string {
  const { store, edge } = state;
  if (name === NAME.in) return inputList(state, " ");
  if (name === NAME.inNewline) return inputList(state, "\n");
  if (name === NAME.out) return outputList(state);
  if (state.isNested) refuseCycle(state, name);
  const pieces = store.ruleOf(edge).bindings.get(name);
  // As in ninja, the first lookup is not on record, so a cycle is seen one round later.
  const isRecorded = state.isNested && pieces !== undefined;
  state.isNested = true;
  const own = store.innermost(edge, name);
  if (own !== -1) return store.values.text(own);
  if (pieces === undefined) return store.values.text(store.scopeOf(edge).variable(name));
  if (isRecorded) state.open.push(name);
  const text = expandPieces(state, pieces);
  if (isRecorded) state.open.pop();
  return text;
}

function expandPieces(state: Lookup, pieces: Pieces): string {
  let text = "";
  for (const piece of pieces) {
    text += piece >= 0 ? state.store.values.text(piece) : lookup(state, ~piece);
    if (text.length > MAX_VALUE_BYTES) refuseSize(spanOf(state.store, state.edge));
  }
  return text;
}

function refuseCycle(state: Lookup, name: number): void {
  const first = state.open.indexOf(name);
  if (first === -1) return;
  const { names } = state.store;
  const rounds = [...state.open.slice(first), name].map((n) => names.text(n)).join(" -> ");
  refuse({
    code: "ninja/rule-cycle",
    message: `the bindings of rule "${state.store.ruleOf(state.edge).name}" refer to each other: ${rounds}`,
    ninja: `ninja: fatal: cycle in rule variables: ${rounds}`,
    at: spanOf(state.store, state.edge),
    hint: "give one of them a value that names no other",
  });
}

function inputList(state: Lookup, separator: string): string {
  const { store, edge } = state;
  const first = store.field(edge, EDGE.offset) + store.field(edge, EDGE.outputs);
  return pathList(state, first, first + store.field(edge, EDGE.explicitInputs), separator);
}

function outputList(state: Lookup): string {
  const { store, edge } = state;
  const first = store.field(edge, EDGE.offset);
  return pathList(state, first, first + store.field(edge, EDGE.explicitOutputs), " ");
}

function pathList(state: Lookup, start: number, end: number, separator: string): string {
  const { store, edge } = state;
  let list = "";
  if (start === end) return list;
  for (const file of store.runs.view(store.field(edge, EDGE.chunk), start, end)) {
    const path = store.paths.nameOf(file);
    if (list !== "") list += separator;
    list += state.isQuoted ? shellQuote(path) : path;
    if (list.length > MAX_VALUE_BYTES) refuseSize(spanOf(store, edge));
  }
  return list;
}

/** Where the edge is declared: from its `build` to its colon. */
export function spanOf(store: Store, edge: number): Span {
  return {
    file: store.manifests[store.field(edge, EDGE.manifest)] as Bytes,
    start: store.field(edge, EDGE.start) >>> 0,
    end: store.field(edge, EDGE.end) >>> 0,
  };
}
