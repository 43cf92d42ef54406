// How far a build is, and how long it will take (ninja: the counters of `StatusPrinter`).

import type { Edge } from "./node.ts";

/** Of edges whose last run was timed. */
interface Predictable {
  total: number;
  remaining: number;
  timeTotal: number;
  timeRemaining: number;
}

/** Counts edges; times are milliseconds. */
export class Counters {
  started = 0;
  finished = 0;
  total = 0;
  running = 0;
  /** Since the build began. */
  time = 0;
  #commandTime = 0;
  #untimed = 0;
  readonly #timed: Predictable = { total: 0, remaining: 0, timeTotal: 0, timeRemaining: 0 };

  add(edge: Edge): void {
    this.total++;
    this.#predict(edge, 1, 1);
  }

  remove(edge: Edge): void {
    this.total--;
    this.#predict(edge, -1, -1);
  }

  start(time: number): void {
    this.started++;
    this.running++;
    this.time = time;
  }

  finish(edge: Edge, start: number, end: number): void {
    this.time = end;
    this.finished++;
    this.#commandTime += end - start;
    this.#predict(edge, 0, -1);
  }

  reset(): void {
    this.started = 0;
    this.finished = 0;
    this.running = 0;
  }

  get percent(): number {
    return this.finished === 0 || this.total === 0 ? 0 : Math.trunc((100 * this.finished) / this.total);
  }

  /** Part of the whole time that has passed, by the times of earlier runs; 0 when nothing is known. */
  predicted(): number {
    const timed = this.#timed;
    const usesPast = timed.remaining > 0 && timed.timeRemaining > 0 && !this.#isUnlikeThePast();
    const known = this.finished + (usesPast ? timed.remaining : 0);
    if (known === 0) return 0;
    const unknown = usesPast ? this.#untimed : this.total - this.finished;
    const past = usesPast ? timed.timeRemaining : 0;
    const average = (this.#commandTime + past) / known;
    const whole = this.#commandTime + average * unknown + past;
    return whole === 0 ? 0 : this.#commandTime / whole;
  }

  /** After a while, commands take ten times as long as they once did, or a tenth. */
  #isUnlikeThePast(): boolean {
    const isEarly = this.time < 15_000 || this.finished / this.total < 0.05;
    if (this.total === 0 || this.finished === 0 || isEarly) return false;
    const now = this.#commandTime / this.finished;
    const past = this.#timed.timeTotal / this.#timed.total;
    return Math.max(now, past) / Math.min(now, past) >= 10;
  }

  #predict(edge: Edge, total: number, remaining: number): void {
    const time = edge.lastDuration;
    if (time < 0) {
      this.#untimed += remaining;
      return;
    }
    this.#timed.total += total;
    this.#timed.remaining += remaining;
    this.#timed.timeTotal += total * time;
    this.#timed.timeRemaining += remaining * time;
  }
}

/** Edges per second over the last few of them. */
export class SlidingRate {
  readonly #size: number;
  readonly #times: number[] = [];
  #last = -1;
  #rate = -1;

  constructor(size: number) {
    this.#size = size;
  }

  /** -1 before two edges finished at different times. */
  update(finished: number, time: number): number {
    if (finished === this.#last) return this.#rate;
    this.#last = finished;
    if (this.#times.length === this.#size) this.#times.shift();
    this.#times.push(time);
    const span = time - (this.#times[0] ?? time);
    if (span !== 0) this.#rate = this.#times.length / (span / 1000);
    return this.#rate;
  }
}
