// Which steps a graph runs before which, asked for pairs of steps.

import type { FileId, Step } from "../../graph/graph.ts";

interface Producers {
  readonly graph: { readonly steps: readonly Step[] };
  producerOf(file: FileId): Step | undefined;
}

/** A question is a walk back from the later step, cut off at steps that come before the earlier one. */
export class BuildOrder {
  readonly #view: Producers;
  /** By number of the step; greater than that of all before it. */
  readonly #ranks: Int32Array;
  /** Number of the last question in which the step was seen. */
  readonly #seen: Int32Array;
  #questions = 0;

  constructor(view: Producers) {
    this.#view = view;
    this.#ranks = ranksOf(view);
    this.#seen = new Int32Array(this.#ranks.length);
  }

  isBefore(earlier: Step, later: Step): boolean {
    const ranks = this.#ranks;
    const seen = this.#seen;
    const rank = ranks[earlier.id] ?? 0;
    const question = ++this.#questions;
    const queue = [later];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const files of [next.inputs, next.after]) {
        for (let i = 0; i < files.length; i++) {
          const need = this.#view.producerOf(files[i] as FileId);
          if (need === undefined) continue;
          if (need === earlier) return true;
          if ((ranks[need.id] ?? 0) <= rank || seen[need.id] === question) continue;
          seen[need.id] = question;
          queue.push(need);
        }
      }
    }
    return false;
  }
}

/** A step being looked through: `next` counts its inputs, then what it comes after. */
interface Frame {
  readonly step: Step;
  readonly inputs: Step["inputs"];
  readonly after: Step["after"];
  next: number;
}

/** In a cycle the ranks mean nothing, and it is an error anyway. */
function ranksOf(view: Producers): Int32Array {
  const { steps } = view.graph;
  const ranks = new Int32Array(steps.length);
  const entered = new Uint8Array(steps.length);
  let rank = 0;
  for (const root of steps) {
    if (entered[root.id] === 1) continue;
    entered[root.id] = 1;
    const stack: Frame[] = [{ step: root, inputs: root.inputs, after: root.after, next: 0 }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const { inputs, after } = top;
      const i = top.next++;
      const file = i < inputs.length ? inputs[i] : after[i - inputs.length];
      if (file === undefined) {
        stack.pop();
        ranks[top.step.id] = rank++;
        continue;
      }
      const need = view.producerOf(file);
      if (need === undefined || entered[need.id] === 1) continue;
      entered[need.id] = 1;
      stack.push({ step: need, inputs: need.inputs, after: need.after, next: 0 });
    }
  }
  return ranks;
}
