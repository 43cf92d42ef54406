// Plan + file contents -> store objects: every source, recipe and derivation with its final path, bottom-up. Pure:
// the same plan and the same contents give the same bytes, whichever sink delivers them.

import { asBytes, type Bytes, compareBytes, quoted } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";
import { type Derivation, type InputNode, inputOutputs, type Output } from "./derivation.ts";
import { sha256 } from "./hash.ts";
import type { JsonValue } from "./json.ts";
import { type NarNode, narOf } from "./nar.ts";
import { derivationObject, type StoreObject } from "./object.ts";
import { recipeKey, sourceKeys } from "./object-keys.ts";
import { type DerivedObject, type DerivedSet, derivationKey, rootName } from "./object-set.ts";
import { inputPlaceholder, outputPlaceholder } from "./placeholder.ts";
import { isThin } from "./plan/carried.ts";
import type { OutputRef, Plan, PlannedStep } from "./plan/plan.ts";
import { inOrder, recipeOf, type Source, treeOf } from "./recipe.ts";
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
  const derivations = new Derivations(plan);
  for (const step of plan.steps) {
    const key = recipeKey(step.name);
    const node = recipeOf(step, plan, sources, groups);
    const recipe = add(
      key,
      scannedObject(asBytes(`${plan.name}-${key}`), node, sortedSources(step, sources, groups), context),
    );
    const derivation = stepDerivation(plan, step, recipe, derivations, context);
    derivations.paths.push(
      add(derivationKey(step.name), derivationObject(derivation, undefined, context.storeDir)),
    );
  }
  const root = add(
    derivationKey(rootName),
    derivationObject(rootDerivation(plan, derivations, context), undefined, context.storeDir),
  );
  return { objects, derivations: derivations.paths, root };
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

function stepDerivation(
  plan: Plan,
  step: PlannedStep,
  recipe: Bytes,
  derivations: Derivations,
  context: StepContext,
): Derivation {
  const name = asBytes(`${plan.name}-${step.name}`);
  const attributes = new Map<Bytes, JsonValue>([
    [asBytes("layout"), asBytes(needsCopies(step) ? "copy" : "link")],
    [asBytes("recipe"), recipe],
    [asBytes("shell"), context.shell],
    [asBytes("root"), plan.root],
    [asBytes("directory"), plan.buildDirectory],
    [asBytes("inputs"), inOrder(step.inputs, plan).map((ref) => derivations.placeholderOf(ref))],
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
    derivations.inputsOf(step.inputs),
    context,
  );
}

/** A command may look for real paths; a thin archive records those of its members. */
function needsCopies(step: PlannedStep): boolean {
  return step.kind === "command" || (step.kind === "archive" && isThin(step.command));
}

function rootDerivation(plan: Plan, derivations: Derivations, context: StepContext): Derivation {
  const attributes = new Map<Bytes, JsonValue>([
    [asBytes("inputs"), inOrder(plan.built, plan).map((ref) => derivations.placeholderOf(ref))],
  ]);
  const name = asBytes(`${plan.name}-${rootName}`);
  return joined(
    name,
    context.rootScript,
    [],
    attributes,
    [asBytes("out")],
    derivations.inputsOf(plan.built),
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

/** The derivations of the steps so far. */
class Derivations {
  readonly paths: Bytes[] = [];
  readonly #plan: Plan;
  /** By step, then output: thousands of steps read the same few files. */
  readonly #placeholders: Bytes[][] = [];

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  placeholderOf(ref: OutputRef): Bytes {
    let ofStep = this.#placeholders[ref.step];
    if (ofStep === undefined) {
      ofStep = [];
      this.#placeholders[ref.step] = ofStep;
    }
    let placeholder = ofStep[ref.output];
    if (placeholder === undefined) {
      placeholder = inputPlaceholder(this.#pathOf(ref), [this.#outputNameOf(ref)]);
      ofStep[ref.output] = placeholder;
    }
    return placeholder;
  }

  inputsOf(refs: readonly OutputRef[]): ReadonlyMap<Bytes, InputNode> {
    const wanted = new Map<Bytes, Bytes[]>();
    for (const ref of refs) {
      const path = this.#pathOf(ref);
      const names = wanted.get(path);
      if (names === undefined) wanted.set(path, [this.#outputNameOf(ref)]);
      else names.push(this.#outputNameOf(ref));
    }
    return new Map([...wanted].map(([path, names]) => [path, inputOutputs(...names.sort(compareBytes))]));
  }

  #pathOf(ref: OutputRef): Bytes {
    return this.paths[ref.step] ?? asBytes("");
  }

  #outputNameOf(ref: OutputRef): Bytes {
    return this.#plan.steps[ref.step]?.outputs[ref.output]?.name ?? asBytes("out");
  }
}
