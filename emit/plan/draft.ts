// What one step reads: its declared inputs, the headers that a scan finds, the files that its command names.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { FileId, Recipe, Step } from "../../graph/graph.ts";
import type { GraphView, TreeKind } from "./graph-view.ts";
import { kindOf } from "./kind.ts";
import { hasLauncher, hasSeveralCommands, namedPaths } from "./named-paths.ts";
import { neighboursOf } from "./neighbours.ts";
import type { StepKind } from "./plan.ts";
import { placeOf } from "./tree-path.ts";

/** What a command reads, found before it runs. Paths are relative to the tree's root. */
export interface CompileScan {
  /** Nothing but compiles: the scan tells all that the command reads. */
  readonly isCompile: boolean;
  readonly sources: readonly Bytes[];
  /** Search directories: they must exist for paths that pass through them. */
  readonly directories: readonly Bytes[];
  /** Files that other steps make. */
  readonly made: readonly Bytes[];
  /** What one of `sources` includes, directly and further: sources that whoever reads it reads, too. */
  readonly closureOf: (path: Bytes) => readonly Bytes[];
  /** Those of `made` that could not be scanned, because they do not exist yet. */
  readonly unknown: readonly Bytes[];
  /** Search directories that are neither in the tree nor in the store, absolute. */
  readonly outside: readonly Bytes[];
  /** Computed includes of which it is not known what they mean: `src/a.c: #include CONFIG_H`. Sorted. */
  readonly unresolved: readonly Bytes[];
}

/** What steps make, whether it is there or not. */
export interface MadeFiles {
  readonly isMade: (path: Bytes) => boolean;
  /** Names of the directories in a directory below which something is made; `undefined` when nothing is. */
  readonly directoriesIn: (directory: Bytes) => ReadonlySet<Bytes> | undefined;
}

/** Grants files to steps by name: for commands whose reads nothing declares. */
export interface ExtraInputs {
  /** Over output paths relative to the root. */
  readonly outputs: RegExp;
  /** Files or directories relative to the root. */
  readonly files: readonly Bytes[];
}

export interface Draft {
  readonly step: Step;
  readonly recipe: Recipe;
  readonly kind: StepKind;
  readonly sources: Set<Bytes>;
  /** Those of `sources` that the compile is of. */
  readonly ownSources: Set<Bytes>;
  /** Files made by other steps. */
  readonly made: Set<Bytes>;
  readonly directories: Set<Bytes>;
  /** Those of `made` that a scan found: a branch of `#if` that is not taken may be all that names them. */
  readonly scanned: ReadonlySet<Bytes>;
  /** For a compile, where headers travel together: what one of its headers includes. */
  readonly closureOf: ((path: Bytes) => readonly Bytes[]) | undefined;
  /** Generated files whose includes are unknown: the step cannot be planned before they are there. */
  readonly unknown: Set<Bytes>;
  readonly unresolved: readonly Bytes[];
  /** Directories below which the step has everything, or `tools/*.py`, and how many files that is. */
  readonly grants: Map<Bytes, number>;
}

export interface DraftOptions {
  readonly view: GraphView;
  readonly extraInputs: readonly ExtraInputs[];
  readonly kindAt: (path: Bytes) => TreeKind | undefined;
  /** All files below a directory, sorted. */
  readonly filesBelow: (directory: Bytes) => readonly Bytes[];
  /** Whether a file that some step makes can be read already, from an earlier plan's build. */
  readonly isBuilt: (path: Bytes) => boolean;
  /** Scans a command that compiles. */
  readonly scan: (recipe: Recipe, made: MadeFiles) => CompileScan | undefined;
  /** Headers whose includes are one store object with them. */
  readonly together?: readonly Bytes[];
}

export function draftStep(step: Step, options: DraftOptions): Draft {
  const { view } = options;
  const recipe = view.recipeOf(step);
  const scan = options.scan(recipe, {
    isMade: (path) => view.makerAt(path) !== undefined,
    directoriesIn: (directory) => view.outputDirectoriesIn(directory),
  });
  const kind = kindOf(step, recipe, view.graph, scan?.isCompile === true);
  const own = new Set(view.pathsOf(step));
  const draft: Draft = {
    step,
    recipe,
    kind,
    sources: new Set(),
    ownSources: new Set(),
    made: new Set(),
    directories: new Set([...(scan?.directories ?? []), ...expectedDirectories(recipe, view)]),
    scanned: new Set(scan?.made),
    // It holds all of the scan: for who asks for it only (a third of what planning Chromium keeps).
    closureOf: scan?.isCompile === true && options.together?.length ? scan.closureOf : undefined,
    unknown: new Set(
      [...(scan?.unknown ?? []), ...unreadDyndep(recipe, options)].filter((path) => !own.has(path)),
    ),
    unresolved: scan?.unresolved ?? [],
    grants: new Map(),
  };
  for (const directory of scan?.outside ?? []) failSearchDirectory(directory, step, view);
  const drafter = new Drafter(draft, own, options);
  for (const file of view.expand(step.inputs)) drafter.read(file);
  for (const path of scan?.sources ?? []) draft.sources.add(path);
  for (const path of scan?.made ?? []) drafter.readMade(path);
  const isCompile = scan?.isCompile === true;
  if (isCompile) drafter.claimOwn();
  // CMake follows Fortran's preprocessor with a scan for modules that reads a file of its own.
  if (!isCompile || hasSeveralCommands(recipe.command) || hasLauncher(recipe.command)) drafter.readNamed();
  for (const extra of options.extraInputs) {
    if ([...own].some((path) => extra.outputs.test(path)))
      for (const path of extra.files) drafter.readGranted(path);
  }
  return draft;
}

function expectedDirectories(recipe: Recipe, view: GraphView): readonly Bytes[] {
  return (recipe.directories ?? [])
    .map((path) => placeOf(path, view.layout))
    .flatMap((place) => (place.kind === "tree" ? [place.path] : []));
}

/** The sandbox has no such directory: what the compiler would find there on this machine, it would miss in silence. */
function failSearchDirectory(directory: Bytes, step: Step, view: GraphView): never {
  return fail({
    code: "plan/outside-tree",
    message: `${quoted(directory)}, a directory that ${quoted(view.nameOf(step.outputs[0]))} searches for headers, is outside the source tree ${quoted(view.layout.root)}`,
    at: step.declaredAt,
    hint: "add the package that has these headers to buildInputs, so that configure finds them in the Nix store",
  });
}

/** The step's dyndep file, unless it is there: what else the step reads and makes is written in it. */
function unreadDyndep(recipe: Recipe, { view, isBuilt }: DraftOptions): readonly Bytes[] {
  if (recipe.dyndep === undefined) return [];
  const { path } = view.placeOf(recipe.dyndep);
  return view.makerAt(path) === undefined || isBuilt(path) ? [] : [path];
}

class Drafter {
  readonly #draft: Draft;
  readonly #own: ReadonlySet<Bytes>;
  readonly #options: DraftOptions;

  constructor(draft: Draft, own: ReadonlySet<Bytes>, options: DraftOptions) {
    this.#draft = draft;
    this.#own = own;
    this.#options = options;
  }

  /** A declared input: made by a step, or in the tree, or of the system. */
  read(file: FileId): void {
    const { view } = this.#options;
    const place = view.placeOf(file);
    if (place.kind === "tree" && view.makerAt(place.path) !== undefined) this.readMade(place.path);
    else if (view.requireSource(file, this.#draft.step)) this.readPath(place.path);
  }

  claimOwn(): void {
    const { step, sources, ownSources } = this.#draft;
    for (let i = 0; i < step.explicitInputs; i++) {
      const file = step.inputs[i];
      const place = file === undefined ? undefined : this.#options.view.placeOf(file);
      if (place !== undefined && sources.has(place.path)) ownSources.add(place.path);
    }
  }

  readMade(path: Bytes): void {
    if (!this.#own.has(path) && this.#options.view.makerAt(path) !== undefined) this.#draft.made.add(path);
  }

  /** A path that is in the tree: a file, or all files below a directory that a command is given. */
  readPath(path: Bytes): void {
    if (this.#options.kindAt(path) !== "directory") {
      if (path !== "") this.#draft.sources.add(path);
      return;
    }
    this.#draft.directories.add(path);
    // The build directory itself is CMake's way to say "no input".
    if (this.#draft.kind !== "command" || path === this.#options.view.buildDirectory()) return;
    this.#readBelow(path);
  }

  #readBelow(directory: Bytes): void {
    const files = this.#options
      .filesBelow(directory)
      .filter((file) => this.#options.view.makerAt(file) === undefined);
    for (const file of files) this.#draft.sources.add(file);
    this.#draft.grants.set(directory, files.length);
  }

  /** A path that a person gives to the step: all below a directory, whatever kind of step it is. */
  readGranted(path: Bytes): void {
    const { view, kindAt } = this.#options;
    if (view.makerAt(path) !== undefined) {
      this.readMade(path);
      return;
    }
    const kind = kindAt(path);
    if (kind === "file") this.#draft.sources.add(path);
    else if (kind === "directory") {
      this.#draft.directories.add(path);
      this.#readBelow(path);
    } else {
      fail({
        code: "plan/missing-source",
        message: `${quoted(path)}, named in extraInputs, is missing and no step makes it`,
        hint: "check the path: it is relative to the source's root",
      });
    }
  }

  /** Files that the command names, and order-only files that the step itself lists. */
  readNamed(): void {
    const { view } = this.#options;
    const { step, recipe, kind } = this.#draft;
    for (const file of step.after) {
      const place = view.placeOf(file);
      if (place.kind === "tree" && this.#mayRead(kind, view.producerOf(file))) this.readMade(place.path);
    }
    for (const text of [recipe.command, recipe.responseFile?.content ?? asBytes("")]) {
      for (const path of namedPaths(text, view.layout.buildDirectory)) this.#readNamedPath(path);
    }
  }

  /**
   * Whether an order-only file may be read all the same. CMake orders a target's custom commands after all libraries
   * of the target: those they do not read. And it orders a link after `libx.so` and `libx.so.1`, which lead to the
   * library that it links: the program needs them to run.
   */
  #mayRead(kind: StepKind, maker: Step | undefined): boolean {
    if (maker === undefined || maker.isPhony || (kind !== "command" && kind !== "link")) return false;
    const made = this.#options.view.kindOf(maker);
    return kind === "link" ? made === "symlink" : made === "command";
  }

  #readNamedPath(path: Bytes): void {
    const { view } = this.#options;
    const place = placeOf(path, view.layout);
    if (place.kind !== "tree" || place.path === "") return;
    if (this.#draft.made.has(place.path) || this.#own.has(place.path)) return;
    if (view.makerAt(place.path) !== undefined) {
      // Named, and the graph builds it before: it may be read (Meson's links declare a list of the symbols of a
      // shared library and name the library). Named only: ninja would not wait for it.
      if (view.isMadeBefore(place.path, this.#draft.step)) this.readMade(place.path);
      return;
    }
    const kind = this.#options.kindAt(place.path);
    if (kind === "file") this.#readScript(place.path);
    else if (kind === "directory") this.#draft.directories.add(place.path);
  }

  /** A file that the command names, and the modules beside it if it is a script. */
  #readScript(path: Bytes): void {
    const { sources, grants, kind } = this.#draft;
    sources.add(path);
    const beside = kind === "command" ? neighboursOf(path, this.#options.filesBelow) : undefined;
    if (beside === undefined) return;
    const files = beside.files.filter((file) => this.#options.view.makerAt(file) === undefined);
    for (const file of files) sources.add(file);
    grants.set(beside.pattern, files.length);
  }
}
