// From arborist's tree to placed packages: sources, policies, and everything that is refused by name.

import { asBytes, type Bytes, compareBytes, quoted, toText } from "../../graph/bytes.ts";
import type { Diagnostic } from "../../graph/diagnostic.ts";
import { InputError } from "../../graph/diagnostic.ts";
import type {
  DirectoryLink,
  OmittedPackage,
  PackageSource,
  PackageTree,
  PlacedPackage,
  ProjectMember,
  ScriptPolicy,
} from "../../graph/package-tree.ts";
import { binsOf } from "./bins.ts";
import type { Pins } from "./integrity.ts";
import { isPackageName, isVersion, linkText, locationProblem, pathProblem } from "./name.ts";
import { isForSystem, platformList, type TargetSystem } from "./platform.ts";
import { type Refused, refuseSources } from "./refused.ts";
import { compareLocations, type Registries, sourceOf } from "./source.ts";
import type { VirtualNode, VirtualTree } from "./virtual-tree.ts";
import type { YarnInstallSettings } from "./yarnrc.ts";

export interface TreeSettings {
  /** What messages call the lockfile. */
  readonly file: Bytes;
  readonly registries: Registries;
  readonly target: TargetSystem;
  /** Hashes for packages whose entry has none. */
  readonly pins: Pins;
  /** Patch files by `NAME`, `NAME@VERSION` or location, in the order in which they are applied. */
  readonly patches: ReadonlyMap<Bytes, readonly Bytes[]>;
  /** npm's `ignore-scripts`. */
  readonly ignoreScripts: boolean;
  /** What yarn 2 and later says of install scripts. */
  readonly yarn?: YarnInstallSettings;
  /** Whether the lockfile knows bins, scripts and platforms, or package.json files told them. */
  readonly isComplete: boolean;
}

/** @throws InputError with everything that keeps packages from being fetched */
export function hoistedTree(virtual: VirtualTree, settings: TreeSettings): PackageTree {
  refusePlaces(virtual.nodes, settings.file);
  const installed = virtual.nodes.filter(({ omitted }) => omitted === undefined);
  const places = new Set(installed.map(({ location }) => location));
  refusePlatforms(installed, settings);
  const refused: Refused[] = [];
  const packages: PlacedPackage[] = [];
  const links: DirectoryLink[] = [];
  const members: ProjectMember[] = [];
  for (const node of installed) {
    const dependencies = node.dependencies.filter((location) => places.has(location)).sort(compareBytes);
    if (node.target !== undefined) {
      links.push({
        location: node.location,
        target: node.target,
        text: linkText(node.location, node.target),
      });
      continue;
    }
    if (!isPlaced(node.location)) {
      members.push(memberOf(node, dependencies));
      continue;
    }
    const source = bundledOr(node, settings);
    if (source.kind === "no-integrity" || source.kind === "unusable") refused.push({ node, why: source });
    else packages.push(placedOf(node, source, dependencies, settings));
  }
  refuseSources(refused, settings.file);
  const { hiddenLockfile } = virtual;
  return {
    layout: "hoisted",
    name: virtual.name,
    isComplete: settings.isComplete,
    packages,
    links,
    members: members.sort(compareLocations),
    top: virtual.top.filter((location) => places.has(location)).sort(compareBytes),
    files:
      hiddenLockfile === undefined || !settings.isComplete
        ? []
        : [{ location: asBytes("node_modules/.package-lock.json"), contents: hiddenLockfile }],
    omitted: virtual.nodes.flatMap(omittedOf).sort(compareLocations),
  };
}

function isPlaced(location: Bytes): boolean {
  return location.startsWith("node_modules/") || location.includes("/node_modules/");
}

function bundledOr(node: VirtualNode, { registries, pins }: TreeSettings): ReturnType<typeof sourceOf> {
  return node.bundler === undefined
    ? sourceOf(node, registries, pins)
    : { kind: "bundled", owner: node.bundler };
}

function placedOf(
  node: VirtualNode,
  source: PackageSource,
  dependencies: readonly Bytes[],
  settings: TreeSettings,
): PlacedPackage {
  const { location, name, version, isDev, isOptional, isDevOptional, isPeer } = node;
  // A git repository's manifest is not in the lockfile, and npm does not write down what of it matters here.
  const isKnown = settings.isComplete && (source.kind !== "git" || node.hasInstallScript);
  return {
    location,
    name,
    version,
    source,
    bins: settings.isComplete ? binsOf(node.bin, name) : undefined,
    scripts: policyOf(node, isKnown, settings.ignoreScripts),
    isDev,
    isOptional,
    isDevOptional,
    isPeer,
    patches: patchesOf(node, settings.patches),
    dependencies,
    ...optionalOf(node, dependencies),
  };
}

/** Which of its dependencies a package does without. */
export function optionalOf(
  node: VirtualNode,
  dependencies: readonly Bytes[],
): Pick<PlacedPackage, "optional"> {
  const optional = dependencies.filter((location) => node.optional.includes(location));
  return optional.length === 0 ? {} : { optional };
}

/** npm's: bundled packages never run any, what is not mentioned runs, what is denied does not. */
function policyOf(node: VirtualNode, isKnown: boolean, isIgnored: boolean): ScriptPolicy {
  if (node.bundler !== undefined) return "none";
  if (isKnown && !node.hasInstallScript) return "none";
  if (isIgnored || node.mayRunScripts === false) return "denied";
  return isKnown ? "run" : "unknown";
}

export function patchesOf(
  {
    location,
    name,
    version,
  }: { readonly location: Bytes; readonly name: Bytes; readonly version: Bytes | undefined },
  patches: ReadonlyMap<Bytes, readonly Bytes[]>,
): readonly Bytes[] {
  return patches.get(location) ?? patches.get(asBytes(`${name}@${version ?? ""}`)) ?? patches.get(name) ?? [];
}

function memberOf(node: VirtualNode, dependencies: readonly Bytes[]): ProjectMember {
  const { location, name, version, isWorkspace } = node;
  return { location, name, version, isWorkspace, bins: binsOf(node.bin, name), dependencies };
}

function omittedOf(node: VirtualNode): readonly OmittedPackage[] {
  const { location, name, version, omitted } = node;
  return omitted === undefined ? [] : [{ location, name, version, reason: omitted }];
}

/** The lockfile was looked at before arborist read it; what arborist makes of it is looked at, too. */
function refusePlaces(nodes: readonly VirtualNode[], file: Bytes): void {
  const found = nodes.flatMap((node): readonly Diagnostic[] => {
    const { location, target, name, version } = node;
    const problem = locationProblem(toText(location)) ?? pathProblem(toText(target ?? asBytes("")));
    const hint = "npm writes no such entry: restore the file from version control";
    if (problem !== undefined) {
      const message = `${quoted(target ?? location)} in ${toText(file)} ${problem}`;
      return [{ code: "npm/outside-project", message, hint }];
    }
    const isNamed =
      !isPlaced(location) || (isPackageName(toText(name)) && (version === undefined || isVersion(version)));
    if (isNamed) return [];
    const message = `${quoted(location)} in ${toText(file)} has a name or version that no package can have`;
    return [{ code: "npm/name", message, hint }];
  });
  if (found.length > 0) throw new InputError(found.slice(0, 20));
}

/** A package that is needed and is not for the target: npm fails with EBADPLATFORM. */
function refusePlatforms(nodes: readonly VirtualNode[], { target, isComplete }: TreeSettings): void {
  if (!isComplete) return;
  const wrong = nodes.filter(
    (node) =>
      !node.isOptional &&
      node.bundler === undefined &&
      !isForSystem(
        { os: platformList(node.os), cpu: platformList(node.cpu), libc: platformList(node.libc) },
        target,
      ),
  );
  if (wrong.length === 0) return;
  const system = [target.os, target.cpu, ...(target.libc === undefined ? [] : [target.libc])].join(" ");
  throw new InputError(
    wrong.map(
      (node): Diagnostic => ({
        code: "npm/platform",
        message: `${quoted(asBytes(`${node.name}@${node.version ?? ""}`))} is not for ${system} (${wantedOf(node)})`,
        hint: "make the dependency optional, or plan for a system that it is for",
      }),
    ),
  );
}

function wantedOf(node: VirtualNode): string {
  return (["os", "cpu", "libc"] as const)
    .flatMap((field) => {
      const list = platformList(node[field]);
      return list.length === 0 ? [] : [`${field}: ${list.join(", ")}`];
    })
    .join("; ");
}
