// The environment that cargo gives rustc, build scripts and tests.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { CargoPackage, CargoTarget, UnitGraph } from "../../graph/unit-graph.ts";
import { crateName, packageDirectory, targetDirectory } from "./command.ts";
import { type CargoPlan, type PlannedUnit, scriptDirectory } from "./plan.ts";

export type Variables = readonly (readonly [name: Bytes, value: Bytes])[];

function common(owner: CargoPackage, graph: UnitGraph): string[][] {
  const directory = packageDirectory(owner);
  return [
    ...graph.variables.filter(({ isForced }) => isForced).map(({ name, value }) => [name, value]),
    ["CARGO_MANIFEST_DIR", directory],
    ["CARGO_MANIFEST_PATH", `${directory}/Cargo.toml`],
    ...owner.about.map(([name, value]) => [`CARGO_PKG_${name}`, value]),
  ];
}

/** What the configuration sets where nobody else has. */
export function defaultVariables({ graph: { variables } }: CargoPlan): Variables {
  return sorted(variables.filter(({ isForced }) => !isForced).map(({ name, value }) => [name, value]));
}

export function outDirectory(script: PlannedUnit): string {
  return `${targetDirectory}/build/${scriptDirectory(script)}/out`;
}

/** For rustc. What the package's build script sets is added by the builder. */
export function rustcVariables(planned: PlannedUnit, plan: CargoPlan): Variables {
  const { unit, package: owner } = planned;
  const { kind, name } = unit.target;
  const rows = [...common(owner, plan.graph), ["CARGO_CRATE_NAME", crateName(name)]];
  if (kind[0] === "bin" || (kind[0] === "example" && isProgram(unit.target)))
    rows.push(["CARGO_BIN_NAME", name]);
  if (owner.isPrimary) rows.push(["CARGO_PRIMARY_PACKAGE", "1"]);
  rows.push(...outRows(planned, plan));
  if (runsPrograms(planned))
    rows.push(["CARGO_TARGET_TMPDIR", `${targetDirectory}/tmp`], ...programRows(planned));
  return sorted(rows);
}

export function isProgram({ crateTypes }: CargoTarget): boolean {
  return crateTypes.every((type) => type === "bin");
}

/** Integration tests and benchmarks know where the programs of their package are. */
function runsPrograms({ unit: { mode, target } }: PlannedUnit): boolean {
  return mode === "test" && (target.kind[0] === "test" || target.kind[0] === "bench");
}

/** Even of those that are not built, for want of a feature. */
function programRows({ package: { programs } }: PlannedUnit): readonly string[][] {
  return programs.map((name) => [`CARGO_BIN_EXE_${name}`, programPath(name)]);
}

/** Programs of the package that an integration test may run. */
export function programsOf({ dependencies }: PlannedUnit, plan: CargoPlan): readonly PlannedUnit[] {
  return dependencies.flatMap(({ unit: at }) => {
    const program = plan.units[at];
    return program !== undefined && program.unit.target.kind[0] === "bin" ? [program] : [];
  });
}

export function programPath(name: Bytes): string {
  return `${targetDirectory}/${name}`;
}

/** For the run of a test. What the package's build script sets is added by the builder. */
export function testVariables(planned: PlannedUnit, plan: CargoPlan): Variables {
  const rows = [...common(planned.package, plan.graph), ...outRows(planned, plan)];
  // Since cargo 1.94; earlier ones set it for rustc alone.
  if (runsPrograms(planned)) rows.push(...programRows(planned));
  return sorted(rows);
}

/** For rustdoc, and the examples that it runs. */
export function rustdocVariables(planned: PlannedUnit, plan: CargoPlan): Variables {
  const rows = [...common(planned.package, plan.graph), ...outRows(planned, plan)];
  return sorted([...rows, ["CARGO_CRATE_NAME", crateName(planned.unit.target.name)]]);
}

function outRows({ ownScript }: PlannedUnit, plan: CargoPlan): readonly string[][] {
  const script = ownScript === undefined ? undefined : plan.units[ownScript];
  return script === undefined ? [] : [["OUT_DIR", outDirectory(script)]];
}

/** For a build script. RUSTC, RUSTDOC and NUM_JOBS are known to the builder, and DEP_… to other runs. */
export function scriptVariables(planned: PlannedUnit, plan: CargoPlan): Variables {
  const { unit, package: owner } = planned;
  const { graph } = plan;
  const { profile } = unit;
  const rows = [
    ...common(owner, graph),
    ["CARGO_ENCODED_RUSTFLAGS", unit.flags.join("\x1f")],
    ["DEBUG", String(profile.debugInfo !== "0" && profile.debugInfo !== "none")],
    ["HOST", graph.host],
    ["OPT_LEVEL", profile.optLevel],
    ["OUT_DIR", outDirectory(planned)],
    ["PROFILE", graph.profileRoot],
    ["TARGET", unit.platform ?? graph.host],
    ...unit.features.map((feature) => [`CARGO_FEATURE_${envify(feature)}`, "1"]),
    ...cfgVariables(unit.platform === undefined ? graph.hostCfg : graph.targetCfg, unit.features),
  ];
  if (profile.debugAssertions && minorOf(graph) >= 93) rows.push(["CARGO_CFG_DEBUG_ASSERTIONS", ""]);
  if (owner.links !== undefined) rows.push(["CARGO_MANIFEST_LINKS", owner.links]);
  if (unit.linker !== undefined) rows.push(["RUSTC_LINKER", unit.linker]);
  return sorted(rows);
}

/** `target_os="linux"` becomes CARGO_CFG_TARGET_OS=linux; several values are joined. */
function cfgVariables(cfg: readonly Bytes[], features: readonly Bytes[]): readonly string[][] {
  const values = new Map<string, string[]>([["feature", [...features]]]);
  for (const line of cfg) {
    const equals = line.indexOf("=");
    const name = equals < 0 ? line : line.slice(0, equals);
    const list = values.get(name) ?? [];
    values.set(name, list);
    if (equals >= 0) list.push(line.slice(equals + 1).replace(/^"|"$/g, ""));
  }
  // rustc was asked without a profile, so what it says about them means nothing.
  values.delete("debug_assertions");
  return [...values].map(([name, list]) => [`CARGO_CFG_${envify(name)}`, list.join(",")]);
}

/** 85 for rustc 1.85, beside which is the cargo of that version. */
export function minorOf({ rustc }: UnitGraph): number {
  return Number(/^release: 1\.(\d+)/m.exec(rustc)?.[1] ?? 0);
}

export function envify(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

function sorted(rows: readonly (readonly string[])[]): Variables {
  const map = new Map(rows.map(([name, value]) => [asBytes(name ?? ""), asBytes(value ?? "")]));
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
