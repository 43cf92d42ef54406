// The arguments that cargo would give rustc for a unit, in its order. What a build script says is added by the
// builder, which reads it from the files that the script's run left (templates/builder/cargo-rustc.sh).

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { type CargoPackage, type CargoUnit, isForHost, isLibrary } from "../../graph/unit-graph.ts";
import type { CargoPlan, PlannedUnit } from "./plan.ts";

/** Where everything lies while rustc runs: fixed, so that no path tells where or when something was built. */
export const topDirectory = "/build/source";
export const vendorDirectory = "/build/vendor";
export const targetDirectory = "/build/target";
const depsDirectory = `${targetDirectory}/deps`;

/** The arguments in four groups: what scripts say comes after the second, extern crates before it. */
export function rustcArguments(planned: PlannedUnit, plan: CargoPlan): readonly Bytes[] {
  const { unit, package: owner, hash } = planned;
  const { target, profile } = unit;
  const isTest = unit.mode === "test";
  const args: string[] = [
    "--crate-name",
    crateName(target.name),
    `--edition=${target.edition}`,
    sourcePath(planned, plan),
  ];
  if (!isTest) for (const type of target.crateTypes) args.push("--crate-type", type);
  args.push(`--emit=${needsObjects(unit) ? "dep-info,link" : "dep-info,metadata,link"}`);
  const isDynamic = target.crateTypes.some((type) => type === "dylib") && !isTest;
  if (target.kind[0] === "proc-macro" || (isDynamic && !owner.isPrimary)) args.push("-C", "prefer-dynamic");
  if (profile.optLevel !== "0") args.push("-C", `opt-level=${profile.optLevel}`);
  if (profile.panic !== "unwind") args.push("-C", `panic=${profile.panic}`);
  args.push(...planned.lto);
  if (profile.codegenUnits !== undefined) args.push("-C", `codegen-units=${profile.codegenUnits}`);
  if (profile.debugInfo !== "0" && profile.debugInfo !== "none") {
    args.push("-C", `debuginfo=${profile.debugInfo}`);
    if (profile.splitDebugInfo !== undefined) args.push("-C", `split-debuginfo=${profile.splitDebugInfo}`);
  }
  args.push(...owner.lints, ...assertions(unit));
  if (isTest) args.push(...(target.harness ? ["--test"] : ["--cfg", "test"]));
  args.push(...conditions(planned));
  args.push("-C", `metadata=${hash}`, "-C", `extra-filename=-${hash}`);
  if (profile.rpath) args.push("-C", "rpath");
  // The builder puts `--out-dir` here.
  if (unit.platform !== undefined) args.push("--target", unit.platform);
  if (unit.linker !== undefined) args.push("-C", `linker=${unit.linker}`);
  if (profile.strip !== undefined) args.push("-C", `strip=${profile.strip}`);
  args.push("-L", `dependency=${depsDirectory}`);
  args.push(...externs(planned, plan));
  if (owner.source !== undefined) args.push("--cap-lints", "allow");
  args.push(...unit.flags);
  return args.map(asBytes);
}

/** The arguments that cargo would give rustdoc to compile and run what documentation shows. */
export function rustdocArguments(planned: PlannedUnit, plan: CargoPlan): readonly Bytes[] {
  const { unit, package: owner } = planned;
  const [program, ...more] = unit.runner;
  const args: string[] = [
    `--edition=${unit.target.edition}`,
    ...unit.target.crateTypes.flatMap((type) => ["--crate-type", type]),
    "--color",
    "never",
    "--crate-name",
    crateName(unit.target.name),
    "--test",
    sourcePath(planned, plan),
    "--test-run-directory",
    packageDirectory(owner),
  ];
  if (unit.platform !== undefined) args.push("--target", unit.platform);
  if (program !== undefined) args.push("--test-runtool", program);
  for (const word of more) args.push("--test-runtool-arg", word);
  args.push(...owner.lints, ...externs(planned, plan), "-L", `dependency=${depsDirectory}`, ...planned.lto);
  if (unit.profile.panic !== "unwind") args.push("-C", `panic=${unit.profile.panic}`);
  args.push(...conditions(planned), "--error-format", "human");
  return args.map(asBytes);
}

/** Features, and which conditions are known. */
function conditions({ unit, package: { features, checkCfg } }: PlannedUnit): readonly string[] {
  const known = ["cfg(docsrs,test)", featureCondition(features), ...checkCfg];
  return [
    ...unit.features.flatMap((feature) => ["--cfg", `feature="${feature}"`]),
    ...known.flatMap((condition) => ["--check-cfg", condition]),
  ];
}

export function crateName(target: string): string {
  return target.replaceAll("-", "_");
}

/** Linked, so that it needs the machine code of what it uses. */
export function needsObjects({ mode, target }: CargoUnit): boolean {
  return mode === "test" || target.crateTypes.some((type) => !/^(?:lib|rlib)$/.test(type));
}

/** Relative to where rustc runs, except for what lies outside the workspace. */
function sourcePath(planned: PlannedUnit, plan: CargoPlan): string {
  const { package: owner, unit } = planned;
  const { source } = unit.target;
  if (owner.place.kind === "vendor") return `${vendorDirectory}/${owner.place.path}/${source}`;
  return runsAtTop(planned, plan) ? source.slice(belowWorkspace(plan).length) : `${topDirectory}/${source}`;
}

/** Where rustc runs: at the top of the workspace for what is its own, a member or not; else where the package lies. */
export function rustcDirectory(planned: PlannedUnit, plan: CargoPlan): string {
  const { workspace } = plan.graph;
  if (!runsAtTop(planned, plan)) return packageDirectory(planned.package);
  return workspace === "" ? topDirectory : `${topDirectory}/${workspace}`;
}

/** A package of the tree that is no stand-in for a registry's, whose file lies in the workspace. */
function runsAtTop({ package: owner, unit }: PlannedUnit, plan: CargoPlan): boolean {
  return (
    owner.place.kind === "tree" &&
    owner.source === undefined &&
    unit.target.source.startsWith(belowWorkspace(plan))
  );
}

function belowWorkspace({ graph: { workspace } }: CargoPlan): string {
  return workspace === "" ? "" : `${workspace}/`;
}

/** Where a package lies while something is done with it. */
export function packageDirectory({ place }: CargoPackage): string {
  if (place.kind === "vendor") return `${vendorDirectory}/${place.path}`;
  return place.path === "" ? topDirectory : `${topDirectory}/${place.path}`;
}

function assertions({ profile }: CargoUnit): readonly string[] {
  const { optLevel, debugAssertions, overflowChecks } = profile;
  const checks =
    overflowChecks === debugAssertions ? [] : ["-C", `overflow-checks=${overflowChecks ? "on" : "off"}`];
  // rustc turns both on without optimisation, and overflow checks with assertions.
  if (debugAssertions === (optLevel === "0")) return checks;
  return ["-C", `debug-assertions=${debugAssertions ? "on" : "off"}`, ...checks];
}

function featureCondition(features: readonly Bytes[]): string {
  return `cfg(feature, values(${features.map((feature) => `"${feature}"`).join(", ")}))`;
}

function externs({ unit, dependencies }: PlannedUnit, plan: CargoPlan): readonly string[] {
  const args: string[] = [];
  for (const { unit: at, name, isNoPrelude } of dependencies) {
    const dependency = plan.units[at];
    if (dependency === undefined || dependency.unit.mode !== "build" || !isLibrary(dependency.unit.target))
      continue;
    for (const file of linkableFiles(dependency)) {
      args.push("--extern", `${isNoPrelude ? "noprelude:" : ""}${name}=${depsDirectory}/${file}`);
    }
  }
  if (unit.target.kind[0] === "proc-macro") args.push("--extern", "proc_macro");
  return args;
}

/** What of a library other crates name: not what only C programs link. */
export function linkableFiles({ unit, hash }: PlannedUnit): readonly string[] {
  const stem = `lib${crateName(unit.target.name)}-${hash}`;
  return unit.target.crateTypes.flatMap((type) => {
    if (type === "lib" || type === "rlib") return [`${stem}.rlib`];
    return type === "proc-macro" || type === "dylib" ? [`${stem}.so`] : [];
  });
}

export function runsForHost({ unit }: PlannedUnit): boolean {
  return unit.platform === undefined || isForHost(unit.target);
}
