// Lets arborist place what a resolution says, as npm would: every package has a version of its own, a number, and every
// dependency asks for exactly that number, so that nothing is left to decide but places.

import { isForSystem, type PlatformNeeds } from "../../generators/npm/platform.ts";
import type { Resolution, ResolvedDependency, ResolvedPackage } from "../../generators/npm/resolution.ts";
import type { VirtualNode, VirtualTree } from "../../generators/npm/virtual-tree.ts";
import { asBytes, type Bytes, compareBytes, fromText, toText } from "../../graph/bytes.ts";
import { type ArboristSettings, placedTree } from "./arborist.ts";
import type { ScratchFiles } from "./scratch.ts";

export interface Hoisted {
  readonly virtual: VirtualTree;
  /** `undefined` for directories of the project. */
  readonly packageAt: (node: VirtualNode) => ResolvedPackage | undefined;
}

/** What package.json files of fetched packages add to a lockfile that does not know it. */
export interface FetchedFacts {
  readonly needs: PlatformNeeds;
  readonly hasInstallScript: boolean;
}

export async function hoist(
  resolution: Resolution,
  facts: ReadonlyMap<Bytes, FetchedFacts>,
  settings: ArboristSettings,
): Promise<Hoisted> {
  const ids = [...resolution.packages.keys()].sort(compareBytes);
  const versions = new Map(ids.map((id, index) => [id, `0.0.${index + 1}`]));
  const specOf = ({ alias, target }: ResolvedDependency, from: Bytes): string => {
    if (target.kind === "package") {
      const name = resolution.packages.get(target.id)?.name ?? alias;
      const version = versions.get(target.id) ?? "0.0.0";
      return name === alias ? version : `npm:${toText(name)}@${version}`;
    }
    const project = resolution.projects.get(target.path);
    return project?.isWorkspace === true && project.name === alias ? "*" : `file:${upTo(from, target.path)}`;
  };
  const packuments = new Map<string, Packument>();
  for (const [id, found] of resolution.packages) {
    const name = toText(found.name);
    const packument = packuments.get(name) ?? { name, "dist-tags": {}, versions: {} };
    packuments.set(name, packument);
    const version = versions.get(id) ?? "0.0.0";
    packument.versions[version] = {
      name,
      version,
      // npm looks at packages that are needed for the machine that it runs on: it is told the answer.
      ...(isForSystem(facts.get(id)?.needs ?? found.needs, settings.target) ? {} : { os: ["none"] }),
      ...(facts.get(id)?.hasInstallScript === true ? { hasInstallScript: true } : {}),
      ...dependenciesOf(found.dependencies, asBytes(""), specOf),
      // Nothing is fetched from it, but npm takes two packages with one address for the same.
      dist: { tarball: `https://packages.invalid/${version}.tgz` },
    };
  }
  const virtual = await placedTree(projectFiles(resolution, specOf), packuments, settings);
  const byVersion = new Map([...versions].map(([id, version]) => [version, id]));
  return {
    virtual,
    packageAt: ({ location, version, target }) =>
      target !== undefined || !location.includes("node_modules/")
        ? undefined
        : resolution.packages.get(byVersion.get(version ?? "") ?? asBytes("")),
  };
}

interface Packument {
  readonly name: string;
  readonly "dist-tags": object;
  readonly versions: Record<string, object>;
}

type SpecOf = (dependency: ResolvedDependency, from: Bytes) => string;

function projectFiles(resolution: Resolution, specOf: SpecOf): ScratchFiles {
  const workspaces = [...resolution.projects]
    .filter(([, { isWorkspace }]) => isWorkspace)
    .map(([path]) => toText(path));
  const files = new Map<Bytes, Bytes>();
  const add = (directory: Bytes, manifest: object): void => {
    const path = asBytes(directory === "" ? "package.json" : `${directory}/package.json`);
    files.set(path, fromText(JSON.stringify(manifest)));
  };
  const linked = new Set<Bytes>();
  for (const [directory, project] of resolution.projects) {
    add(directory, {
      name: toText(project.name),
      version: "0.0.0",
      ...(directory === "" && workspaces.length > 0 ? { workspaces } : {}),
      ...dependenciesOf(project.dependencies, directory, specOf),
    });
    for (const { target } of project.dependencies) if (target.kind === "directory") linked.add(target.path);
  }
  for (const path of linked) {
    if (!resolution.projects.has(path)) {
      add(path, { name: toText(asBytes(path.slice(path.lastIndexOf("/") + 1))), version: "0.0.0" });
    }
  }
  return files;
}

const fields = { dev: "devDependencies", optional: "optionalDependencies", prod: "dependencies" } as const;

function dependenciesOf(dependencies: readonly ResolvedDependency[], from: Bytes, specOf: SpecOf): object {
  return Object.fromEntries(
    Object.entries(fields).map(([kind, field]) => [
      field,
      // Names are checked: no prototype is one.
      Object.fromEntries(
        dependencies.filter((one) => one.kind === kind).map((one) => [toText(one.alias), specOf(one, from)]),
      ),
    ]),
  );
}

/** The way from a directory of the project to another one. */
function upTo(from: Bytes, to: Bytes): string {
  const ups = from === "" ? [] : from.split("/").map(() => "..");
  return toText(asBytes([...ups, to].join("/"))) || ".";
}
