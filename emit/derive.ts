// Plan + file contents -> store objects: every source, recipe and derivation with its final path, bottom-up. Pure:
// the same plan and the same contents give the same bytes, whichever sink delivers them.

import { asBytes, type Bytes, compareBytes, fromBuffer, quoted } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";
import { baseOf } from "../graph/scan/path.ts";
import { type Derivation, type InputNode, inputOutputs, type Output } from "./derivation.ts";
import { sha256 } from "./hash.ts";
import type { JsonValue } from "./json.ts";
import { bytesOfContents, type NarNode, narOf } from "./nar.ts";
import { derivationObject, type StoreObject } from "./object.ts";
import { recipeKey, sourceKeys } from "./object-keys.ts";
import { type DerivedObject, type DerivedSet, derivationKey, rootName } from "./object-set.ts";
import { inputPlaceholder, outputPlaceholder } from "./placeholder.ts";
import { isThin } from "./plan/carried.ts";
import { narrowed } from "./plan/narrowed.ts";
import type { OutputRef, Plan, PlannedStep } from "./plan/plan.ts";
import type { SetupLink } from "./plan/setup-links.ts";
import { parentOf } from "./plan/tree-path.ts";
import { findReferences, type KnownPaths } from "./references.ts";
import { sortedSet, sourcePath, storeObjectOf } from "./store-path.ts";

/** What every derivation of a build has in common: store paths that exist already. */
export interface StepContext {
  /** Logical store directory. */
  readonly storeDir: Bytes;
  /** "x86_64-linux". */
  readonly system: Bytes;
  /** Full path of bash. */
  readonly shell: Bytes;
  /** The script that runs a step (templates/builder/step.sh). */
  readonly stepScript: Bytes;
  /** The script that makes what a linker sees of a library (templates/builder/interface.sh). */
  readonly interfaceScript: Bytes;
  /** The script that joins the built files (templates/builder/root.sh). */
  readonly rootScript: Bytes;
  /** What configure left of its environment; its closure is the toolchain. */
  readonly environment: Bytes;
  /**
   * What else commands and sources can refer to: CMake names the compiler by its store path. Everything in the
   * closure of the builder that emits, because Nix finds it all.
   */
  readonly known: KnownPaths;
}

/** The contents of a source path, relative to the tree's root; `undefined` when it is gone. */
export type ReadSource = (path: Bytes) => NarNode | undefined;

export interface Derived extends DerivedSet {
  /** Step index -> path of its derivation. */
  readonly derivations: readonly Bytes[];
}

/** Computes every object of the plan. Throws one InputError with all sources that are gone. */
export function derive(plan: Plan, context: StepContext, read: ReadSource): Derived {
  const objects: DerivedObject[] = [];
  const add = (key: Bytes, object: StoreObject): Bytes => {
    objects.push({ key, object });
    return object.path;
  };
  const sources = deriveSources(plan, context, read, add);
  const groups = deriveGroups(plan, sources, context, add);
  const derivations: Bytes[] = [];
  for (const step of plan.steps) {
    const key = recipeKey(step.name);
    const node = recipeOf(step, plan, sources, groups);
    const recipe = add(
      key,
      scannedObject(asBytes(`${plan.name}-${key}`), node, sortedSources(step, sources, groups), context),
    );
    const derivation = stepDerivation(plan, step, recipe, derivations, context);
    derivations.push(
      add(derivationKey(step.name), derivationObject(derivation, undefined, context.storeDir)),
    );
  }
  const root = add(
    derivationKey(rootName),
    derivationObject(rootDerivation(plan, derivations, context), undefined, context.storeDir),
  );
  return { objects, derivations, root };
}

type Add = (key: Bytes, object: StoreObject) => Bytes;

function scannedObject(
  name: Bytes,
  node: NarNode,
  references: readonly Bytes[],
  { known, storeDir }: StepContext,
): StoreObject {
  const archive = narOf(node);
  const all = sortedSet([...references, ...findReferences(archive, known)]);
  const path = sourcePath(name, sha256(archive), all, false, storeDir);
  return { method: "nar", name, path, references: all, node };
}

interface Source {
  readonly node: NarNode;
  /** The store object, where the file is one of its own. */
  readonly path: Bytes | undefined;
}

/** A file that steps share is an object of its own: whoever reads it depends on it alone. */
function deriveSources(plan: Plan, context: StepContext, read: ReadSource, add: Add): readonly Source[] {
  const keys = sourceKeys(plan);
  const gone: Bytes[] = [];
  const sources = plan.files.map((file, index): Source => {
    const node = read(file);
    const key = keys[index];
    if (node === undefined) {
      gone.push(file);
      return { node: { kind: "symlink", target: file }, path: undefined };
    }
    if (key === undefined) return { node, path: undefined };
    const object = scannedObject(asBytes(`${plan.name}-${key}`), node, [], context);
    return { node, path: add(key, object) };
  });
  if (gone.length > 0) failGone(gone);
  return sources;
}

function failGone(gone: readonly Bytes[]): never {
  const names = gone.map(quoted).join(", ");
  const [was, is] = gone.length === 1 ? ["was", "is"] : ["were", "are"];
  return fail({
    code: "plan/source-gone",
    message: `${names} ${was} there when the plan was made and ${is} gone`,
    hint: "make the plan again from the tree as it is now",
  });
}

function sortedSources(
  step: PlannedStep,
  sources: readonly Source[],
  groups: readonly Bytes[],
): readonly Bytes[] {
  return sortedSet([
    ...step.sources.flatMap((index) => sources[index]?.path ?? []),
    ...(step.groups ?? []).flatMap((index) => groups[index] ?? []),
  ]);
}

/** Path of each of `plan.groups`, a tree of its files. */
function deriveGroups(
  plan: Plan,
  sources: readonly Source[],
  context: StepContext,
  add: Add,
): readonly Bytes[] {
  return (plan.groups ?? []).map(({ name, files }) => {
    const nodes = files.flatMap((index) => {
      const [path, source] = [plan.files[index], sources[index]];
      return path === undefined || source === undefined ? [] : [[path, source.node] as const];
    });
    return add(name, scannedObject(asBytes(`${plan.name}-${name}`), treeOf(nodes), [], context));
  });
}

/** Links to the files of a step's groups. */
function groupedNodes(step: PlannedStep, plan: Plan, groups: readonly Bytes[]): ReadonlyMap<Bytes, NarNode> {
  const nodes = new Map<Bytes, NarNode>();
  for (const index of step.groups ?? []) {
    for (const file of plan.groups?.[index]?.files ?? []) {
      const path = plan.files[file] ?? asBytes("");
      if (!nodes.has(path)) nodes.set(path, { kind: "symlink", target: asBytes(`${groups[index]}/${path}`) });
    }
  }
  return nodes;
}

/** The recipe: all that is foreign in a step, in files, so that no name or command meets a shell or a length limit. */
function recipeOf(
  step: PlannedStep,
  plan: Plan,
  sources: readonly Source[],
  groups: readonly Bytes[],
): NarNode {
  const entries = new Map<Bytes, NarNode>();
  const put = (name: string, contents: string): void => {
    entries.set(asBytes(name), { kind: "file", executable: false, contents: asBytes(contents) });
  };
  put("command", `${step.command}\n`);
  put("label", step.label);
  put("directories", step.directories.map((directory) => `${directory}\0`).join(""));
  put(
    "products",
    step.outputs
      .map(({ name, path, optional, isInterface }) => {
        const how = isInterface === true ? "interface" : optional ? "optional" : "";
        return `${name}\0${path}\0${how}\0`;
      })
      .join(""),
  );
  if (step.responseFile !== undefined) {
    put("response-file", step.responseFile.content);
    put("response-path", step.responseFile.path);
  }
  if (step.depfile !== undefined) put("depfile", step.depfile);
  if (step.keepsAll === true) put("keeps-all", "");
  if (step.links !== undefined) entries.set(asBytes("links"), treeOf(step.links.map(linkNode)));
  if (step.unresolved !== undefined) put("unresolved", step.unresolved.map((line) => `${line}\n`).join(""));
  if (step.sources.length + step.ownSources.length + (step.groups?.length ?? 0) > 0) {
    const nodeOf = (index: number, isOwn: boolean): NarNode => {
      const source = sources[index];
      if (source === undefined || (!isOwn && source.path === undefined))
        throw new Error(`no source ${index}`);
      return isOwn || source.path === undefined ? source.node : { kind: "symlink", target: source.path };
    };
    const at = (index: number): Bytes => plan.files[index] ?? asBytes("");
    entries.set(
      asBytes("tree"),
      treeOf([
        ...step.sources.map((index) => [at(index), nodeOf(index, false)] as const),
        ...step.ownSources.map((index) => [at(index), nodeOf(index, true)] as const),
        ...narrowedNode(step, plan, sources),
        ...groupedNodes(step, plan, groups),
      ]),
    );
  }
  return { kind: "directory", entries };
}

/** The part of a header of definitions that the step looks at. */
function narrowedNode(
  { narrowed: header }: PlannedStep,
  plan: Plan,
  sources: readonly Source[],
): readonly (readonly [path: Bytes, node: NarNode])[] {
  if (header === undefined) return [];
  const node = sources[header.file]?.node;
  if (node?.kind !== "file") return [];
  const contents = fromBuffer(bytesOfContents(node.contents));
  const part: NarNode = { ...node, contents: narrowed(contents, header.names) };
  return [[plan.files[header.file] ?? asBytes(""), part]];
}

function linkNode({ path, target }: SetupLink): readonly [Bytes, NarNode] {
  return [path, { kind: "symlink", target }];
}

/** A directory tree with nodes at paths. */
function treeOf(nodes: Iterable<readonly [path: Bytes, node: NarNode]>): NarNode {
  const top = new Map<Bytes, NarNode>();
  const directories = new Map<Bytes, Map<Bytes, NarNode>>([[asBytes(""), top]]);
  const directoryAt = (path: Bytes): Map<Bytes, NarNode> => {
    const known = directories.get(path);
    if (known !== undefined) return known;
    const entries = new Map<Bytes, NarNode>();
    directoryAt(parentOf(path)).set(baseOf(path), { kind: "directory", entries });
    directories.set(path, entries);
    return entries;
  };
  for (const [path, node] of nodes) directoryAt(parentOf(path)).set(baseOf(path), node);
  return { kind: "directory", entries: top };
}

function stepDerivation(
  plan: Plan,
  step: PlannedStep,
  recipe: Bytes,
  derivations: readonly Bytes[],
  context: StepContext,
): Derivation {
  const name = asBytes(`${plan.name}-${step.name}`);
  const attributes = new Map<Bytes, JsonValue>([
    [asBytes("layout"), asBytes(needsCopies(step) ? "copy" : "link")],
    [asBytes("recipe"), recipe],
    [asBytes("shell"), context.shell],
    [asBytes("root"), plan.root],
    [asBytes("directory"), plan.buildDirectory],
    [asBytes("inputs"), inOrder(step.inputs, plan).map((ref) => placeholderOf(ref, plan, derivations))],
  ]);
  const more = step.outputs.some(({ isInterface }) => isInterface === true) ? [context.interfaceScript] : [];
  for (const script of more) attributes.set(asBytes("interfaceScript"), script);
  // `done` tells that a step is built without telling what it made (gate.ts). Every step has it: a build that
  // grows past the size at which it matters stays the same build.
  const outputs = [...step.outputs.map((output) => output.name), asBytes("done")];
  return joined(
    name,
    context.stepScript,
    [recipe, ...more],
    attributes,
    outputs,
    inputsOf(step.inputs, plan, derivations),
    context,
  );
}

/** A command may look for real paths; a thin archive records those of its members. */
function needsCopies(step: PlannedStep): boolean {
  return step.kind === "command" || (step.kind === "archive" && isThin(step.command));
}

function rootDerivation(plan: Plan, derivations: readonly Bytes[], context: StepContext): Derivation {
  const attributes = new Map<Bytes, JsonValue>([
    [asBytes("inputs"), inOrder(plan.built, plan).map((ref) => placeholderOf(ref, plan, derivations))],
  ]);
  const name = asBytes(`${plan.name}-${rootName}`);
  return joined(
    name,
    context.rootScript,
    [],
    attributes,
    [asBytes("out")],
    inputsOf(plan.built, plan, derivations),
    context,
  );
}

/**
 * The parts that every derivation here has. The name is among the attributes because Nix <= 2.34 leaves the
 * derivation's own name out of the key under which it remembers results (two that differ only by name share one).
 */
function joined(
  name: Bytes,
  script: Bytes,
  sources: readonly Bytes[],
  attributes: ReadonlyMap<Bytes, JsonValue>,
  outputs: readonly Bytes[],
  inputDrvs: ReadonlyMap<Bytes, InputNode>,
  context: StepContext,
): Derivation {
  const floating: Output = { kind: "floating", method: "nar", algo: "sha256" };
  return {
    name,
    outputs: new Map(outputs.map((output) => [output, floating])),
    inputDrvs,
    inputSrcs: sortedSet([
      ...sources,
      script,
      context.environment,
      storeObjectOf(context.shell, context.storeDir),
    ]),
    system: context.system,
    builder: context.shell,
    args: [script],
    env: new Map(outputs.map((output) => [output, outputPlaceholder(output)])),
    structuredAttrs: new Map<Bytes, JsonValue>([
      ...attributes,
      [asBytes("name"), name],
      [asBytes("environment"), context.environment],
    ]),
  };
}

/** By name: how steps are numbered depends on what else is planned. */
function inOrder(refs: readonly OutputRef[], plan: Plan): readonly OutputRef[] {
  const nameOf = (ref: OutputRef): string => plan.steps[ref.step]?.name ?? "";
  return [...refs].sort((a, b) => compareBytes(nameOf(a), nameOf(b)) || a.output - b.output);
}

function placeholderOf(ref: OutputRef, plan: Plan, derivations: readonly Bytes[]): Bytes {
  return inputPlaceholder(derivations[ref.step] ?? asBytes(""), [outputNameOf(ref, plan)]);
}

function inputsOf(
  refs: readonly OutputRef[],
  plan: Plan,
  derivations: readonly Bytes[],
): ReadonlyMap<Bytes, InputNode> {
  const wanted = new Map<Bytes, Bytes[]>();
  for (const ref of refs) {
    const path = derivations[ref.step] ?? asBytes("");
    const names = wanted.get(path);
    if (names === undefined) wanted.set(path, [outputNameOf(ref, plan)]);
    else names.push(outputNameOf(ref, plan));
  }
  return new Map([...wanted].map(([path, names]) => [path, inputOutputs(...names.sort(compareBytes))]));
}

function outputNameOf(ref: OutputRef, plan: Plan): Bytes {
  return plan.steps[ref.step]?.outputs[ref.output]?.name ?? asBytes("out");
}
