// How store paths are grouped into layers, and the dominators that decide it.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type ClosureGraph, readClosure } from "../../../emit/layers/closure-graph.ts";
import { immediateDominators } from "../../../emit/layers/dominators.ts";
import { groupLayers, withoutVersion } from "../../../emit/layers/group.ts";
import { parseImagePlan, planImage, printImagePlan } from "../../../emit/layers/plan.ts";
import { asBytes, type Bytes } from "../../../graph/bytes.ts";

/** A store path whose hash part is one letter, for reading. */
const at = (name: string): Bytes => asBytes(`/nix/store/${"0".repeat(32)}-${name}`);
const nameIn = (path: Bytes): string => path.slice(path.lastIndexOf("/") + 34);

interface Package {
  readonly needs?: string;
  readonly size?: number;
}

function graphOf(contents: string, packages: Readonly<Record<string, Package>>): ClosureGraph {
  const paths = Object.entries(packages).map(([name, { needs = "", size = 1000 }]) => ({
    path: at(name),
    narSize: size,
    references: [name, ...needs.split(" ").filter((word) => word !== "")].map(at),
  }));
  return readClosure(paths, contents.split(" ").map(at));
}

const groupsIn = (
  graph: ClosureGraph,
  budget: number,
  popularity: Readonly<Record<string, number>> = {},
): readonly string[] =>
  groupLayers(
    graph,
    new Map(Object.entries(popularity).map(([name, count]) => [asBytes(name), count])),
    budget,
  ).map(({ paths }) => paths.map(nameIn).join(" "));

describe("the example of Nixery's documentation", () => {
  const graph = graphOf("A B C D G", {
    A: { needs: "E", size: 2000 },
    B: { needs: "E", size: 2000 },
    C: { needs: "E D", size: 2000 },
    D: { needs: "F", size: 9000 },
    E: {},
    F: { size: 9000 },
    G: { size: 200_000_000 },
  });
  const popularity = { E: 100 };

  it("gives every head its own layer when there is room", () => {
    expect(groupsIn(graph, 10, popularity).toSorted()).toEqual(["A", "B", "C", "D F", "E", "G"]);
  });

  it("merges the lowest rated when there is not", () => {
    expect(groupsIn(graph, 4, popularity)).toEqual(["G", "E", "D F", "A B C"]);
    expect(groupsIn(graph, 3, popularity)).toEqual(["G", "E", "A B C D F"]);
    expect(groupsIn(graph, 2, popularity)).toEqual(["G", "A B C D E F"]);
    expect(groupsIn(graph, 1, popularity)).toEqual(["A B C D E F G"]);
  });
});

describe("groups", () => {
  const chain = { app: { needs: "ssl-3.1 zlib-1.3" }, "ssl-3.1": { needs: "zlib-1.3" }, "zlib-1.3": {} };

  it("hold what one path alone leads to", () => {
    expect(groupsIn(graphOf("app", chain), 10)).toEqual(["app ssl-3.1 zlib-1.3"]);
  });

  it("divide at popular packages, with the version in the table or without", () => {
    expect(groupsIn(graphOf("app", chain), 10, { zlib: 1000 })).toEqual(["zlib-1.3", "app ssl-3.1"]);
    expect(groupsIn(graphOf("app", chain), 10, { "zlib-1.3": 1000, zlib: 1 })).toEqual([
      "zlib-1.3",
      "app ssl-3.1",
    ]);
  });

  it("keep their order while sizes stay within a power of two, and change it beyond", () => {
    const graph = (size: number): ClosureGraph => graphOf("a b c", { a: { size }, b: { size: 5000 }, c: {} });
    expect(groupsIn(graph(4200), 2)).toEqual(groupsIn(graph(8100), 2));
    expect(groupsIn(graph(9000), 2)).toEqual(["a", "b c"]);
    expect(groupsIn(graph(2000), 2)).toEqual(["b", "a c"]);
  });

  it("have names of their own", () => {
    const other = asBytes(`/nix/store/${"1".repeat(32)}-source`);
    const entries = [at("source"), other].map((path) => ({ path, narSize: 1, references: [] }));
    const layers = groupLayers(readClosure(entries, [at("source"), other]), new Map(), 5);
    expect(layers.map(({ name }) => name)).toEqual(["source-00000000", "source-11111111"]);
  });

  it("have each path of any closure once, in no more layers than allowed, whatever the order it is listed in", () => {
    const closures = fc.array(fc.array(fc.nat(40), { maxLength: 6 }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(closures, fc.integer({ min: 1, max: 12 }), fc.nat(500), (needs, budget, popular) => {
        // References lead to later numbers: a store has no circles.
        const entries = needs.map((targets, index) => ({
          path: at(`p${index}`),
          narSize: (index * 7919) % 5000,
          references: targets.filter((to) => to > index && to < needs.length).map((to) => at(`p${to}`)),
        }));
        const reached = new Set(entries.flatMap(({ references }) => references));
        const contents = entries.map(({ path }) => path).filter((path) => !reached.has(path));
        const table = new Map([[asBytes("p3"), popular]]);
        const layers = groupLayers(readClosure(entries, contents), table, budget);
        expect(layers.length).toBeLessThanOrEqual(budget);
        expect(layers.flatMap(({ paths }) => paths).toSorted()).toEqual(
          entries.map(({ path }) => path).toSorted(),
        );
        expect(groupLayers(readClosure(entries.toReversed(), contents), table, budget)).toEqual(layers);
      }),
    );
  });
});

describe("a plan of an image", () => {
  const graph = graphOf("b a", { a: {}, b: {} });
  const contents = [at("b"), at("a")];

  it("counts the layer with links, and is read back as it was written", () => {
    const plan = planImage(graph, new Map(), 3, contents);
    expect(plan.map(({ name }) => name)).toEqual(["a", "b", "links"]);
    expect(plan.at(-1)?.links).toEqual(contents);
    expect(parseImagePlan(printImagePlan(plan))).toEqual(plan);
  });

  it("puts everything into one layer when there may be one", () => {
    expect(planImage(graph, new Map(), 1, contents)).toEqual([
      { name: "everything", paths: [at("a"), at("b")], links: contents },
    ]);
  });
});

describe("names without versions", () => {
  it.each([
    ["openssl-3.0.2", "openssl"],
    ["gcc-wrapper-12", "gcc-wrapper"],
    ["libx11", "libx11"],
    ["font-7x13-", "font"],
  ])("%s is %s, as builtins.parseDrvName says", (name, expected) => {
    expect(withoutVersion(asBytes(name))).toBe(expected);
  });
});

describe("dominators", () => {
  it("are those that a search finds: without the dominator, the node is out of reach", () => {
    const graphs = fc.array(fc.array(fc.nat(11), { maxLength: 4 }), { minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(graphs, (successors) => {
        const found = immediateDominators(successors);
        const reachable = reach(successors, -1);
        for (const [node] of successors.entries()) {
          const strict = [...successors.keys()].filter(
            (other) => other !== node && reachable.has(node) && !reach(successors, other).has(node),
          );
          if (node === 0) expect(found[0]).toBe(0);
          else if (!reachable.has(node)) expect(found[node]).toBe(-1);
          else {
            // The nearest: every other one dominates it, too.
            const nearest = strict.find((one) =>
              strict.every((other) => other === one || !reach(successors, other).has(one)),
            );
            expect(found[node]).toBe(nearest);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it("of a very long chain need no recursion", () => {
    const chain = Array.from({ length: 50_000 }, (_, node) => (node < 49_999 ? [node + 1] : []));
    expect(immediateDominators(chain)[49_999]).toBe(49_998);
  });
});

function reach(successors: readonly (readonly number[])[], without: number): ReadonlySet<number> {
  const seen = new Set<number>();
  const visit = (node: number): void => {
    if (node === without || seen.has(node)) return;
    seen.add(node);
    for (const next of successors[node] ?? []) visit(next);
  };
  visit(0);
  return seen;
}
