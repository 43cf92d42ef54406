// Fetching: a fixed-output derivation per `.crate` file, one that unpacks it, and a root that joins them to what cargo
// takes for vendored directories. What a fetch gives follows from name, version and checksum: all projects share it.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import type { LockedCrate, LockedCrates } from "../../graph/locked-crates.ts";
import { type Derivation, type InputNode, inputOutputs, outputPath } from "../derivation.ts";
import { fetchDerivation, fetchUnit } from "../fetch.ts";
import { sha256 } from "../hash.ts";
import type { JsonValue } from "../json.ts";
import { derivationObject, type StoreObject } from "../object.ts";
import {
  type DerivedObject,
  type DerivedSet,
  derivationKey,
  type ObjectSet,
  rootName,
} from "../object-set.ts";
import { partition } from "../outputs/partition.ts";
import { inputPlaceholder, outputPlaceholder } from "../placeholder.ts";
import { sortedSet, storeObjectOf } from "../store-path.ts";
import { vendorDirectory } from "./command.ts";
import { cargoSetName } from "./plan.ts";

export interface CratesPlan {
  readonly locked: LockedCrates;
  readonly crates: readonly NamedCrate[];
  readonly set: ObjectSet;
}

interface NamedCrate {
  readonly crate: LockedCrate;
  /** "a-serde-1.0.152.crate"; `undefined` for a checkout. */
  readonly fetch: Bytes | undefined;
  /** "ua-serde-1.0.152" */
  readonly unpack: Bytes;
}

export interface CratesContext {
  readonly storeDir: Bytes;
  readonly system: Bytes;
  /** Store object that holds bin/node. */
  readonly node: Bytes;
  /** The program that unpacks: a file. */
  readonly unpacker: Bytes;
}

/** More objects than one derivation writes at little cost. */
const mostTogether = 320;
/** Downloads that may wait for a place at once. */
const windowSize = 48;

/** Names of derivations; the first digit of a hash divides those of a large lockfile into groups. */
export function planCrates(locked: LockedCrates): CratesPlan {
  const taken = new Set<string>();
  const crates = locked.crates.map((crate): NamedCrate => {
    const { name, version, from } = crate;
    const id = from.kind === "archive" ? from.sha256 : sha256(asBytes(`${name} ${version} ${from.path}`));
    const label = `${name.slice(0, 80)}-${version.slice(0, 60)}`;
    const group = id.slice(0, 1);
    const plain = `${group}-${label}`;
    // One version of two registries.
    const stem = taken.has(plain) ? `${plain}-${id.slice(0, 12)}` : plain;
    taken.add(stem);
    return {
      crate,
      fetch: from.kind === "archive" ? asBytes(`${stem}.crate`) : undefined,
      unpack: asBytes(`u${stem}`),
    };
  });
  crates.sort((a, b) => compareBytes(a.unpack, b.unpack));
  const units = [
    ...crates.flatMap(({ fetch }) => (fetch === undefined ? [] : [fetchUnit(fetch)])),
    ...crates.map(({ unpack }) => ({ name: unpack, keys: [derivationKey(unpack)], hasDone: false })),
    { name: rootName, keys: [derivationKey(rootName)], hasDone: false },
  ];
  return { locked, crates, set: { name: cargoSetName, units, isGated: units.length > mostTogether } };
}

export function deriveCrates(plan: CratesPlan, context: CratesContext): DerivedSet {
  const objects = new Map<Bytes, DerivedObject>();
  const add = (key: Bytes, derivation: Derivation): Bytes => {
    const object: StoreObject = derivationObject(derivation, undefined, context.storeDir);
    objects.set(key, { key, object });
    return object.path;
  };
  const shards = shardsOf(plan);
  const step = Math.max(1, Math.floor(windowSize / new Set(shards.values()).size));
  const earlier = new Map<number, Bytes[]>();
  const unpacked = plan.crates.map(({ crate, fetch, unpack }): Bytes => {
    const { from } = crate;
    if (from.kind === "checkout" || fetch === undefined) {
      const path = from.kind === "checkout" ? from.path : asBytes("");
      return add(derivationKey(unpack), unpackDerivation(unpack, crate, path, undefined, context));
    }
    // Only within a shard: two shards must not need each other.
    const shard = shards.get(fetch) ?? 0;
    const line = earlier.get(shard) ?? [];
    earlier.set(shard, line);
    const request = { name: fetch, url: from.url, algorithm: "sha256", hex: from.sha256 } as const;
    const before = line.at(-step);
    const path =
      outputPath(fetchDerivation(cargoSetName, request, asBytes(""), before), out, context.storeDir) ??
      asBytes("");
    const derivation = add(derivationKey(fetch), fetchDerivation(cargoSetName, request, path, before));
    line.push(derivation);
    return add(derivationKey(unpack), unpackDerivation(unpack, crate, path, derivation, context));
  });
  const root = add(derivationKey(rootName), vendorDerivation(plan, unpacked, context));
  const ordered = plan.set.units.flatMap(({ keys }) => keys.flatMap((key) => objects.get(key) ?? []));
  return { objects: ordered, root };
}

const out = asBytes("out");

/** The number of the shard that each download is emitted in. */
function shardsOf({ set }: CratesPlan): ReadonlyMap<Bytes, number> {
  if (!set.isGated) return new Map(set.units.map(({ name }) => [name, 0]));
  const numbers = new Map<Bytes, number>();
  for (const [number, shard] of partition(set.units).entries())
    for (const key of shard.keys) numbers.set(asBytes(key.replace(/\.drv$/, "")), number);
  return numbers;
}

function unpackDerivation(
  unitName: Bytes,
  { name, version, from }: LockedCrate,
  path: Bytes,
  fetched: Bytes | undefined,
  context: CratesContext,
): Derivation {
  const attributes = new Map<Bytes, JsonValue>([
    [asBytes("crate"), name],
    [asBytes("version"), version],
    [asBytes("path"), path],
    [asBytes("checksum"), from.kind === "archive" ? from.sha256 : null],
  ]);
  const stage = from.kind === "archive" ? "unpack" : "checkout";
  const inputs = new Map(fetched === undefined ? [] : [[fetched, inputOutputs(out)] as const]);
  const sources = fetched === undefined ? [storeObjectOf(path, context.storeDir)] : [];
  return nodeDerivation(unitName, stage, attributes, inputs, sources, context);
}

function vendorDerivation(plan: CratesPlan, unpacked: readonly Bytes[], context: CratesContext): Derivation {
  const configuration = plan.locked.sources
    .map(({ directory, configuration: text }) => text.replace("#", `${vendorDirectory}/${directory}`))
    .join("\n");
  const attributes = new Map<Bytes, JsonValue>([
    [asBytes("crates"), unpacked.map((path) => inputPlaceholder(path, [out]))],
    [asBytes("directories"), plan.crates.map(({ crate }) => crate.directory)],
    [asBytes("sources"), plan.locked.sources.map(({ directory }) => directory)],
    [asBytes("configuration"), asBytes(configuration)],
  ]);
  const inputs = new Map(unpacked.map((path): [Bytes, InputNode] => [path, inputOutputs(out)]));
  return nodeDerivation(rootName, "vendor", attributes, inputs, [], context);
}

function nodeDerivation(
  unitName: Bytes,
  stage: string,
  attributes: ReadonlyMap<Bytes, JsonValue>,
  inputDrvs: ReadonlyMap<Bytes, InputNode>,
  sources: readonly Bytes[],
  { node, unpacker, system }: CratesContext,
): Derivation {
  const name = asBytes(`${cargoSetName}-${unitName}`);
  return {
    name,
    outputs: new Map([[out, { kind: "floating", method: "nar", algo: "sha256" }]]),
    inputDrvs,
    inputSrcs: sortedSet([...sources, node, unpacker]),
    system,
    builder: asBytes(`${node}/bin/node`),
    args: [unpacker, asBytes(stage)],
    env: new Map([[out, outputPlaceholder(out)]]),
    structuredAttrs: new Map([...attributes, [asBytes("name"), name]]),
  };
}
