// Build graph -> plan: which steps are wanted, what each one reads, what travels along. Pure: it asks for the
// names in the tree and for header scans through functions.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import { fail, InputError } from "../../graph/diagnostic.ts";
import type { BuildGraph, FileId, Recipe, Step } from "../../graph/graph.ts";
import { carriedBy } from "./carried.ts";
import { kindOf } from "./kind.ts";
import { namedPaths } from "./named-paths.ts";
import { outputNames } from "./output-names.ts";
import type { OutputRef, Plan, PlannedOutput, PlannedStep, StepKind } from "./plan.ts";
import { NameTable } from "./step-name.ts";
import { type Layout, parentOf, placeOf } from "./tree-path.ts";

/** What lies at a path of the source tree, seen before anything is built. */
export type TreeKind = "file" | "directory";

/** What a compile reads, found before it runs. Paths are relative to the tree's root. */
export interface CompileScan {
  /** Nothing but compiles: the scan tells all that the command reads. */
  readonly isCompile: boolean;
  readonly sources: readonly Bytes[];
  /** Reached, but made by another step. */
  readonly generated: readonly Bytes[];
  /** Search directories: they must exist for paths that pass through them. */
  readonly directories: readonly Bytes[];
}

export interface PlanOptions {
  readonly name: Bytes;
  /** Absolute root and build directory, as the graph's paths and commands know them. */
  readonly layout: Layout;
  /** What to build, as written for the original tool; the graph's defaults when empty. */
  readonly targets: readonly Bytes[];
  /** Patterns of further files for commands that read what they do not declare. */
  readonly extraInputs: readonly ExtraInputs[];
  /** Kind of a path relative to the root; `undefined` when nothing is there. */
  readonly kindAt: (path: Bytes) => TreeKind | undefined;
  /** All files below a directory, relative to the root, sorted. */
  readonly filesBelow: (directory: Bytes) => readonly Bytes[];
  /** Scans a command if it is a compile; `isMade` tells what other steps make. */
  readonly scan: (recipe: Recipe, isMade: (path: Bytes) => boolean) => CompileScan | undefined;
}

/** Grants files to steps by name: for commands whose reads nothing declares. */
export interface ExtraInputs {
  /** A glob over output paths relative to the root: `*` within a component, `**` across. */
  readonly outputs: RegExp;
  /** Files or directories relative to the root. */
  readonly files: readonly Bytes[];
}

/** Plans the wanted targets. Throws {@link InputError} with everything that is wrong. */
export function planGraph(graph: BuildGraph, options: PlanOptions): Plan {
  const planner = new Planner(graph, options);
  return planner.run();
}

interface Draft {
  readonly step: Step;
  readonly recipe: Recipe;
  readonly kind: StepKind;
  readonly sources: Set<Bytes>;
  /** Files made by other steps, relative to the root. */
  readonly made: Set<Bytes>;
  readonly directories: Set<Bytes>;
}

interface Maker {
  readonly step: Step;
  readonly output: number;
}

class Planner {
  readonly #graph: BuildGraph;
  readonly #options: PlanOptions;
  readonly #makers = new Map<Bytes, Maker>();
  readonly #outputPaths = new Map<Step, readonly Bytes[]>();
  readonly #drafts = new Map<Step, Draft>();
  readonly #plannedAt = new Map<Step, number>();
  readonly #planned: PlannedStep[] = [];
  readonly #heights: number[] = [];
  readonly #carried: (readonly OutputRef[])[] = [];
  readonly #names = new NameTable();
  readonly #files = new Map<Bytes, number>();
  readonly #phonies = new Map<Step, readonly FileId[]>();
  readonly #required = new Set<Bytes>();

  constructor(graph: BuildGraph, options: PlanOptions) {
    this.#graph = graph;
    this.#options = options;
    for (const step of graph.steps) {
      if (step.isPhony) continue;
      for (const [index, path] of this.#pathsOf(step).entries())
        this.#makers.set(path, { step, output: index });
    }
  }

  run(): Plan {
    const wanted = this.#wanted();
    const order = this.#order(wanted.steps);
    for (const draft of this.#drafts.values()) for (const path of draft.made) this.#required.add(path);
    for (const path of wanted.files) this.#required.add(path);
    for (const step of order) this.#finish(step);
    const built = this.#built(order, wanted.files);
    const install = this.#installCommand();
    // Sources are numbered in path order, not in order of discovery: equal plans have equal bytes.
    const files = [...this.#files.keys()].sort(compareBytes);
    const position = new Map(files.map((file, index) => [this.#files.get(file), index]));
    const steps = this.#planned.map((step) => ({
      ...step,
      sources: step.sources.map((id) => position.get(id) ?? 0).sort((a, b) => a - b),
    }));
    return {
      format: 1,
      name: this.#options.name,
      root: this.#options.layout.root,
      buildDirectory: this.#buildDirectory(),
      files,
      steps,
      built,
      ...(install === undefined ? {} : { install }),
    };
  }

  /** Steps and files that the wanted targets name, phonies looked through. */
  #wanted(): { steps: readonly Step[]; files: readonly Bytes[] } {
    const steps = new Set<Step>();
    const files: Bytes[] = [];
    const targets = this.#targets();
    const seen = new Set<FileId>();
    const queue = [...targets].reverse();
    for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      const step = this.#producer(file);
      if (step === undefined) {
        this.#requireSource(file, undefined);
        continue;
      }
      if (step.isPhony) queue.push(...[...step.inputs, ...step.after, ...step.validations].reverse());
      else {
        steps.add(step);
        const place = this.#place(file);
        if (place.kind === "tree") files.push(place.path);
      }
    }
    return { steps: [...steps], files };
  }

  #targets(): readonly FileId[] {
    if (this.#options.targets.length === 0) return this.#graph.defaults;
    return this.#options.targets.map((target) => {
      const file =
        this.#graph.fileNamed(target) ?? this.#graph.fileNamed(asBytes(target.replace(/^\.\//, "")));
      if (file === undefined) {
        return fail({
          code: "graph/no-such-target",
          message: `unknown target "${target}"`,
          hint: nearest(target, this.#graph.files),
        });
      }
      return file;
    });
  }

  /** Every step that must run, bottom-up. Iterative: chains of real graphs are thousands of steps long. */
  #order(wanted: readonly Step[]): readonly Step[] {
    const order: Step[] = [];
    const done = new Set<Step>();
    const open = new Map<Step, number>();
    const path: { step: Step; needs: readonly Step[]; next: number }[] = [];
    const enter = (step: Step): void => {
      open.set(step, path.length);
      path.push({ step, needs: this.#needs(step), next: 0 });
    };
    for (const root of wanted) {
      if (!done.has(root)) enter(root);
      for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
        const need = top.needs[top.next++];
        if (need === undefined) {
          path.pop();
          open.delete(top.step);
          done.add(top.step);
          order.push(top.step);
        } else if (open.has(need)) {
          this.#failCycle(path.slice(open.get(need)).map((frame) => frame.step));
        } else if (!done.has(need)) enter(need);
      }
    }
    return order;
  }

  /** The steps that make what this one reads, and those its order-only inputs stand for. */
  #needs(step: Step): readonly Step[] {
    const draft = this.#draft(step);
    const needs = new Set<Step>();
    for (const path of draft.made) {
      const maker = this.#makers.get(path);
      if (maker !== undefined) needs.add(maker.step);
    }
    for (const file of this.#expand([...step.after, ...step.validations])) {
      const maker = this.#producer(file);
      if (maker === undefined) this.#requireSource(file, step);
      else if (!step.validations.length || maker !== step) needs.add(maker);
    }
    return [...needs].filter((need) => !this.#graph.recipeOf(need).generator);
  }

  #draft(step: Step): Draft {
    const known = this.#drafts.get(step);
    if (known !== undefined) return known;
    const recipe = this.#graph.recipeOf(step);
    this.#refuseDyndep(step, recipe);
    const scan = this.#options.scan(recipe, (path) => this.#makers.has(path));
    const kind = kindOf(step, recipe, this.#graph, scan?.isCompile === true);
    const draft: Draft = { step, recipe, kind, sources: new Set(), made: new Set(), directories: new Set() };
    for (const file of this.#expand(step.inputs)) this.#read(file, draft);
    if (scan !== undefined) this.#readScan(scan, draft);
    if (scan?.isCompile !== true) this.#readNamed(draft);
    for (const extra of this.#options.extraInputs) {
      if (this.#pathsOf(step).some((path) => extra.outputs.test(path))) {
        for (const path of extra.files) this.#readPath(path, draft);
      }
    }
    this.#drafts.set(step, draft);
    return draft;
  }

  /** A declared input: made by a step, or in the tree, or of the system. */
  #read(file: FileId, draft: Draft): void {
    const place = this.#place(file);
    if (place.kind === "system") {
      this.#requireSource(file, draft.step);
      return;
    }
    const maker = this.#makers.get(place.path);
    if (maker !== undefined && maker.step !== draft.step && !this.#isConfigured(maker, place.path)) {
      draft.made.add(place.path);
    } else if (this.#requireSource(file, draft.step)) this.#readPath(place.path, draft);
  }

  #readScan(scan: CompileScan, draft: Draft): void {
    for (const path of scan.sources) draft.sources.add(path);
    for (const path of scan.directories) draft.directories.add(path);
    for (const path of scan.generated) this.#readMade(path, draft);
    if (scan.generated.length === 0) return;
    // What a generated header includes is not known before it exists: the generated headers that the graph
    // orders before this step are what it can include.
    for (const file of this.#expand([...draft.step.after, ...draft.step.inputs])) {
      const place = this.#place(file);
      if (place.kind === "tree" && /\.(h|hh|hpp|hxx|inc|inl|def|ipp|tcc)$/i.test(place.path)) {
        this.#readMade(place.path, draft);
      }
    }
  }

  /** Files that the command names, and order-only files that the step lists itself. */
  #readNamed(draft: Draft): void {
    const { step, recipe } = draft;
    const ordered = new Set<Bytes>();
    for (const file of this.#expand(step.after)) {
      const place = this.#place(file);
      if (place.kind === "tree") ordered.add(place.path);
    }
    if (draft.kind === "command") {
      for (const file of step.after) {
        const producer = this.#producer(file);
        const place = this.#place(file);
        if (
          place.kind === "tree" &&
          producer?.isPhony !== true &&
          this.#options.kindAt(place.path) !== "directory"
        ) {
          this.#read(file, draft);
        }
      }
    }
    const content = recipe.responseFile?.content ?? "";
    for (const path of namedPaths(recipe.command, this.#options.layout.buildDirectory))
      this.#name(path, ordered, draft);
    for (const path of namedPaths(asBytes(content), this.#options.layout.buildDirectory))
      this.#name(path, ordered, draft);
  }

  #name(path: Bytes, ordered: ReadonlySet<Bytes>, draft: Draft): void {
    const place = placeOf(path, this.#options.layout);
    if (place.kind !== "tree" || place.path === "") return;
    if (this.#makers.has(place.path)) {
      if (ordered.has(place.path)) this.#readMade(place.path, draft);
      return;
    }
    const kind = this.#options.kindAt(place.path);
    if (kind === "file") draft.sources.add(place.path);
    else if (kind === "directory") draft.directories.add(place.path);
  }

  #readMade(path: Bytes, draft: Draft): void {
    const maker = this.#makers.get(path);
    if (maker !== undefined && maker.step !== draft.step && !this.#isConfigured(maker, path))
      draft.made.add(path);
  }

  /** A path that is in the tree: a file, or all files below a directory. */
  #readPath(path: Bytes, draft: Draft): void {
    if (this.#options.kindAt(path) === "directory") {
      draft.directories.add(path);
      if (draft.kind === "command" && path !== this.#buildDirectory()) {
        for (const file of this.#options.filesBelow(path)) draft.sources.add(file);
      }
    } else draft.sources.add(path);
  }

  #finish(step: Step): void {
    const draft = this.#draft(step);
    const direct = [...draft.made].map((path) => this.#refTo(path));
    const refs = new Map<string, OutputRef>();
    for (const ref of direct) {
      refs.set(refKey(ref), ref);
      for (const carried of this.#carried[ref.step] ?? []) refs.set(refKey(carried), carried);
    }
    const inputs = [...refs.values()].sort((a, b) => a.step - b.step || a.output - b.output);
    const paths = this.#pathsOf(step);
    const height = 1 + Math.max(0, ...inputs.map((ref) => this.#heights[ref.step] ?? 0));
    const first = paths[0] ?? asBytes("");
    const names = outputNames(paths);
    const outputs = paths.map(
      (path, index): PlannedOutput => ({
        name: names[index] ?? asBytes("out"),
        path,
        optional: !this.#required.has(path),
      }),
    );
    const index = this.#planned.length;
    this.#plannedAt.set(step, index);
    this.#heights.push(height);
    this.#carried.push(carriedBy(draft.kind, draft.recipe.command, inputs, this.#planned));
    const { recipe } = draft;
    const directories = new Set(draft.directories);
    for (const path of paths) directories.add(parentOf(path));
    directories.delete(asBytes(""));
    this.#planned.push({
      name: this.#names.nameFor(this.#shortPath(first), `${height}-`),
      kind: draft.kind,
      label: recipe.description === "" ? first : recipe.description,
      command: recipe.command,
      ...(recipe.responseFile === undefined ? {} : { responseFile: recipe.responseFile }),
      ...(recipe.depfile === undefined ? {} : { depfile: recipe.depfile }),
      sources: [...draft.sources].map((path) => this.#fileIndex(path)),
      inputs,
      outputs,
      directories: [...directories].sort(compareBytes),
    });
  }

  #built(order: readonly Step[], wanted: readonly Bytes[]): readonly OutputRef[] {
    const refs = new Map<string, OutputRef>();
    for (const path of wanted) {
      const ref = this.#refTo(path);
      refs.set(refKey(ref), ref);
    }
    for (const step of order) {
      const index = this.#plannedAt.get(step);
      const planned = index === undefined ? undefined : this.#planned[index];
      if (index === undefined || planned === undefined || planned.kind === "compile") continue;
      for (let output = 0; output < planned.outputs.length; output++) {
        refs.set(refKey({ step: index, output }), { step: index, output });
      }
    }
    return [...refs.values()].sort((a, b) => a.step - b.step || a.output - b.output);
  }

  #installCommand(): Bytes | undefined {
    const file = this.#graph.fileNamed(asBytes("install"));
    let step = file === undefined ? undefined : this.#producer(file);
    // CMake: `build install: phony CMakeFiles/install.util`.
    while (step?.isPhony === true) {
      const inner: FileId | undefined = [...step.inputs].find((input) => this.#producer(input) !== undefined);
      step = step.inputs.length === 1 && inner !== undefined ? this.#producer(inner) : undefined;
    }
    return step === undefined ? undefined : this.#graph.recipeOf(step).command;
  }

  /** Phonies stand for their inputs; looked through once each, shared by all who name them. */
  #expand(files: Iterable<FileId>): readonly FileId[] {
    const result: FileId[] = [];
    for (const file of files) {
      const step = this.#producer(file);
      if (step?.isPhony !== true) result.push(file);
      else for (const inner of this.#expandPhony(step)) result.push(inner);
    }
    return result;
  }

  #expandPhony(phony: Step): readonly FileId[] {
    const known = this.#phonies.get(phony);
    if (known !== undefined) return known;
    // Depth-first over phonies only, without recursion; a phony cycle is seen by the colour.
    const stack: { step: Step; files: Iterator<FileId>; result: Set<FileId> }[] = [];
    const open = new Set<Step>();
    const enter = (step: Step): void => {
      open.add(step);
      stack.push({ step, files: [...step.inputs, ...step.after][Symbol.iterator](), result: new Set() });
    };
    enter(phony);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.files.next();
      if (next.done === true) {
        stack.pop();
        open.delete(top.step);
        const result = [...top.result];
        this.#phonies.set(top.step, result);
        const below = stack.at(-1);
        if (below !== undefined) for (const file of result) below.result.add(file);
        continue;
      }
      const step = this.#producer(next.value);
      if (step?.isPhony !== true) top.result.add(next.value);
      else if (open.has(step))
        this.#failCycle(stack.map((frame) => frame.step).slice(stack.findIndex((f) => f.step === step)));
      else {
        const inner = this.#phonies.get(step);
        if (inner === undefined) enter(step);
        else for (const file of inner) top.result.add(file);
      }
    }
    return this.#phonies.get(phony) ?? [];
  }

  /** True when the file is there; throws ninja's own message when it is not and nothing makes it. */
  #requireSource(file: FileId, by: Step | undefined): boolean {
    const path = this.#graph.files[file] ?? asBytes("");
    const place = this.#place(file);
    if (place.kind === "system") {
      if (place.path.startsWith("/nix/store/")) return false;
      return fail({
        code: "plan/outside-tree",
        message: `"${path}" is outside the source tree "${this.#options.layout.root}"`,
        ...(by === undefined ? {} : { at: by.declaredAt }),
        hint: "copy it into the tree, or take it from a package in buildInputs so that it is in the Nix store",
      });
    }
    if (place.path === "" || this.#options.kindAt(place.path) !== undefined) return true;
    const needed = by === undefined ? "" : `, needed by "${this.#graph.files[by.outputs[0] ?? 0]}"`;
    return fail({
      code: "plan/missing-source",
      message: `"${path}"${needed}, is missing and no step makes it`,
      ...(by === undefined ? {} : { at: by.declaredAt }),
      hint: "check the path, or add the file to the source (files that git does not track are not in a flake's source)",
    });
  }

  #refuseDyndep(step: Step, recipe: Recipe): void {
    if (recipe.dyndep === undefined) return;
    fail({
      code: "plan/dyndep",
      message: `"${this.#graph.files[step.outputs[0] ?? 0]}" takes inputs from the dyndep file "${this.#graph.files[recipe.dyndep]}"`,
      at: step.declaredAt,
      hint: "dyndep is read but not built yet; turn module scanning off (CMAKE_CXX_SCAN_FOR_MODULES=OFF)",
    });
  }

  #failCycle(steps: readonly Step[]): never {
    const names = steps.map((step) => this.#graph.files[step.outputs[0] ?? 0] ?? "");
    throw new InputError([
      {
        code: "graph/cycle",
        message: `dependency cycle: ${[...names, names[0]].map((name) => `"${name}"`).join(" -> ")}`,
        ...(steps[0] === undefined ? {} : { at: steps[0].declaredAt }),
        hint: "remove one of these inputs",
      },
    ]);
  }

  /** Made by a generator edge, which never runs inside a build: the file that configure left is the source. */
  #isConfigured(maker: Maker, path: Bytes): boolean {
    return this.#graph.recipeOf(maker.step).generator && this.#options.kindAt(path) !== undefined;
  }

  /** The step behind a name, absolute and relative names of one file being one. */
  #producer(file: FileId): Step | undefined {
    const direct = this.#graph.producerOf(file);
    if (direct !== undefined) return direct;
    const place = this.#place(file);
    return place.kind === "tree" ? this.#makers.get(place.path)?.step : undefined;
  }

  #refTo(path: Bytes): OutputRef {
    const maker = this.#makers.get(path);
    const step = maker === undefined ? undefined : this.#plannedAt.get(maker.step);
    if (maker === undefined || step === undefined) throw new Error(`no planned step makes ${path}`);
    return { step, output: maker.output };
  }

  #pathsOf(step: Step): readonly Bytes[] {
    const known = this.#outputPaths.get(step);
    if (known !== undefined) return known;
    const paths = new Set<Bytes>();
    for (const file of step.outputs) {
      const place = this.#place(file);
      if (place.kind === "tree") paths.add(place.path);
      else {
        fail({
          code: "plan/outside-tree",
          message: `output "${place.path}" is outside the source tree "${this.#options.layout.root}"`,
          at: step.declaredAt,
          hint: "steps can write only below the source tree; change the graph's output directory",
        });
      }
    }
    const list = [...paths];
    this.#outputPaths.set(step, list);
    return list;
  }

  #place(file: FileId): ReturnType<typeof placeOf> {
    return placeOf(this.#graph.files[file] ?? asBytes(""), this.#options.layout);
  }

  #fileIndex(path: Bytes): number {
    const known = this.#files.get(path);
    if (known !== undefined) return known;
    this.#files.set(path, this.#files.size);
    return this.#files.size - 1;
  }

  #buildDirectory(): Bytes {
    const place = placeOf(this.#options.layout.buildDirectory, this.#options.layout);
    return place.path;
  }

  #shortPath(path: Bytes): Bytes {
    const directory = this.#buildDirectory();
    return directory !== "" && path.startsWith(`${directory}/`)
      ? asBytes(path.slice(directory.length + 1))
      : path;
  }
}

function refKey(ref: OutputRef): string {
  return `${ref.step} ${ref.output}`;
}

/** The few names that share the most letters with a mistyped one. */
function nearest(target: Bytes, files: readonly Bytes[]): string {
  const base = target.slice(target.lastIndexOf("/") + 1);
  const close = files.filter(
    (file) => base.length > 2 && file.includes(base.slice(0, Math.ceil(base.length * 0.7))),
  );
  return close.length === 0
    ? "`unravel graph` lists the targets"
    : `did you mean ${close
        .slice(0, 3)
        .map((file) => `"${file}"`)
        .join(" or ")}?`;
}
