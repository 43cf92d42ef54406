// Pools bound how many of their edges run at once; the queue of what may run puts first what the most depends on
// (ninja: `Pool`, `EdgePriorityQueue`).

import type { Bytes } from "../../graph/bytes.ts";
import type { Edge } from "./node.ts";

/** The one with the longest way to a target first, then the one declared first. */
export function comparePriority(a: Edge, b: Edge): number {
  return b.weight - a.weight || a.id - b.id;
}

export class Pool {
  readonly name: Bytes;
  /** 0 is unlimited. */
  readonly depth: number;
  #inUse = 0;
  readonly #delayed: ReadyQueue = new ReadyQueue();
  readonly #waiting = new Set<Edge>();

  constructor(name: Bytes, depth: number) {
    this.name = name;
    this.depth = depth;
  }

  get isLimited(): boolean {
    return this.depth !== 0;
  }

  schedule(): void {
    if (this.isLimited) this.#inUse++;
  }

  finish(): void {
    if (this.isLimited) this.#inUse--;
  }

  /** Waits for a place. */
  delay(edge: Edge): void {
    if (this.#waiting.has(edge)) return;
    this.#waiting.add(edge);
    this.#delayed.push(edge);
  }

  /** Moves to the queue what has a place now. */
  release(queue: ReadyQueue): void {
    while (this.#inUse < this.depth) {
      const edge = this.#delayed.pop();
      if (edge === undefined) return;
      this.#waiting.delete(edge);
      queue.push(edge);
      this.schedule();
    }
  }
}

/** A heap by priority. */
export class ReadyQueue {
  readonly #heap: Edge[] = [];

  get isEmpty(): boolean {
    return this.#heap.length === 0;
  }

  push(edge: Edge): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(edge);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(at, above)) break;
      this.#swap(at, above);
      at = above;
    }
  }

  pop(): Edge | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return top;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const below = this.#isBefore(left + 1, left) ? left + 1 : left;
      if (!this.#isBefore(below, at)) return top;
      this.#swap(at, below);
      at = below;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    return first !== undefined && second !== undefined && comparePriority(first, second) < 0;
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]];
    if (first === undefined || second === undefined) return;
    this.#heap[a] = second;
    this.#heap[b] = first;
  }
}
