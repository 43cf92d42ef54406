// Runs npm's arborist on a lockfile, as `npm ci` does but without a network, and hands over what it says as plain data.
// It is loaded only here and only when a lockfile is read: it takes 0.25 s.

import { relative } from "node:path";
import type { Edge, Node, Options } from "@npmcli/arborist";
import type { TargetSystem } from "../../generators/npm/platform.ts";
import type { EdgeProblem, VirtualNode, VirtualTree } from "../../generators/npm/virtual-tree.ts";
import { asBytes, type Bytes, fromText } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { loadArborist } from "./bundlers.ts";
import { type ScratchFiles, withScratch } from "./scratch.ts";

export interface ArboristSettings {
  /** What messages call the lockfile. */
  readonly file: Bytes;
  readonly target: TargetSystem;
  /** Version of the target's Node, such as `v20.1.0`. */
  readonly nodeVersion: string;
  readonly omit: ReadonlySet<"dev" | "optional" | "peer">;
  readonly legacyPeerDeps: boolean;
  /** Optional packages that were not installed are missing from it, as they are from npm's hidden lockfile. */
  readonly isHidden: boolean;
  /** npm's `allowScripts`: package specs, and whether their scripts may run. */
  readonly allowScripts: ReadonlyMap<string, boolean> | undefined;
}

/** npm's own registry, in its own words. */
export async function standardRegistry(): Promise<string> {
  const Arborist = await loadArborist();
  return new Arborist({}).registry;
}

/**
 * The tree of a package-lock.json among `files`, with the package.json files of the project and its members.
 * When it does not fit them, the result has problems and is otherwise not to be trusted.
 */
export async function virtualTree(files: ScratchFiles, settings: ArboristSettings): Promise<VirtualTree> {
  return await withScratch(files, async (directory) => {
    try {
      return await readTree(directory, settings);
    } catch (error) {
      throw wrongLockfile(error, directory, settings.file);
    }
  });
}

async function readTree(directory: string, settings: ArboristSettings): Promise<VirtualTree> {
  const Arborist = await loadArborist();
  const options = optionsOf(directory, settings);
  const locked = await new Arborist(options).loadVirtual();
  const version = locked.meta.originalLockfileVersion ?? 1;
  // Version 1 does not know what is a peer, nor the names behind aliases.
  const problems = version < 2 ? [] : problemsOf(locked, directory, settings.isHidden);
  if (problems.length > 0 || version < 2) {
    return await extract(locked, version, problems, directory, settings);
  }
  const ideal = await new Arborist(options).buildIdealTree();
  return await extract(ideal, version, [], directory, settings);
}

/**
 * The tree that npm makes of a project without a lockfile, when these are all the packages there are.
 * @param packuments what a registry would say, by name
 */
export async function placedTree(
  files: ScratchFiles,
  packuments: ReadonlyMap<string, object>,
  settings: ArboristSettings,
): Promise<VirtualTree> {
  const Arborist = await loadArborist();
  return await withScratch(files, async (directory) => {
    try {
      const packumentCache = new Map<string, unknown>();
      // Force would allow what does not fit.
      const options = { ...optionsOf(directory, settings), packumentCache, force: false };
      const arborist = new Arborist(options);
      for (const [name, packument] of packuments) {
        packumentCache.set(`full:${arborist.registry}${name.replace("/", "%2f")}`, packument);
      }
      const ideal = await arborist.buildIdealTree();
      const [wrong] = problemsOf(ideal, directory, false);
      if (wrong !== undefined)
        throw new Error(`no place for ${wrong.name} of ${wrong.from || "the project"}`);
      return await extract(ideal, 3, [], directory, settings);
    } catch (error) {
      throw wrongLockfile(error, directory, settings.file);
    }
  });
}

/**
 * A lockfile of version 1 as one of version 3, with what the package.json files of its packages say. npm asks the
 * registry for the same (arborist: `#inflateAncientLockfile`).
 * @param manifests contents by location
 */
export async function upgradedLock(
  files: ScratchFiles,
  manifests: ScratchFiles,
  settings: ArboristSettings,
): Promise<Bytes> {
  const Arborist = await loadArborist();
  const { default: calcDepFlags } = await import("@npmcli/arborist/lib/calc-dep-flags.js");
  const fetched = [...manifests].map(
    ([location, contents]) => [asBytes(`${location}/package.json`), contents] as const,
  );
  return await withScratch(new Map([...files, ...fetched]), async (directory) => {
    try {
      const options = optionsOf(directory, settings);
      const locked = await new Arborist(options).loadVirtual();
      const actual = await new Arborist(options).loadActual({ ignoreMissing: true });
      for (const [location, node] of locked.inventory) {
        const found = node.isLink ? undefined : actual.inventory.get(location);
        if (found !== undefined && manifests.has(locationOf(node, directory))) node.package = found.package;
      }
      for (const node of locked.inventory.values()) node.resetDepFlags();
      calcDepFlags(locked);
      locked.meta.lockfileVersion = 3;
      return fromText(locked.meta.toString());
    } catch (error) {
      throw wrongLockfile(error, directory, settings.file);
    }
  });
}

function optionsOf(directory: string, settings: ArboristSettings): Options {
  const { target, nodeVersion, legacyPeerDeps, omit, allowScripts } = settings;
  return {
    path: directory,
    // Nothing is there, and nothing else may be asked.
    cache: `${directory}/../cache`,
    offline: true,
    save: false,
    audit: false,
    // Not its own check of required packages, which is for the machine it runs on: tree.ts has one for the target.
    force: true,
    legacyPeerDeps,
    omit: [...omit],
    os: target.os,
    cpu: target.cpu,
    libc: target.libc ?? "",
    nodeVersion,
    allowScripts: policyOf(allowScripts),
  };
}

function policyOf(allowScripts: ReadonlyMap<string, boolean> | undefined): object | null {
  return allowScripts === undefined ? null : Object.fromEntries(allowScripts);
}

/** What `npm ci` would ask the registry for (arborist: `#problemEdges`), after which it fails: it is not in the lock. */
function problemsOf(root: Node, directory: string, isHidden: boolean): readonly EdgeProblem[] {
  const problems: EdgeProblem[] = [];
  for (const node of [root, ...root.inventory.values()]) {
    // Links lead to a target that has the same edges.
    if (node.isLink || (node !== root && node.location === "")) continue;
    for (const edge of node.edgesOut.values()) {
      if (isHidden && edge.type === "optional" && !edge.to) continue;
      if (isProblem(node, edge)) problems.push(problemOf(edge, directory));
    }
  }
  return problems;
}

function isProblem(node: Node, edge: Edge): boolean {
  if (edge.type === "peerOptional") return false;
  const bundled = node.isProjectRoot || node.isWorkspace ? undefined : node.package["bundleDependencies"];
  if (Array.isArray(bundled) && bundled.includes(edge.name)) return false;
  if (edge.to === null || edge.to === undefined) return true;
  return !edge.to.inShrinkwrap && !edge.valid;
}

function problemOf(edge: Edge, directory: string): EdgeProblem {
  return {
    from: locationOf(edge.from, directory),
    name: fromText(edge.name),
    spec: fromText(edge.spec),
    locked: edge.to === null || edge.to === undefined ? undefined : fromText(edge.to.version),
  };
}

async function extract(
  root: Node,
  version: number,
  problems: readonly EdgeProblem[],
  directory: string,
  settings: ArboristSettings,
): Promise<VirtualTree> {
  const { default: isScriptAllowed } = await import("@npmcli/arborist/lib/script-allowed.js");
  const policy = policyOf(settings.allowScripts);
  const sorted = [...root.inventory.values()]
    .filter((node) => node !== root && node.location !== "")
    .sort(compareNodes);
  const left = leftOut(sorted, settings.omit);
  const nodes = sorted.map((node): VirtualNode => {
    const { package: manifest } = node;
    return {
      location: locationOf(node, directory),
      name: fromText(node.packageName ?? node.name),
      version: textOr(node.version),
      resolved: textOr(relativeFile(node.resolved, directory)),
      integrity: textOr(node.integrity),
      target: node.isLink ? fromText(relative(directory, node.realpath)) : undefined,
      bundler: node.inDepBundle ? bundlerOf(node, directory) : undefined,
      isWorkspace: node.isWorkspace,
      bin: manifest["bin"],
      os: manifest["os"],
      cpu: manifest["cpu"],
      libc: manifest["libc"],
      hasInstallScript: node.hasInstallScript,
      mayRunScripts: policy === null ? undefined : (isScriptAllowed(node, policy) ?? undefined),
      isDev: node.dev,
      isOptional: node.optional,
      isDevOptional: node.devOptional,
      isPeer: node.peer,
      omitted: left.get(node),
      dependencies: dependenciesOf(node, root, directory),
      optional: [...node.edgesOut.values()].flatMap(({ type, to }) =>
        (type === "optional" || type === "peerOptional") && to ? [locationOf(to, directory)] : [],
      ),
    };
  });
  return {
    version,
    name: textOr(root.packageName),
    nodes,
    top: dependenciesOf(root, root, directory),
    hiddenLockfile: problems.length > 0 ? undefined : hiddenLockfile(root, left),
    problems,
  };
}

/** With peers that only `peerDependenciesMeta` names: they are optional ones, as pnpm takes them. */
function dependenciesOf(node: Node, root: Node, directory: string): readonly Bytes[] {
  const meta = node.package["peerDependenciesMeta"];
  const named = typeof meta === "object" && meta !== null ? Object.keys(meta) : [];
  const found = [
    ...[...node.edgesOut.values()].map(({ to }) => to),
    ...named.filter((name) => !node.edgesOut.has(name)).map((name) => node.resolve(name)),
  ];
  return [
    ...new Set(
      found.flatMap((to) =>
        to === null || to === undefined || to === root ? [] : [locationOf(to, directory)],
      ),
    ),
  ];
}

const collator = new Intl.Collator("en");

/** arborist: `sortNodes` of its rebuild */
function compareNodes(a: Node, b: Node): number {
  return a.depth - b.depth || collator.compare(a.path, b.path);
}

/**
 * Nodes that are locked and not installed, as arborist's diff leaves them out: those that do not suit the target,
 * those of a kind that is omitted, and what lies below either.
 */
function leftOut(
  nodes: readonly Node[],
  omit: ReadonlySet<string>,
): ReadonlyMap<Node, NonNullable<VirtualNode["omitted"]>> {
  const left = new Map<Node, NonNullable<VirtualNode["omitted"]>>();
  // Sorted by depth: a parent comes first.
  for (const node of nodes) {
    if (node.parent === null || node.parent === undefined) continue;
    const above = left.get(node.parent);
    if (node.inert === true) left.set(node, "unsupported");
    else if (above !== undefined) left.set(node, above);
    else if (node.shouldOmit(omit)) left.set(node, "omit");
  }
  return left;
}

/** What arborist does at the end of an installation: it changes the tree, so this comes last. */
function hiddenLockfile(root: Node, left: ReadonlyMap<Node, unknown>): Bytes {
  for (const node of left.keys()) node.parent = null;
  const { meta } = root;
  meta.filename = `${root.realpath}/node_modules/.package-lock.json`;
  meta.hiddenLockfile = true;
  meta.lockfileVersion = 3;
  return fromText(meta.toString());
}

/** With slashes, relative to the project; `../` when a lockfile leads out of it. */
function locationOf(node: Node, directory: string): Bytes {
  return fromText(relative(directory, node.path));
}

function bundlerOf(node: Node, directory: string): Bytes | undefined {
  const bundler = node.getBundler();
  return bundler === null ? undefined : locationOf(bundler, directory);
}

/** `file:` and an absolute path in the scratch directory: relative to the project, as the lockfile had it. */
function relativeFile(resolved: string | null | undefined, directory: string): string | null | undefined {
  if (resolved?.startsWith("file:/") !== true) return resolved;
  return `file:${relative(directory, resolved.slice("file:".length))}`;
}

function textOr(text: string | null | undefined): Bytes | undefined {
  return text === null || text === undefined || text === "" ? undefined : fromText(text);
}

/** Whatever arborist throws: the lockfile is the only thing that it was given. */
function wrongLockfile(error: unknown, directory: string, file: Bytes): InputError {
  if (error instanceof InputError) return error;
  const reason = (error instanceof Error ? error.message : String(error))
    .replaceAll(`${directory}/`, "")
    .replaceAll(directory, ".")
    .split("\n")[0];
  return new InputError(
    [
      {
        code: "npm/lockfile",
        message: `npm's reader refuses ${JSON.stringify(file)}: ${reason}`,
        hint: "remove the lockfile and run npm install, which writes it again",
      },
    ],
    1,
    { cause: error },
  );
}
