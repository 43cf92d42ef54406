// What a package tree becomes: which derivations, what they are called, and what each of them depends on.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDerivation } from "../../../emit/aterm-reader.ts";
import type { Derivation } from "../../../emit/derivation.ts";
import { derivationProblems } from "../../../emit/derivation-check.ts";
import { bytesOfContents } from "../../../emit/nar.ts";
import { deriveNpm, planNpm, type ScriptChoice } from "../../../emit/npm/derive.ts";
import { scriptBuilds } from "../../../emit/npm/install-order.ts";
import { type DerivedSet, derivationKey, type ObjectSet, rootName } from "../../../emit/object-set.ts";
import { divisionOf } from "../../../emit/outputs/emission.ts";
import { asBytes, type Bytes, fromBuffer } from "../../../graph/bytes.ts";
import type { PackageTree } from "../../../graph/package-tree.ts";
import { npmTestContext } from "../../npm/context.ts";
import { placed, treeOfPackages } from "../../npm/trees.ts";

interface Emitted {
  readonly set: ObjectSet;
  readonly derived: DerivedSet;
  readonly derivations: ReadonlyMap<string, Derivation>;
}

function emit(tree: PackageTree, scripts: readonly ScriptChoice[] = []): Emitted {
  const plan = planNpm(tree, scripts);
  const derived = deriveNpm(plan, npmTestContext, () => undefined);
  const derivations = new Map<string, Derivation>();
  for (const { key, object } of derived.objects) {
    if (object.method !== "text") continue;
    const text = fromBuffer(bytesOfContents(object.contents));
    derivations.set(key, parseDerivation(text, asBytes(object.name.replace(/\.drv$/, ""))));
  }
  return { set: plan.set, derived, derivations };
}

const many = (count: number): PackageTree =>
  treeOfPackages(Array.from({ length: count }, (_, i) => placed(`node_modules/p${i}`)));

function pathOf({ derived }: Emitted, key: string): Bytes | undefined {
  return derived.objects.find((one) => one.key === key)?.object.path;
}

describe("a package tree", () => {
  it("has a download per tarball, called after its package and its hash, and no more for more places", () => {
    const tree = treeOfPackages([
      placed("node_modules/a"),
      placed("node_modules/b/node_modules/a", { dependencies: [] }),
      placed("node_modules/@types/node"),
    ]);
    const { derivations } = emit(tree);
    expect([...derivations.keys()].map((key) => key.replace(/^[0-9a-f]-/, "X-")).sort()).toEqual([
      "X-a-1.0.0.tgz.drv",
      "X-types+node-1.0.0.tgz.drv",
      "r-root.drv",
    ]);
  });

  it("has downloads that are the same in every project", () => {
    const one = emit(treeOfPackages([placed("node_modules/a"), placed("node_modules/b")]));
    const other = emit(treeOfPackages([placed("node_modules/a"), placed("node_modules/z")]));
    const key = [...one.derivations.keys()].find((name) => name.includes("-a-1.0.0")) ?? "";
    const outOf = ({ derivations }: Emitted): Bytes | undefined =>
      derivations.get(key)?.env.get(asBytes("out"));
    expect(outOf(one)).toMatch(/^\/nix\/store\/.*-npm-[0-9a-f]-a-1\.0\.0\.tgz$/);
    expect(outOf(other)).toBe(outOf(one));
  });

  it("has derivations without any of the faults that Nix does not see", () => {
    const tree = treeOfPackages([
      placed("node_modules/a", { scripts: "run", dependencies: ["node_modules/b"] }),
      placed("node_modules/b"),
    ]);
    for (const derivation of emit(tree).derivations.values())
      expect(derivationProblems(derivation)).toEqual([]);
  });

  it("lets few downloads wait at once, however many there are", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 700 }), (count) => {
        const emitted = emit(many(count));
        const ready = [...emitted.derivations.values()].filter(
          ({ builder, inputDrvs }) => builder === "builtin:fetchurl" && inputDrvs.size === 0,
        );
        expect(ready.length).toBeLessThanOrEqual(Math.max(48, divisionOf(emitted.set).shards.length));
      }),
      { numRuns: 12 },
    );
  });

  it("is emitted bottom-up, also in shards, none of which needs a later one", () => {
    const emitted = emit(many(900));
    const { shards } = divisionOf(emitted.set);
    expect(shards.length).toBeGreaterThan(10);
    const shardOf = new Map<Bytes | undefined, number>();
    for (const [number, shard] of shards.entries()) {
      for (const key of shard.keys) shardOf.set(pathOf(emitted, key), number);
    }
    for (const { object } of emitted.derived.objects) {
      for (const reference of object.references) {
        const [from, to] = [shardOf.get(object.path), shardOf.get(reference)];
        if (from !== undefined && to !== undefined) expect(to).toBeLessThanOrEqual(from);
      }
    }
    expect(shards.every(({ steps }) => steps.length === 0)).toBe(true);
  });

  it("is the same for the same tree, and its root alone changes with a package's place", () => {
    const before = emit(treeOfPackages([placed("node_modules/a"), placed("node_modules/b")]));
    const moved = emit(
      treeOfPackages([
        placed("node_modules/a"),
        { ...placed("node_modules/b"), location: asBytes("node_modules/a/node_modules/b") },
      ]),
    );
    expect(emit(treeOfPackages([placed("node_modules/a"), placed("node_modules/b")])).derived).toEqual(
      before.derived,
    );
    const changed = [...before.derivations.keys()].filter(
      (key) => pathOf(before, key) !== pathOf(moved, key),
    );
    expect(changed).toEqual([derivationKey(rootName)]);
  });
});

describe("install scripts", () => {
  const builds = (tree: PackageTree): readonly string[] =>
    scriptBuilds(tree, ({ scripts }) => scripts === "run").map(
      ({ place, packages, built, height }) =>
        `${height} ${place.name}: ${packages.map(({ name }) => (built.has(asBytes(`node_modules/${name}`)) ? `[${name}]` : name)).join(" ")}`,
    );

  it("see the package's dependencies and theirs, and those with scripts as they are built", () => {
    const tree = treeOfPackages([
      placed("node_modules/a", { scripts: "run", dependencies: ["node_modules/b"] }),
      placed("node_modules/b", { dependencies: ["node_modules/c"] }),
      placed("node_modules/c", { scripts: "run" }),
      placed("node_modules/d"),
    ]);
    expect(builds(tree)).toEqual(["1 c: c", "2 a: a b [c]"]);
  });

  it("of packages that need each other see the others as they were unpacked", () => {
    const tree = treeOfPackages([
      placed("node_modules/a", { scripts: "run", dependencies: ["node_modules/b"] }),
      placed("node_modules/b", { scripts: "run", dependencies: ["node_modules/a", "node_modules/c"] }),
      placed("node_modules/c", { scripts: "run" }),
    ]);
    expect(builds(tree)).toEqual(["1 c: c", "2 a: a b [c]", "2 b: a b [c]"]);
  });

  it("run for the packages that the user names, by name, version or place, and for no others", () => {
    const tree = treeOfPackages([
      placed("node_modules/a", { scripts: "run" }),
      placed("node_modules/b", { scripts: "denied" }),
      placed("node_modules/c", { scripts: "unknown" }),
    ]);
    const scripts = (choices: Readonly<Record<string, string | undefined>>): readonly string[] =>
      [
        ...emit(
          tree,
          Object.entries(choices).map(([name, command]) => ({
            package: asBytes(name),
            command: command === undefined ? undefined : asBytes(command),
          })),
        ).derivations.keys(),
      ].filter((key) => key.startsWith("s"));
    expect(scripts({})).toEqual(["s1-a-1.0.0.drv"]);
    expect(scripts({ a: undefined })).toEqual([]);
    expect(scripts({ "b@1.0.0": "make", "node_modules/c": "make" })).toEqual([
      "s1-a-1.0.0.drv",
      "s1-b-1.0.0.drv",
      "s1-c-1.0.0.drv",
    ]);
  });
});
