// Which derivations a unit graph takes: units that are the same run of rustc become one, each has a name and an
// identity that no absolute path is part of, and what it reads of others is written down.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import { type CargoPackage, type CargoUnit, isLibrary, type UnitGraph } from "../../graph/unit-graph.ts";
import { sha256 } from "../hash.ts";
import { derivationKey, type ObjectSet, type ObjectUnit, rootName } from "../object-set.ts";
import { ltoArguments } from "./lto.ts";

export interface CargoPlan {
  readonly graph: UnitGraph;
  /** What the root holds: programs and libraries, results of tests, or a link to every unit. */
  readonly purpose: Purpose;
  /** Bottom-up; doctests are among them where tests are run. */
  readonly units: readonly PlannedUnit[];
  readonly set: ObjectSet;
}

export type Purpose = "build" | "check" | "units";

export interface PlannedUnit {
  readonly unit: CargoUnit;
  readonly package: CargoPackage;
  /** "3-serde-1.0.152-lib-0a1b2c3d": height, what it is, and its identity. */
  readonly name: Bytes;
  /** 16 hexadecimal digits: `-C metadata` and the end of file names. */
  readonly hash: Bytes;
  readonly lto: readonly Bytes[];
  /** With the names that code knows them by; positions in {@link CargoPlan.units}. */
  readonly dependencies: readonly {
    readonly unit: number;
    readonly name: Bytes;
    readonly isNoPrelude: boolean;
  }[];
  /** Libraries that rustc may load, direct ones and those behind them, in order of their names. */
  readonly libraries: readonly number[];
  /** Runs of build scripts whose `-L` paths count, in cargo's order: its own first. */
  readonly scripts: readonly number[];
  /** The run of its own package's build script. */
  readonly ownScript: number | undefined;
  /** Asked for. */
  readonly isRoot: boolean;
}

/** Every object's name is "cargo-…": what projects have in common has one path. */
export const cargoSetName: Bytes = asBytes("cargo");
/** More objects than one derivation writes at little cost. */
const mostTogether = 160;

export function planCargo(graph: UnitGraph, purpose: Purpose): CargoPlan {
  const lto = ltoArguments(graph);
  const order = bottomUpOrder(graph);
  const planned: PlannedUnit[] = [];
  const heights: number[] = [];
  const places = new Map<number, number>();
  const byHash = new Map<string, number>();
  const roots = new Set(graph.roots);
  for (const index of order) {
    const unit = graph.units[index];
    const owner = unit === undefined ? undefined : graph.packages[unit.package];
    if (unit === undefined || owner === undefined) continue;
    if (unit.mode === "doctest" && !isRunDoctest(unit, graph, purpose)) continue;
    const dependencies = unit.dependencies.map((dependency) => ({
      ...dependency,
      unit: places.get(dependency.unit) ?? -1,
    }));
    const unitLto = lto[index] ?? [];
    const hash = identityOf(
      graph,
      owner,
      unit,
      unitLto,
      dependencies.map(({ unit: at }) => planned[at]?.hash),
    );
    const known = byHash.get(hash);
    if (known !== undefined) {
      places.set(index, known);
      const before = planned[known];
      if (before !== undefined && roots.has(index)) planned[known] = { ...before, isRoot: true };
      continue;
    }
    const at = planned.length;
    places.set(index, at);
    byHash.set(hash, at);
    const height = 1 + Math.max(0, ...dependencies.map((dependency) => heights[dependency.unit] ?? 0));
    heights.push(height);
    planned.push({
      unit,
      package: owner,
      name: nameOf(height, owner, unit, hash),
      hash,
      lto: unitLto,
      dependencies,
      ...reachOf(
        unit,
        dependencies.map((dependency) => dependency.unit),
        planned,
      ),
      isRoot: roots.has(index),
    });
  }
  const units = planned.flatMap((unit) => objectUnits(unit, graph, purpose));
  const ordered = [...units].sort((a, b) => heightIn(a.name) - heightIn(b.name));
  const all = [...ordered, { name: rootName, keys: [recipeKey(rootName), derivationKey(rootName)] }];
  const isGated = all.reduce((sum, { keys }) => sum + keys.length, 0) > mostTogether;
  return { graph, purpose, units: planned, set: { name: cargoSetName, units: all, isGated } };
}

function heightIn(name: Bytes): number {
  return Number(name.slice(0, name.indexOf("-")));
}

export function recipeKey(unitName: Bytes): Bytes {
  return asBytes(`${unitName}-recipe`);
}

/** The run of a test, beside its build. */
export function testRunName({ name }: PlannedUnit): Bytes {
  const dash = name.indexOf("-");
  return asBytes(`${Number(name.slice(0, dash)) + 1}${name.slice(dash)}-run`);
}

/** Whether a unit is a test that is to be run: one that can be, here or by a runner. */
export function isRunTest(planned: PlannedUnit, graph: UnitGraph, purpose: Purpose): boolean {
  const { platform, runner } = planned.unit;
  return isWantedTest(planned, purpose) && (isOfHost(platform, graph) || runner.length > 0);
}

/** Whether a unit is a test that is at least to be compiled. */
export function isWantedTest({ unit, isRoot }: PlannedUnit, purpose: Purpose): boolean {
  return purpose === "check" && isRoot && unit.mode === "test";
}

function isOfHost(platform: Bytes | undefined, { host }: UnitGraph): boolean {
  return platform === undefined || platform === host;
}

/** Only what is built for the host can be run where it is compiled: so does cargo up to 1.88. */
function isRunDoctest({ platform }: CargoUnit, graph: UnitGraph, purpose: Purpose): boolean {
  return purpose === "check" && isOfHost(platform, graph);
}

function objectUnits(unit: PlannedUnit, graph: UnitGraph, purpose: Purpose): readonly ObjectUnit[] {
  const own = { name: unit.name, keys: [recipeKey(unit.name), derivationKey(unit.name)] };
  if (!isRunTest(unit, graph, purpose)) return [own];
  const run = testRunName(unit);
  return [own, { name: run, keys: [recipeKey(run), derivationKey(run)] }];
}

/** What a package's build script, run, is called below the target directory. */
export function scriptDirectory({ package: owner, hash }: PlannedUnit): Bytes {
  return asBytes(`${owner.name}-${hash}`);
}

/** Dependencies before dependents. */
function bottomUpOrder(graph: UnitGraph): readonly number[] {
  const order: number[] = [];
  const state = new Map<number, "done" | "open">();
  const visit = (start: number): void => {
    const stack: { index: number; next: number }[] = [{ index: start, next: 0 }];
    state.set(start, "open");
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const dependency = graph.units[top.index]?.dependencies[top.next++]?.unit;
      if (dependency === undefined) {
        state.set(top.index, "done");
        order.push(top.index);
        stack.pop();
      } else if (state.get(dependency) === undefined) {
        state.set(dependency, "open");
        stack.push({ index: dependency, next: 0 });
      } else if (state.get(dependency) === "open") {
        fail({
          code: "graph/cycle",
          message: "units of cargo's graph need each other",
          hint: "report it: cargo itself refuses such a graph",
        });
      }
    }
  };
  for (const [index] of graph.units.entries()) if (state.get(index) === undefined) visit(index);
  return order;
}

/** As cargo's own metadata hash: what makes two runs of rustc different. Paths of packages only as the tree has them. */
function identityOf(
  graph: UnitGraph,
  owner: CargoPackage,
  unit: CargoUnit,
  lto: readonly Bytes[],
  dependencies: readonly (Bytes | undefined)[],
): Bytes {
  const { target, profile } = unit;
  const parts = [
    graph.rustc,
    [owner.name, owner.version, owner.source ?? null, owner.source === undefined ? owner.place.path : null],
    unit.mode,
    [target.kind, target.crateTypes, target.name],
    { ...profile, name: undefined },
    unit.platform ?? null,
    unit.features,
    unit.flags,
    lto,
    unit.mode === "run-custom-build" ? [graph.profileRoot, unit.said ?? null] : null,
    dependencies.map((hash, index) => [unit.dependencies[index]?.name, hash ?? null]),
  ];
  return asBytes(sha256(asBytes(JSON.stringify(parts))).slice(0, 16));
}

function nameOf(height: number, { name, version }: CargoPackage, unit: CargoUnit, hash: Bytes): Bytes {
  const { kind, name: target } = unit.target;
  const safe = target.replace(/[^0-9A-Za-z+_.?=-]/g, "_").slice(0, 60);
  const what =
    unit.mode === "run-custom-build"
      ? "script-run"
      : kind[0] === "custom-build"
        ? "script"
        : unit.mode === "test" || unit.mode === "doctest"
          ? `${unit.mode}-${safe}`
          : kind[0] === "proc-macro"
            ? "macro"
            : isLibrary(unit.target)
              ? "lib"
              : `${kind[0] ?? "bin"}-${safe}`;
  const platform = unit.platform === undefined ? "" : "-target";
  // The hash tells variants apart; seven digits do for the features and profiles of one package.
  return asBytes(
    `${height}-${name.slice(0, 60)}-${version.replace(/[^0-9A-Za-z+.-]/g, "_").slice(0, 40)}-${what}${platform}-${hash.slice(0, 7)}`,
  );
}

/** Libraries and script runs behind a unit. */
function reachOf(
  unit: CargoUnit,
  dependencies: readonly number[],
  planned: readonly PlannedUnit[],
): Pick<PlannedUnit, "libraries" | "ownScript" | "scripts"> {
  const ofUnit = (at: number): PlannedUnit | undefined => planned[at];
  const isRun = (at: number): boolean => ofUnit(at)?.unit.mode === "run-custom-build";
  const ownScript = dependencies.find((at) => isRun(at) && unit.mode !== "run-custom-build");
  // What a build script links is linked into the build script.
  const libraries = new Set<number>();
  if (unit.mode !== "run-custom-build") {
    for (const at of dependencies) {
      const dependency = ofUnit(at);
      if (dependency === undefined || dependency.unit.mode !== "build" || !isLibrary(dependency.unit.target))
        continue;
      libraries.add(at);
      // A macro is loaded by the compiler and linked into nothing.
      if (dependency.unit.target.kind[0] === "proc-macro") continue;
      for (const deeper of dependency.libraries) libraries.add(deeper);
    }
  }
  const scripts = new Set<number>(ownScript === undefined ? [] : [ownScript]);
  const sorted = [...dependencies].sort((a, b) => byPackage(ofUnit(a), ofUnit(b)));
  for (const at of sorted) {
    const dependency = ofUnit(at);
    if (dependency === undefined || isRun(at) || unit.mode === "run-custom-build") continue;
    if (dependency.unit.target.kind[0] === "proc-macro" || !isLibrary(dependency.unit.target)) continue;
    for (const script of dependency.scripts) scripts.add(script);
  }
  const names = [...libraries].sort((a, b) => compareBytes(ofUnit(a)?.name ?? "", ofUnit(b)?.name ?? ""));
  return { libraries: names, scripts: [...scripts], ownScript };
}

/** Cargo's order of package ids: name, version, source. */
function byPackage(a: PlannedUnit | undefined, b: PlannedUnit | undefined): number {
  if (a === undefined || b === undefined) return 0;
  return (
    compareBytes(a.package.name, b.package.name) ||
    compareBytes(a.package.version, b.package.version) ||
    compareBytes(a.package.source ?? "", b.package.source ?? "")
  );
}
