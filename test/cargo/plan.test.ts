// Which tests are run, and which are only compiled.

import { describe, expect, test } from "vitest";
import { deriveCargo } from "../../emit/cargo/derive.ts";
import { planCargo } from "../../emit/cargo/plan.ts";
import type { ContentTree } from "../../emit/cargo/recipe.ts";
import type { NarNode } from "../../emit/nar.ts";
import { loadUnitGraph } from "../../generators/cargo/unit-graph.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { UnitGraph } from "../../graph/unit-graph.ts";
import { cargoAnswers, cargoContext, emptyTree } from "./answers.ts";

function graphFor(mode: string, platform: string | undefined, runner: readonly Bytes[] = []): UnitGraph {
  const request = {
    profile: asBytes("dev"),
    target: undefined,
    rustflags: undefined,
    read: () => undefined,
  };
  const graph = loadUnitGraph(cargoAnswers({ mode }), request);
  const units = graph.units.map((unit) => ({
    ...unit,
    platform: platform === undefined ? undefined : asBytes(platform),
    runner,
  }));
  return { ...graph, units };
}

const file: NarNode = { kind: "file", executable: false, contents: asBytes("") };
const tree: ContentTree = { ...emptyTree, nodeAt: () => file };

/** Kinds of the derivations for a test: "build", "run". */
function derivationsOf(graph: UnitGraph): readonly string[] {
  const plan = planCargo(graph, "check");
  const { objects } = deriveCargo(plan, cargoContext(), tree);
  return objects
    .map(({ key }) => key)
    .filter((key) => key.endsWith(".drv") && !key.startsWith("r-root"))
    .map((key) => (key.endsWith("-run.drv") ? "run" : /-(doctest|test)-/.test(key) ? "build" : key));
}

describe("a test", () => {
  test.each([undefined, "x86_64-unknown-linux-gnu"])("for the host (%s) is built and run", (platform) => {
    expect(derivationsOf(graphFor("test", platform))).toEqual(["build", "run"]);
  });

  test("for another target is built, and run where the configuration says by what", () => {
    expect(derivationsOf(graphFor("test", "wasm32-wasip1"))).toEqual(["build"]);
    expect(derivationsOf(graphFor("test", "wasm32-wasip1", [asBytes("wasmtime")]))).toEqual(["build", "run"]);
  });

  test("that is only built is what the package waits for, all the same", () => {
    const plan = planCargo(graphFor("test", "wasm32-wasip1"), "check");
    const { objects } = deriveCargo(plan, cargoContext(), tree);
    const [build, root] = ["1-", "r-root"].map((start) =>
      objects.find(({ key }) => key.startsWith(start) && key.endsWith(".drv")),
    );
    const text = root?.object.method === "text" ? root.object.contents : "";
    expect(build?.object.path).toMatch(/^\/nix\/store\//);
    expect(text).toContain(build?.object.path);
  });

  test("in documentation is run for the host alone", () => {
    expect(derivationsOf(graphFor("doctest", undefined))).toEqual(["build"]);
    expect(derivationsOf(graphFor("doctest", "wasm32-wasip1"))).toEqual([]);
  });
});
