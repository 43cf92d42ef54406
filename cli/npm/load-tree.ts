// From a project's files to its package tree: finds the lockfile, lets the right reader at it, and applies what the
// project's settings and the caller ask for.

import { binsOf } from "../../generators/npm/bins.ts";
import { readFetched } from "../../generators/npm/fetched-manifest.ts";
import type { Pins } from "../../generators/npm/integrity.ts";
import { isolatedTree } from "../../generators/npm/isolate.ts";
import { type ProjectManifest, readManifest } from "../../generators/npm/manifest.ts";
import { parentOf } from "../../generators/npm/name.ts";
import { readNpmLock } from "../../generators/npm/npm-lock.ts";
import { type NpmSettings, readNpmrc } from "../../generators/npm/npmrc.ts";
import type { TargetSystem } from "../../generators/npm/platform.ts";
import type { MemberFacts } from "../../generators/npm/pnpm-tree.ts";
import { refuseOutOfSync } from "../../generators/npm/sync.ts";
import { hoistedTree, type TreeSettings } from "../../generators/npm/tree.ts";
import { workspacesOf } from "../../generators/npm/yarn-project.ts";
import { yarnSettings } from "../../generators/npm/yarnrc.ts";
import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { fail, InputError } from "../../graph/diagnostic.ts";
import type { PackageLayout, PackageTree } from "../../graph/package-tree.ts";
import { type ArboristSettings, standardRegistry, upgradedLock, virtualTree } from "./arborist.ts";
import { lockfiles } from "./project-files.ts";

export interface TreeRequest {
  /** As `readProjectFiles` gives them. */
  readonly files: ReadonlyMap<Bytes, Bytes>;
  /** One of `files`; the first of npm's order that is there when it is not given. */
  readonly lockfile?: Bytes;
  /** Where packages come from whose lockfile entry does not say; npm's own, or what .npmrc says, by default. */
  readonly registry?: string;
  readonly target: TargetSystem;
  /** The target's Node, as `process.version` writes it. */
  readonly nodeVersion: string;
  /** Kinds of dependencies to leave out, besides those that .npmrc names. */
  readonly omit?: ReadonlySet<"dev" | "optional" | "peer">;
  /** The lockfile's own layout when it is not given: pnpm's is isolated, the others are hoisted. */
  readonly layout?: PackageLayout;
  readonly pins?: Pins;
  readonly patches?: ReadonlyMap<Bytes, readonly Bytes[]>;
  readonly ignoreScripts?: boolean;
  /** Contents of the package.json of fetched packages, by location: completes a tree that is not complete. */
  readonly manifests?: ReadonlyMap<Bytes, Bytes>;
}

/** @throws InputError with everything that is wrong with the files */
export async function loadPackageTree(request: TreeRequest): Promise<PackageTree> {
  const file = request.lockfile ?? findLockfile(request.files);
  const contents = request.files.get(file);
  if (contents === undefined) return failNoLockfile();
  const read = file === "pnpm-lock.yaml" ? pnpmPackages : file === "yarn.lock" ? yarnPackages : npmTree;
  const tree = await read(file, contents, request);
  if (request.layout === undefined || request.layout === tree.layout) return tree;
  if (request.layout === "isolated") return isolatedTree(tree);
  return fail({
    code: "npm/settings",
    message: `${quoted(file)} has no hoisted layout`,
    hint: 'leave the layout out, or write "isolated"',
  });
}

async function pnpmPackages(file: Bytes, contents: Bytes, request: TreeRequest): Promise<PackageTree> {
  const { readPnpmLock } = await import("../../generators/npm/pnpm-lock.ts");
  const { pnpmTree } = await import("../../generators/npm/pnpm-tree.ts");
  const { pnpmSettings } = await import("../../generators/npm/pnpm-settings.ts");
  const { refusePnpmOutOfSync } = await import("../../generators/npm/pnpm-sync.ts");
  const lock = readPnpmLock(contents, file);
  const manifests = new Map(
    [...projectManifests(request.files, lock.importers)].map(
      ([path, manifest]) => [parentOf(path), manifest] as const,
    ),
  );
  refusePnpmOutOfSync(lock, manifests, file);
  const npmrc = readNpmrc(request.files.get(asBytes(".npmrc")) ?? asBytes(""));
  return pnpmTree(lock, {
    ...(await treeSettings(file, npmrc, true, request)),
    ...pnpmSettings(lock, manifests.get(asBytes("")), request.files),
    omit: request.omit ?? new Set(),
    contents,
    fetched:
      request.manifests === undefined
        ? undefined
        : new Set(
            [...request.manifests].flatMap(([location, text]) =>
              readFetched(text).hasInstallScript ? [location] : [],
            ),
          ),
    members: new Map([...manifests].map(([directory, manifest]) => [directory, memberFacts(manifest)])),
  });
}

async function yarnPackages(file: Bytes, contents: Bytes, request: TreeRequest): Promise<PackageTree> {
  const { yarnTree } = await import("./yarn.ts");
  const npmrc = readNpmrc(request.files.get(asBytes(".npmrc")) ?? asBytes(""));
  const manifests = projectManifests(request.files, new Set());
  const yarnrc = request.files.get(asBytes(".yarnrc.yml"));
  const yarn = yarnSettings(yarnrc ?? asBytes(""), manifests.get(asBytes("package.json"))?.file);
  // yarn 2 and later does not read .npmrc.
  const registry = yarn.registry ?? npmrc.registry;
  return await yarnTree({
    contents,
    manifests: new Map([...manifests].map(([path, manifest]) => [parentOf(path), manifest])),
    fetched: request.manifests,
    settings: { ...(await treeSettings(file, { ...npmrc, registry }, false, request)), yarn },
    arborist: { ...arboristSettings(file, manifests, npmrc, request), isHidden: false, legacyPeerDeps: true },
  });
}

function memberFacts(manifest: ProjectManifest): MemberFacts {
  const { name, version, bin } = manifest;
  return { name, version, bins: binsOf(bin, name, "isolated") };
}

function findLockfile(files: ReadonlyMap<Bytes, Bytes>): Bytes {
  const found = lockfiles.find((name) => files.has(asBytes(name)));
  return found === undefined ? failNoLockfile() : asBytes(found);
}

function failNoLockfile(): never {
  return fail({
    code: "npm/no-lockfile",
    message: "the project has no lockfile",
    hint: `run npm install --package-lock-only; lockfiles that are read: ${lockfiles.join(", ")}`,
  });
}

async function npmTree(file: Bytes, contents: Bytes, request: TreeRequest): Promise<PackageTree> {
  const lock = readNpmLock(contents, file);
  const manifests = projectManifests(request.files, lock.directories);
  const settings = readNpmrc(request.files.get(asBytes(".npmrc")) ?? asBytes(""));
  const files = new Map([...request.files].filter(([path]) => manifests.has(path)));
  files.set(asBytes("package-lock.json"), lock.contents);
  const arborist = { ...arboristSettings(file, manifests, settings, request), isHidden: lock.isHidden };
  if (lock.version === 1 && request.manifests !== undefined) {
    files.set(asBytes("package-lock.json"), await upgradedLock(files, request.manifests, arborist));
  }
  const virtual = await virtualTree(files, arborist);
  refuseOutOfSync(virtual.problems, file);
  return hoistedTree(virtual, await treeSettings(file, settings, virtual.version > 1, request));
}

/**
 * The project's package.json, and those of its members. Others lie in a project, too: templates, and fixtures of tests
 * that are wrong on purpose. What is wrong with one counts where the lockfile or `workspaces` names its directory.
 */
function projectManifests(
  files: ReadonlyMap<Bytes, Bytes>,
  members: { readonly has: (directory: Bytes) => boolean },
): ReadonlyMap<Bytes, ProjectManifest> {
  const manifests = new Map<Bytes, ProjectManifest>();
  const top = files.get(asBytes("package.json"));
  const project = top === undefined ? undefined : readManifest(top, asBytes("package.json"));
  if (project !== undefined) manifests.set(asBytes("package.json"), project);
  const paths = [...files.keys()].filter((path) => path.endsWith("/package.json"));
  const workspaces = workspacesOf(project, paths.map(parentOf));
  for (const path of paths) {
    try {
      manifests.set(path, readManifest(files.get(path) ?? asBytes(""), path));
    } catch (error) {
      const directory = parentOf(path);
      const counts = members.has(directory) || workspaces.has(directory);
      if (counts || !(error instanceof InputError)) throw error;
    }
  }
  return manifests;
}

function arboristSettings(
  file: Bytes,
  manifests: ReadonlyMap<Bytes, ProjectManifest>,
  settings: NpmSettings,
  request: TreeRequest,
): Omit<ArboristSettings, "isHidden"> {
  const written = manifests.get(asBytes("package.json"))?.allowScripts;
  const listed = new Map(settings.allowScripts.map((spec): [string, boolean] => [spec, true]));
  return {
    file,
    target: request.target,
    nodeVersion: request.nodeVersion,
    omit: new Set([...settings.omit, ...(request.omit ?? [])]),
    legacyPeerDeps: settings.legacyPeerDeps,
    allowScripts: written ?? (listed.size === 0 ? undefined : listed),
  };
}

async function treeSettings(
  file: Bytes,
  settings: NpmSettings,
  isComplete: boolean,
  request: TreeRequest,
): Promise<TreeSettings> {
  const standard = await standardRegistry();
  return {
    file,
    registries: {
      registry: request.registry ?? settings.registry ?? standard,
      scopes: settings.scopes,
      standard,
    },
    target: request.target,
    pins: request.pins ?? new Map(),
    patches: request.patches ?? new Map(),
    ignoreScripts: request.ignoreScripts === true || settings.ignoreScripts,
    isComplete,
  };
}
