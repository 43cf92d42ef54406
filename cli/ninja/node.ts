// Files and build statements while ninja's own procedure works on them: what the manifest says, what dyndep files and
// recorded dependencies added, and what is known about their state (ninja: `Node`, `Edge`).

import type { Bytes } from "../../graph/bytes.ts";
import type { Step } from "../../graph/graph.ts";
import type { Pool } from "./pool.ts";
import type { State } from "./state.ts";

/** A file that a build statement or a dependency names. */
export class Node {
  readonly path: Bytes;
  /** In order of first use. */
  readonly id: number;
  readonly #state: State;
  /** The step that makes it, or -1. */
  producer: number;
  /** Build statements that read it, as far as they have been looked at. */
  readonly outEdges: Edge[] = [];
  readonly validationOutEdges: Edge[] = [];
  /** Modification time in the disk's own unit; 0 when there is no such file, `undefined` before it is asked for. */
  mtime = 0;
  /** Whether the file is there; for a phony with inputs, `mtime` is that of the newest of them. */
  exists: boolean | undefined;
  isDirty = false;
  /** No build statement names it: it may go without anybody's complaint. */
  isFromDeps = false;
  /** A dyndep file that is still to be read. */
  isDyndepPending = false;

  constructor(state: State, path: Bytes, id: number, producer: number) {
    this.#state = state;
    this.path = path;
    this.id = id;
    this.producer = producer;
  }

  get inEdge(): Edge | undefined {
    return this.producer < 0 ? undefined : this.#state.edge(this.producer);
  }

  /** Forgets what an earlier look at the disk found. */
  reset(): void {
    this.mtime = 0;
    this.exists = undefined;
    this.isDirty = false;
  }
}

export type Mark = "none" | "open" | "done";

/** A build statement. */
export class Edge {
  readonly id: number;
  readonly step: Step;
  readonly state: State;
  readonly pool: Pool;
  readonly isPhony: boolean;
  readonly outputs: Node[];
  /** Explicit, implicit, order-only, in this order. */
  readonly inputs: Node[];
  implicitInputs: number;
  readonly orderOnly: number;
  readonly validations: readonly Node[];
  readonly dyndep: Node | undefined;
  mark: Mark = "none";
  areOutputsReady = false;
  areDepsLoaded = false;
  areDepsMissing = false;
  /** Edges on the longest way from here to a target. */
  weight = 0;
  /** When its command was started, in the disk's unit. */
  startedAt = 0;
  /** Milliseconds the command took last time; -1 when unknown. */
  lastDuration = -1;

  constructor(state: State, step: Step, nodes: EdgeNodes, pool: Pool) {
    this.state = state;
    this.step = step;
    this.id = step.id;
    this.isPhony = step.isPhony;
    this.pool = pool;
    this.outputs = nodes.outputs;
    this.inputs = nodes.inputs;
    this.implicitInputs = step.inputs.length - step.explicitInputs;
    this.orderOnly = step.after.length;
    this.validations = nodes.validations;
    this.dyndep = nodes.dyndep;
  }

  get rule(): Bytes {
    return this.step.rule;
  }

  get usesConsole(): boolean {
    return this.pool.name === "console";
  }

  isOrderOnly(input: number): boolean {
    return input >= this.inputs.length - this.orderOnly;
  }

  isImplicit(input: number): boolean {
    return !this.isOrderOnly(input) && input >= this.inputs.length - this.orderOnly - this.implicitInputs;
  }

  areInputsReady(): boolean {
    return this.inputs.every((input) => input.inEdge?.areOutputsReady !== false);
  }

  /** Adds inputs that the manifest does not name, before the order-only ones; returns where they are. */
  addInputs(nodes: readonly Node[]): InputRange {
    const start = this.inputs.length - this.orderOnly;
    this.inputs.splice(start, 0, ...nodes);
    this.implicitInputs += nodes.length;
    for (const node of nodes) node.outEdges.push(this);
    return { start, end: start + nodes.length };
  }
}

export interface EdgeNodes {
  readonly outputs: Node[];
  readonly inputs: Node[];
  readonly validations: readonly Node[];
  readonly dyndep: Node | undefined;
}

/** Some of an edge's inputs; the end is exclusive. */
export interface InputRange {
  readonly start: number;
  readonly end: number;
}
