// Which steps a graph runs before which, asked for pairs of steps.

import type { FileId, Step } from "../../graph/graph.ts";

interface Producers {
  readonly graph: { readonly steps: readonly Step[] };
  producerOf(file: FileId): Step | undefined;
}

/** A question is a walk back from the later step, cut off at steps that come before the earlier one. */
export class BuildOrder {
  readonly #view: Producers;
  readonly #ranks: ReadonlyMap<Step, number>;

  constructor(view: Producers) {
    this.#view = view;
    this.#ranks = ranksOf(view);
  }

  isBefore(earlier: Step, later: Step): boolean {
    const rank = this.#ranks.get(earlier) ?? 0;
    const seen = new Set<Step>();
    const queue = [later];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const need of needsOf(next, this.#view)) {
        if (need === earlier) return true;
        if ((this.#ranks.get(need) ?? 0) <= rank || seen.has(need)) continue;
        seen.add(need);
        queue.push(need);
      }
    }
    return false;
  }
}

/** A step's rank is greater than that of all before it. In a cycle the ranks mean nothing, and it is an error anyway. */
function ranksOf(view: Producers): ReadonlyMap<Step, number> {
  const ranks = new Map<Step, number>();
  const entered = new Set<Step>();
  for (const root of view.graph.steps) {
    if (entered.has(root)) continue;
    entered.add(root);
    const stack = [{ step: root, needs: needsOf(root, view) }];
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.needs.next();
      if (next.done === true) {
        stack.pop();
        ranks.set(top.step, ranks.size);
      } else if (!entered.has(next.value)) {
        entered.add(next.value);
        stack.push({ step: next.value, needs: needsOf(next.value, view) });
      }
    }
  }
  return ranks;
}

function* needsOf(step: Step, view: Producers): Generator<Step, void, void> {
  for (const files of [step.inputs, step.after]) {
    for (const file of files) {
      const producer = view.producerOf(file);
      if (producer !== undefined) yield producer;
    }
  }
}
