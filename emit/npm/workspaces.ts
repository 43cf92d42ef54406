// A project's own packages: a derivation per workspace that has a build script, over its own files, what the project
// keeps at its top, node_modules, and what the workspaces that it depends on have built. Pure.

import { asBytes, type Bytes, compareBytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { PackageTree, ProjectMember } from "../../graph/package-tree.ts";
import { type Derivation, type InputNode, inputOutputs } from "../derivation.ts";
import { type JsonValue, printJson } from "../json.ts";
import type { NarNode } from "../nar.ts";
import { derivationObject, type StoreObject } from "../object.ts";
import {
  type DerivedObject,
  type DerivedSet,
  derivationKey,
  type ObjectSet,
  rootName,
} from "../object-set.ts";
import { inputPlaceholder, outputPlaceholder } from "../placeholder.ts";
import { sortedSet, storeObjectOf } from "../store-path.ts";
import type { NpmContext } from "./derive.ts";
import { packageLabel, shortHash } from "./package-name.ts";
import { recipeKey, sourceObject } from "./source-object.ts";

export interface WorkspacePlan {
  /** Bottom-up. */
  readonly members: readonly PlannedMember[];
  readonly script: Bytes;
  readonly set: ObjectSet;
}

export interface PlannedMember {
  readonly location: Bytes;
  /** "2-journal": the height, and the package's name. */
  readonly name: Bytes;
  /** Without a build script its files are what it is. */
  readonly isBuilt: boolean;
  /** Locations of members that it depends on, theirs included; sorted. */
  readonly needs: readonly Bytes[];
}

/** @param hasScript whether the package.json at a location has the script that builds */
export function planWorkspaces(
  tree: PackageTree,
  name: Bytes,
  script: Bytes,
  hasScript: (location: Bytes) => boolean,
): WorkspacePlan {
  const needs = memberNeeds(tree);
  const heights = heightsOf(needs);
  const taken = new Set<Bytes>();
  const members = tree.members
    .map((member): PlannedMember => {
      const height = heights.get(member.location) ?? 1;
      const plain = asBytes(`${height}-${packageLabel(member.name, undefined)}`);
      const unit = taken.has(plain) ? asBytes(`${plain}-${shortHash(member.location)}`) : plain;
      taken.add(unit);
      const all = [...closure(needs, member.location)].sort(compareBytes);
      return { location: member.location, name: unit, isBuilt: hasScript(member.location), needs: all };
    })
    .sort((a, b) => (heights.get(a.location) ?? 0) - (heights.get(b.location) ?? 0));
  const units = [
    { name: topName, keys: [topName], hasDone: false },
    ...members.map((member) => ({
      name: sourceName(member),
      keys: [filesKey(member), viewKey(member)],
      hasDone: false,
    })),
    ...members
      .filter(({ isBuilt }) => isBuilt)
      .map((member) => ({
        name: member.name,
        keys: [recipeKey(member.name), derivationKey(member.name)],
        hasDone: false,
      })),
    { name: rootName, keys: [derivationKey(rootName)], hasDone: false },
  ];
  return { members, script, set: { name, units, isGated: false } };
}

const topName = asBytes("0-=top");

function sourceName({ name }: PlannedMember): Bytes {
  return asBytes(`0-${name.slice(name.indexOf("-") + 1)}`);
}

/** Keys of its files, and of what others see of them. No package's name has a "=". */
function filesKey(member: PlannedMember): Bytes {
  return asBytes(`${sourceName(member)}=files`);
}

function viewKey(member: PlannedMember): Bytes {
  return asBytes(`${sourceName(member)}=view`);
}

type Needs = ReadonlyMap<Bytes, readonly Bytes[]>;

/** Location of a member -> the members that it names as dependencies. */
function memberNeeds({ links, members }: PackageTree): Needs {
  const locations = new Set(members.map(({ location }) => location));
  const targets = new Map(links.map(({ location, target }) => [location, target]));
  return new Map(
    members.map(({ location, dependencies }: ProjectMember) => [
      location,
      dependencies
        .map((dependency) => targets.get(dependency) ?? dependency)
        .filter((target) => locations.has(target) && target !== location),
    ]),
  );
}

function closure(needs: Needs, from: Bytes): ReadonlySet<Bytes> {
  const seen = new Set<Bytes>();
  const visit = (location: Bytes): void => {
    for (const next of needs.get(location) ?? []) {
      if (seen.has(next)) continue;
      seen.add(next);
      visit(next);
    }
  };
  visit(from);
  return seen;
}

function heightsOf(needs: Needs): ReadonlyMap<Bytes, number> {
  const heights = new Map<Bytes, number>();
  const heightOf = (location: Bytes, way: readonly Bytes[]): number => {
    const known = heights.get(location);
    if (known !== undefined) return known;
    const start = way.indexOf(location);
    if (start >= 0) {
      return fail({
        code: "npm/workspace-cycle",
        message: `workspaces depend on each other in a circle: ${[...way.slice(start), location].map(quoted).join(" -> ")}`,
        hint: "build them together, with workspaces = false, or break the circle",
      });
    }
    const height =
      1 + Math.max(0, ...(needs.get(location) ?? []).map((next) => heightOf(next, [...way, location])));
    heights.set(location, height);
    return height;
  };
  for (const location of needs.keys()) heightOf(location, []);
  return heights;
}

/** The project's files, without node_modules. */
export interface WorkspaceFiles {
  /** Files at the top of the project that builds may read. */
  readonly top: NarNode;
  /** A member's directory, without members below it. */
  readonly whole: (location: Bytes) => NarNode;
  /** Of that, what others see beside what it builds: package.json and how TypeScript is set up. */
  readonly view: (location: Bytes) => NarNode;
}

/** Where a built workspace runs. */
export interface WorkspaceContext extends NpmContext {
  /** The tree that holds node_modules. */
  readonly modules: Bytes;
  readonly rootScript: Bytes;
  readonly shell: Bytes;
}

export function deriveWorkspaces(
  plan: WorkspacePlan,
  context: WorkspaceContext,
  files: WorkspaceFiles,
): DerivedSet {
  const { name: setName } = plan.set;
  const objects: DerivedObject[] = [];
  const add = (key: Bytes, object: StoreObject): Bytes => {
    objects.push({ key, object });
    return object.path;
  };
  const addSource = (key: Bytes, node: NarNode): Bytes => add(key, sourceObject(setName, key, node, context));
  const top = addSource(topName, files.top);
  const sources = new Map<Bytes, { readonly whole: Bytes; readonly view: Bytes }>();
  for (const member of plan.members) {
    const whole = addSource(filesKey(member), files.whole(member.location));
    const view = addSource(viewKey(member), files.view(member.location));
    sources.set(member.location, { whole, view });
  }
  const byLocation = new Map(plan.members.map((member) => [member.location, member]));
  const derivations = new Map<Bytes, Bytes>();
  for (const member of plan.members) {
    if (!member.isBuilt) continue;
    const own = sources.get(member.location)?.whole ?? asBytes("");
    const others = member.needs.map((location) => {
      const isBuilt = byLocation.get(location)?.isBuilt === true;
      const { whole = asBytes(""), view = asBytes("") } = sources.get(location) ?? {};
      return { location, files: isBuilt ? view : whole, derivation: derivations.get(location) };
    });
    const recipe = new Map<Bytes, JsonValue>([
      [asBytes("location"), member.location],
      [asBytes("script"), plan.script],
      [asBytes("others"), others.map(({ location }) => location)],
    ]);
    const recipeNode: NarNode = { kind: "file", executable: false, contents: printJson(recipe) };
    const recipePath = addSource(recipeKey(member.name), recipeNode);
    const derivation = memberDerivation(setName, member, context, {
      recipe: recipePath,
      top,
      own,
      others: others.map((other) => other.files),
      built: others.flatMap((other) => other.derivation ?? []),
    });
    derivations.set(
      member.location,
      add(derivationKey(member.name), derivationObject(derivation, undefined, context.storeDir)),
    );
  }
  const root = joinDerivation(setName, [...derivations.values()], context);
  return { objects, root: add(derivationKey(rootName), derivationObject(root, undefined, context.storeDir)) };
}

interface MemberInputs {
  readonly recipe: Bytes;
  readonly top: Bytes;
  readonly own: Bytes;
  readonly others: readonly Bytes[];
  /** Derivations of the others that are built. */
  readonly built: readonly Bytes[];
}

const out = asBytes("out");

function memberDerivation(
  setName: Bytes,
  member: PlannedMember,
  context: WorkspaceContext,
  { recipe, top, own, others, built }: MemberInputs,
): Derivation {
  const name = asBytes(`${setName}-${member.name}`);
  return {
    name,
    outputs: new Map([[out, { kind: "floating", method: "nar", algo: "sha256" }]]),
    inputDrvs: new Map(built.map((path): [Bytes, InputNode] => [path, inputOutputs(out)])),
    inputSrcs: sortedSet([
      recipe,
      top,
      own,
      ...others,
      context.modules,
      context.node,
      context.assembler,
      context.environment,
    ]),
    system: context.system,
    builder: asBytes(`${context.node}/bin/node`),
    args: [context.assembler, asBytes("workspace")],
    env: new Map([[out, outputPlaceholder(out)]]),
    structuredAttrs: new Map<Bytes, JsonValue>([
      [asBytes("name"), name],
      [asBytes("recipe"), recipe],
      [asBytes("top"), top],
      [asBytes("own"), own],
      [asBytes("others"), others],
      [asBytes("built"), built.map((path) => inputPlaceholder(path, [out]))],
      [asBytes("modules"), context.modules],
      [asBytes("environment"), context.environment],
    ]),
  };
}

/** Joins what all of them built into one tree. */
export function joinDerivation(
  setName: Bytes,
  built: readonly Bytes[],
  context: WorkspaceContext,
  outputs: readonly Bytes[] = [out],
): Derivation {
  const name = asBytes(`${setName}-${rootName}`);
  return {
    name,
    outputs: new Map([[out, { kind: "floating", method: "nar", algo: "sha256" }]]),
    inputDrvs: new Map(built.map((path): [Bytes, InputNode] => [path, inputOutputs(...outputs)])),
    inputSrcs: sortedSet([
      context.rootScript,
      context.environment,
      storeObjectOf(context.shell, context.storeDir),
    ]),
    system: context.system,
    builder: context.shell,
    args: [context.rootScript],
    env: new Map([[out, outputPlaceholder(out)]]),
    structuredAttrs: new Map<Bytes, JsonValue>([
      [asBytes("name"), name],
      [asBytes("environment"), context.environment],
      [asBytes("inputs"), built.flatMap((path) => outputs.map((output) => inputPlaceholder(path, [output])))],
    ]),
  };
}
