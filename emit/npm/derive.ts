// A package tree becomes derivations: one per tarball, one per package with install scripts, and one that lays out
// the whole of node_modules. Pure.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { GitSource, PackageTree, PlacedPackage } from "../../graph/package-tree.ts";
import { type Derivation, type InputNode, inputOutputs, outputPath } from "../derivation.ts";
import { fetchDerivation, fetchUnit } from "../fetch.ts";
import type { JsonValue } from "../json.ts";
import type { NarNode } from "../nar.ts";
import { derivationObject, type StoreObject } from "../object.ts";
import {
  type DerivedObject,
  type DerivedSet,
  derivationKey,
  type ObjectSet,
  rootName,
} from "../object-set.ts";
import { partition } from "../outputs/partition.ts";
import { inputPlaceholder, outputPlaceholder } from "../placeholder.ts";
import type { KnownPaths } from "../references.ts";
import { sortedSet, storeObjectOf } from "../store-path.ts";
import { archiveDerivation } from "./archive.ts";
import { type Fetch, type Fetches, fetchesOf } from "./fetch.ts";
import { type ScriptBuild, scriptBuilds } from "./install-order.ts";
import { optionalSet } from "./optional-set.ts";
import { packageLabel, shortHash } from "./package-name.ts";
import { type Provider, recipeNode } from "./recipe.ts";
import { recipeKey, sourceObject } from "./source-object.ts";

/** What runs for a package at installation: its own scripts, other commands, or nothing. */
export interface ScriptChoice {
  /** "esbuild", "esbuild@0.25.1" or a location; the most exact one counts. */
  readonly package: Bytes;
  /** `undefined`: nothing runs. */
  readonly command: Bytes | undefined;
}

/** What the derivations of all trees have in common. */
export interface NpmContext {
  readonly storeDir: Bytes;
  readonly system: Bytes;
  /** Store object that holds bin/node. */
  readonly node: Bytes;
  /** The program that lays out packages and runs their scripts: a file. */
  readonly assembler: Bytes;
  /** Store object with `environment.json`: what install scripts run with. */
  readonly environment: Bytes;
  readonly scripts: readonly ScriptChoice[];
  /** By {@link checkoutKey}. */
  readonly checkouts: ReadonlyMap<Bytes, Checkout>;
  /** The closure of the builder that emits. */
  readonly known: KnownPaths;
}

/** A commit of a git repository as a directory: what no derivation can fetch without a hash, given beforehand. */
export interface Checkout {
  /** In the store, or below what is. */
  readonly path: Bytes;
  /** Somebody gave it as it is to be installed: nothing is to run in it before. */
  readonly isPrepared: boolean;
}

export function checkoutKey({ url, commit }: Pick<GitSource, "commit" | "url">): Bytes {
  return asBytes(`git+${url}#${commit}`);
}

/** What is built, before anything is derived: names follow from it. */
export interface NpmPlan {
  readonly tree: PackageTree;
  readonly fetches: Fetches;
  readonly builds: readonly NamedBuild[];
  readonly set: ObjectSet;
  readonly purpose: NpmPurpose;
}

/** What the root is: node_modules, or what the packages' own package.json files say (for lockfiles that do not). */
export type NpmPurpose = "build" | "manifests";

interface NamedBuild extends ScriptBuild {
  /** "s1-esbuild-0.25.1" */
  readonly name: Bytes;
  readonly command: Bytes | undefined;
}

/** Every object's name is "npm-…": what projects have in common has one path. */
export const npmSetName: Bytes = asBytes("npm");
/** More objects than one derivation writes at little cost. */
const mostTogether = 200;
/** Downloads that may wait for a place at once. */
const windowSize = 48;

/** Which derivations a tree takes. Throws one InputError for packages that cannot be fetched. */
export function planNpm(
  tree: PackageTree,
  scripts: readonly ScriptChoice[],
  purpose: NpmPurpose = "build",
): NpmPlan {
  const fetches = fetchesOf(tree);
  const choices = choicesOf(tree, scripts);
  const isBuilt = ({ location, scripts: policy }: PlacedPackage): boolean => {
    if (purpose === "manifests") return false;
    const choice = choices.get(location);
    return choice === undefined ? policy === "run" : choice.command !== undefined;
  };
  const taken = new Set<Bytes>();
  const builds = scriptBuilds(tree, isBuilt).map((build): NamedBuild => {
    const { place, height } = build;
    const plain = asBytes(`s${height}-${packageLabel(place.name, place.version)}`);
    const name = taken.has(plain) ? asBytes(`${plain}-${shortHash(place.location)}`) : plain;
    taken.add(name);
    return { ...build, name, command: choices.get(place.location)?.command };
  });
  const units = [
    ...fetches.all.map(({ name }) => fetchUnit(name)),
    ...builds.map(({ name }) => ({ name, keys: [recipeKey(name), derivationKey(name)], hasDone: false })),
    { name: rootName, keys: [recipeKey(rootName), derivationKey(rootName)], hasDone: false },
  ];
  const set = { name: npmSetName, units, isGated: units.length > mostTogether };
  return { tree, fetches, builds, set, purpose };
}

/** Location -> what the user chose. A choice that fits nothing is a mistake. */
function choicesOf(tree: PackageTree, scripts: readonly ScriptChoice[]): ReadonlyMap<Bytes, ScriptChoice> {
  const found = new Map<Bytes, ScriptChoice>();
  const used = new Set<ScriptChoice>();
  for (const { location, name, version } of tree.packages) {
    for (const key of [name, asBytes(`${name}@${version}`), location]) {
      const choice = scripts.find((candidate) => candidate.package === key);
      if (choice === undefined) continue;
      found.set(location, choice);
      used.add(choice);
    }
  }
  const isOmitted = (choice: ScriptChoice): boolean =>
    tree.omitted.some(({ location, name, version }) =>
      [name, asBytes(`${name}@${version}`), location].includes(choice.package),
    );
  const unused = scripts.find((choice) => !used.has(choice) && !isOmitted(choice));
  if (unused === undefined) return found;
  return fail({
    code: "npm/unknown-package",
    message: `scripts names ${quoted(unused.package)}, which is not in the lockfile`,
    hint: 'name packages as in "esbuild", "esbuild@0.25.1" or "node_modules/esbuild"',
  });
}

/** Computes every object. `read` gives files of the project, tarballs and patches, by path. */
export function deriveNpm(
  plan: NpmPlan,
  context: NpmContext,
  read: (path: Bytes) => NarNode | undefined,
): DerivedSet {
  const objects: DerivedObject[] = [];
  const add = (key: Bytes, object: StoreObject): Bytes => {
    objects.push({ key, object });
    return object.path;
  };
  const fetched = deriveFetches(plan, context, add);
  const built = new Map<Bytes, Bytes>();
  for (const build of plan.builds) {
    const providers = providersOf(build.packages, plan, context, fetched, built, build.built);
    const parts = {
      packages: providers.packages,
      links: build.links,
      members: [],
      tree: { layout: plan.tree.layout, files: [] },
      script: { place: build.place, command: build.command, mayFail: mayFail(build.place, plan) },
      read: readOrFail(read),
    };
    const recipe = add(
      recipeKey(build.name),
      sourceObject(npmSetName, recipeKey(build.name), recipeNode(parts), context),
    );
    const derivation = assemblyDerivation(build.name, "build", recipe, providers, context);
    built.set(
      build.place.location,
      add(derivationKey(build.name), derivationObject(derivation, undefined, context.storeDir)),
    );
  }
  const { tree } = plan;
  const providers = providersOf(tree.packages, plan, context, fetched, built, new Set(built.keys()));
  const { links, members } = tree;
  const parts = { packages: providers.packages, links, members, tree, read: readOrFail(read) };
  const recipe = add(
    recipeKey(rootName),
    sourceObject(npmSetName, recipeKey(rootName), recipeNode(parts), context),
  );
  const stage = plan.purpose === "build" ? "assemble" : "manifests";
  const derivation = assemblyDerivation(rootName, stage, recipe, providers, context);
  const root = add(derivationKey(rootName), derivationObject(derivation, undefined, context.storeDir));
  return { objects, root };
}

function readOrFail(read: (path: Bytes) => NarNode | undefined): (path: Bytes) => NarNode {
  return (path) =>
    read(path) ??
    fail({
      code: "npm/missing-file",
      message: `the lockfile names ${quoted(path)}, which is not in the project`,
      hint: "add the file, or install again with npm",
    });
}

interface Fetched {
  readonly path: Bytes;
  readonly derivation: Bytes;
}

type Add = (key: Bytes, object: StoreObject) => Bytes;

function deriveFetches(plan: NpmPlan, context: NpmContext, add: Add): ReadonlyMap<Fetch, Fetched> {
  const shards = shardsOf(plan);
  const step = Math.max(1, Math.floor(windowSize / new Set(shards.values()).size));
  const fetched = new Map<Fetch, Fetched>();
  const earlier = new Map<number, Bytes[]>();
  for (const fetch of plan.fetches.all) {
    // Only within a shard: two shards must not need each other.
    const line = earlier.get(shards.get(fetch) ?? 0) ?? [];
    earlier.set(shards.get(fetch) ?? 0, line);
    const derivationBefore = line.at(-step);
    const derivationTo = (path: Bytes): Derivation =>
      fetch.archive === undefined
        ? fetchDerivation(npmSetName, fetch, path, derivationBefore)
        : archiveDerivation(npmSetName, fetch, fetch.archive, path, derivationBefore, context);
    const path = outputPath(derivationTo(asBytes("")), asBytes("out"), context.storeDir) ?? asBytes("");
    const derivation = derivationTo(path);
    const drv = add(derivationKey(fetch.name), derivationObject(derivation, undefined, context.storeDir));
    line.push(drv);
    fetched.set(fetch, { path, derivation: drv });
  }
  return fetched;
}

/** The number of the shard that each download is emitted in. */
function shardsOf({ set, fetches }: NpmPlan): ReadonlyMap<Fetch, number> {
  const numbers = new Map<Bytes, number>();
  if (set.isGated) {
    for (const [number, shard] of partition(set.units).entries()) {
      for (const key of shard.keys) numbers.set(key, number);
    }
  }
  return new Map(fetches.all.map((fetch) => [fetch, numbers.get(derivationKey(fetch.name)) ?? 0]));
}

interface Providers {
  readonly packages: readonly (readonly [PlacedPackage, Provider])[];
  readonly tarballs: readonly Fetched[];
  /** Derivations of packages with scripts. */
  readonly built: readonly Bytes[];
  readonly checkouts: readonly Bytes[];
}

function providersOf(
  places: readonly PlacedPackage[],
  plan: NpmPlan,
  context: NpmContext,
  fetched: ReadonlyMap<Fetch, Fetched>,
  derivations: ReadonlyMap<Bytes, Bytes>,
  isBuilt: ReadonlySet<Bytes>,
): Providers {
  const tarballs: Fetched[] = [];
  const indexes = new Map<Fetched, number>();
  const built: Bytes[] = [];
  const checkouts: Bytes[] = [];
  const packages = places.map((place): readonly [PlacedPackage, Provider] => {
    const derivation = isBuilt.has(place.location) ? derivations.get(place.location) : undefined;
    if (derivation !== undefined) {
      const index = built.push(derivation) - 1;
      if (!mayFail(place, plan)) return [place, { kind: "built", index }];
      return [place, { kind: "built", index, without: optionalSet(plan.tree, place.location) }];
    }
    const { source } = place;
    if (source.kind === "file" || source.kind === "directory")
      return [place, { kind: source.kind, path: source.path }];
    if (source.kind === "bundled") return [place, { kind: "bundled" }];
    if (source.kind === "git") {
      const checkout = context.checkouts.get(checkoutKey(source)) ?? failGit(place.location, source);
      const index = checkouts.push(checkout.path) - 1;
      return [place, { kind: "git", index, source, isPrepared: checkout.isPrepared }];
    }
    const fetch = plan.fetches.bySri.get(source.integrity.sri);
    const tarball = fetch === undefined ? undefined : fetched.get(fetch);
    if (tarball === undefined) throw new Error(`nothing fetches ${source.url}`);
    const index = indexes.get(tarball) ?? tarballs.push(tarball) - 1;
    indexes.set(tarball, index);
    return [place, { kind: source.archive === undefined ? "tarball" : "archive", index }];
  });
  return { packages, tarballs, built, checkouts };
}

/** Its script's failure is npm's to ignore. In the isolated layout nothing knows which dependencies are optional. */
function mayFail(place: PlacedPackage, { tree, builds }: NpmPlan): boolean {
  const isOwn = builds.some((build) => build.place === place && build.command === undefined);
  return isOwn && place.isOptional && tree.layout === "hoisted";
}

function failGit(location: Bytes, source: GitSource): never {
  return fail({
    code: "npm/git-source",
    message: `${quoted(location)} comes from git, and nobody gave ${quoted(checkoutKey(source))}`,
    hint: "let Nix read the lockfile while it evaluates (src as a path), or give gitSources",
  });
}

/** Lays out packages; with "build", runs the scripts of one of them and keeps that. */
function assemblyDerivation(
  unitName: Bytes,
  stage: "assemble" | "build" | "manifests",
  recipe: Bytes,
  providers: Providers,
  context: NpmContext,
): Derivation {
  const out = asBytes("out");
  const name = asBytes(`${npmSetName}-${unitName}`);
  const isBuild = stage === "build";
  const inputDrvs = new Map<Bytes, InputNode>();
  for (const { derivation } of providers.tarballs) inputDrvs.set(derivation, inputOutputs(out));
  for (const derivation of providers.built) inputDrvs.set(derivation, inputOutputs(out));
  return {
    name,
    outputs: new Map([[out, { kind: "floating", method: "nar", algo: "sha256" }]]),
    inputDrvs,
    inputSrcs: sortedSet([
      recipe,
      context.node,
      context.assembler,
      ...(isBuild ? [context.environment] : []),
      ...providers.checkouts.map((path) => storeObjectOf(path, context.storeDir)),
    ]),
    system: context.system,
    builder: asBytes(`${context.node}/bin/node`),
    args: [context.assembler, asBytes(stage)],
    env: new Map([[out, outputPlaceholder(out)]]),
    structuredAttrs: new Map<Bytes, JsonValue>([
      [asBytes("name"), name],
      [asBytes("recipe"), recipe],
      [asBytes("tarballs"), providers.tarballs.map(({ path }) => path)],
      [asBytes("built"), providers.built.map((derivation) => inputPlaceholder(derivation, [out]))],
      ...(providers.checkouts.length > 0 ? [[asBytes("checkouts"), providers.checkouts] as const] : []),
      ...(isBuild ? [[asBytes("environment"), context.environment] as const] : []),
    ]),
  };
}
