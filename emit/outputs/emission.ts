// The `outputs` sink, its pure part: store objects become outputs of ordinary derivations, without a daemon and
// without recursive-nix. A small build is one derivation with one output per object; a large one is a derivation
// per shard, and those are the outputs of the first.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import { printDerivation } from "../aterm.ts";
import { type Derivation, type InputNode, inputOutputs, type Output } from "../derivation.ts";
import type { JsonValue } from "../json.ts";
import type { NarNode } from "../nar.ts";
import { derivationObject, narObject, type StoreObject } from "../object.ts";
import {
  type DerivedObject,
  type DerivedSet,
  derivationKey,
  type ObjectSet,
  rootName,
} from "../object-set.ts";
import { inputPlaceholder, outputPlaceholder } from "../placeholder.ts";
import { sortedSet, storeObjectOf } from "../store-path.ts";
import type { EmissionContext } from "./context.ts";
import { forwardDerivation } from "./forward.ts";
import { type Gate, gatePlaceholders, gatesOf, withGates } from "./gate.ts";
import { outputOf, partition, type Shard } from "./partition.ts";
import { type EmittedObject, printShardData } from "./shard-data.ts";

/** How the objects of a set are divided. Follows from their names alone. */
export interface Division {
  /** No shards: the first derivation emits every object itself. */
  readonly shards: readonly Shard[];
  readonly set: ObjectSet;
}

export function divisionOf(set: ObjectSet): Division {
  return { set, shards: set.isGated ? partition(set.units) : [] };
}

const dataSuffix = "-data";

/** Output names of the first derivation, bottom-up. The last is always the derivation of the root. */
export function entryOutputs(division: Division): readonly Bytes[] {
  if (division.shards.length === 0) return division.set.units.flatMap((unit) => unit.keys);
  return [
    ...division.shards.flatMap((shard) => [asBytes(shard.prefix + dataSuffix), derivationKey(shard.prefix)]),
    derivationKey(rootName),
  ];
}

/** Text for what ends in ".drv", a tree for everything else; all by sha256. */
export function floatingOutputs(names: readonly Bytes[]): ReadonlyMap<Bytes, Output> {
  return new Map(
    names.map((name): [Bytes, Output] => [
      name,
      { kind: "floating", method: name.endsWith(".drv") ? "text" : "nar", algo: "sha256" },
    ]),
  );
}

/** The derivation whose outputs are the emission; `stage` of the builder writes them. */
export function entryDerivation(
  division: Division,
  stage: string,
  context: EmissionContext,
  inputs: ReadonlyMap<string, Bytes>,
  settings: Bytes,
): Derivation {
  return emitting(division.set.name, stage, entryOutputs(division), context, {
    attributes: new Map([
      ...[...inputs].map(([name, path]): [Bytes, JsonValue] => [asBytes(name), path]),
      [asBytes("settings"), settings],
    ]),
    sources: [...inputs.values()],
    inputDrvs: new Map(),
  });
}

/** The objects that the first derivation writes, in the order of {@link entryOutputs}. */
export function entryObjects(
  division: Division,
  derived: DerivedSet,
  context: EmissionContext,
): readonly EmittedObject[] {
  if (division.shards.length === 0)
    return derived.objects.map(({ key, object }) => ({ output: key, object }));
  const { name } = division.set;
  const byKey = new Map(derived.objects.map((derivedObject) => [derivedObject.key, derivedObject]));
  const shardOfPath = new Map<Bytes, { shard: Shard; output: Bytes }>();
  for (const shard of division.shards) {
    for (const key of shard.keys) {
      const found = byKey.get(key);
      if (found !== undefined) shardOfPath.set(found.object.path, { shard, output: outputOf(key, shard) });
    }
  }
  const result: EmittedObject[] = [];
  const derivationOf = new Map<Shard, Bytes>();
  for (const shard of division.shards) {
    const members = shard.keys.flatMap((key) => byKey.get(key) ?? []);
    const data = dataObject(name, shard, members, context);
    const gates = gatesOf(division.shards, shard, derivationOf);
    const derivation = derivationObject(
      shardDerivation(name, shard, members, data.path, gates, shardOfPath, derivationOf, context),
      undefined,
      context.storeDir,
    );
    derivationOf.set(shard, derivation.path);
    result.push(
      { output: asBytes(shard.prefix + dataSuffix), object: data },
      { output: derivationKey(shard.prefix), object: derivation },
    );
  }
  const rootShard = shardOfPath.get(derived.root);
  const rootProducer = rootShard === undefined ? undefined : derivationOf.get(rootShard.shard);
  if (rootShard === undefined || rootProducer === undefined) throw new Error("no shard holds the root");
  const forward = forwardDerivation(name, rootProducer, [rootShard.output, asBytes("out")], context);
  return [
    ...result,
    { output: derivationKey(rootName), object: derivationObject(forward, undefined, context.storeDir) },
  ];
}

function dataObject(
  setName: Bytes,
  shard: Shard,
  members: readonly DerivedObject[],
  context: EmissionContext,
): StoreObject {
  const contents = printShardData(
    members.map(({ key, object }) => ({ output: outputOf(key, shard), object })),
  );
  const node: NarNode = { kind: "file", executable: false, contents };
  const name = asBytes(`${setName}-${shard.prefix}${dataSuffix}`);
  return narObject(name, node, [], context.storeDir);
}

function shardDerivation(
  setName: Bytes,
  shard: Shard,
  members: readonly DerivedObject[],
  data: Bytes,
  gates: readonly Gate[],
  shardOfPath: ReadonlyMap<Bytes, { shard: Shard; output: Bytes }>,
  derivationOf: ReadonlyMap<Shard, Bytes>,
  context: EmissionContext,
): Derivation {
  // What an object refers to must be in the builder's closure, or Nix does not register the reference.
  const wanted = new Map<Bytes, Set<Bytes>>();
  const outside = new Set<Bytes>();
  for (const { object } of members) {
    for (const reference of object.references) {
      const from = shardOfPath.get(reference);
      if (from === undefined) outside.add(reference);
      if (from === undefined || from.shard === shard) continue;
      const producer = derivationOf.get(from.shard);
      if (producer === undefined)
        throw new Error(`shard ${shard.prefix} comes before ${from.shard.prefix}, which it needs`);
      const outputs = wanted.get(producer);
      if (outputs === undefined) wanted.set(producer, new Set([from.output]));
      else outputs.add(from.output);
    }
  }
  return emitting(
    asBytes(`${setName}-${shard.prefix}`),
    "shard",
    shard.keys.map((key) => outputOf(key, shard)),
    context,
    {
      attributes: new Map<Bytes, JsonValue>([
        [asBytes("data"), data],
        // Nix <= 2.34 forgets dynamic inputs when it remembers results: they must be named.
        ...(gates.length === 0 ? [] : [[asBytes("gate"), gatePlaceholders(gates)] as const]),
      ]),
      sources: [data, ...outside],
      inputDrvs: withGates(
        new Map(
          [...wanted].map(([path, outputs]): [Bytes, InputNode] => [
            path,
            inputOutputs(...[...outputs].sort(compareBytes)),
          ]),
        ),
        gates,
      ),
    },
  );
}

/** Shards are many: theirs is small, and starts 17 ms sooner. */
function programOf(stage: string): string {
  return stage === "shard" ? "unravel-shard" : "unravel-builder";
}

interface EmittingParts {
  readonly attributes: ReadonlyMap<Bytes, JsonValue>;
  readonly sources: readonly Bytes[];
  readonly inputDrvs: ReadonlyMap<Bytes, InputNode>;
}

function emitting(
  name: Bytes,
  stage: string,
  outputs: readonly Bytes[],
  context: EmissionContext,
  parts: EmittingParts,
): Derivation {
  return {
    name,
    outputs: floatingOutputs(outputs),
    inputDrvs: parts.inputDrvs,
    inputSrcs: sortedSet([
      ...parts.sources,
      context.node,
      context.planner,
      context.environment,
      context.forwardScript,
      storeObjectOf(context.shell, context.storeDir),
      ...context.references,
    ]),
    system: context.system,
    builder: asBytes(`${context.node}/bin/node`),
    args: [asBytes(`${context.planner}/${programOf(stage)}.mjs`), asBytes(stage)],
    // Structured attributes tell a builder its outputs. With a variable for each the process of Nix took 875 MB for the
    // 520 shards of a kernel of 3,617 steps, and takes 673 MB without.
    env: new Map(),
    structuredAttrs: new Map<Bytes, JsonValue>([...parts.attributes, [asBytes("name"), name]]),
  };
}

/**
 * Stands in for an emission when the plan is of generated files only: its root is the root of the emission that
 * `next` prints, which is planned once those files are there. `root` is the placeholder of that root.
 */
export function postponedDerivation(
  name: Bytes,
  next: Bytes,
  root: Bytes,
  context: EmissionContext,
): Derivation {
  const forward = forwardDerivation(name, next, emittedRoot, context, root);
  const output = derivationKey(rootName);
  return {
    name,
    outputs: floatingOutputs([output]),
    inputDrvs: new Map(),
    inputSrcs: sortedSet([next, ...forward.inputSrcs]),
    system: context.system,
    builder: context.shell,
    // The text has another output than this derivation, or Nix would take its placeholder for this one's.
    args: [asBytes("-c"), asBytes(`. "$NIX_ATTRS_SH_FILE"; printf %s "$text" > "\${outputs[${output}]}"`)],
    env: new Map([[output, outputPlaceholder(output)]]),
    structuredAttrs: new Map<Bytes, JsonValue>([
      [asBytes("name"), name],
      [asBytes("text"), printDerivation(forward, context.storeDir)],
    ]),
  };
}

/** Outputs on the way from an entry's derivation to what its root makes. */
const emittedRoot: readonly Bytes[] = [asBytes("out"), derivationKey(rootName), asBytes("out")];

/** Stands for what the root of an emission makes, where `entry` prints the emission. */
export function emittedRootPlaceholder(entry: Bytes): Bytes {
  return inputPlaceholder(entry, emittedRoot);
}

/** The same where `next` prints the root's derivation itself, as with recursive-nix. */
export function postponedRoot(name: Bytes, next: Bytes, context: EmissionContext): StoreObject {
  const forward = forwardDerivation(name, next, [asBytes("out"), asBytes("out")], context);
  return derivationObject(forward, undefined, context.storeDir);
}
