// Runs what belongs on this machine here, and everything else in the sandbox. What the sandbox needs is loaded and
// planned when the first step asks for it: a build with nothing to do never does.

import { asBytes } from "../../graph/bytes.ts";
import type { IsHostEdge } from "./host-edges.ts";
import { capacityFor, type LocalRunner } from "./local-runner.ts";
import type { Edge } from "./node.ts";
import type { CommandRunner, Completed } from "./runner.ts";

/** Steps that run through Nix. */
export interface Sandbox {
  /** The step of an edge is planned: all that it reads is known. */
  isPlanned(edge: Edge): boolean;
  /** Plans until one of some edges can be built. */
  plan(edges: readonly Edge[]): Promise<void>;
  build(edge: Edge): Promise<Completed>;
}

export interface CombinedOptions {
  readonly isHost: IsHostEdge;
  readonly local: LocalRunner;
  /** Called once, when the first step of the sandbox is to run. */
  readonly sandbox: () => Promise<Sandbox>;
  readonly jobs: number;
  readonly maxLoad: number;
  readonly signal: AbortSignal;
}

export class CombinedRunner implements CommandRunner {
  readonly #options: CombinedOptions;
  readonly #inSandbox = new Set<Edge>();
  #locals = 0;
  #sandbox: Sandbox | undefined;
  /** What ended and was not asked for yet. */
  readonly #finished: (Completed | "interrupted")[] = [];
  #failure: unknown;
  #wake: () => void = () => undefined;

  constructor(options: CombinedOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", () => {
      this.#finished.unshift("interrupted");
      this.#wake();
    });
  }

  capacity(): number {
    const running = this.#inSandbox.size + this.#locals;
    return capacityFor(running + this.#finished.length, running, this.#options);
  }

  accepts(edge: Edge): boolean {
    return this.#options.isHost(edge) || this.#sandbox?.isPlanned(edge) === true;
  }

  async advance(edges: readonly Edge[]): Promise<void> {
    this.#sandbox ??= await this.#options.sandbox();
    await this.#sandbox.plan(edges);
  }

  start(edge: Edge): void {
    if (this.#options.isHost(edge)) this.#startHere(edge);
    else this.#startInSandbox(edge);
  }

  async wait(): Promise<Completed | "interrupted"> {
    for (;;) {
      if (this.#options.signal.aborted) return "interrupted";
      if (this.#failure !== undefined) throw this.#failure;
      const next = this.#finished.shift();
      if (next !== undefined) return next;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  active(): readonly Edge[] {
    return [...this.#options.local.active(), ...this.#inSandbox];
  }

  abort(): void {
    this.#options.local.abort();
  }

  isLocal(edge: Edge): boolean {
    return this.#options.isHost(edge);
  }

  #startHere(edge: Edge): void {
    const { local } = this.#options;
    local.start(edge);
    this.#locals++;
    void local.wait().then((result) => {
      this.#locals--;
      this.#end(result);
    });
  }

  #startInSandbox(edge: Edge): void {
    if (this.#sandbox === undefined)
      throw new Error(`"${edge.outputs[0]?.path}" was started before it was planned`);
    this.#inSandbox.add(edge);
    this.#sandbox.build(edge).then(
      (result) => {
        this.#inSandbox.delete(edge);
        this.#end(result);
      },
      (error: unknown) => {
        this.#inSandbox.delete(edge);
        this.#failure ??= error ?? new Error(asBytes("a step failed without an error"));
        this.#wake();
      },
    );
  }

  #end(result: Completed | "interrupted"): void {
    this.#finished.push(result);
    this.#wake();
  }
}
