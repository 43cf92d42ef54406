// The `outputs` sink, its pure part: store objects become outputs of ordinary derivations, without a daemon and
// without recursive-nix. A small build is one derivation with one output per object; a large one is a derivation
// per shard, and those are the outputs of the first.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import { type Derivation, type InputNode, inputOutputs, type Output } from "../derivation.ts";
import { type Derived, type DerivedObject, type StepContext, storeObjectOf } from "../derive.ts";
import type { JsonValue } from "../json.ts";
import type { NarNode } from "../nar.ts";
import { derivationObject, narObject, type StoreObject } from "../object.ts";
import { derivationKey, type ObjectUnit, rootName, unitsOf } from "../object-keys.ts";
import { inputPlaceholder, outputPlaceholder } from "../placeholder.ts";
import type { Plan } from "../plan/plan.ts";
import { sortedSet } from "../store-path.ts";
import { isDivided, partition, type Shard } from "./partition.ts";
import { type EmittedObject, printShardData } from "./shard-data.ts";

/** What emitting derivations run with. */
export interface EmissionContext extends StepContext {
  /** Store object that holds bin/node. */
  readonly node: Bytes;
  /** Store object that holds the bundle. */
  readonly planner: Bytes;
  /** The script that stands for another derivation's output (templates/builder/forward.sh). */
  readonly forwardScript: Bytes;
}

/** How the objects of a plan are divided. Follows from the plan alone. */
export interface Division {
  /** No shards: the first derivation emits every object itself. */
  readonly shards: readonly Shard[];
  readonly units: readonly ObjectUnit[];
}

export function divisionOf(plan: Plan): Division {
  const units = unitsOf(plan);
  return { units, shards: isDivided(units) ? partition(units) : [] };
}

const dataSuffix = "-data";

/**
 * Steps that may wait for a place at once, beside those of one shard. Nix 2.34 wakes every waiting goal each time
 * a build ends, so a thousand ready steps cost minutes (bench/RESULTS.md). A shard is therefore emitted only when
 * all but this many of the steps before it are built: steps that no derivation names yet cost nothing.
 */
export const windowSize = 64;

/** Output names of the first derivation, bottom-up. The last is always the derivation of the root. */
export function entryOutputs(division: Division): readonly Bytes[] {
  if (division.shards.length === 0) return division.units.flatMap((unit) => unit.keys);
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

/** The derivation whose outputs are the emission: what `unravel-builder entry` prints. */
export function entryDerivation(
  plan: Plan,
  division: Division,
  context: EmissionContext,
  inputs: ReadonlyMap<string, Bytes>,
  settings: Bytes,
): Derivation {
  return emitting(plan.name, "emit", entryOutputs(division), context, {
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
  plan: Plan,
  division: Division,
  derived: Derived,
  context: EmissionContext,
): readonly EmittedObject[] {
  if (division.shards.length === 0)
    return derived.objects.map(({ key, object }) => ({ output: key, object }));
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
    const data = dataObject(plan, shard, members, context);
    const gate = gateOf(division.shards, shard, derivationOf);
    const derivation = derivationObject(
      shardDerivation(plan, shard, members, data.path, gate, shardOfPath, derivationOf, context),
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
  const forward = forwardDerivation(plan, rootProducer, [rootShard.output, asBytes("out")], context);
  return [
    ...result,
    { output: derivationKey(rootName), object: derivationObject(forward, undefined, context.storeDir) },
  ];
}

function dataObject(
  plan: Plan,
  shard: Shard,
  members: readonly DerivedObject[],
  context: EmissionContext,
): StoreObject {
  const contents = printShardData(
    members.map(({ key, object }) => ({ output: outputOf(key, shard), object })),
  );
  const node: NarNode = { kind: "file", executable: false, contents };
  const name = asBytes(`${plan.name}-${shard.prefix}${dataSuffix}`);
  return narObject(name, node, [], context.storeDir);
}

/** The shard whose steps must be built before another is emitted. */
interface Gate {
  readonly producer: Bytes;
  /** Outputs of the producer that are steps. */
  readonly steps: readonly Bytes[];
}

function gateOf(
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

function shardDerivation(
  plan: Plan,
  shard: Shard,
  members: readonly DerivedObject[],
  data: Bytes,
  gate: Gate | undefined,
  shardOfPath: ReadonlyMap<Bytes, { shard: Shard; output: Bytes }>,
  derivationOf: ReadonlyMap<Shard, Bytes>,
  context: EmissionContext,
): Derivation {
  // What an object refers to must be in the builder's closure, or Nix does not register the reference.
  const wanted = new Map<Bytes, Set<Bytes>>();
  for (const { object } of members) {
    for (const reference of object.references) {
      const from = shardOfPath.get(reference);
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
    asBytes(`${plan.name}-${shard.prefix}`),
    "shard",
    shard.keys.map((key) => outputOf(key, shard)),
    context,
    {
      attributes: new Map<Bytes, JsonValue>([
        [asBytes("data"), data],
        // Nix <= 2.34 forgets dynamic inputs when it remembers results: they must be named.
        ...(gate === undefined ? [] : [[asBytes("gate"), gatePlaceholders(gate)] as const]),
      ]),
      sources: [data],
      inputDrvs: withGate(
        new Map(
          [...wanted].map(([path, outputs]): [Bytes, InputNode] => [
            path,
            inputOutputs(...[...outputs].sort(compareBytes)),
          ]),
        ),
        gate,
      ),
    },
  );
}

const done = asBytes("done");

function gatePlaceholders(gate: Gate): readonly Bytes[] {
  return gate.steps.map((step) => inputPlaceholder(gate.producer, [step, done]));
}

/** `done` says nothing about what a step made, so the gate never emits a shard anew. */
function withGate(
  inputs: ReadonlyMap<Bytes, InputNode>,
  gate: Gate | undefined,
): ReadonlyMap<Bytes, InputNode> {
  if (gate === undefined) return inputs;
  const dynamic = new Map(gate.steps.map((step) => [step, inputOutputs(done)]));
  const outputs = inputs.get(gate.producer)?.outputs ?? [];
  return new Map([...inputs, [gate.producer, { outputs, dynamic }]]);
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
    // The parts of the step context are here to be known to Nix as references of what is emitted.
    inputSrcs: sortedSet([
      ...parts.sources,
      context.node,
      context.planner,
      context.environment,
      context.stepScript,
      context.rootScript,
      context.forwardScript,
      storeObjectOf(context.shell, context),
    ]),
    system: context.system,
    builder: asBytes(`${context.node}/bin/node`),
    args: [asBytes(`${context.planner}/unravel-builder.mjs`), asBytes(stage)],
    env: new Map(outputs.map((output) => [output, outputPlaceholder(output)])),
    // Hundreds of outputs do not fit into environment variables.
    structuredAttrs: new Map<Bytes, JsonValue>([...parts.attributes, [asBytes("name"), name]]),
  };
}

function forwardDerivation(
  plan: Plan,
  producer: Bytes,
  chain: readonly [Bytes, Bytes],
  context: EmissionContext,
): Derivation {
  const name = asBytes(`${plan.name}-${rootName}`);
  const [inner, output] = chain;
  const out = asBytes("out");
  return {
    name,
    outputs: new Map([[out, { kind: "floating", method: "nar", algo: "sha256" }]]),
    inputDrvs: new Map([[producer, { outputs: [], dynamic: new Map([[inner, inputOutputs(output)]]) }]]),
    inputSrcs: sortedSet([context.forwardScript, context.environment, storeObjectOf(context.shell, context)]),
    system: context.system,
    builder: context.shell,
    args: [context.forwardScript],
    env: new Map([[out, outputPlaceholder(out)]]),
    structuredAttrs: new Map<Bytes, JsonValue>([
      [asBytes("name"), name],
      [asBytes("environment"), context.environment],
      // Nix <= 2.34 forgets dynamic inputs when it remembers results: the placeholder is what tells them apart.
      [asBytes("target"), inputPlaceholder(producer, chain)],
    ]),
  };
}

function outputOf(key: Bytes, shard: Shard): Bytes {
  return asBytes(key.slice(shard.prefix.length + 1));
}
