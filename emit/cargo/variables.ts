// The environment that cargo gives rustc, build scripts and tests.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { CargoPackage, UnitGraph } from "../../graph/unit-graph.ts";
import { crateName, packageDirectory, targetDirectory } from "./command.ts";
import { type CargoPlan, type PlannedUnit, scriptDirectory } from "./plan.ts";

export type Variables = readonly (readonly [name: Bytes, value: Bytes])[];

function common(owner: CargoPackage, graph: UnitGraph): string[][] {
  const directory = packageDirectory(owner);
  return [
    ...graph.variables.map(([name, value]) => [name, value]),
    ["CARGO_MANIFEST_DIR", directory],
    ["CARGO_MANIFEST_PATH", `${directory}/Cargo.toml`],
    ...owner.about.map(([name, value]) => [`CARGO_PKG_${name}`, value]),
  ];
}

export function outDirectory(script: PlannedUnit): string {
  return `${targetDirectory}/build/${scriptDirectory(script)}/out`;
}

/** For rustc. What the package's build script sets is added by the builder. */
export function rustcVariables(planned: PlannedUnit, plan: CargoPlan): Variables {
  const { unit, package: owner, ownScript } = planned;
  const { kind, name } = unit.target;
  const rows = [...common(owner, plan.graph), ["CARGO_CRATE_NAME", crateName(name)]];
  if (kind[0] === "bin" || kind[0] === "example") rows.push(["CARGO_BIN_NAME", name]);
  if (owner.isPrimary) rows.push(["CARGO_PRIMARY_PACKAGE", "1"]);
  const script = ownScript === undefined ? undefined : plan.units[ownScript];
  if (script !== undefined) rows.push(["OUT_DIR", outDirectory(script)]);
  if (unit.mode === "test" && kind[0] === "test") {
    for (const program of programsOf(planned, plan))
      rows.push([`CARGO_BIN_EXE_${program.unit.target.name}`, programPath(program)]);
  }
  if (unit.mode === "test" && (kind[0] === "test" || kind[0] === "bench"))
    rows.push(["CARGO_TARGET_TMPDIR", `${targetDirectory}/tmp`]);
  return sorted(rows);
}

/** Programs of the package that an integration test may run. */
export function programsOf({ dependencies }: PlannedUnit, plan: CargoPlan): readonly PlannedUnit[] {
  return dependencies.flatMap(({ unit: at }) => {
    const program = plan.units[at];
    return program !== undefined && program.unit.target.kind[0] === "bin" ? [program] : [];
  });
}

export function programPath({ unit }: PlannedUnit): string {
  return `${targetDirectory}/${unit.target.name}`;
}

/** For the run of a test. */
export function testVariables({ package: owner }: PlannedUnit, plan: CargoPlan): Variables {
  return sorted(common(owner, plan.graph));
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
  // It is set for every build and says nothing.
  values.delete("debug_assertions");
  return [...values].map(([name, list]) => [`CARGO_CFG_${envify(name)}`, list.join(",")]);
}

export function envify(name: string): string {
  return name.toUpperCase().replaceAll("-", "_");
}

function sorted(rows: readonly (readonly string[])[]): Variables {
  const map = new Map(rows.map(([name, value]) => [asBytes(name ?? ""), asBytes(value ?? "")]));
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
