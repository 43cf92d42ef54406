// What rustc is told for profiles, overrides of profiles, resolvers and cyclic dev-dependencies, beside what cargo told
// it: test/golden/cargo holds cargo's answers about a workspace, and the rustc calls of its own build of it (1.95).

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  packageDirectory,
  rustcArguments,
  rustcDirectory,
  rustdocArguments,
} from "../../emit/cargo/command.ts";
import { type CargoPlan, type Purpose, planCargo } from "../../emit/cargo/plan.ts";
import { programFile } from "../../emit/cargo/recipe.ts";
import {
  defaultVariables,
  rustcVariables,
  rustdocVariables,
  scriptVariables,
  testVariables,
  type Variables,
} from "../../emit/cargo/variables.ts";
import { loadUnitGraph } from "../../generators/cargo/unit-graph.ts";
import { asBytes, fromText } from "../../graph/bytes.ts";
import { normalArguments, normalPlace } from "./invocations.ts";

interface Call {
  readonly directory: string;
  readonly words: readonly string[];
  /** Sorted, NAME=VALUE: what cargo itself sets. */
  readonly variables: readonly string[];
}

/** What scripts/record-cargo.mjs writes: cargo's answers and its calls of rustc, places replaced by fixed ones. */
interface Recording {
  readonly cargo: readonly string[];
  readonly unitGraph: unknown;
  readonly metadata: unknown;
  readonly config: unknown;
  readonly rustc: string;
  readonly cfg: string;
  /** Of a target that is not the host. */
  readonly targetCfg?: string;
  /** The project. */
  readonly files: Readonly<Record<string, string>>;
  readonly calls: readonly Call[];
  /** Runs of build scripts. */
  readonly scripts: readonly Pick<Call, "variables">[];
  /** Runs of tests, and of rustdoc for those in documentation, where they were run. */
  readonly tests?: readonly Call[];
  readonly doctests?: readonly Call[];
}

function recordingOf(name: string): Recording {
  const file = join(import.meta.dirname, `../golden/cargo/${name}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as Recording;
}

function planOf(recording: Recording, purpose: Purpose = "units"): CargoPlan {
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
      targetCfg: fromText(recording.targetCfg ?? recording.cfg),
      top: asBytes("/build/source"),
      vendor: asBytes("/build/vendor"),
    },
    {
      profile: fromText(argument("--profile") ?? (recording.cargo.includes("--release") ? "release" : "dev")),
      target: target === undefined ? undefined : fromText(target),
      rustflags: undefined,
      read: (path) => {
        const text = recording.files[path];
        return text === undefined ? undefined : fromText(text);
      },
    },
  );
  return planCargo(graph, purpose);
}

/** Without places and hashes, as a list that has an order of its own. */
function comparable(calls: readonly Call[]): readonly string[] {
  return calls
    .map(({ directory, words, variables }) =>
      [`${directory}: ${normalArguments(words, []).join(" ")}`, ...variables.map(normalPlace)].join("\n"),
    )
    .sort();
}

/** With what the configuration sets where nobody else has. */
function rowsOf(variables: Variables, plan: CargoPlan): readonly string[] {
  return [...variables, ...defaultVariables(plan)].map(([name, value]) => `${name}=${value}`).sort();
}

function callsOf(plan: CargoPlan): readonly Call[] {
  return plan.units
    .filter(({ unit }) => unit.mode !== "run-custom-build")
    .map((unit) => ({
      directory: rustcDirectory(unit, plan),
      words: rustcArguments(unit, plan),
      variables: rowsOf(rustcVariables(unit, plan), plan),
    }));
}

describe("rustc is told what cargo tells it", () => {
  test.each([
    ["resolver-1", "one set of features for the host and the target, by resolver 1"],
    ["resolver-2-tests", "tests of packages whose dev-dependencies depend on them"],
    ["resolver-3-target", "a named target, for which what runs while building has features of its own"],
    ["outside-workspace", "a member and another package beside the workspace's own directory"],
    ["all-targets", "every kind of target, with features, a configuration and lints"],
    ["tests", "tests of all of them"],
    ["wasm", "a target without an operating system"],
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

describe("build scripts have the environment that cargo gives them", () => {
  test.each(["resolver-1", "all-targets", "tests", "wasm", "profile"])("%s", (name) => {
    const recording = recordingOf(name);
    const plan = planOf(recording);
    const scripts = plan.units.filter(({ unit }) => unit.mode === "run-custom-build");
    const sorted = (some: readonly (readonly string[])[]): readonly string[] =>
      some.map((variables) => variables.map(normalPlace).join("\n")).sort();
    expect(sorted(scripts.map((script) => rowsOf(scriptVariables(script, plan), plan)))).toEqual(
      sorted(recording.scripts.map(({ variables }) => variables)),
    );
  });
});

describe("tests run as cargo runs them", () => {
  const recording = recordingOf("tests");
  const plan = planOf(recording, "check");

  test("each where its package lies, with its variables", () => {
    const tests = plan.units.filter(({ unit, isRoot }) => unit.mode === "test" && isRoot);
    const calls = tests.map((unit) => ({
      directory: packageDirectory(unit.package),
      words: [`/build/target/debug/deps/${programFile(unit)}`],
      variables: rowsOf(testVariables(unit, plan), plan),
    }));
    // rustdoc starts what it compiles with the same runner.
    const recorded = (recording.tests ?? []).filter(({ words }) => !words.join("").includes("rustdoctest"));
    expect(comparable(calls)).toEqual(comparable(recorded));
  });

  test("and examples in documentation", () => {
    const docs = plan.units.filter(({ unit }) => unit.mode === "doctest");
    const calls = docs.map((unit) => ({
      directory: rustcDirectory(unit, plan),
      words: rustdocArguments(unit, plan),
      variables: rowsOf(rustdocVariables(unit, plan), plan),
    }));
    expect(comparable(calls)).toEqual(comparable(recording.doctests ?? []));
  });
});
