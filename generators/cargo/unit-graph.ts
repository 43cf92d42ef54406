// cargo's unit graph and metadata, with what both leave out, become a UnitGraph. Pure: files of the tree are asked for.

import { asBytes, type Bytes, compareBytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type {
  CargoPackage,
  CargoProfile,
  CargoTarget,
  CargoUnit,
  UnitDependency,
  UnitGraph,
  UnitMode,
} from "../../graph/unit-graph.ts";
import { cfgLines } from "./cfg.ts";
import { configVariables, type PlatformSettings, platformSettings, scriptOverride } from "./config.ts";
import {
  type Fields,
  failShape,
  fieldAt,
  fieldsOf,
  listAt,
  optionalTextAt,
  parseFields,
  textAt,
  textOf,
  textsAt,
} from "./json-fields.ts";
import { hasHarness, lintArguments, profileRoot } from "./manifest.ts";
import { parseToml, type TomlTable } from "./toml.ts";

/** What cargo and rustc printed, and where they ran. */
export interface CargoAnswers {
  /** `cargo build --unit-graph` */
  readonly unitGraph: Bytes;
  /** `cargo metadata --format-version 1` */
  readonly metadata: Bytes;
  /** `cargo config get --format json-value` */
  readonly config: Bytes;
  /** `rustc -vV` */
  readonly rustc: Bytes;
  /** `rustc --print cfg`, and with `--target` */
  readonly hostCfg: Bytes;
  readonly targetCfg: Bytes;
  /** Directories that packages lie in, absolute: the tree, and the vendored ones. */
  readonly top: Bytes;
  readonly vendor: Bytes;
}

export interface UnitGraphRequest {
  /** The profile that was asked for: "dev", "release" or another. */
  readonly profile: Bytes;
  readonly target: Bytes | undefined;
  /** RUSTFLAGS, in words. */
  readonly rustflags: readonly Bytes[] | undefined;
  /** A file of the tree. */
  readonly read: (path: Bytes) => Bytes | undefined;
}

export function loadUnitGraph(answers: CargoAnswers, request: UnitGraphRequest): UnitGraph {
  const graph = parseFields(answers.unitGraph, "unit graph");
  if (fieldAt(graph, "version") !== 1) return failShape("version", "1");
  const config = parseFields(answers.config, "configuration");
  const host = /^host: (.*)$/m.exec(answers.rustc)?.[1] ?? failShape("host", "a triple");
  const hostCfg = cfgLines(answers.hostCfg);
  const targetCfg = cfgLines(answers.targetCfg);
  const hostSettings = platformSettings(config, asBytes(host), hostCfg, request.rustflags);
  const targetSettings =
    request.target === undefined
      ? hostSettings
      : platformSettings(config, request.target, targetCfg, request.rustflags);
  // With `--target`, flags are not for what runs while building.
  const settingsOf = (platform: Bytes | undefined): PlatformSettings =>
    platform !== undefined || request.target === undefined
      ? targetSettings
      : { flags: [], linker: hostSettings.linker, runner: hostSettings.runner };
  const overrideOf = (platform: Bytes | undefined, links: Bytes): readonly Bytes[] | undefined =>
    scriptOverride(config, platform ?? asBytes(host), links);

  const packages = new PackageTable(answers, request.read);
  const units = listAt(graph, "units").map((unit) =>
    unitOf(fieldsOf(unit), packages, settingsOf, overrideOf),
  );
  const roots = listAt(graph, "roots").map((root) => indexOf(root, units.length));
  for (const { dependencies } of units) for (const { unit } of dependencies) indexOf(unit, units.length);
  return {
    rustc: answers.rustc,
    host: asBytes(host),
    hostCfg,
    targetCfg,
    profileRoot: profileRoot(packages.workspace, request.profile),
    workspace: packages.workspacePath,
    variables: configVariables(config, answers.top),
    packages: packages.finish(new Set(roots.map((root) => units[root]?.package ?? -1))),
    units,
    roots,
  };
}

function indexOf(value: unknown, count: number): number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < count
    ? value
    : failShape("index", "the number of a unit");
}

const modes: ReadonlySet<string> = new Set(["build", "doctest", "run-custom-build", "test"]);

function unitOf(
  unit: Fields,
  packages: PackageTable,
  settingsOf: (platform: Bytes | undefined) => PlatformSettings,
  overrideOf: (platform: Bytes | undefined, links: Bytes) => readonly Bytes[] | undefined,
): CargoUnit {
  const index = packages.indexOf(textAt(unit, "pkg_id"));
  const mode = textAt(unit, "mode");
  if (!modes.has(mode)) {
    return fail({
      code: "cargo/mode",
      message: `cargo wants to ${quoted(mode)}, which makes no file`,
      hint: "ask for what cargo build or cargo test do",
    });
  }
  const platform = optionalTextAt(unit, "platform");
  const { flags, linker, runner } = settingsOf(platform);
  const links = mode === "run-custom-build" ? packages.linksOf(index) : undefined;
  const said = links === undefined ? undefined : overrideOf(platform, links);
  return {
    package: index,
    mode: mode as string as UnitMode,
    target: packages.targetOf(index, fieldsOf(fieldAt(unit, "target"))),
    profile: profileOf(fieldsOf(fieldAt(unit, "profile"))),
    platform,
    features: textsAt(unit, "features"),
    dependencies: listAt(unit, "dependencies").map((entry): UnitDependency => {
      const dependency = fieldsOf(entry);
      return {
        unit: Number(fieldAt(dependency, "index")),
        name: textAt(dependency, "extern_crate_name"),
        isNoPrelude: fieldAt(dependency, "noprelude") === true,
      };
    }),
    flags,
    linker,
    runner,
    ...(said === undefined ? {} : { said }),
  };
}

function profileOf(profile: Fields): CargoProfile {
  const units = fieldAt(profile, "codegen_units");
  return {
    name: textAt(profile, "name"),
    optLevel: textAt(profile, "opt_level"),
    lto: textAt(profile, "lto"),
    codegenUnits: typeof units === "number" ? units : undefined,
    debugInfo: debugInfoOf(fieldAt(profile, "debuginfo")),
    splitDebugInfo: optionalTextAt(profile, "split_debuginfo"),
    debugAssertions: fieldAt(profile, "debug_assertions") === true,
    overflowChecks: fieldAt(profile, "overflow_checks") === true,
    rpath: fieldAt(profile, "rpath") === true,
    panic: textAt(profile, "panic"),
    strip: stripOf(fieldsOf(fieldAt(profile, "strip"))),
  };
}

/** A number, the name of a level, or either as what was settled late. */
function debugInfoOf(value: unknown): Bytes {
  if (typeof value === "number") return asBytes(String(value));
  return textOf(value) ?? asBytes("0");
}

/** {"deferred":"None"} or {"resolved":{"Named":"symbols"}} */
function stripOf(strip: Fields): Bytes | undefined {
  const value = fieldAt(strip, "resolved") ?? fieldAt(strip, "deferred");
  return optionalTextAt(fieldsOf(value), "Named");
}

/** Packages of the metadata, found by either form of their ids. */
class PackageTable {
  readonly workspace: TomlTable | undefined;
  readonly workspacePath: Bytes;
  readonly #packages: Omit<CargoPackage, "isPrimary">[] = [];
  readonly #manifests: (TomlTable | undefined)[] = [];
  readonly #byId = new Map<string, number>();
  readonly #answers: CargoAnswers;

  constructor(answers: CargoAnswers, read: (path: Bytes) => Bytes | undefined) {
    this.#answers = answers;
    const metadata = parseFields(answers.metadata, "metadata");
    const members = new Set(textsAt(metadata, "workspace_members"));
    const manifestAt = (place: CargoPackage["place"]): TomlTable | undefined => {
      const file = asBytes(place.path === "" ? "Cargo.toml" : `${place.path}/Cargo.toml`);
      const text = place.kind === "tree" ? read(file) : undefined;
      return text === undefined ? undefined : parseToml(text, file);
    };
    const top = textAt(metadata, "workspace_root");
    const place = placeOf(top, answers);
    this.workspace = manifestAt(place);
    this.workspacePath = place.path;
    for (const entry of listAt(metadata, "packages").map(fieldsOf)) {
      const manifestPath = textAt(entry, "manifest_path");
      const directory = asBytes(manifestPath.slice(0, manifestPath.lastIndexOf("/")));
      const place = placeOf(directory, answers);
      const manifest = manifestAt(place);
      const id = textAt(entry, "id");
      const index = this.#packages.length;
      this.#manifests.push(manifest);
      this.#packages.push(packageOf(entry, place, members.has(id), manifest, this.workspace));
      const source = optionalTextAt(entry, "source") ?? `path+file://${directory}`;
      this.#byId.set(id, index);
      this.#byId.set(`${textAt(entry, "name")} ${textAt(entry, "version")} (${source})`, index);
    }
  }

  indexOf(id: Bytes): number {
    return this.#byId.get(id) ?? failShape(id, "a package of the metadata");
  }

  linksOf(index: number): Bytes | undefined {
    return this.#packages[index]?.links;
  }

  targetOf(index: number, target: Fields): CargoTarget {
    const { place } = this.#packages[index] ?? failShape("package", "known");
    const manifest = this.#manifests[index];
    const path = textAt(target, "src_path");
    const kind = textsAt(target, "kind");
    const name = textAt(target, "name");
    const base = place.kind === "tree" ? this.#answers.top : asBytes(`${this.#answers.vendor}/${place.path}`);
    if (!path.startsWith(`${base}/`)) return failOutside(path);
    return {
      kind,
      crateTypes: textsAt(target, "crate_types"),
      name,
      source: asBytes(path.slice(base.length + 1)),
      edition: textAt(target, "edition"),
      harness: manifest === undefined || hasHarness(manifest, kind[0] ?? asBytes(""), name),
    };
  }

  finish(primary: ReadonlySet<number>): readonly CargoPackage[] {
    return this.#packages.map((entry, index) => ({ ...entry, isPrimary: primary.has(index) }));
  }
}

function placeOf(directory: Bytes, { top, vendor }: CargoAnswers): CargoPackage["place"] {
  if (directory === top) return { kind: "tree", path: asBytes("") };
  if (directory.startsWith(`${top}/`))
    return { kind: "tree", path: asBytes(directory.slice(top.length + 1)) };
  if (directory.startsWith(`${vendor}/`))
    return { kind: "vendor", path: asBytes(directory.slice(vendor.length + 1)) };
  return failOutside(directory);
}

function failOutside(path: Bytes): never {
  return fail({
    code: "cargo/outside-tree",
    message: `${quoted(path)} lies outside the source tree`,
    hint: "let src be a directory that holds every path dependency, and name the part to build with cargoRoot",
  });
}

function packageOf(
  entry: Fields,
  place: CargoPackage["place"],
  isMember: boolean,
  manifest: TomlTable | undefined,
  workspace: TomlTable | undefined,
): Omit<CargoPackage, "isPrimary"> {
  const version = textAt(entry, "version");
  const [, major, minor, patch, pre] = /^(\d+)\.(\d+)\.(\d+)(?:-([^+]*))?/.exec(version) ?? [];
  const text = (name: string): Bytes => optionalTextAt(entry, name) ?? asBytes("");
  const targets = listAt(entry, "targets").map(fieldsOf);
  const kinds = targets.map((target) => textsAt(target, "kind"));
  const { lints, checkCfg } =
    manifest === undefined ? { lints: [], checkCfg: [] } : lintArguments(manifest, workspace);
  const about: [string, string][] = [
    ["AUTHORS", textsAt(entry, "authors").join(":")],
    ["DESCRIPTION", text("description")],
    ["HOMEPAGE", text("homepage")],
    ["LICENSE", text("license")],
    ["LICENSE_FILE", text("license_file")],
    ["NAME", textAt(entry, "name")],
    ["README", text("readme")],
    ["REPOSITORY", text("repository")],
    ["RUST_VERSION", text("rust_version")],
    ["VERSION", version],
    ["VERSION_MAJOR", major ?? ""],
    ["VERSION_MINOR", minor ?? ""],
    ["VERSION_PATCH", patch ?? ""],
    ["VERSION_PRE", pre ?? ""],
  ];
  return {
    name: textAt(entry, "name"),
    version,
    source: optionalTextAt(entry, "source"),
    place,
    isMember,
    links: optionalTextAt(entry, "links"),
    features: [...fieldsOf(fieldAt(entry, "features")).keys()].sort(compareBytes),
    about: about.map(([name, value]) => [asBytes(name), asBytes(value)] as const),
    programs: targets.flatMap((target, at) =>
      kinds[at]?.includes(asBytes("bin")) ? [textAt(target, "name")] : [],
    ),
    hasLibrary: kinds.some((words) =>
      words.some((kind) => /^(?:lib|rlib|dylib|cdylib|staticlib|proc-macro)$/.test(kind)),
    ),
    lints,
    checkCfg,
  };
}
