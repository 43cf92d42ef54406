// Where commands run. The build asks for no more than this, so that tests can run commands as they like.

import type { Bytes } from "../../graph/bytes.ts";
import type { Edge } from "./node.ts";

export interface Completed {
  readonly edge: Edge;
  /** 0 is success. */
  readonly code: number;
  /** Both streams of the command. */
  readonly output: Bytes;
  /** For edges that record what they read: canonical paths, as far as the manifest knows them by its names. */
  readonly deps?: readonly Bytes[];
  /** Nothing ran and nothing changed: the result was there. */
  readonly isCached?: boolean;
}

export interface CommandRunner {
  /** How many more edges may be started. */
  capacity(): number;
  /** False: the edge cannot be started before {@link CommandRunner.advance} has gone further. */
  accepts?(edge: Edge): boolean;
  /** Called when nothing runs and none of some edges is accepted; afterwards one is. */
  advance?(edges: readonly Edge[]): Promise<void>;
  start(edge: Edge): void;
  /** The next edge that ends; "interrupted" when somebody stopped the build. */
  wait(): Promise<Completed | "interrupted">;
  active(): readonly Edge[];
  /** Ends what runs. */
  abort(): void;
  /** True for an edge that runs in the working directory, and finds its response file there. */
  isLocal?(edge: Edge): boolean;
}

/** Everything succeeds at once, nothing runs. */
export class DryRunner implements CommandRunner {
  readonly #started: Edge[] = [];

  capacity(): number {
    return Number.MAX_SAFE_INTEGER;
  }

  start(edge: Edge): void {
    this.#started.push(edge);
  }

  async wait(): Promise<Completed | "interrupted"> {
    const edge = this.#started.shift();
    if (edge === undefined) throw new Error("nothing was started");
    return { edge, code: 0, output: "" as Bytes };
  }

  active(): readonly Edge[] {
    return this.#started;
  }

  abort(): void {
    this.#started.length = 0;
  }
}
