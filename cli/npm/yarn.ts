// yarn.lock to a package tree. yarn 1 knows versions and hashes; bins, scripts and platforms come from the package.json
// files of what was fetched, and then everything is placed once more.

import { binsOf } from "../../generators/npm/bins.ts";
import { readFetched } from "../../generators/npm/fetched-manifest.ts";
import type { ProjectManifest } from "../../generators/npm/manifest.ts";
import { isPackageName } from "../../generators/npm/name.ts";
import type { Resolution } from "../../generators/npm/resolution.ts";
import { resolvedTree } from "../../generators/npm/resolved-tree.ts";
import type { TreeSettings } from "../../generators/npm/tree.ts";
import { yarnResolution } from "../../generators/npm/yarn-classic.ts";
import { workspacesOf } from "../../generators/npm/yarn-project.ts";
import { asBytes, type Bytes, fromText, toText } from "../../graph/bytes.ts";
import type { PackageTree } from "../../graph/package-tree.ts";
import type { ArboristSettings } from "./arborist.ts";
import { type FetchedFacts, hoist } from "./hoist.ts";

export interface YarnRequest {
  readonly contents: Bytes;
  /** package.json files of the project, by directory. */
  readonly manifests: ReadonlyMap<Bytes, ProjectManifest>;
  /** Contents of fetched package.json files, by location. */
  readonly fetched: ReadonlyMap<Bytes, Bytes> | undefined;
  readonly settings: TreeSettings;
  readonly arborist: ArboristSettings;
}

export async function yarnTree(request: YarnRequest): Promise<PackageTree> {
  const { settings, arborist, fetched } = request;
  const resolution = await resolutionOf(request);
  const first = await hoist(resolution, new Map(), arborist);
  if (fetched === undefined) {
    const { isComplete } = resolution;
    return resolvedTree(first.virtual, resolution, first.packageAt, { ...settings, isComplete }, false);
  }
  const ids = new Map([...resolution.packages].map(([id, found]) => [found, id]));
  const facts = new Map<Bytes, FetchedFacts>();
  const packages = new Map(resolution.packages);
  for (const node of first.virtual.nodes) {
    const found = first.packageAt(node);
    const id = found === undefined ? undefined : ids.get(found);
    const contents = fetched.get(node.location);
    if (found === undefined || id === undefined || contents === undefined) continue;
    const manifest = readFetched(contents);
    facts.set(id, manifest);
    // The name behind a tarball's URL is in the tarball alone.
    const name = isPackageName(manifest.name) ? fromText(manifest.name) : found.name;
    packages.set(id, { ...found, name, bins: binsOf(manifest.bin, toText(name)) });
  }
  const complete: Resolution = { ...resolution, packages, isComplete: true };
  const second = await hoist(complete, facts, arborist);
  return resolvedTree(second.virtual, complete, second.packageAt, { ...settings, isComplete: true }, true);
}

async function resolutionOf({ contents, manifests, settings }: YarnRequest): Promise<Resolution> {
  const { file, registries, pins } = settings;
  const workspaces = workspacesOf(manifests.get(asBytes("")), manifests.keys());
  const yarn = { file, registries, pins, manifests, workspaces };
  if (!/^__metadata:/m.test(contents)) return yarnResolution(contents, yarn);
  const { berryResolution } = await import("../../generators/npm/yarn-berry.ts");
  return berryResolution(contents, yarn);
}
