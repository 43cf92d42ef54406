// Which step may run next: one whose inputs are all there, the one with the longest way to the end first. Pure; the
// daemon never sees more than what runs, because Nix up to 2.34 slows down with the square of what waits.

import type { Plan } from "../../emit/plan/plan.ts";

export type StepState = "blocked" | "done" | "failed" | "ready" | "running" | "unreachable";

export class Schedule {
  readonly #users: readonly (readonly number[])[];
  readonly #missing: Int32Array;
  readonly #distance: Int32Array;
  readonly #states: StepState[];
  readonly #ready: number[] = [];
  #open = 0;

  /** `needed`: the steps to run; inputs from other steps are there. Steps are bottom-up, as in a plan. */
  constructor(plan: Plan, needed: ReadonlySet<number>) {
    const users: number[][] = plan.steps.map(() => []);
    this.#missing = new Int32Array(plan.steps.length);
    this.#distance = new Int32Array(plan.steps.length);
    this.#states = plan.steps.map(() => "done");
    for (const step of needed) {
      const inputs = new Set((plan.steps[step]?.inputs ?? []).map((input) => input.step));
      for (const input of inputs) {
        if (!needed.has(input)) continue;
        users[input]?.push(step);
        this.#missing[step] = (this.#missing[step] ?? 0) + 1;
      }
    }
    this.#users = users;
    for (let step = plan.steps.length - 1; step >= 0; step--) {
      let longest = 0;
      for (const user of users[step] ?? []) longest = Math.max(longest, 1 + (this.#distance[user] ?? 0));
      this.#distance[step] = longest;
    }
    this.#open = needed.size;
    for (const step of [...needed].sort((a, b) => a - b)) {
      this.#states[step] = "blocked";
      if (this.#missing[step] === 0) this.#push(step);
    }
  }

  /** Steps that are not finished and can still be. */
  get open(): number {
    return this.#open;
  }

  stateOf(step: number): StepState {
    return this.#states[step] ?? "done";
  }

  /** Takes a ready step; `undefined` when none is ready now. */
  take(): number | undefined {
    const step = this.#pop();
    if (step !== undefined) this.#states[step] = "running";
    return step;
  }

  /** Makes what waited for this step ready. */
  finish(step: number): void {
    this.#states[step] = "done";
    this.#open--;
    for (const user of this.#users[step] ?? []) {
      const left = (this.#missing[user] ?? 0) - 1;
      this.#missing[user] = left;
      if (left === 0 && this.#states[user] === "blocked") this.#push(user);
    }
  }

  /** Gives up the step and everything that needs it; returns how many those are. */
  fail(step: number): number {
    this.#states[step] = "failed";
    this.#open--;
    let lost = 0;
    const queue = [...(this.#users[step] ?? [])];
    for (let user = queue.pop(); user !== undefined; user = queue.pop()) {
      if (this.#states[user] === "unreachable") continue;
      this.#states[user] = "unreachable";
      this.#open--;
      lost++;
      queue.push(...(this.#users[user] ?? []));
    }
    return lost;
  }

  /** A heap by distance, then by order in the plan. */
  #push(step: number): void {
    this.#states[step] = "ready";
    const heap = this.#ready;
    let at = heap.length;
    heap.push(step);
    while (at > 0) {
      const above = (at - 1) >> 1;
      if (!this.#isBefore(heap[at], heap[above])) break;
      this.#swap(at, above);
      at = above;
    }
  }

  #pop(): number | undefined {
    const heap = this.#ready;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    heap[0] = last;
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      const below = this.#isBefore(heap[left + 1], heap[left]) ? left + 1 : left;
      if (!this.#isBefore(heap[below], heap[at])) return top;
      this.#swap(at, below);
      at = below;
    }
  }

  #isBefore(a: number | undefined, b: number | undefined): boolean {
    if (a === undefined || b === undefined) return false;
    const [far, near] = [this.#distance[a] ?? 0, this.#distance[b] ?? 0];
    return far > near || (far === near && a < b);
  }

  #swap(a: number, b: number): void {
    const heap = this.#ready;
    const kept = heap[a] ?? 0;
    heap[a] = heap[b] ?? 0;
    heap[b] = kept;
  }
}
