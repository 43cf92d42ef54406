// One step of a plan, from what was found about it in the graph and in the tree.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import type { Step } from "../../graph/graph.ts";
import type { Draft } from "./draft.ts";
import type { GraphView } from "./graph-view.ts";
import { hasInterface } from "./interfaces.ts";
import { type NarrowedHeader, namesOf } from "./narrowed.ts";
import type { UnnumberedStep } from "./number-files.ts";
import { outputNames } from "./output-names.ts";
import type { OutputRef, PlannedOutput, PlannedStep } from "./plan.ts";
import type { SetupLink, SetupLinks } from "./setup-links.ts";
import { sideFilesOf } from "./side-files.ts";
import type { TogetherTable } from "./together.ts";
import { parentOf } from "./tree-path.ts";
import type { Wanted } from "./wanted.ts";

/** What the steps of a plan have in common. */
export interface StepOptions {
  readonly wanted: Wanted;
  readonly view: GraphView;
  readonly links: SetupLinks;
  readonly narrowed?: NarrowedHeader;
  readonly groups: TogetherTable;
  readonly followersOf: (step: Step) => readonly Step[];
  /** What follows a step is a step of its own all the same. */
  readonly isUnfused: boolean;
}

/** `followers` run in its derivation; `inputs` and `links` are what it reads of other steps and of configuring. */
export function plannedStep(
  draft: Draft,
  followers: readonly Draft[],
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
  return {
    name,
    kind: draft.kind,
    label: labelOf(draft, view),
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
    outputs: outputsOf(draft, followers, wanted, view),
    directories: directoriesOf(draft, view),
    ...(followers.length === 0
      ? {}
      : {
          followers: followers.map((follower) => ({
            label: labelOf(follower, view),
            command: follower.recipe.command,
            makes: view.pathsOf(follower.step).length,
            directories: directoriesOf(follower, view),
          })),
        }),
  };
}

/**
 * The graph's outputs, then what it does not name: files beside objects, and libraries as linkers see them; then the
 * outputs of what follows.
 */
function outputsOf(
  draft: Draft,
  followers: readonly Draft[],
  wanted: Wanted,
  view: GraphView,
): readonly PlannedOutput[] {
  const { kind, recipe } = draft;
  const paths = view.pathsOf(draft.step);
  const beside =
    kind === "compile"
      ? sideFilesOf(recipe.command, paths).filter((path) => view.makerAt(path) === undefined)
      : [];
  const libraries = paths.filter((path) => hasInterface(kind, path, (made) => view.isConsumed(made)));
  const madeBy = (member: Draft): readonly Omit<PlannedOutput, "name">[] =>
    view.pathsOf(member.step).map((path) => ({ path, optional: isOptional(path, member, wanted, view) }));
  const all: readonly Omit<PlannedOutput, "name">[] = [
    ...madeBy(draft),
    ...beside.map((path) => ({ path, optional: true, isBeside: true as const })),
    ...libraries.map((path) => ({ path, optional: false, isInterface: true as const })),
    ...followers.flatMap(madeBy),
  ];
  const names = outputNames(
    all.map(({ path, isInterface }) => (isInterface === true ? asBytes(`${path}-interface`) : path)),
  );
  return all.map((output, index): PlannedOutput => ({ name: names[index] ?? asBytes("out"), ...output }));
}

function labelOf({ recipe, step }: Draft, view: GraphView): Bytes {
  return recipe.description === "" ? (view.pathsOf(step)[0] ?? asBytes("")) : recipe.description;
}

function directoriesOf(draft: Draft, view: GraphView): readonly Bytes[] {
  const paths = view.pathsOf(draft.step);
  const directories = new Set([...draft.directories, ...paths.map(parentOf), view.buildDirectory()]);
  directories.delete(asBytes(""));
  return [...directories].sort(compareBytes);
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

/** A path relative to the build directory where it lies below it. */
export function shortPath(path: Bytes, view: GraphView): Bytes {
  const directory = view.buildDirectory();
  return directory !== "" && path.startsWith(`${directory}/`)
    ? asBytes(path.slice(directory.length + 1))
    : path;
}
