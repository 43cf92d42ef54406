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

/** The shard whose steps must be built before another is emitted. */
export interface Gate {
  readonly producer: Bytes;
  /** Outputs of the producer that are steps. */
  readonly steps: readonly Bytes[];
}

export function gateOf(
  shards: readonly Shard[],
  shard: Shard,
  derivationOf: ReadonlyMap<Shard, Bytes>,
): Gate | undefined {
  let waiting = 0;
  for (let index = shards.indexOf(shard) - 1; index >= 0; index--) {
    const earlier = shards[index];
    const producer = earlier === undefined ? undefined : derivationOf.get(earlier);
    if (earlier === undefined || producer === undefined) return undefined;
    const steps = earlier.keys.filter((key) => key.endsWith(".drv")).map((key) => outputOf(key, earlier));
    if (steps.length === 0) return undefined;
    if (waiting >= windowSize) return { producer, steps };
    waiting += steps.length;
  }
  return undefined;
}

const done = asBytes("done");

export function gatePlaceholders(gate: Gate): readonly Bytes[] {
  return gate.steps.map((step) => inputPlaceholder(gate.producer, [step, done]));
}

/** `done` says nothing about what a step made, so the gate never emits a shard anew. */
export function withGate(
  inputs: ReadonlyMap<Bytes, InputNode>,
  gate: Gate | undefined,
): ReadonlyMap<Bytes, InputNode> {
  if (gate === undefined) return inputs;
  const dynamic = new Map(gate.steps.map((step) => [step, inputOutputs(done)]));
  const outputs = inputs.get(gate.producer)?.outputs ?? [];
  return new Map([...inputs, [gate.producer, { outputs, dynamic }]]);
}
