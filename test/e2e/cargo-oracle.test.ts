// Every run of rustc and of a build script, argument by argument and variable by variable, beside what cargo itself
// starts in the same place. The compiler of both sides writes down what it is called with and compiles only build
// scripts (nix/cargo/rustc.sh).

import { readlinkSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { invocationsBelow, scriptEnvironments } from "../cargo/invocations.ts";
import { type BuildStore, makeBuildStore } from "./build-store.ts";
import { type CargoProject, cargoArguments, makeCargoProject } from "./cargo-project.ts";

const minutes = 60_000;

interface Case {
  readonly name: string;
  /** Attributes of unravel.cargo. */
  readonly attributes: string;
  /** What of it holds the units. */
  readonly units: "testUnits" | "units";
  /** Arguments of cargo. */
  readonly cargo: readonly string[];
  /** Runs of rustc at least. */
  readonly least: number;
}

const cases: readonly Case[] = [
  { name: "a debug build", attributes: "", units: "units", cargo: ["build"], least: 100 },
  {
    name: "a release build of the whole workspace with link time optimisation",
    attributes: `buildType = "release"; cargoBuildFlags = [ "--workspace" "--config" "profile.release.lto=\\"thin\\"" "--config" "profile.release.panic=\\"abort\\"" "--config" "profile.release.strip=true" ];`,
    units: "units",
    cargo: [
      "build",
      "--release",
      "--workspace",
      "--config",
      'profile.release.lto="thin"',
      "--config",
      'profile.release.panic="abort"',
      "--config",
      "profile.release.strip=true",
    ],
    least: 100,
  },
  {
    name: "tests of the whole workspace",
    attributes: `cargoTestFlags = [ "--workspace" ];`,
    units: "testUnits",
    cargo: ["test", "--no-run", "--workspace"],
    least: 110,
  },
  {
    name: "a build for a named target, with fewer features and flags of its own",
    attributes: `target = "x86_64-unknown-linux-gnu"; buildNoDefaultFeatures = true; RUSTFLAGS = "-Cforce-frame-pointers=yes --cfg noted";`,
    units: "units",
    cargo: ["build", "--target", "x86_64-unknown-linux-gnu", "--no-default-features"],
    least: 100,
  },
];

describe("cargo's own invocations", () => {
  let store: BuildStore;
  let project: CargoProject;

  beforeAll(async () => {
    store = await makeBuildStore();
    project = await makeCargoProject(store);
  }, 5 * minutes);
  afterAll(async () => {
    await project?.remove();
    store?.remove();
  }, minutes);

  test.each(cases)("are those of $name", async ({ attributes, units, cargo, least }) => {
    const expression = `rec {
      arguments = ${cargoArguments(project, attributes)} // { rustc = e2e.rust.loggingRustc; };
      package = e2e.unravel.cargo arguments;
      units = package.${units};
      oracle = e2e.rust.cargoOracle {
        inherit package;
        inherit (arguments) rustc nativeBuildInputs buildInputs;
        arguments = [ ${cargo.map((word) => JSON.stringify(word)).join(" ")} ];
        rustflags = arguments.RUSTFLAGS or "";
      };
    }`;
    const [ours, theirs] = (await store.mustBuild(expression, ["units", "oracle"])).paths;
    const follow = (path: string): string => store.physical(readlinkSync(path));
    const mine = invocationsBelow(store.physical(ours ?? ""), follow);
    const original = invocationsBelow(store.physical(theirs ?? ""), follow);
    expect(original.length).toBeGreaterThan(least);
    expect(mine).toEqual(original);
    const scripts = scriptEnvironments(store.physical(theirs ?? ""), follow);
    expect(scripts.length).toBeGreaterThan(10);
    expect(scriptEnvironments(store.physical(ours ?? ""), follow)).toEqual(scripts);
  });
});
