// A TypeScript solution: a derivation per project, over its own files and the declarations of those that it refers to.
// Of their sources it sees the names, which is all that the compiler asks of them. Pure.

import { asBytes, type Bytes, compareBytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { TypeScriptProject } from "../../graph/typescript-projects.ts";
import { type Derivation, type InputNode, inputOutputs } from "../derivation.ts";
import { type JsonValue, printJson } from "../json.ts";
import type { NarDirectory, NarNode } from "../nar.ts";
import { derivationObject, type StoreObject } from "../object.ts";
import {
  type DerivedObject,
  type DerivedSet,
  derivationKey,
  type ObjectSet,
  rootName,
} from "../object-set.ts";
import { inputPlaceholder, outputPlaceholder } from "../placeholder.ts";
import { sortedSet } from "../store-path.ts";
import { packageLabel, shortHash } from "./package-name.ts";
import { recipeKey, sourceObject } from "./source-object.ts";
import { joinDerivation, type WorkspaceContext } from "./workspaces.ts";

export interface SolutionPlan {
  /** Bottom-up; those without files of their own are left out. */
  readonly projects: readonly PlannedProject[];
  readonly set: ObjectSet;
}

export interface PlannedProject extends TypeScriptProject {
  /** "2-packages+words": the height, and where its configuration lies. */
  readonly name: Bytes;
  /** What it refers to, and what these refer to: sorted. */
  readonly needs: readonly Bytes[];
}

export function planSolution(all: readonly TypeScriptProject[], name: Bytes): SolutionPlan {
  const byConfig = new Map(all.map((project) => [project.config, project]));
  const heights = heightsOf(byConfig);
  const taken = new Set<Bytes>();
  const projects = all
    .filter(({ files }) => files.length > 0)
    .map((project): PlannedProject => {
      const label = project.config.replace(/(?:^|\/)tsconfig\.json$/, "").replace(/\.json$/, "");
      const short = packageLabel(asBytes(label.replaceAll("/", "+") || "top"), undefined);
      const plain = asBytes(`${heights.get(project.config) ?? 1}-${short}`);
      const unit = taken.has(plain) ? asBytes(`${plain}-${shortHash(project.config)}`) : plain;
      taken.add(unit);
      return { ...project, name: unit, needs: needsOf(project, byConfig) };
    })
    .sort((a, b) => (heights.get(a.config) ?? 0) - (heights.get(b.config) ?? 0));
  const units = [
    ...projects.map((project) => ({
      name: sourceName(project),
      keys: [filesKey(project), viewKey(project)],
      hasDone: false,
    })),
    ...projects.map((project) => ({
      name: project.name,
      keys: [recipeKey(project.name), derivationKey(project.name)],
      hasDone: false,
    })),
    { name: rootName, keys: [derivationKey(rootName)], hasDone: false },
  ];
  return { projects, set: { name, units, isGated: false } };
}

function sourceName({ name }: PlannedProject): Bytes {
  return asBytes(`0-${name}`);
}

/** Keys of its files, and of what others see of them. */
function filesKey(project: PlannedProject): Bytes {
  return asBytes(`${sourceName(project)}=files`);
}

function viewKey(project: PlannedProject): Bytes {
  return asBytes(`${sourceName(project)}=view`);
}

type ByConfig = ReadonlyMap<Bytes, TypeScriptProject>;

function needsOf(project: TypeScriptProject, byConfig: ByConfig): readonly Bytes[] {
  const seen = new Set<Bytes>(project.references);
  for (const config of seen) for (const next of byConfig.get(config)?.references ?? []) seen.add(next);
  return [...seen].sort(compareBytes);
}

/** The longest way down: 1 for a project that refers to none. */
function heightsOf(byConfig: ByConfig): ReadonlyMap<Bytes, number> {
  const heights = new Map<Bytes, number>();
  const heightOf = (config: Bytes, way: readonly Bytes[]): number => {
    const known = heights.get(config);
    if (known !== undefined) return known;
    const start = way.indexOf(config);
    if (start >= 0) {
      return fail({
        code: "npm/reference-cycle",
        message: `TypeScript projects refer to each other in a circle: ${[...way.slice(start), config].map(quoted).join(" -> ")}`,
        hint: "break the circle, which tsc -b refuses, too",
      });
    }
    const below = (byConfig.get(config)?.references ?? []).map((next) => heightOf(next, [...way, config]));
    const height = 1 + Math.max(0, ...below);
    heights.set(config, height);
    return height;
  };
  for (const config of byConfig.keys()) heightOf(config, []);
  return heights;
}

/** The project's files, by path: whole, or only as much of one as others look at. */
export interface SolutionFiles {
  readonly whole: (path: Bytes) => NarNode;
  readonly view: (path: Bytes) => NarNode;
}

const [out, types] = [asBytes("out"), asBytes("types")];

export function deriveSolution(
  plan: SolutionPlan,
  context: WorkspaceContext,
  files: SolutionFiles,
): DerivedSet {
  const { name: setName } = plan.set;
  const objects: DerivedObject[] = [];
  const add = (key: Bytes, object: StoreObject): Bytes => {
    objects.push({ key, object });
    return object.path;
  };
  const addSource = (key: Bytes, node: NarNode): Bytes => add(key, sourceObject(setName, key, node, context));
  const sources = new Map<Bytes, { readonly whole: Bytes; readonly view: Bytes }>();
  for (const project of plan.projects) {
    const settings = project.settings.map((path) => [path, files.view(path)] as const);
    const whole = treeOf([...settings, ...project.files.map((path) => [path, files.whole(path)] as const)]);
    const view = treeOf([...settings, ...project.files.map((path) => [path, files.view(path)] as const)]);
    sources.set(project.config, {
      whole: addSource(filesKey(project), whole),
      view: addSource(viewKey(project), view),
    });
  }
  const derivations = new Map<Bytes, Bytes>();
  for (const project of plan.projects) {
    const needs = project.needs.filter((config) => sources.has(config));
    const recipe = new Map<Bytes, JsonValue>([[asBytes("config"), project.config]]);
    const node: NarNode = { kind: "file", executable: false, contents: printJson(recipe) };
    const derivation = projectDerivation(setName, project, context, {
      recipe: addSource(recipeKey(project.name), node),
      own: sources.get(project.config)?.whole ?? asBytes(""),
      others: needs.flatMap((config) => sources.get(config)?.view ?? []),
      built: needs.flatMap((config) => derivations.get(config) ?? []),
    });
    derivations.set(
      project.config,
      add(derivationKey(project.name), derivationObject(derivation, undefined, context.storeDir)),
    );
  }
  const root = joinDerivation(setName, [...derivations.values()], context, [out, types]);
  return { objects, root: add(derivationKey(rootName), derivationObject(root, undefined, context.storeDir)) };
}

interface ProjectInputs {
  readonly recipe: Bytes;
  readonly own: Bytes;
  readonly others: readonly Bytes[];
  /** Derivations of the others. */
  readonly built: readonly Bytes[];
}

/** Declarations are an output of their own: what does not change them ends there. */
function projectDerivation(
  setName: Bytes,
  project: PlannedProject,
  context: WorkspaceContext,
  { recipe, own, others, built }: ProjectInputs,
): Derivation {
  const name = asBytes(`${setName}-${project.name}`);
  const floating = { kind: "floating", method: "nar", algo: "sha256" } as const;
  return {
    name,
    outputs: new Map([
      [out, floating],
      [types, floating],
    ]),
    inputDrvs: new Map(built.map((path): [Bytes, InputNode] => [path, inputOutputs(types)])),
    inputSrcs: sortedSet([
      recipe,
      own,
      ...others,
      context.modules,
      context.node,
      context.assembler,
      context.environment,
    ]),
    system: context.system,
    builder: asBytes(`${context.node}/bin/node`),
    args: [context.assembler, asBytes("typescript")],
    env: new Map([
      [out, outputPlaceholder(out)],
      [types, outputPlaceholder(types)],
    ]),
    structuredAttrs: new Map<Bytes, JsonValue>([
      [asBytes("name"), name],
      [asBytes("recipe"), recipe],
      [asBytes("own"), own],
      [asBytes("others"), others],
      [asBytes("built"), built.map((path) => inputPlaceholder(path, [types]))],
      [asBytes("modules"), context.modules],
      [asBytes("environment"), context.environment],
    ]),
  };
}

interface Growing {
  readonly kind: "directory";
  readonly entries: Map<Bytes, NarNode | Growing>;
}

/** Files at their places. */
function treeOf(files: readonly (readonly [Bytes, NarNode])[]): NarDirectory {
  const top: Growing = { kind: "directory", entries: new Map() };
  const made = new Map<string, Growing>([["", top]]);
  const directoryAt = (path: string): Growing => {
    const known = made.get(path);
    if (known !== undefined) return known;
    const slash = path.lastIndexOf("/");
    const directory: Growing = { kind: "directory", entries: new Map() };
    directoryAt(path.slice(0, Math.max(0, slash))).entries.set(asBytes(path.slice(slash + 1)), directory);
    made.set(path, directory);
    return directory;
  };
  for (const [path, node] of files) {
    const slash = path.lastIndexOf("/");
    directoryAt(path.slice(0, Math.max(0, slash))).entries.set(asBytes(path.slice(slash + 1)), node);
  }
  return top;
}
