// What cargo would have rustc do: units (one run of rustc, or of a build script) and the packages they are of. Plain
// data that travels as JSON; all text is bytes, all paths are relative.

import type { Bytes } from "./bytes.ts";

export interface UnitGraph {
  /** What `rustc -vV` prints: part of every unit's identity. */
  readonly rustc: Bytes;
  /** "x86_64-unknown-linux-gnu" */
  readonly host: Bytes;
  /** What `rustc --print cfg` says, line by line, for the host and for the target; the same without `--target`. */
  readonly hostCfg: readonly Bytes[];
  readonly targetCfg: readonly Bytes[];
  /** "debug" or "release": what build scripts are told, whatever the profile is called. */
  readonly profileRoot: Bytes;
  /** The workspace's directory in the tree; "" is its top. */
  readonly workspace: Bytes;
  /** Variables of `[env]` in cargo's configuration, for all that cargo runs. */
  readonly variables: readonly ConfigVariable[];
  readonly packages: readonly CargoPackage[];
  /** In cargo's order. */
  readonly units: readonly CargoUnit[];
  /** Units that were asked for. */
  readonly roots: readonly number[];
}

export interface ConfigVariable {
  readonly name: Bytes;
  readonly value: Bytes;
  /** Counts even where the environment has the variable already. */
  readonly isForced: boolean;
}

export interface CargoPackage {
  readonly name: Bytes;
  readonly version: Bytes;
  /** As the lockfile says it; `undefined` for a package of the tree. */
  readonly source: Bytes | undefined;
  /** Where it lies: a directory of the tree ("" is its top), or one of the vendored directory. */
  readonly place: { readonly kind: "tree" | "vendor"; readonly path: Bytes };
  /** Of the workspace: rustc runs at its top, and path arguments are relative. */
  readonly isMember: boolean;
  /** Asked for itself, not only as a dependency. */
  readonly isPrimary: boolean;
  readonly links: Bytes | undefined;
  /** Names of all features, sorted as cargo sorts them. */
  readonly features: readonly Bytes[];
  /** `CARGO_PKG_…` without the prefix, with what cargo puts there. */
  readonly about: readonly (readonly [name: Bytes, value: Bytes])[];
  /** Names of all its programs, whether they are built or not. */
  readonly programs: readonly Bytes[];
  /** Whether it has a library: then `-l` flags are the library's alone. */
  readonly hasLibrary: boolean;
  /** rustc's arguments for `[lints]`. */
  readonly lints: readonly Bytes[];
  /** Further conditions that `[lints.rust.unexpected_cfgs]` lets pass. */
  readonly checkCfg: readonly Bytes[];
}

export type UnitMode = "build" | "doctest" | "run-custom-build" | "test";

export interface CargoUnit {
  readonly package: number;
  readonly mode: UnitMode;
  readonly target: CargoTarget;
  readonly profile: CargoProfile;
  /** The target triple; `undefined` is the host. */
  readonly platform: Bytes | undefined;
  readonly features: readonly Bytes[];
  readonly dependencies: readonly UnitDependency[];
  /** Of cargo's configuration or RUSTFLAGS. */
  readonly flags: readonly Bytes[];
  readonly linker: Bytes | undefined;
  /** What runs its programs and tests, in words. */
  readonly runner: readonly Bytes[];
  /** What the configuration says in the place of a build script, in the words that one would print. */
  readonly said?: readonly Bytes[];
}

export interface CargoTarget {
  /** "lib", "bin", "proc-macro", "custom-build", "test", "example", "bench", or crate types of a library. */
  readonly kind: readonly Bytes[];
  readonly crateTypes: readonly Bytes[];
  readonly name: Bytes;
  /** Relative to the tree, or to a vendored package. */
  readonly source: Bytes;
  readonly edition: Bytes;
  /** Whether rustc's test harness is used in tests. */
  readonly harness: boolean;
}

export interface CargoProfile {
  readonly name: Bytes;
  readonly optLevel: Bytes;
  /** "false", "true", "off", "thin" or "fat". */
  readonly lto: Bytes;
  readonly codegenUnits: number | undefined;
  /** As rustc takes it: "0" is none. */
  readonly debugInfo: Bytes;
  readonly splitDebugInfo: Bytes | undefined;
  readonly debugAssertions: boolean;
  readonly overflowChecks: boolean;
  readonly rpath: boolean;
  readonly panic: Bytes;
  /** "debuginfo" or "symbols". */
  readonly strip: Bytes | undefined;
}

export interface UnitDependency {
  readonly unit: number;
  /** The name that the code knows it by. */
  readonly name: Bytes;
  readonly isNoPrelude: boolean;
}

export function isLibrary({ kind }: CargoTarget): boolean {
  return kind.some((word) => libraryKinds.has(word));
}

const libraryKinds: ReadonlySet<string> = new Set([
  "lib",
  "rlib",
  "dylib",
  "cdylib",
  "staticlib",
  "proc-macro",
]);

/** Runs while compiling: built for the host, without link time optimisation. */
export function isForHost({ kind }: CargoTarget): boolean {
  return kind.some((word) => word === "proc-macro" || word === "custom-build");
}
