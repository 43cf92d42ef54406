// The stages of unravel.cargo that run in builders: from a project's lockfile to a derivation per crate, and from its
// unit graph to a derivation per run of rustc.

import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { printDerivation } from "../../emit/aterm.ts";
import { type CratesContext, type CratesPlan, deriveCrates, planCrates } from "../../emit/cargo/crates.ts";
import { type CargoContext, deriveCargo } from "../../emit/cargo/derive.ts";
import { type CargoPlan, planCargo } from "../../emit/cargo/plan.ts";
import type { EmissionContext } from "../../emit/outputs/context.ts";
import { divisionOf, entryDerivation, entryObjects } from "../../emit/outputs/emission.ts";
import { writeOutputs } from "../../emit/sink/outputs.ts";
import { openTree } from "../../emit/sink/tree.ts";
import { parseCargoLock } from "../../generators/cargo/lock.ts";
import { lockedCrates } from "../../generators/cargo/registry.ts";
import { toolchainMismatch } from "../../generators/cargo/toolchain-file.ts";
import { loadUnitGraph } from "../../generators/cargo/unit-graph.ts";
import { asBytes, type Bytes, fromBuffer, fromText, toBuffer } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { UnitGraph } from "../../graph/unit-graph.ts";
import { closureIn, scratchPaths, structuredAttributes, text, variable } from "../builder-attributes.ts";
import { askCargo } from "./ask-cargo.ts";
import { writeLock } from "./lock-file.ts";
import {
  extraSources,
  isTrue,
  optionalText,
  parseSettings,
  purposeSetting,
  registryOptions,
  rustflagsSetting,
  type Settings,
  textList,
  textSetting,
} from "./settings.ts";
import { writeCargoSkeleton } from "./skeleton.ts";

/** Runs "cargo-skeleton", "cargo-lock", "cargo-crates-entry", "cargo-crates-emit", "cargo-graph", "cargo-entry" or "cargo-emit". */
export function runCargoStage(stage: string, env: NodeJS.ProcessEnv): void {
  switch (stage) {
    case "cargo-skeleton":
      writeCargoSkeleton(variable(env, "source"), variable(env, "out"));
      return;
    case "cargo-lock":
      writeLock(
        variable(env, "given"),
        variable(env, "skeleton"),
        variable(env, "file"),
        variable(env, "out"),
      );
      return;
    case "cargo-crates-entry": {
      const settings = parseSettings(variable(env, "settings"));
      const context = emissionContext(settings, variable(env, "environment"), env);
      const plan = cratesPlan(variable(env, "lock"), settings);
      writeEntry(plan.set, "cargo-crates-emit", ["lock", "environment"], context, env);
      return;
    }
    case "cargo-crates-emit": {
      const attributes = structuredAttributes(env);
      const settings = parseSettings(text(attributes, "settings"));
      const context = emissionContext(settings, text(attributes, "environment"), env);
      const plan = cratesPlan(text(attributes, "lock"), settings);
      const crates: CratesContext = { ...context, unpacker: textSetting(settings, "unpacker") };
      const objects = entryObjects(divisionOf(plan.set), deriveCrates(plan, crates), context);
      writeOutputs(objects, scratchPaths(attributes));
      return;
    }
    case "cargo-graph":
      writeGraph(env);
      return;
    case "cargo-entry": {
      const settings = parseSettings(variable(env, "settings"));
      const context = emissionContext(settings, variable(env, "compiler"), env);
      const { set } = unitPlan(variable(env, "graph"), settings);
      const handedOn = ["graph", "source", "vendor", "environment", "compiler"];
      writeEntry(set, "cargo-emit", handedOn, context, env);
      return;
    }
    case "cargo-emit": {
      const attributes = structuredAttributes(env);
      const settings = parseSettings(text(attributes, "settings"));
      const context = emissionContext(settings, text(attributes, "compiler"), env);
      const plan = unitPlan(text(attributes, "graph"), settings);
      const tree = openTree([text(attributes, "source")], asBytes("/build/source"));
      const derived = deriveCargo(plan, unitContext(settings, attributes, context), tree);
      writeOutputs(entryObjects(divisionOf(plan.set), derived, context), scratchPaths(attributes));
      return;
    }
    default:
      throw new Error(`there is no stage "${stage}"`);
  }
}

function writeEntry(
  set: CratesPlan["set"],
  stage: string,
  handedOn: readonly string[],
  context: EmissionContext,
  env: NodeJS.ProcessEnv,
): void {
  const inputs = new Map(handedOn.map((name): [string, Bytes] => [name, fromText(variable(env, name))]));
  const settings = fromText(variable(env, "settings"));
  const derivation = entryDerivation(divisionOf(set), stage, context, inputs, settings);
  writeFileSync(variable(env, "out"), toBuffer(printDerivation(derivation)));
}

function cratesPlan(lock: string, settings: Settings): CratesPlan {
  const parsed = parseCargoLock(fromBuffer(readFileSync(lock)), asBytes("Cargo.lock"));
  return planCrates(lockedCrates(parsed, registryOptions(settings)));
}

function unitPlan(directory: string, settings: Settings): CargoPlan {
  const graph = JSON.parse(readFileSync(join(directory, "graph.json"), "utf8")) as UnitGraph;
  return planCargo(graph, purposeSetting(settings));
}

/** Asks cargo, in the place where units will run, and writes what it says as one graph. */
function writeGraph(env: NodeJS.ProcessEnv): void {
  const settings = parseSettings(variable(env, "settings"));
  const [top, vendor, home] = ["/build/source", "/build/vendor", "/build/home"];
  cpSync(variable(env, "skeleton"), top, { recursive: true, verbatimSymlinks: true });
  mkdirSync(home);
  const lock = env["lock"];
  if (lock !== undefined && lock !== "")
    cpSync(lock, join(top, textSetting(settings, "cargoRoot"), "Cargo.lock"));
  symlinkSync(variable(env, "vendor"), vendor);
  cpSync(join(variable(env, "vendor"), "config.toml"), join(home, "config.toml"));
  const directory = textSetting(settings, "directory");
  const isTest = textSetting(settings, "command") === "test";
  const answers = askCargo({
    directory: join(top, directory),
    home,
    command: isTest ? "test" : "build",
    arguments: textList(settings, "arguments"),
    target: optionalText(settings, "target"),
    rustflags: rustflagsSetting(settings),
    path: variable(env, "PATH"),
    variables: Object.fromEntries(
      Object.entries(env).flatMap(([name, value]) =>
        value !== undefined && name.startsWith("CARGO_PROFILE_") ? [[name, value]] : [],
      ),
    ),
  });
  const tree = openTree([variable(env, "skeleton")]);
  if (isTrue(settings, "checkToolchain"))
    checkToolchain(fromText(directory), (path) => tree.read(path), answers.rustc);
  const graph = loadUnitGraph(
    { ...answers, top: asBytes(top), vendor: asBytes(vendor) },
    {
      profile: textSetting(settings, "profile"),
      target: answers.target,
      rustflags: rustflagsSetting(settings),
      read: (path) => tree.read(path),
    },
  );
  mkdirSync(variable(env, "out"));
  writeFileSync(join(variable(env, "out"), "graph.json"), `${JSON.stringify(graph, null, 1)}\n`);
}

/** The nearest file at or above the directory counts. */
function checkToolchain(directory: Bytes, read: (path: Bytes) => Bytes | undefined, rustc: Bytes): void {
  for (let at: string = directory; ; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
    for (const name of ["rust-toolchain", "rust-toolchain.toml"]) {
      const file = asBytes(at === "" ? name : `${at}/${name}`);
      const text = read(file);
      if (text === undefined) continue;
      const wrong = toolchainMismatch(text, file, rustc);
      if (wrong !== undefined) fail(wrong);
      return;
    }
    if (at === "") return;
  }
}

function emissionContext(settings: Settings, environment: string, env: NodeJS.ProcessEnv): EmissionContext {
  return {
    storeDir: fromText(env["NIX_STORE"] ?? "/nix/store"),
    environment: fromText(environment),
    system: textSetting(settings, "system"),
    shell: textSetting(settings, "shell"),
    node: textSetting(settings, "node"),
    planner: textSetting(settings, "planner"),
    forwardScript: textSetting(settings, "forwardScript"),
    references: textList(settings, "references").map(fromText),
  };
}

function unitContext(
  settings: Settings,
  attributes: ReadonlyMap<string, unknown>,
  context: EmissionContext,
): CargoContext {
  const vendor = text(attributes, "vendor");
  return {
    ...context,
    compiler: fromText(text(attributes, "compiler")),
    environment: fromText(text(attributes, "environment")),
    scripts: {
      rustc: textSetting(settings, "rustcScript"),
      run: textSetting(settings, "runScript"),
      test: textSetting(settings, "testScript"),
      root: textSetting(settings, "rootScript"),
    },
    vendored: (place) => {
      const path = join(vendor, place);
      return existsSync(path) ? fromText(realpathSync(path)) : undefined;
    },
    extraSources: extraSources(settings),
    checkFlags: textList(settings, "checkFlags").map(fromText),
    known: closureIn(context.storeDir),
  };
}
