// A resolution with places: what arborist made of it, under the names that it was given, as placed packages.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import type {
  DirectoryLink,
  PackageTree,
  PlacedPackage,
  ProjectMember,
  ScriptPolicy,
} from "../../graph/package-tree.ts";
import { linkText } from "./name.ts";
import { type Refused, refuseSources } from "./refused.ts";
import type { Resolution, ResolvedPackage } from "./resolution.ts";
import { compareLocations } from "./source.ts";
import { optionalOf, patchesOf, type TreeSettings } from "./tree.ts";
import type { VirtualNode, VirtualTree } from "./virtual-tree.ts";

/**
 * @param packageAt what stands at a node: the versions in `virtual` are only numbers
 * @param knowsScripts whether package.json files told who has install scripts: yarn's lockfiles do not
 */
export function resolvedTree(
  virtual: VirtualTree,
  resolution: Resolution,
  packageAt: (node: VirtualNode) => ResolvedPackage | undefined,
  settings: TreeSettings,
  knowsScripts: boolean,
): PackageTree {
  const installed = virtual.nodes.filter(({ omitted }) => omitted === undefined);
  const places = new Set(installed.map(({ location }) => location));
  const refused: Refused[] = [];
  const packages: PlacedPackage[] = [];
  const links: DirectoryLink[] = [];
  const members: ProjectMember[] = [];
  for (const node of installed) {
    const dependencies = node.dependencies.filter((location) => places.has(location)).sort(compareBytes);
    const { location, target } = node;
    if (target !== undefined) {
      links.push({ location, target, text: linkText(location, target) });
      continue;
    }
    const found = packageAt(node);
    if (found === undefined) {
      members.push(memberOf(node, resolution, dependencies));
      continue;
    }
    const { name, version, source, bins } = found;
    if (source.kind === "no-integrity" || source.kind === "unusable") {
      refused.push({
        node: { location, name, version, resolved: undefined, integrity: undefined },
        why: source,
      });
      continue;
    }
    packages.push({
      location,
      name,
      version,
      source,
      bins,
      scripts: scriptsOf(node, found, settings, knowsScripts),
      isDev: node.isDev,
      isOptional: node.isOptional,
      isDevOptional: node.isDevOptional,
      isPeer: false,
      patches:
        found.patches.length > 0 ? found.patches : patchesOf({ location, name, version }, settings.patches),
      dependencies,
      ...optionalOf(node, dependencies),
    });
  }
  refuseSources(refused, settings.file);
  const top = resolution.projects.get(asBytes(""));
  return {
    layout: "hoisted",
    name: top?.name,
    isComplete: settings.isComplete,
    packages,
    links,
    members: members.sort(compareLocations),
    top: virtual.top.filter((location) => places.has(location)).sort(compareBytes),
    files: [],
    omitted: virtual.nodes
      .flatMap((node) => {
        const { location, omitted } = node;
        const found = packageAt(node);
        if (omitted === undefined || found === undefined) return [];
        return [{ location, name: found.name, version: found.version, reason: omitted }];
      })
      .sort(compareLocations),
  };
}

function scriptsOf(
  node: VirtualNode,
  { name, version }: ResolvedPackage,
  { ignoreScripts, yarn }: TreeSettings,
  isKnown: boolean,
): ScriptPolicy {
  if (isKnown && !node.hasInstallScript) return "none";
  if (ignoreScripts || node.mayRunScripts === false) return "denied";
  const isBuilt = yarn?.built.get(asBytes(`${name}@${version}`)) ?? yarn?.built.get(name) ?? yarn?.isBuilt;
  if (isBuilt === false) return "denied";
  return isKnown ? "run" : "unknown";
}

function memberOf(
  { location, name }: VirtualNode,
  resolution: Resolution,
  dependencies: readonly Bytes[],
): ProjectMember {
  const project = resolution.projects.get(location);
  return {
    location,
    name: project?.name ?? name,
    version: project?.version,
    isWorkspace: project?.isWorkspace ?? false,
    bins: project?.bins ?? [],
    dependencies,
  };
}
