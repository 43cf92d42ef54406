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
import { GraphView } from "./graph-view.ts";
import { asInterfaces, hasInterface, onlyLinks } from "./interfaces.ts";
import { type NarrowedHeader, namesOf } from "./narrowed.ts";
import { numberFiles, type UnnumberedStep } from "./number-files.ts";
import { outputNames } from "./output-names.ts";
import type { OutputRef, Plan, PlannedOutput, PlannedStep } from "./plan.ts";
import { refuse } from "./refuse.ts";
import { type LinksIn, type SetupLink, SetupLinks } from "./setup-links.ts";
import { sideFilesOf } from "./side-files.ts";
import { NameTable } from "./step-name.ts";
import { TogetherTable } from "./together.ts";
import { type Layout, parentOf } from "./tree-path.ts";
import { findWanted, orderSteps, type Wanted } from "./wanted.ts";

export interface PlanOptions extends Omit<DraftOptions, "view"> {
  readonly name: Bytes;
  /** Absolute root and build directory, as the graph's paths and commands know them. */
  readonly layout: Layout;
  /** Links in a directory of the tree, by name, with their targets; none unless given. */
  readonly linksIn?: LinksIn;
  /** What to build, as written for the original tool; the graph's defaults when empty. */
  readonly targets: readonly Bytes[];
  /** Headers whose includes are one store object with them. */
  readonly together?: readonly Bytes[];
  /** A header of definitions that each step sees in part. */
  readonly narrowed?: NarrowedHeader;
  /** What of all that is built the root holds; what an install phase may take unless given. */
  readonly keeps?: (path: Bytes) => boolean;
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
  const assemble = (steps: readonly Step[], built: (planned: PlannedSteps) => readonly OutputRef[]): Plan => {
    const planned = planSteps(steps, draftOf, {
      ...options,
      groups: new TogetherTable(options.together ?? []),
      wanted,
      view,
      links,
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
        : everythingBuilt(planned, files, view),
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
    if (draft.unknown.size > 0 || madeBy(draft, view).some((need) => open.has(need))) open.add(step);
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
}

interface StepOptions {
  readonly wanted: Wanted;
  readonly view: GraphView;
  readonly links: SetupLinks;
  readonly narrowed?: NarrowedHeader;
  readonly groups: TogetherTable;
}

function planSteps(
  order: readonly Step[],
  draftOf: (step: Step) => Draft,
  options: StepOptions,
): PlannedSteps {
  const { view } = options;
  const indexes = new Map<Step, number>();
  const steps: UnnumberedStep[] = [];
  const heights: number[] = [];
  const carried: Carried[] = [];
  const carriedWith = (ref: OutputRef): readonly OutputRef[] => {
    const from = carried[ref.step];
    const path = steps[ref.step]?.outputs[ref.output]?.path ?? "";
    return from === undefined || (from.withModulesOnly && !isModule(path)) ? [] : from.refs;
  };
  const names = new NameTable();
  const refTo = (path: Bytes): OutputRef => {
    const maker = view.makerAt(path);
    const step = maker === undefined ? undefined : indexes.get(maker.step);
    if (maker === undefined || step === undefined) throw new Error(`no planned step makes ${path}`);
    return { step, output: maker.output };
  };
  for (const step of order) {
    const draft = draftOf(step);
    const refs = [...draft.made].map(refTo);
    const inputs = sortRefs([...refs, ...refs.flatMap(carriedWith)]);
    const height = 1 + Math.max(0, ...inputs.map((ref) => heights[ref.step] ?? 0));
    indexes.set(step, steps.length);
    heights.push(height);
    const own = view.pathsOf(step).map((_, output): OutputRef => ({ step: steps.length, output }));
    carried.push(carriedBy(draft.kind, draft.recipe.command, inputs, own, steps));
    const name = names.nameFor(shortPath(view.pathsOf(step)[0] ?? asBytes(""), view), `${height}-`);
    const pathOf = (ref: OutputRef): Bytes => steps[ref.step]?.outputs[ref.output]?.path ?? asBytes("");
    const links = options.links.beside(draft.kind, inputs.map(pathOf));
    const seen = onlyLinks(draft.kind, draft.recipe) ? sortRefs(asInterfaces(inputs, steps)) : inputs;
    steps.push(plannedStep(draft, name, seen, links, options));
  }
  return { steps, refTo };
}

function plannedStep(
  draft: Draft,
  name: Bytes,
  inputs: readonly OutputRef[],
  links: readonly SetupLink[],
  { wanted, view, narrowed, groups: table }: StepOptions,
): UnnumberedStep {
  const { recipe } = draft;
  // A step without a scan reads the header as it is: what it looks for is not known.
  const header =
    draft.kind === "compile" && narrowed !== undefined && draft.sources.has(narrowed.path)
      ? narrowed
      : undefined;
  const isApart = (path: Bytes): boolean => draft.ownSources.has(path) || path === header?.path;
  const groups = draft.closureOf === undefined ? [] : table.of(draft.sources, draft.closureOf, isApart);
  const grouped = new Set(groups.flatMap(({ files }) => files));
  const paths = view.pathsOf(draft.step);
  const directories = new Set([...draft.directories, ...paths.map(parentOf), view.buildDirectory()]);
  directories.delete(asBytes(""));
  return {
    name,
    kind: draft.kind,
    label: recipe.description === "" ? (paths[0] ?? asBytes("")) : recipe.description,
    command: recipe.command,
    ...(recipe.responseFile === undefined ? {} : { responseFile: recipe.responseFile }),
    ...(recipe.depfile === undefined ? {} : { depfile: recipe.depfile }),
    ...(recipe.keepsAll === true ? { keepsAll: true } : {}),
    ...(recipe.note === undefined ? {} : { note: recipe.note }),
    sources: [...draft.sources].filter((path) => !isApart(path) && !grouped.has(path)),
    groups,
    ownSources: [...draft.ownSources],
    ...(header === undefined
      ? {}
      : { narrowed: { file: header.path, names: namesOf([...draft.sources, ...draft.made], header) } }),
    ...(links.length === 0 ? {} : { links }),
    ...(draft.unresolved.length === 0 ? {} : { unresolved: draft.unresolved }),
    ...(draft.grants.size === 0 ? {} : { grants: grantsOf(draft) }),
    inputs,
    outputs: outputsOf(draft, wanted, view),
    directories: [...directories].sort(compareBytes),
  };
}

/** The graph's outputs, then what it does not name: files beside objects, and libraries as linkers see them. */
function outputsOf(draft: Draft, wanted: Wanted, view: GraphView): readonly PlannedOutput[] {
  const { kind, recipe } = draft;
  const paths = view.pathsOf(draft.step);
  const beside =
    kind === "compile"
      ? sideFilesOf(recipe.command, paths).filter((path) => view.makerAt(path) === undefined)
      : [];
  const libraries = paths.filter((path) => hasInterface(kind, path, (made) => view.isConsumed(made)));
  const names = outputNames([...paths, ...beside, ...libraries.map((path) => asBytes(`${path}-interface`))]);
  const all = [
    ...paths.map((path) => ({ path, optional: isOptional(path, draft, wanted, view) })),
    ...beside.map((path) => ({ path, optional: true, isBeside: true as const })),
    ...libraries.map((path) => ({ path, optional: false, isInterface: true as const })),
  ];
  return all.map((output, index): PlannedOutput => ({ name: names[index] ?? asBytes("out"), ...output }));
}

function grantsOf(draft: Draft): NonNullable<PlannedStep["grants"]> {
  return [...draft.grants]
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([directory, files]) => ({ directory, files }));
}

/**
 * Some outputs are names that no command makes: CMake's and Meson's custom targets, `check` and `lint` in a
 * handwritten file. Judged by the graph alone, so that it does not depend on what else is planned.
 */
function isOptional(path: Bytes, draft: Draft, wanted: Wanted, view: GraphView): boolean {
  if (view.isConsumed(path)) return false;
  if (draft.recipe.guessedOutputs?.some((file) => view.placeOf(file).path === path)) return true;
  if (draft.recipe.pool === "console" || /(^|\/)CMakeFiles\/[^/.]+(\.util)?$/.test(path)) return true;
  // Compilers, linkers and archivers make what they are asked for.
  if (draft.kind !== "command" && draft.kind !== "symlink") return false;
  const name = shortPath(path, view);
  return !/[./]/.test(name) && !wanted.named.has(path);
}

/** The wanted files, and whatever an install phase or the project's own tests may take: everything but objects. */
function everythingBuilt(
  planned: PlannedSteps,
  wanted: readonly Bytes[],
  view: GraphView,
): readonly OutputRef[] {
  const refs = wanted.filter((path) => view.makerAt(path) !== undefined).map(planned.refTo);
  for (const [step, { kind, outputs }] of planned.steps.entries()) {
    for (const [output, { isBeside, isInterface }] of outputs.entries()) {
      if (isInterface !== true && (kind !== "compile" || isBeside === true)) refs.push({ step, output });
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

function shortPath(path: Bytes, view: GraphView): Bytes {
  const directory = view.buildDirectory();
  return directory !== "" && path.startsWith(`${directory}/`)
    ? asBytes(path.slice(directory.length + 1))
    : path;
}
