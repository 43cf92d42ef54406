// How objects are divided among emitting derivations.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { objectSetOf, recipeKey } from "../../../emit/object-keys.ts";
import { derivationKey, type ObjectUnit } from "../../../emit/object-set.ts";
import { outputOf, partition } from "../../../emit/outputs/partition.ts";
import { NameTable } from "../../../emit/plan/step-name.ts";
import { asBytes, type Bytes, compareBytes } from "../../../graph/bytes.ts";
import { planOf, rules } from "../plan/plan-case.ts";

function stepUnit(name: string): ObjectUnit {
  return { name: asBytes(name), keys: [recipeKey(asBytes(name)), derivationKey(asBytes(name))] };
}

function sourceUnit(name: string): ObjectUnit {
  return { name: asBytes(name), keys: [asBytes(name)] };
}

const letters = "ab-._x".split("");
const piece = fc.string({ unit: fc.constantFrom(...letters), minLength: 1, maxLength: 3 });
const path = fc.array(piece, { minLength: 1, maxLength: 4 }).map((parts) => asBytes(parts.join("/")));

/** Units as a plan has them: names from paths, heights ascending, sources first. */
const units = fc
  .tuple(
    fc.uniqueArray(path, { minLength: 80, maxLength: 300 }),
    fc.uniqueArray(fc.tuple(path, fc.integer({ min: 1, max: 3 })), {
      minLength: 80,
      maxLength: 300,
      selector: ([p]) => p,
    }),
  )
  .map(([sources, steps]) => {
    const [sourceNames, stepNames] = [new NameTable(), new NameTable()];
    return [
      ...sources.map((source) => sourceUnit(sourceNames.nameFor(source, "0-"))),
      ...[...steps]
        .sort(([, a], [, b]) => a - b)
        .map(([step, height]) => stepUnit(stepNames.nameFor(step, `${height}-`))),
      { name: asBytes("r-root"), keys: [asBytes("r-root.drv")] },
    ];
  });

describe("a partition", () => {
  it("holds every key once, each beginning with its shard's name", () => {
    fc.assert(
      fc.property(units, (list) => {
        const shards = partition(list);
        expect(shards.flatMap(({ keys }) => keys).sort()).toEqual(list.flatMap(({ keys }) => keys).sort());
        expect(new Set(shards.map(({ prefix }) => prefix)).size).toBe(shards.length);
        for (const shard of shards) {
          expect(shard.keys.every((key) => key.startsWith(`${shard.prefix}-`))).toBe(true);
          const outputs = shard.keys.map((key) => outputOf(key, shard));
          expect(outputs.every((output) => output !== "")).toBe(true);
          expect(new Set(outputs).size).toBe(outputs.length);
        }
      }),
      { numRuns: 150, seed: 11 },
    );
  });

  it("keeps a shard within its limit, unless the names end there", () => {
    fc.assert(
      fc.property(units, (list) => {
        for (const { prefix, keys } of partition(list)) {
          const names = list
            .filter((unit) => keys.includes(unit.keys[0] ?? asBytes("")))
            .map(({ name }) => name);
          const limit = prefix.startsWith("0") ? 128 : 48;
          const indivisible = names.every((name) => !name.slice(prefix.length + 1).includes("-"));
          expect(keys.length <= limit || indivisible).toBe(true);
        }
      }),
      { numRuns: 150, seed: 12 },
    );
  });

  it("never mixes heights, and comes in their order", () => {
    fc.assert(
      fc.property(units, (list) => {
        const heights = partition(list).map(({ prefix }) => prefix.split("-")[0] ?? "");
        expect(heights).toEqual([...heights].sort());
        for (const { keys } of partition(list)) {
          expect(new Set(keys.map((key) => key.split("-")[0])).size).toBe(1);
        }
      }),
      { numRuns: 50, seed: 13 },
    );
  });

  it("does not depend on the order of units of one height", () => {
    fc.assert(
      fc.property(units, (list) => {
        const mirrored = [...list].sort(
          (a, b) => compareBytes(a.name.charAt(0), b.name.charAt(0)) || compareBytes(b.name, a.name),
        );
        const shape = (some: readonly ObjectUnit[]): unknown =>
          partition(some)
            .map(({ prefix, keys }) => [prefix, [...keys].sort()])
            .sort();
        expect(shape(mirrored)).toEqual(shape(list));
      }),
      { numRuns: 50, seed: 14 },
    );
  });

  it("divides a folder of very many files", () => {
    const names = new NameTable();
    const list = Array.from({ length: 2000 }, (_, i) =>
      stepUnit(names.nameFor(asBytes(`src/all/f${i}.o`), "1-")),
    );
    const shards = partition(list);
    expect(Math.max(...shards.map(({ keys }) => keys.length))).toBeLessThan(200);
    expect(shards.length).toBeGreaterThan(25);
    expect(Math.min(...shards.map(({ keys }) => keys.length))).toBeGreaterThan(20);
  });
});

describe("the units of a plan", () => {
  const files = {
    "shared.h": "",
    "a.c": '#include "shared.h"\n',
    "x.drv": "",
    "build/build.ninja": `${rules}build a.o: cc ../a.c\nbuild x.txt: gen ../x.drv\n`,
    "gen.sh": "",
  };
  const plan = planOf({ files });

  it("are shared sources, then steps, then the root", () => {
    const shown = objectSetOf(plan).units.map(({ name, keys }) =>
      [name, ...keys].map((text) => text.replace(/^(.)-[a-d]-[a-d]-[a-d]-/, "$1-X-")),
    );
    expect(shown).toEqual([
      ["0-X-gen.sh", "0-X-gen.sh"],
      ["0-X-shared.h", "0-X-shared.h"],
      ["0-X-x.drv_", "0-X-x.drv_"],
      ["1-X-a.o", "1-X-a.o-recipe", "1-X-a.o.drv"],
      ["1-X-x.txt", "1-X-x.txt-recipe", "1-X-x.txt.drv"],
      ["r-root", "r-root.drv"],
    ]);
  });

  it("have keys that are unique", () => {
    const keys: readonly Bytes[] = objectSetOf(plan).units.flatMap((unit) => unit.keys);
    expect(new Set(keys).size).toBe(keys.length);
  });
});
