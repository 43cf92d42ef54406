// A pnpm lockfile as placed packages: the virtual store, the links in it, and what is hoisted for those who do not
// declare what they use. The rules are those of pnpm's own installation of a frozen lockfile.

import { asBytes, type Bytes, compareBytes, toText } from "../../graph/bytes.ts";
import type {
  Bin,
  DirectoryLink,
  OmittedPackage,
  PackageSource,
  PackageTree,
  PlacedPackage,
  ProjectMember,
  ScriptPolicy,
} from "../../graph/package-tree.ts";
import { hoistedModules, modulesOf, storeLocation } from "./isolated-name.ts";
import { linkText, pathProblem } from "./name.ts";
import { matchesParts } from "./pattern.ts";
import { isForSystem } from "./platform.ts";
import type { PnpmDependency, PnpmImporter, PnpmLock, PnpmPackage } from "./pnpm-lock.ts";
import { type PnpmMajor, storeDirectory } from "./pnpm-name.ts";
import { type Refused, refuseSources } from "./refused.ts";
import { compareLocations, gitSource, type NoSource, pinOf, sourceOf } from "./source.ts";
import type { TreeSettings } from "./tree.ts";
import { patchesOf } from "./tree.ts";

export interface PnpmSettings extends TreeSettings {
  readonly major: PnpmMajor;
  readonly omit: ReadonlySet<"dev" | "optional" | "peer">;
  /** Names, with `*`, of what every package finds though it does not declare it; [] is no hoisting. */
  readonly hoist: readonly string[];
  /** Names, with `*`, of what is hoisted to the project's own `node_modules`. */
  readonly publicHoist: readonly string[];
  /** Names of packages whose scripts run; `undefined`: all. */
  readonly builds: ReadonlySet<Bytes> | undefined;
  /** Locations of packages whose package.json has install scripts; `undefined` before they are fetched. */
  readonly fetched: ReadonlySet<Bytes> | undefined;
  /** The lockfile's own text: pnpm keeps a copy beside what it installed. */
  readonly contents: Bytes;
  /** What the package.json files of importers say, by directory. */
  readonly members: ReadonlyMap<Bytes, MemberFacts>;
}

export interface MemberFacts {
  readonly name: Bytes | undefined;
  readonly version: Bytes | undefined;
  readonly bins: readonly Bin[];
}

/** @throws InputError with everything that keeps packages from being fetched */
export function pnpmTree(lock: PnpmLock, settings: PnpmSettings): PackageTree {
  const layout = new Layout(lock, settings);
  const refused: Refused[] = [];
  const packages: PlacedPackage[] = [];
  const patches = new Map([...lock.patches, ...settings.patches]);
  for (const [key, found] of layout.reached) {
    const location = layout.locationOf(key, found);
    const node = { location, name: found.name, version: found.version };
    const source = pnpmSource(found, location, settings);
    if (source.kind === "no-integrity" || source.kind === "unusable") {
      refused.push({ node: { ...node, resolved: undefined, integrity: undefined }, why: source });
      continue;
    }
    packages.push({
      ...node,
      source,
      bins: found.hasBin ? undefined : [],
      scripts: scriptsOf(found, location, settings),
      isDev: found.isDev,
      isOptional: found.isOptional,
      isDevOptional: false,
      isPeer: false,
      patches: patchesOf(node, patches),
      dependencies: layout.dependenciesOf(found),
    });
  }
  refuseSources(refused, settings.file);
  const links = layout.links();
  return {
    layout: "isolated",
    name: settings.members.get(asBytes(""))?.name,
    isComplete: packages.every(({ scripts }) => scripts !== "unknown"),
    packages: packages.sort(compareLocations),
    links,
    members: layout.members(links),
    top: layout.top(),
    files:
      settings.omit.size > 0
        ? []
        : [{ location: asBytes("node_modules/.pnpm/lock.yaml"), contents: settings.contents }],
    omitted: layout.omitted().sort(compareLocations),
  };
}

function pnpmSource(found: PnpmPackage, location: Bytes, settings: TreeSettings): PackageSource | NoSource {
  const { type, directory, repository, commit, tarball, integrity } = found.resolution;
  if (type === "directory" && directory !== undefined) {
    const problem = directory === "" ? "is the project" : pathProblem(toText(directory));
    if (problem === undefined) return { kind: "directory", path: directory };
    return {
      kind: "unusable",
      reason: `is a directory that ${problem}: ${JSON.stringify(toText(directory))}`,
    };
  }
  if (type === "git") {
    const path = directory === undefined ? "" : `::path:${directory}`;
    const url = toText(repository ?? asBytes(""));
    return (
      gitSource(
        `${/^[a-z+]+:\/\//.test(url) ? `git+${url.replace(/^git\+/, "")}` : url}#${commit ?? ""}${path}`,
      ) ?? {
        kind: "unusable",
        reason: "is from git with an address that is not read",
      }
    );
  }
  if (type !== undefined)
    return { kind: "unusable", reason: `has a resolution of type ${JSON.stringify(type)}` };
  const archive = /^https:\/\/codeload\.github\.com\/([^/]+\/[^/]+)\/tar\.gz\/([0-9a-f]{40})$/.exec(
    tarball ?? "",
  );
  const locked = { location, name: found.name, version: found.version, resolved: tarball, integrity };
  // The archive's bytes are not fixed; the commit's tree is.
  if (archive !== null && integrity === undefined && pinOf(locked, settings.pins) === undefined) {
    const source = gitSource(`git+https://github.com/${archive[1]}.git#${archive[2]}`);
    if (source !== undefined) return source;
  }
  return sourceOf(locked, settings.registries, settings.pins);
}

/** pnpm 10 runs what the project lists, the versions before it run all. */
function scriptsOf(
  found: PnpmPackage,
  location: Bytes,
  { builds, ignoreScripts, fetched }: PnpmSettings,
): ScriptPolicy {
  if (found.requiresBuild === false) return "none";
  if (ignoreScripts || (builds !== undefined && !builds.has(found.name))) return "denied";
  if (found.requiresBuild === true || builds !== undefined) return "run";
  if (fetched === undefined) return "unknown";
  return fetched.has(location) ? "run" : "none";
}

class Layout {
  readonly #lock: PnpmLock;
  readonly #settings: PnpmSettings;
  /** What is installed, in the order in which it is reached. */
  readonly reached = new Map<Bytes, PnpmPackage>();
  /** Optional, and not for the target. */
  readonly #skipped = new Set<Bytes>();
  /** The fewest dependencies from an importer. */
  readonly #depths = new Map<Bytes, number>();
  readonly #locations = new Map<Bytes, Bytes>();

  constructor(lock: PnpmLock, settings: PnpmSettings) {
    this.#lock = lock;
    this.#settings = settings;
    let wave = [...lock.importers.values()].flatMap((importer) => this.#directOf(importer));
    for (let depth = 0; wave.length > 0; depth++) wave = this.#reach(wave, depth);
  }

  #directOf(importer: PnpmImporter): readonly PnpmDependency[] {
    const { omit } = this.#settings;
    return [
      ...(omit.has("dev") ? [] : importer.devDependencies),
      ...importer.dependencies,
      ...(omit.has("optional") ? [] : importer.optionalDependencies),
    ];
  }

  #needsOf({ dependencies, optionalDependencies }: PnpmPackage): readonly PnpmDependency[] {
    return this.#settings.omit.has("optional") ? dependencies : [...dependencies, ...optionalDependencies];
  }

  /** One step further; the next wave. */
  #reach(wave: readonly PnpmDependency[], depth: number): PnpmDependency[] {
    const next: PnpmDependency[] = [];
    for (const { target } of wave) {
      if (target.kind !== "package" || this.reached.has(target.key) || this.#skipped.has(target.key))
        continue;
      const found = this.#lock.packages.get(target.key);
      if (found === undefined) continue;
      if (found.isOptional && !isForSystem(found, this.#settings.target)) {
        this.#skipped.add(target.key);
        continue;
      }
      this.reached.set(target.key, found);
      this.#depths.set(target.key, depth);
      next.push(...this.#needsOf(found));
    }
    return next;
  }

  locationOf(key: Bytes, { name }: PnpmPackage): Bytes {
    const known = this.#locations.get(key);
    if (known !== undefined) return known;
    const location = storeLocation(storeDirectory(key, this.#settings.major), name);
    this.#locations.set(key, location);
    return location;
  }

  /** Where a dependency is found; `undefined` when it is not installed. */
  #placeOf({ target }: PnpmDependency): Bytes | undefined {
    if (target.kind === "directory") return target.path;
    const found = this.reached.get(target.key);
    return found === undefined ? undefined : this.locationOf(target.key, found);
  }

  dependenciesOf(found: PnpmPackage): readonly Bytes[] {
    return [...new Set(this.#needsOf(found).flatMap((one) => this.#placeOf(one) ?? []))].sort(compareBytes);
  }

  links(): readonly DirectoryLink[] {
    const links = new Map<Bytes, DirectoryLink>();
    const add = (modules: string, alias: Bytes, target: Bytes | undefined): void => {
      const location = asBytes(`${modules}/${alias}`);
      if (target === undefined || links.has(location)) return;
      links.set(location, { location, target, text: linkText(location, target) });
    };
    for (const [directory, importer] of this.#lock.importers) {
      for (const one of this.#directOf(importer)) add(modulesOf(directory), one.alias, this.#placeOf(one));
    }
    for (const [key, found] of this.reached) {
      const own = this.locationOf(key, found);
      const modules = own.slice(0, own.length - found.name.length - 1);
      for (const one of this.#needsOf(found)) {
        // A package that depends on another one of its own name finds itself.
        if (one.alias !== found.name) add(modules, one.alias, this.#placeOf(one));
      }
    }
    for (const [alias, target] of this.#hoisted()) {
      const isPublic = matches(this.#settings.publicHoist, alias);
      add(isPublic ? "node_modules" : hoistedModules, alias, target);
    }
    return [...links.values()].sort(compareLocations);
  }

  /** Nearest first, then by key; what the project itself depends on is not hoisted. */
  #hoisted(): ReadonlyMap<Bytes, Bytes> {
    const { hoist, publicHoist, members, major } = this.#settings;
    const top = this.#lock.importers.get(asBytes(""));
    // pnpm looks these up in small letters and keeps them as they are: one with capitals is hoisted all the same.
    const taken = new Set<string>(top === undefined ? [] : this.#directOf(top).map(({ alias }) => alias));
    const hoisted = new Map<Bytes, Bytes>();
    const add = (alias: Bytes, target: Bytes | undefined): void => {
      if (target === undefined || (!matches(hoist, alias) && !matches(publicHoist, alias))) return;
      const name = alias.toLowerCase();
      if (taken.has(name)) return;
      taken.add(name);
      hoisted.set(alias, target);
    };
    if (major >= 9) {
      for (const directory of this.#lock.importers.keys()) {
        const name = members.get(directory)?.name;
        if (directory !== "" && name !== undefined) add(name, directory);
      }
    }
    for (const importer of this.#lock.importers.values()) {
      for (const one of this.#directOf(importer)) {
        if (one.target.kind === "package") add(one.alias, this.#placeOf(one));
      }
    }
    const byDepth = [...this.reached].sort(
      ([a], [b]) => (this.#depths.get(a) ?? 0) - (this.#depths.get(b) ?? 0) || compareBytes(a, b),
    );
    for (const [, found] of byDepth) {
      for (const one of this.#needsOf(found)) {
        if (one.target.kind === "package") add(one.alias, this.#placeOf(one));
      }
    }
    return hoisted;
  }

  top(): readonly Bytes[] {
    const importer = this.#lock.importers.get(asBytes(""));
    const direct = importer === undefined ? [] : this.#directOf(importer);
    return direct
      .filter((one) => this.#placeOf(one) !== undefined)
      .map(({ alias }) => asBytes(`node_modules/${alias}`))
      .sort(compareBytes);
  }

  members(links: readonly DirectoryLink[]): readonly ProjectMember[] {
    const directories = new Set([...this.#lock.importers.keys()].filter((directory) => directory !== ""));
    const linked = links.map(({ target }) => target).filter((target) => !target.includes("node_modules/"));
    return [...new Set([...directories, ...linked])].sort(compareBytes).flatMap((location) => {
      if (location === "") return [];
      const facts = this.#settings.members.get(location);
      const importer = this.#lock.importers.get(location);
      const modules = modulesOf(location);
      const own = importer === undefined ? [] : this.#directOf(importer);
      return {
        location,
        name: facts?.name ?? asBytes(location.slice(location.lastIndexOf("/") + 1)),
        version: facts?.version,
        isWorkspace: importer !== undefined,
        bins: facts?.bins ?? [],
        dependencies: own
          .filter((one) => this.#placeOf(one) !== undefined)
          .map(({ alias }) => asBytes(`${modules}/${alias}`))
          .sort(compareBytes),
      };
    });
  }

  omitted(): OmittedPackage[] {
    const rows: OmittedPackage[] = [];
    for (const [key, found] of this.#lock.packages) {
      if (this.reached.has(key)) continue;
      const { name, version } = found;
      const isUnsupported =
        this.#skipped.has(key) || (found.isOptional && !this.#settings.omit.has("optional"));
      rows.push({
        location: this.locationOf(key, found),
        name,
        version,
        reason: isUnsupported ? "unsupported" : "omit",
      });
    }
    return rows;
  }
}

/** pnpm's patterns: `*` is anything, `!` takes away, and the last that matches decides. */
export function matches(patterns: readonly string[], name: Bytes): boolean {
  let found = false;
  for (const pattern of patterns) {
    const isNegative = pattern.startsWith("!");
    const parts = (isNegative ? pattern.slice(1) : pattern).split("*");
    if (matchesParts(parts, name)) found = !isNegative;
  }
  return found;
}
