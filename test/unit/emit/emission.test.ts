// Emission end to end, without Nix: the objects are written as a builder writes them and registered as Nix does it.
// Every path and reference that was predicted must come out.

import { describe, expect, it } from "vitest";
import { parseDerivation } from "../../../emit/aterm-reader.ts";
import type { Derivation } from "../../../emit/derivation.ts";
import { derivationProblems } from "../../../emit/derivation-check.ts";
import { type Derived, derive } from "../../../emit/derive.ts";
import { bytesOfContents } from "../../../emit/nar.ts";
import { derivationObject } from "../../../emit/object.ts";
import { objectSetOf } from "../../../emit/object-keys.ts";
import {
  type Division,
  divisionOf,
  emittedRootPlaceholder,
  entryDerivation,
  entryObjects,
  entryOutputs,
  postponedDerivation,
  postponedRoot,
} from "../../../emit/outputs/emission.ts";
import { windowSize } from "../../../emit/outputs/gate.ts";
import { type EmittedObject, parseShardData } from "../../../emit/outputs/shard-data.ts";
import type { Plan } from "../../../emit/plan/plan.ts";
import { asBytes, type Bytes, fromBuffer } from "../../../graph/bytes.ts";
import { planOf, rules } from "../plan/plan-case.ts";
import { compiler, context, onlySource, readFrom, somePath } from "./context.ts";
import { buildAndRegister } from "./registration.ts";

const inputs: ReadonlyMap<string, Bytes> = new Map([
  ["plan", somePath("p-plan")],
  ["source", somePath("source")],
  ["configured", somePath("p-configured-tree")],
  ["environment", context.environment],
]);

/** A store that remembers references, as Nix's database does. */
class Store {
  readonly references = new Map<string, readonly string[]>([
    [context.environment, [compiler]],
    [inputs.get("source") ?? "", [onlySource]],
  ]);

  closureOf(paths: Iterable<string>): ReadonlySet<string> {
    const closure = new Set<string>();
    const queue = [...paths];
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      if (closure.has(path)) continue;
      closure.add(path);
      queue.push(...(this.references.get(path) ?? []));
    }
    return closure;
  }

  /** Builds one emitting derivation; the paths of its outputs. */
  build(
    name: string,
    objects: readonly EmittedObject[],
    visible: Iterable<string>,
  ): ReadonlyMap<string, string> {
    const registered = buildAndRegister(name, objects, this.closureOf(visible));
    for (const { path, references } of registered.values()) this.references.set(path, references);
    return new Map([...registered].map(([output, { path }]) => [output, path]));
  }
}

interface Emission {
  readonly plan: Plan;
  readonly derived: Derived;
  readonly division: Division;
  readonly entry: Derivation;
  readonly objects: readonly EmittedObject[];
}

function emit(plan: Plan, files: Readonly<Record<string, string>>): Emission {
  const derived = derive(plan, context, readFrom(files));
  const division = divisionOf(objectSetOf(plan));
  const entry = entryDerivation(division, "emit", context, inputs, asBytes("{}"));
  return { plan, derived, division, entry, objects: entryObjects(division, derived, context) };
}

function derivationIn({ object, output }: EmittedObject): Derivation {
  if (object.method !== "text") throw new Error(`${output} is no derivation`);
  const text = fromBuffer(Buffer.from(bytesOfContents(object.contents)));
  return parseDerivation(text, asBytes(object.name.slice(0, -4)));
}

/** Runs the entry and then every shard, with what Nix would let it see. */
function buildAll({ objects, entry, division }: Emission): Store {
  const store = new Store();
  const finals = store.build(entry.name, objects, entry.inputSrcs);
  const shardOutputs = new Map<string, ReadonlyMap<string, string>>();
  for (const shard of division.shards) {
    const emitted = objects.find(({ output }) => output === `${shard.prefix}.drv`);
    const data = objects.find(({ output }) => output === `${shard.prefix}-data`)?.object;
    if (emitted === undefined || data?.method !== "nar" || data.node.kind !== "file")
      throw new Error(shard.prefix);
    const path = finals.get(emitted.output) ?? "?";
    const derivation = derivationIn(emitted);
    expect(derivation.structuredAttrs?.get(asBytes("data"))).toBe(data.path);
    const visible: string[] = [...derivation.inputSrcs];
    for (const [producer, node] of derivation.inputDrvs) {
      const made = shardOutputs.get(producer);
      // What a derivation needs is built before it.
      if (made === undefined) throw new Error(`${producer} is not built before ${path}`);
      for (const output of [...node.outputs, ...node.dynamic.keys()]) expect(made.has(output)).toBe(true);
      for (const output of node.outputs) visible.push(made.get(output) ?? "?");
    }
    const parsed = parseShardData(Buffer.from(bytesOfContents(data.node.contents)));
    expect(new Set(parsed.map(({ output }) => output))).toEqual(new Set(derivation.outputs.keys()));
    shardOutputs.set(path, store.build(derivation.name, parsed, visible));
  }
  return store;
}

function expectPredicted(emission: Emission): void {
  const store = buildAll(emission);
  for (const { object } of [
    ...emission.derived.objects.map(({ object }) => ({ object })),
    ...emission.objects,
  ]) {
    expect([object.path, store.references.get(object.path)]).toEqual([object.path, object.references]);
  }
}

function expectSound(emission: Emission): void {
  const { derived, division, objects, entry } = emission;
  expect(objects.map(({ output }) => output)).toEqual(entryOutputs(division));
  expect(new Set(entry.outputs.keys())).toEqual(new Set(entryOutputs(division)));
  expect(entryOutputs(division).at(-1)).toBe("r-root.drv");
  expect(derivationProblems(entry)).toEqual([]);
  for (const list of [derived.objects, objects]) {
    const all = new Set(list.map(({ object }) => object.path));
    expect(all.size).toBe(list.length);
    const seen = new Set<string>();
    for (const { object } of list) {
      for (const reference of object.references)
        expect(all.has(reference) && !seen.has(reference)).toBe(false);
      seen.add(object.path);
      if (object.method === "text")
        expect(derivationProblems(derivationIn({ output: asBytes(object.name), object }))).toEqual([]);
    }
  }
}

const small = {
  "a.c": '#include "a.h"\n',
  "caf\xe9.c": '#include "a.h"\n',
  "a.h": `/* built by ${compiler} */\n`,
  "gen.sh": "#!/bin/sh\n",
  in: "caf\xe9",
  "x.drv": "not a derivation",
  "build/build.ninja": `${rules}
rule compiled
  command = ${compiler}/bin/cc -o $out @x.rsp
  rspfile = x.rsp
  rspfile_content = $in
build a.o: cc ../a.c
build caf\xe9.o: cc ../caf\xe9.c
build app: compiled a.o caf\xe9.o
build x.txt: gen ../in | ../x.drv
build y.drv | z.drv "quoted$ name": gen ../in
`,
};

/** `count` objects in `folders` folders, sharing headers; libraries of them, and a program. */
function large(folders: readonly number[]): Readonly<Record<string, string>> {
  const files: Record<string, string> = { "include/all.h": `// ${onlySource}\n`, "gen.sh": "" };
  const edges: string[] = [];
  const libraries: string[] = [];
  folders.forEach((count, folder) => {
    const objects: string[] = [];
    files[`include/f${folder}.h`] = '#include "all.h"\n';
    for (let i = 0; i < count; i++) {
      files[`src/f${folder}/s${i}.c`] =
        `#include "f${folder}.h"\n#include "f${(folder + 1) % folders.length}.h"\n`;
      objects.push(`src/f${folder}/s${i}.o`);
      edges.push(`build src/f${folder}/s${i}.o: cc ../src/f${folder}/s${i}.c`);
    }
    edges.push(`build lib/l${folder}.a: ar ${objects.join(" ")}`);
    libraries.push(`lib/l${folder}.a`);
  });
  edges.push(`build app: link ${libraries.join(" ")}`, "default app");
  return { ...files, "build/build.ninja": `${rules}${edges.join("\n")}\n` };
}

describe("a small build", () => {
  const emission = emit(planOf({ files: small }), small);

  it("is one derivation that writes every object", () => {
    expect(emission.division.shards).toEqual([]);
    expectSound(emission);
    expect(emission.objects.map(({ object }) => object)).toEqual(
      emission.derived.objects.map(({ object }) => object),
    );
  });

  it("is registered at the predicted paths, with the predicted references", () => {
    expectPredicted(emission);
    const named = emission.derived.objects.filter(({ object }) => object.references.includes(compiler));
    expect(named.map(({ key }) => key.replace(/-[a-d]-[a-d]-[a-d]-/, "-X-"))).toEqual([
      "0-X-a.h",
      "2-X-app-recipe",
    ]);
  });

  it("would not be, were a reference forgotten", () => {
    const broken = emission.objects.map((emitted) => ({
      ...emitted,
      object: { ...emitted.object, references: emitted.object.references.slice(1) },
    }));
    const store = new Store();
    store.build("p", broken, emission.entry.inputSrcs);
    expect(store.references.has(emission.derived.root)).toBe(false);
  });
});

describe("a large build", () => {
  const files = large([3, 40, 1, 90, 2, 2, 35]);
  const emission = emit(planOf({ files }), files);

  it("is a derivation per shard", () => {
    expect(emission.division.shards.length).toBeGreaterThan(5);
    expectSound(emission);
  });

  it("is registered at the predicted paths, shard by shard, each seeing its own inputs only", () => {
    expectPredicted(emission);
  });

  it("has the objects of an undivided emission", () => {
    const plan = { ...emission.plan, isGated: false };
    const whole = emit(plan, files);
    expect(whole.derived.root).toBe(emission.derived.root);
    expect(whole.derived.objects.map(({ object }) => object.path)).toEqual(
      emission.derived.objects.map(({ object }) => object.path),
    );
  });

  it("stands for the root's derivation by one that forwards its output", () => {
    const last = emission.objects.at(-1);
    if (last === undefined) throw new Error("nothing is emitted");
    const forward = derivationIn(last);
    expect(forward.name).toBe("p-r-root");
    const [[producer, node] = []] = forward.inputDrvs;
    expect(producer).toBe(emission.objects.find(({ output }) => output === "r.drv")?.object.path);
    expect(node).toEqual({
      outputs: [],
      dynamic: new Map([["root.drv", { outputs: ["out"], dynamic: new Map() }]]),
    });
  });
});

describe("the window", () => {
  /**
   * The most steps that are emitted and not built at one time, if steps are built in the order that is worst: only
   * those without which no other shard would be emitted.
   */
  function mostWaiting(emission: Emission): number {
    const shards = emission.division.shards.map((shard) => {
      const emitted = emission.objects.find(({ output }) => output === `${shard.prefix}.drv`);
      if (emitted === undefined) throw new Error(shard.prefix);
      return { path: emitted.object.path, derivation: derivationIn(emitted), shard };
    });
    const index = new Map(shards.map(({ path }, i) => [path, i]));
    const steps = shards.map(({ shard }) => shard.keys.filter((key) => key.endsWith(".drv")).length);
    const builtBefore: ReadonlySet<number>[] = [];
    for (const { derivation } of shards) {
      const before = new Set<number>();
      for (const [producer, node] of derivation.inputDrvs) {
        const at = index.get(producer) ?? -1;
        if (node.dynamic.size > 0) {
          expect(node.dynamic.size).toBe(steps[at]);
          before.add(at);
        }
        for (const earlier of builtBefore[at] ?? []) before.add(earlier);
      }
      builtBefore.push(before);
    }
    const built = new Set<number>();
    let most = 0;
    for (const before of builtBefore) {
      for (const shard of before) built.add(shard);
      const emitted = steps.filter((_, i) => !built.has(i) && isSubset(builtBefore[i] ?? new Set(), built));
      most = Math.max(
        most,
        emitted.reduce((sum, count) => sum + count, 0),
      );
    }
    return most;
  }

  function isSubset(part: ReadonlySet<number>, whole: ReadonlySet<number>): boolean {
    return [...part].every((member) => whole.has(member));
  }

  const largest = 24;

  it.each([
    ["even", Array.from({ length: 20 }, () => 22)],
    ["uneven", [2, 40, 1, 1, 1, 60, 3, 22, 21, 1, 2, 90, 5, 5, 5, 30]],
    ["mostly small", Array.from({ length: 150 }, (_, i) => (i % 15 === 0 ? 23 : 1))],
  ])("lets few steps wait however shards are sized: %s", (_, folders) => {
    const files = large(folders);
    const emission = emit(planOf({ files }), files);
    expect(mostWaiting(emission)).toBeLessThan(windowSize + 2 * largest);
    expect(emission.division.shards.length).toBeGreaterThan(10);
  });
});

describe("a build that is planned later", () => {
  const next = somePath("p.drv");

  it("has a root that forwards the later one's", () => {
    const derivation = postponedDerivation(asBytes("p"), next, emittedRootPlaceholder(next), context);
    expect(derivationProblems(derivation)).toEqual([]);
    expect([...derivation.outputs]).toEqual([
      ["r-root.drv", { kind: "floating", method: "text", algo: "sha256" }],
    ]);
    const text = derivation.structuredAttrs?.get(asBytes("text"));
    if (typeof text !== "string") throw new Error("no text");
    const forward = parseDerivation(asBytes(text), asBytes("p-r-root"));
    expect(derivationProblems(forward)).toEqual([]);
    const object = derivationObject(forward);
    const store = new Store();
    store.build("p", [{ output: asBytes("r-root.drv"), object }], derivation.inputSrcs);
    expect(store.references.get(object.path)).toEqual(object.references);
  });

  it("does with recursive-nix as well", () => {
    const root = postponedRoot(asBytes("p"), next, context);
    expect(derivationProblems(derivationIn({ output: asBytes("out"), object: root }))).toEqual([]);
    expect(root.references).toContain(next);
  });
});
