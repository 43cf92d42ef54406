// Which objects one emitting derivation writes. An output's store path is called "<derivation>-<output>", so the
// objects of a shard share a prefix that ends at a dash, and the shard is called by it; the names of the objects
// do not depend on how they are divided.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import type { ObjectUnit } from "../object-set.ts";

export interface Shard {
  /** "1-src-net"; every key of the shard is "<prefix>-<output>". */
  readonly prefix: Bytes;
  /** In the order of the units given. */
  readonly keys: readonly Bytes[];
  /** Keys of the derivations whose `done` later shards may wait for. */
  readonly steps: readonly Bytes[];
}

/**
 * Objects that a shard holds where names allow it. Nix's cost is quadratic in outputs (250 take 0.9 s, 1000 up to
 * 5 s); steps come in smaller shards because those of one shard all wait for a place at once (gate.ts).
 */
const sourceLimit = 128;
const stepLimit = 32;

/**
 * Divides units into shards. A shard never mixes heights (the part of a name before the first dash), so no two
 * shards need each other. Shards come in order of height, then name.
 */
export function partition(units: readonly ObjectUnit[]): readonly Shard[] {
  const heights = new Map<string, ObjectUnit[]>();
  for (const unit of units) {
    const height = unit.name.slice(0, unit.name.indexOf("-"));
    const known = heights.get(height);
    if (known === undefined) heights.set(height, [unit]);
    else known.push(unit);
  }
  return [...heights].flatMap(([height, members]) =>
    divide(height, members, height === "0" ? sourceLimit : stepLimit),
  );
}

function divide(prefix: string, units: readonly ObjectUnit[], limit: number): readonly Shard[] {
  if (weigh(units) <= limit) return [shardOf(prefix, units)];
  const here: ObjectUnit[] = [];
  const below = new Map<string, ObjectUnit[]>();
  for (const unit of units) {
    const dash = unit.name.indexOf("-", prefix.length + 1);
    if (dash < 0) here.push(unit);
    else {
      const child = unit.name.slice(0, dash);
      const members = below.get(child);
      if (members === undefined) below.set(child, [unit]);
      else members.push(unit);
    }
  }
  // Small groups stay with the parent while there is room: a shard is a build, and costs as much as a small one.
  const children = [...below].sort(([a, x], [b, y]) => weigh(x) - weigh(y) || compareBytes(a, b));
  let weight = weigh(here);
  const kept = new Set(here);
  const shards: Shard[] = [];
  for (const [child, members] of children) {
    const added = weigh(members);
    if (weight + added <= limit) {
      for (const unit of members) kept.add(unit);
      weight += added;
    } else shards.push(...divide(child, members, limit));
  }
  if (kept.size > 0) {
    shards.push(
      shardOf(
        prefix,
        units.filter((unit) => kept.has(unit)),
      ),
    );
  }
  return shards.sort((a, b) => compareBytes(a.prefix, b.prefix));
}

function shardOf(prefix: string, units: readonly ObjectUnit[]): Shard {
  return {
    prefix: asBytes(prefix),
    keys: units.flatMap((unit) => unit.keys),
    steps: units.flatMap((unit) =>
      unit.hasDone === false ? [] : unit.keys.filter((key) => key.endsWith(".drv")),
    ),
  };
}

function weigh(units: readonly ObjectUnit[]): number {
  let weight = 0;
  for (const unit of units) weight += unit.keys.length;
  return weight;
}

/** The output of a shard that becomes the object of a key. */
export function outputOf(key: Bytes, shard: Shard): Bytes {
  return asBytes(key.slice(shard.prefix.length + 1));
}
