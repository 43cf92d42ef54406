// The build graph as the planner sees it: paths of the tree instead of names, phonies looked through, one maker
// for a file however it is named.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { BuildGraph, FileId, Recipe, Step } from "../../graph/graph.ts";
import { BuildOrder } from "./build-order.ts";
import { failCycle } from "./cycle.ts";
import { kindOf } from "./kind.ts";
import type { StepKind } from "./plan.ts";
import { type Layout, type Place, parentOf, placeOf } from "./tree-path.ts";

/** What lies at a path of the source tree, seen before anything is built. */
export type TreeKind = "file" | "directory";

export interface Maker {
  readonly step: Step;
  /** Index into the step's output paths. */
  readonly output: number;
}

export class GraphView {
  readonly graph: BuildGraph;
  readonly layout: Layout;
  readonly #kindAt: (path: Bytes) => TreeKind | undefined;
  readonly #makers = new Map<Bytes, Maker>();
  /** By step. */
  readonly #outputPaths: (readonly Bytes[] | undefined)[];
  /** By file. */
  readonly #places: (Place | undefined)[];
  /** By file: the step that makes it, however the file is named; `null` for a source. */
  readonly #producers: (Step | null | undefined)[];
  readonly #expanded = new Map<Step, readonly FileId[]>();
  /** By step: 1 for no, 2 for yes, 0 for not asked yet. */
  readonly #generators: Uint8Array;
  readonly #kinds = new Map<Step, StepKind>();
  #order: BuildOrder | undefined;
  #consumed: ReadonlySet<Bytes> | undefined;
  #outputDirectories: ReadonlyMap<Bytes, ReadonlySet<Bytes>> | undefined;

  constructor(graph: BuildGraph, layout: Layout, kindAt: (path: Bytes) => TreeKind | undefined) {
    this.graph = graph;
    this.layout = layout;
    this.#kindAt = kindAt;
    const count = graph.files.length;
    this.#places = new Array<undefined>(count).fill(undefined);
    this.#producers = new Array<undefined>(count).fill(undefined);
    this.#outputPaths = new Array<undefined>(graph.steps.length).fill(undefined);
    this.#generators = new Uint8Array(graph.steps.length);
    for (const step of graph.steps) {
      if (step.isPhony) continue;
      for (const [output, path] of this.pathsOf(step).entries()) this.#makers.set(path, { step, output });
    }
  }

  nameOf(file: FileId | undefined): Bytes {
    return (file === undefined ? undefined : this.graph.files[file]) ?? asBytes("");
  }

  placeOf(file: FileId): Place {
    let place = this.#places[file];
    if (place === undefined) {
      place = placeOf(this.nameOf(file), this.layout);
      this.#places[file] = place;
    }
    return place;
  }

  recipeOf(step: Step): Recipe {
    return this.graph.recipeOf(step);
  }

  /** Where the build directory lies in the tree. */
  buildDirectory(): Bytes {
    const place = placeOf(this.layout.buildDirectory, this.layout);
    if (place.kind === "tree") return place.path;
    return fail({
      code: "plan/outside-tree",
      message: `the build directory ${quoted(this.layout.buildDirectory)} is outside the source tree ${quoted(this.layout.root)}`,
      hint: "build in a directory below the source",
    });
  }

  /** The step that makes a path of the tree, unless configure made it already: a generator edge never runs here. */
  makerAt(path: Bytes): Maker | undefined {
    const maker = this.#makers.get(path);
    if (maker === undefined) return undefined;
    return this.isGenerator(maker.step) && this.#kindAt(path) !== undefined ? undefined : maker;
  }

  /** Of a step that is no compile; asked of the makers of what others only wait for. */
  kindOf(step: Step): StepKind {
    let known = this.#kinds.get(step);
    if (known === undefined) {
      known = kindOf(step, this.recipeOf(step), this.graph, false);
      this.#kinds.set(step, known);
    }
    return known;
  }

  isGenerator(step: Step): boolean {
    if (this.#generators[step.id] === 0) {
      const isGenerator = this.graph.isGenerator?.(step) ?? this.recipeOf(step).generator;
      this.#generators[step.id] = isGenerator ? 2 : 1;
    }
    return this.#generators[step.id] === 2;
  }

  /** The step behind a name, absolute and relative names of one file being one. */
  producerOf(file: FileId): Step | undefined {
    let producer = this.#producers[file];
    if (producer === undefined) {
      producer = this.graph.producerOf(file) ?? this.#makerOf(this.placeOf(file)) ?? null;
      this.#producers[file] = producer;
    }
    return producer ?? undefined;
  }

  #makerOf(place: Place): Step | undefined {
    return place.kind === "tree" ? this.#makers.get(place.path)?.step : undefined;
  }

  /** Output paths in the tree, each once: CMake names some outputs twice. */
  pathsOf(step: Step): readonly Bytes[] {
    const known = this.#outputPaths[step.id];
    if (known !== undefined) return known;
    const paths = new Set<Bytes>();
    for (const file of step.outputs) {
      const place = this.placeOf(file);
      if (place.kind === "tree") paths.add(place.path);
      else {
        fail({
          code: "plan/outside-tree",
          message: `output ${quoted(place.path)} is outside the source tree ${quoted(this.layout.root)}`,
          at: step.declaredAt,
          hint: "steps can write only below the source tree; change the graph's output directory",
        });
      }
    }
    const list = [...paths];
    this.#outputPaths[step.id] = list;
    return list;
  }

  /**
   * Phonies stand for their inputs, looked through once each and shared by all who name them. What a phony only
   * orders is not among them, as for ninja: Chromium's would be 833 million.
   */
  expand(files: Iterable<FileId>): readonly FileId[] {
    const result: FileId[] = [];
    for (const file of files) {
      const step = this.producerOf(file);
      if (step?.isPhony !== true) result.push(file);
      else for (const inner of this.#expandPhony(step)) result.push(inner);
    }
    return result;
  }

  /** Whether the graph runs the maker of a path before a step. */
  isMadeBefore(path: Bytes, step: Step): boolean {
    const maker = this.makerAt(path);
    if (maker === undefined) return false;
    // Mostly it is listed, and there is no need to order the whole graph.
    for (const files of [step.inputs, step.after]) {
      for (const file of files) if (this.producerOf(file) === maker.step) return true;
    }
    this.#order ??= new BuildOrder(this);
    return this.#order.isBefore(maker.step, step);
  }

  /** Whether a step lists a path as an input of whatever sort, itself or through phonies. */
  isListed(path: Bytes, step: Step): boolean {
    const maker = this.makerAt(path)?.step;
    const seen = new Set<Step>();
    const queue = [step];
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      for (const file of [...next.inputs, ...next.after]) {
        const producer = this.producerOf(file);
        if (producer === maker) return true;
        if (producer?.isPhony !== true || seen.has(producer)) continue;
        seen.add(producer);
        queue.push(producer);
      }
    }
    return false;
  }

  /** True when the file is in the tree; ninja's own complaint when it is not and nothing makes it. */
  requireSource(file: FileId, by: Step | undefined): boolean {
    const place = this.placeOf(file);
    const at = by === undefined ? {} : { at: by.declaredAt };
    if (place.kind === "system") {
      // What the toolchain and the packages bring: the environment's closure holds it.
      if (place.path.startsWith("/nix/store/")) return false;
      return fail({
        code: "plan/outside-tree",
        message: `${quoted(place.path)} is outside the source tree ${quoted(this.layout.root)}`,
        ...at,
        hint: "copy it into the tree, or take it from a package in buildInputs so that it is in the Nix store",
      });
    }
    if (place.path === "" || this.#kindAt(place.path) !== undefined) return true;
    const needed = by === undefined ? "" : `, needed by ${quoted(this.nameOf(by.outputs[0]))}`;
    return fail({
      code: "plan/missing-source",
      message: `${quoted(this.nameOf(file))}${needed}, is missing and no step makes it`,
      ...at,
      hint: "check the path, or add the file to the source (files that git does not track are not in a flake's source)",
    });
  }

  /** Names of the directories in a directory below which steps make something; `undefined` when they make nothing. */
  outputDirectoriesIn(directory: Bytes): ReadonlySet<Bytes> | undefined {
    this.#outputDirectories ??= this.#collectOutputDirectories();
    return this.#outputDirectories.get(directory);
  }

  #collectOutputDirectories(): ReadonlyMap<Bytes, ReadonlySet<Bytes>> {
    const directories = new Map<Bytes, Set<Bytes>>();
    for (const path of this.#makers.keys()) {
      let name: Bytes | undefined;
      for (let parent = parentOf(path); ; parent = parentOf(parent)) {
        const known = directories.get(parent);
        const names = known ?? new Set();
        if (name !== undefined) names.add(name);
        if (known !== undefined) break;
        directories.set(parent, names);
        if (parent === "") break;
        name = asBytes(parent.slice(parent.lastIndexOf("/") + 1));
      }
    }
    return directories;
  }

  /** Whether a real step of the graph declares the path as an input that it reads. */
  isConsumed(path: Bytes): boolean {
    this.#consumed ??= this.#collectConsumed();
    return this.#consumed.has(path);
  }

  #collectConsumed(): ReadonlySet<Bytes> {
    const consumed = new Set<Bytes>();
    const seen = new Set<FileId>();
    for (const step of this.graph.steps) {
      if (step.isPhony) continue;
      for (const file of step.inputs) {
        if (seen.has(file)) continue;
        seen.add(file);
        const place = this.placeOf(file);
        if (place.kind === "tree") consumed.add(place.path);
      }
    }
    return consumed;
  }

  /** Depth-first over phonies without recursion; a cycle is one that is entered while it is open. */
  #expandPhony(phony: Step): readonly FileId[] {
    const known = this.#expanded.get(phony);
    if (known !== undefined) return known;
    const stack: { step: Step; files: Iterator<FileId>; result: Set<FileId> }[] = [];
    const enter = (step: Step): void => {
      stack.push({ step, files: step.inputs[Symbol.iterator](), result: new Set() });
    };
    enter(phony);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const next = top.files.next();
      if (next.done === true) {
        stack.pop();
        const result = [...top.result];
        this.#expanded.set(top.step, result);
        const above = stack.at(-1);
        if (above !== undefined) for (const file of result) above.result.add(file);
        continue;
      }
      const step = this.producerOf(next.value);
      if (step?.isPhony !== true) top.result.add(next.value);
      else {
        const inner = this.#expanded.get(step);
        const open = stack.findIndex((frame) => frame.step === step);
        if (inner !== undefined) for (const file of inner) top.result.add(file);
        else if (open >= 0)
          failCycle(
            stack.slice(open).map((frame) => frame.step),
            this.graph,
          );
        else enter(step);
      }
    }
    return this.#expanded.get(phony) ?? [];
  }
}
