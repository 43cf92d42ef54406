// Why edges are built, for `-d explain` (ninja: `Explanations`).

import type { Bytes } from "../../graph/bytes.ts";
import type { Edge, Node } from "./node.ts";

/** Says `ninja explain: …` on a line of its own. */
export type Say = (text: string) => void;

export class Explanations {
  readonly #say: Say;
  readonly #reasons = new Map<Node, string[]>();

  constructor(say: Say) {
    this.#say = say;
  }

  record(node: Node, reason: string): void {
    const known = this.#reasons.get(node);
    if (known === undefined) this.#reasons.set(node, [reason]);
    else known.push(reason);
  }

  explain(edge: Edge): void {
    for (const output of edge.outputs)
      for (const reason of this.#reasons.get(output) ?? []) this.#say(reason);
  }

  explainDyndep(path: Bytes): void {
    this.#say(`loading dyndep file '${path}'`);
  }
}
