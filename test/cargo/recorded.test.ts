// What rustc is told for profiles, overrides of profiles, resolvers and cyclic dev-dependencies, beside what cargo told
// it: test/golden/cargo holds cargo's answers about a workspace, and the rustc calls of its own build of it (1.95).

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { rustcArguments, rustcDirectory } from "../../emit/cargo/command.ts";
import { type CargoPlan, planCargo } from "../../emit/cargo/plan.ts";
import { loadUnitGraph } from "../../generators/cargo/unit-graph.ts";
import { asBytes, fromText } from "../../graph/bytes.ts";
import { normalArguments } from "./invocations.ts";

interface Call {
  readonly directory: string;
  readonly words: readonly string[];
}

/** What scripts/record-cargo.mjs writes: cargo's answers and its calls of rustc, places replaced by fixed ones. */
interface Recording {
  readonly cargo: readonly string[];
  readonly unitGraph: unknown;
  readonly metadata: unknown;
  readonly config: unknown;
  readonly rustc: string;
  readonly cfg: string;
  /** The project. */
  readonly files: Readonly<Record<string, string>>;
  readonly calls: readonly Call[];
}

function recordingOf(name: string): Recording {
  const file = join(import.meta.dirname, `../golden/cargo/${name}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as Recording;
}

function planOf(recording: Recording): CargoPlan {
  const argument = (name: string): string | undefined =>
    recording.cargo.includes(name) ? recording.cargo[recording.cargo.indexOf(name) + 1] : undefined;
  const target = argument("--target");
  const graph = loadUnitGraph(
    {
      unitGraph: fromText(JSON.stringify(recording.unitGraph)),
      metadata: fromText(JSON.stringify(recording.metadata)),
      config: fromText(JSON.stringify(recording.config)),
      rustc: fromText(recording.rustc),
      hostCfg: fromText(recording.cfg),
      targetCfg: fromText(recording.cfg),
      top: asBytes("/build/source"),
      vendor: asBytes("/build/vendor"),
    },
    {
      profile: fromText(argument("--profile") ?? "dev"),
      target: target === undefined ? undefined : fromText(target),
      rustflags: undefined,
      read: (path) => {
        const text = recording.files[path];
        return text === undefined ? undefined : fromText(text);
      },
    },
  );
  return planCargo(graph, "units");
}

/** Without places and hashes, as a list that has an order of its own. */
function comparable(calls: readonly Call[]): readonly string[] {
  return calls.map(({ directory, words }) => `${directory}: ${normalArguments(words, []).join(" ")}`).sort();
}

function callsOf(plan: CargoPlan): readonly Call[] {
  return plan.units
    .filter(({ unit }) => unit.mode !== "run-custom-build")
    .map((unit) => ({ directory: rustcDirectory(unit, plan), words: rustcArguments(unit, plan) }));
}

describe("rustc is told what cargo tells it", () => {
  test.each([
    ["resolver-1", "one set of features for the host and the target, by resolver 1"],
    ["resolver-2-tests", "tests of packages whose dev-dependencies depend on them"],
    ["resolver-3-target", "a named target, for which what runs while building has features of its own"],
    ["outside-workspace", "a member and another package beside the workspace's own directory"],
    ["profile", "a profile of the manifest, with one package's own and that of what runs while building"],
  ])("%s: %s", (name) => {
    const recording = recordingOf(name);
    expect(comparable(callsOf(planOf(recording)))).toEqual(comparable(recording.calls));
  });
});

/** How often a package's library is compiled, and with which features. */
function featuresOf(name: string, library: string): readonly string[] {
  const { units } = planOf(recordingOf(name));
  return units
    .filter(({ unit, package: owner }) => owner.name === library && unit.mode === "build")
    .map(({ unit }) => unit.features.join(" "))
    .sort();
}

test("resolver 1 joins the features of all uses, 2 and 3 keep those of a build script apart", () => {
  expect(featuresOf("resolver-1", "kit")).toEqual(["run script", "run script"]);
  expect(featuresOf("profile", "kit")).toEqual(["run", "script"]);
  expect(featuresOf("resolver-3-target", "kit")).toEqual(["run", "script"]);
});
