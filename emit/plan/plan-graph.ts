// Build graph -> plan. Pure: it asks for the names in the tree and for header scans through functions.
//
// A step that includes a generated file cannot be planned before the file is there. The plan is then one of the
// generated files alone (`isComplete` is false); when they are built, the graph is planned again with them. Each
// plan is whole in itself, and a step that two of them hold is the same derivation in both.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import type { BuildGraph, FileId, Step } from "../../graph/graph.ts";
import { type Carried, carriedBy, isModule } from "./carried.ts";
import { failCycle } from "./cycle.ts";
import { type Draft, type DraftOptions, draftStep } from "./draft.ts";
import { Followers } from "./followers.ts";
import { GraphView } from "./graph-view.ts";
import { asInterfaces, onlyLinks } from "./interfaces.ts";
import { type NarrowedHeader } from "./narrowed.ts";
import { numberFiles, type UnnumberedStep } from "./number-files.ts";
import { type OutputRef, ownOutputs, type Plan } from "./plan.ts";
import { plannedStep, type StepOptions, shortPath } from "./planned-step.ts";
import { refuse } from "./refuse.ts";
import { type LinksIn, SetupLinks } from "./setup-links.ts";
import { NameTable } from "./step-name.ts";
import { TogetherTable } from "./together.ts";
import { type Layout } from "./tree-path.ts";
import { findWanted, orderSteps } from "./wanted.ts";

export interface PlanOptions extends Omit<DraftOptions, "view"> {
  readonly name: Bytes;
  /** Absolute root and build directory, as the graph's paths and commands know them. */
  readonly layout: Layout;
  /** Links in a directory of the tree, by name, with their targets; none unless given. */
  readonly linksIn?: LinksIn;
  /** What to build, as written for the original tool; the graph's defaults when empty. */
  readonly targets: readonly Bytes[];
  /** A header of definitions that each step sees in part. */
  readonly narrowed?: NarrowedHeader;
  /** What of all that is built the root holds; what an install phase may take unless given. */
  readonly keeps?: (path: Bytes) => boolean;
  /** Each command has a derivation of its own: for who runs them one at a time. */
  readonly isUnfused?: boolean;
}

/** Builds of fewer steps are emitted at once; Nix's cost of waiting steps does not matter for them. */
const gatedFrom = 80;

/** Plans the wanted targets. Throws InputError when the graph cannot be built from the tree. */
export function planGraph(graph: BuildGraph, options: PlanOptions): Plan {
  const view = new GraphView(graph, options.layout, options.kindAt);
  const drafts = new Map<Step, Draft>();
  const draftOf = (step: Step): Draft => {
    const known = drafts.get(step);
    if (known !== undefined) return known;
    const draft = draftStep(step, { ...options, view });
    drafts.set(step, draft);
    return draft;
  };
  const wanted = findWanted(options.targets, view);
  const links = new SetupLinks(options.linksIn ?? (() => new Map()), view);
  const order = orderWanted(wanted.steps, draftOf, view);
  const open = openSteps(order, draftOf, view);
  const common = { name: options.name, isGated: order.length >= gatedFrom, view };
  const install = installCommand(view);
  const followers = new Followers(view, draftOf);
  const assemble = (steps: readonly Step[], built: (planned: PlannedSteps) => readonly OutputRef[]): Plan => {
    const planned = planSteps(steps, draftOf, {
      ...options,
      groups: new TogetherTable(options.together ?? []),
      wanted,
      view,
      links,
      followersOf: (step) => followers.of(step),
      isUnfused: options.isUnfused === true,
    });
    return {
      format: 1,
      name: options.name,
      root: options.layout.root,
      buildDirectory: view.buildDirectory(),
      isComplete: open.size === 0,
      isGated: common.isGated,
      ...numberFiles(planned.steps),
      built: built(planned),
      ...(install === undefined ? {} : { install }),
    };
  };
  if (open.size === 0) {
    const files = [...wanted.files, ...order.flatMap((step) => validationsOf(step, view))];
    return assemble(order, (planned) =>
      options.keeps !== undefined
        ? chosenBuilt(planned, options.keeps)
        : everythingBuilt(planned, files, new Set(order), view),
    );
  }
  const generated = generatedFirst(open, draftOf, view);
  const makers = generated.flatMap((path) => view.makerAt(path)?.step ?? []);
  const first = orderSteps(makers, (step) => madeBy(draftOf(step), view));
  if ("cycle" in first) throw new Error("a part of an ordered graph has a cycle");
  return assemble(first.order, (planned) => sortRefs(generated.map((path) => planned.refTo(path))));
}

/**
 * Orders the steps. A scan follows every branch of `#if`, so it can find headers that a unit does not read; one
 * that the graph does not order before the unit, and that is made with the unit's help, is none.
 */
function orderWanted(
  roots: readonly Step[],
  draftOf: (step: Step) => Draft,
  view: GraphView,
): readonly Step[] {
  for (;;) {
    const found = orderSteps(
      roots,
      (step) => needsOf(step, draftOf, view),
      (step) => validationsOf(step, view).flatMap((path) => view.makerAt(path)?.step ?? []),
    );
    if ("order" in found) {
      const order = found.order.filter((step) => !step.isPhony);
      for (const step of order) refuse(step, view);
      return order;
    }
    const { cycle } = found;
    const isBroken = cycle.some(
      (step, i) => !step.isPhony && dropGuess(draftOf(step), cycle[i + 1] ?? cycle[0], view),
    );
    if (!isBroken) failCycle(cycle, view.graph);
  }
}

function dropGuess(draft: Draft, next: Step | undefined, view: GraphView): boolean {
  const wrong = [...draft.scanned].filter(
    (path) => draft.made.has(path) && view.makerAt(path)?.step === next && !view.isListed(path, draft.step),
  );
  for (const path of wrong) {
    draft.made.delete(path);
    draft.unknown.delete(path);
  }
  return wrong.length > 0;
}

/** The steps whose files a step reads. */
function madeBy(draft: Draft, view: GraphView): readonly Step[] {
  return [...new Set([...draft.made].flatMap((path) => view.makerAt(path)?.step ?? []))];
}

/**
 * Those, and what order-only inputs stand for: they are built as well. Phonies are steps here, so that what many
 * name through one is looked through once.
 */
function needsOf(step: Step, draftOf: (step: Step) => Draft, view: GraphView): readonly Step[] {
  const { isPhony } = step;
  const needs = new Set(isPhony ? [] : madeBy(draftOf(step), view));
  for (const file of step.inputs) {
    const maker = view.producerOf(file);
    if (maker === undefined) view.requireSource(file, step);
    else if (maker.isPhony || (isPhony && !view.isGenerator(maker))) needs.add(maker);
  }
  for (const file of step.after) {
    const maker = view.producerOf(file);
    if (maker === undefined) view.requireSource(file, step);
    else if (maker.isPhony || !view.isGenerator(maker)) needs.add(maker);
  }
  return [...needs];
}

/** Files that are built whenever the step is, and never waited for: they may read what they validate. */
function validationsOf(step: Step, view: GraphView): readonly Bytes[] {
  const paths: Bytes[] = [];
  for (const file of view.expand(step.validations)) {
    const { path } = view.placeOf(file);
    if (view.makerAt(path) !== undefined) paths.push(path);
    else view.requireSource(file, step);
  }
  return paths;
}

/** Steps that cannot be planned yet: they include unknown files, or read what such a step makes. */
function openSteps(
  order: readonly Step[],
  draftOf: (step: Step) => Draft,
  view: GraphView,
): ReadonlySet<Step> {
  const open = new Set<Step>();
  for (const step of order) {
    const draft = draftOf(step);
    const readsOpen = open.size > 0 && madeBy(draft, view).some((need) => open.has(need));
    if (draft.unknown.size > 0 || readsOpen) open.add(step);
  }
  return open;
}

/** The unknown files that can be built now, sorted. */
function generatedFirst(
  open: ReadonlySet<Step>,
  draftOf: (step: Step) => Draft,
  view: GraphView,
): readonly Bytes[] {
  const paths = new Set<Bytes>();
  for (const step of open) {
    for (const path of draftOf(step).unknown) {
      const maker = view.makerAt(path);
      if (maker !== undefined && !open.has(maker.step)) paths.add(path);
    }
  }
  // The first open step in order reads nothing that is open, so what it does not know can be built.
  if (paths.size === 0) throw new Error("no step makes the files that a plan waits for");
  return [...paths].sort(compareBytes);
}

interface PlannedSteps {
  readonly steps: readonly UnnumberedStep[];
  readonly refTo: (path: Bytes) => OutputRef;
  /** By planned step: the graph's steps whose outputs it has, in order. */
  readonly members: readonly (readonly Step[])[];
}

/** Where the outputs of a step of the graph begin among those of a planned one. */
interface Position {
  readonly step: number;
  readonly first: number;
}

function planSteps(
  order: readonly Step[],
  draftOf: (step: Step) => Draft,
  options: StepOptions,
): PlannedSteps {
  const { view } = options;
  const positions = new Map<Step, Position>();
  const steps: UnnumberedStep[] = [];
  const members: (readonly Step[])[] = [];
  const heights: number[] = [];
  /** By planned step, then output. */
  const carried: Map<number, Carried>[] = [];
  const pathOf = (ref: OutputRef): Bytes => steps[ref.step]?.outputs[ref.output]?.path ?? asBytes("");
  const carriedWith = (ref: OutputRef): readonly OutputRef[] => {
    const from = carried[ref.step]?.get(ref.output);
    return from === undefined || (from.withModulesOnly && !isModule(pathOf(ref))) ? [] : from.refs;
  };
  const names = new NameTable();
  const leaders = new Map<Step, number>();
  const refTo = (path: Bytes): OutputRef => {
    const maker = view.makerAt(path);
    const position = maker === undefined ? undefined : positions.get(maker.step);
    if (maker === undefined || position === undefined) throw new Error(`no planned step makes ${path}`);
    return { step: position.step, output: position.first + maker.output };
  };
  const readsOf = (step: Step): readonly OutputRef[] => {
    const refs = [...draftOf(step).made].map(refTo);
    return sortRefs([...refs, ...refs.flatMap(carriedWith)]);
  };
  for (const step of order) {
    if (positions.has(step)) continue;
    const draft = draftOf(step);
    const inputs = readsOf(step);
    const height = 1 + Math.max(0, ...inputs.map((ref) => heights[ref.step] ?? 0));
    const name = names.nameFor(shortPath(view.pathsOf(step)[0] ?? asBytes(""), view), `${height}-`);
    const links = options.links.beside(draft.kind, inputs.map(pathOf));
    const seen = onlyLinks(draft.kind, draft.recipe) ? sortRefs(asInterfaces(inputs, steps)) : inputs;
    const index = steps.length;
    const leader = leaders.get(step);
    const following = leader === undefined ? options.followersOf(step) : [];
    if (options.isUnfused) for (const follower of following) leaders.set(follower, index);
    const followers = options.isUnfused ? [] : following.map(draftOf);
    const planned = plannedStep(draft, followers, name, seen, links, options);
    steps.push(leader === undefined ? planned : { ...planned, follows: leader });
    members.push([step, ...followers.map((follower) => follower.step)]);
    heights.push(height);
    const carries = new Map<number, Carried>();
    carried.push(carries);
    let first = 0;
    for (const member of [draft, ...followers]) {
      const paths = view.pathsOf(member.step);
      const own = paths.map((_, output): OutputRef => ({ step: index, output: first + output }));
      const read = member === draft ? inputs : readsOf(member.step);
      const further = carriedBy(member.kind, member.recipe.command, read, own, steps);
      positions.set(member.step, { step: index, first });
      for (const { output } of own) carries.set(output, further);
      first = member === draft ? ownOutputs(planned).length : first + own.length;
    }
  }
  return { steps, refTo, members };
}

/** The wanted files, and whatever an install phase may take: everything but objects, of the steps that are wanted. */
function everythingBuilt(
  planned: PlannedSteps,
  files: readonly Bytes[],
  wanted: ReadonlySet<Step>,
  view: GraphView,
): readonly OutputRef[] {
  const refs = files.filter((path) => view.makerAt(path) !== undefined).map(planned.refTo);
  for (const [step, { kind, outputs }] of planned.steps.entries()) {
    const unwanted = new Set(
      planned.members[step]?.filter((member) => !wanted.has(member)).flatMap(view.pathsOf, view),
    );
    for (const [output, { isBeside, isInterface, path }] of outputs.entries()) {
      if (isInterface === true || unwanted.has(path) || (kind === "compile" && isBeside !== true)) continue;
      refs.push({ step, output });
    }
  }
  return sortRefs(refs);
}

function chosenBuilt(planned: PlannedSteps, keeps: (path: Bytes) => boolean): readonly OutputRef[] {
  return planned.steps.flatMap(({ outputs }, step) =>
    outputs.flatMap(({ path, isInterface }, output) =>
      isInterface !== true && keeps(path) ? [{ step, output }] : [],
    ),
  );
}

/** The command behind the graph's `install` target. CMake: `build install: phony CMakeFiles/install.util`. */
function installCommand(view: GraphView): Bytes | undefined {
  const file = view.graph.fileNamed(asBytes("install"));
  let step = file === undefined ? undefined : view.producerOf(file);
  for (let depth = 0; step?.isPhony === true && depth < 4; depth++) {
    const made: readonly FileId[] = [...step.inputs].filter((input) => view.producerOf(input) !== undefined);
    step = made.length === 1 && made[0] !== undefined ? view.producerOf(made[0]) : undefined;
  }
  return step === undefined || step.isPhony ? undefined : view.recipeOf(step).command;
}

/** Sorted by step, then output; each once. */
function sortRefs(refs: readonly OutputRef[]): readonly OutputRef[] {
  const sorted = [...refs].sort((a, b) => a.step - b.step || a.output - b.output);
  return sorted.filter(
    (ref, i) => i === 0 || ref.step !== sorted[i - 1]?.step || ref.output !== sorted[i - 1]?.output,
  );
}
