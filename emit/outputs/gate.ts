// The window: a shard is emitted only when all but some of the steps before it are built.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { type InputNode, inputOutputs } from "../derivation.ts";
import { inputPlaceholder } from "../placeholder.ts";
import { outputOf, type Shard } from "./partition.ts";

/**
 * Steps that may wait for a place at once, beside those of one shard. Nix 2.34 wakes every waiting goal each time
 * a build ends, so a thousand ready steps cost minutes (bench/RESULTS.md). A shard is therefore emitted only when
 * all but this many of the steps before it are built: steps that no derivation names yet cost nothing.
 */
export const windowSize = 16;

/** A shard whose steps must be built before another is emitted. */
export interface Gate {
  readonly producer: Bytes;
  /** Outputs of the producer that are steps. */
  readonly steps: readonly Bytes[];
}

/**
 * All shards but the nearest ones must be built. The last of those waited in its turn for all that lie further
 * back, so the shards named here are those since then: each is named, whatever their sizes, and few are.
 */
export function gatesOf(
  shards: readonly Shard[],
  shard: Shard,
  derivationOf: ReadonlyMap<Shard, Bytes>,
): readonly Gate[] {
  const last = lastBuilt(shards, shards.indexOf(shard));
  const gates: Gate[] = [];
  for (let index = last; index > lastBuilt(shards, last); index--) {
    const earlier = shards[index];
    const producer = earlier === undefined ? undefined : derivationOf.get(earlier);
    if (earlier === undefined || producer === undefined) break;
    const { steps } = earlier;
    if (steps.length > 0) gates.push({ producer, steps: steps.map((key) => outputOf(key, earlier)) });
  }
  return gates;
}

/** The last shard that must be built before the one at `index` is emitted; -1 when none must. */
function lastBuilt(shards: readonly Shard[], index: number): number {
  let waiting = 0;
  for (let earlier = index - 1; earlier >= 0; earlier--) {
    if (waiting >= windowSize) return earlier;
    const shard = shards[earlier];
    waiting += shard === undefined ? 0 : shard.steps.length;
  }
  return -1;
}

const done = asBytes("done");

export function gatePlaceholders(gates: readonly Gate[]): readonly Bytes[] {
  return gates.flatMap(({ producer, steps }) =>
    steps.map((step) => inputPlaceholder(producer, [step, done])),
  );
}

/** `done` says nothing about what a step made, so a gate never emits a shard anew. */
export function withGates(
  inputs: ReadonlyMap<Bytes, InputNode>,
  gates: readonly Gate[],
): ReadonlyMap<Bytes, InputNode> {
  const all = new Map(inputs);
  for (const { producer, steps } of gates) {
    const outputs = inputs.get(producer)?.outputs ?? [];
    all.set(producer, { outputs, dynamic: new Map(steps.map((step) => [step, inputOutputs(done)])) });
  }
  return all;
}
