// A build to plan, held in memory: files below a root, a manifest among them, and what earlier plans built.

import { globToRegExp } from "../../../emit/plan/glob.ts";
import { createHeaderScan } from "../../../emit/plan/header-scan.ts";
import type { OutputRef, Plan, PlannedStep } from "../../../emit/plan/plan.ts";
import { planGraph } from "../../../emit/plan/plan-graph.ts";
import { placeOf } from "../../../emit/plan/tree-path.ts";
import { applyReadableDyndeps } from "../../../generators/ninja/dyndep.ts";
import { loadNinja } from "../../../generators/ninja/load.ts";
import { asBytes, type Bytes, compareBytes } from "../../../graph/bytes.ts";

export type Files = Readonly<Record<string, string>>;

export interface PlanCase {
  /** Paths relative to the root; the manifest is "<buildDirectory>/build.ninja". */
  readonly files: Files;
  readonly targets?: readonly string[];
  readonly extraInputs?: readonly { readonly outputs: string; readonly files: readonly string[] }[];
  /** Links in the build directory, by name. */
  readonly links?: Files;
  /** Files that earlier plans built. */
  readonly built?: Files;
  /** "build" unless given. */
  readonly buildDirectory?: string;
  readonly root?: string;
  readonly name?: string;
  readonly isUnfused?: boolean;
  /** Order of names in every listing. */
  readonly listed?: (names: readonly string[]) => readonly string[];
}

interface MemoryTree {
  readonly kindAt: (path: Bytes) => "directory" | "file" | undefined;
  readonly list: (directory: Bytes) => ReadonlySet<Bytes> | undefined;
  readonly read: (path: Bytes) => Bytes | undefined;
  readonly filesBelow: (directory: Bytes) => readonly Bytes[];
}

type Order = (names: readonly string[]) => readonly string[];

function treeOf(files: Files, listed: Order): MemoryTree {
  const contents = new Map(Object.entries(files));
  const directories = new Map<string, Set<string>>([["", new Set()]]);
  for (const path of contents.keys()) {
    const parts = path.split("/");
    parts.forEach((part, depth) => {
      const directory = parts.slice(0, depth).join("/");
      directories.set(directory, (directories.get(directory) ?? new Set()).add(part));
    });
  }
  return {
    kindAt: (path) => (contents.has(path) ? "file" : directories.has(path) ? "directory" : undefined),
    list: (directory) => {
      const names = directories.get(directory);
      return names === undefined ? undefined : new Set(listed([...names]).map(asBytes));
    },
    read: (path) => {
      const text = contents.get(path);
      return text === undefined ? undefined : asBytes(text);
    },
    filesBelow: (directory) =>
      [...contents.keys()]
        .filter((path) => directory === "" || path.startsWith(`${directory}/`))
        .map(asBytes)
        .sort(compareBytes),
  };
}

export function planOf(build: PlanCase): Plan {
  const root = asBytes(build.root ?? "/build/source");
  const directory = build.buildDirectory ?? "build";
  const layout = { root, buildDirectory: asBytes(directory === "" ? root : `${root}/${directory}`) };
  const listed = build.listed ?? ((names): readonly string[] => names);
  const source = treeOf(build.files, listed);
  const built = build.built ?? {};
  const whole = treeOf({ ...build.files, ...built }, listed);
  const readAt = (path: Bytes): Bytes | undefined => {
    const place = placeOf(path, layout);
    return place.kind === "tree" ? whole.read(place.path) : undefined;
  };
  const isBuilt = (path: Bytes): boolean => Object.hasOwn(built, path);
  return planGraph(applyReadableDyndeps(loadNinja(asBytes("build.ninja"), { readFile: readAt }), readAt), {
    name: asBytes(build.name ?? "p"),
    layout,
    targets: (build.targets ?? []).map(asBytes),
    extraInputs: (build.extraInputs ?? []).map(({ outputs, files }) => ({
      outputs: globToRegExp(outputs),
      files: files.map(asBytes),
    })),
    kindAt: source.kindAt,
    filesBelow: source.filesBelow,
    linksIn: (path) =>
      new Map(
        Object.entries(path === directory ? (build.links ?? {}) : {}).map(([name, target]) => [
          asBytes(name),
          asBytes(target),
        ]),
      ),
    isBuilt,
    scan: createHeaderScan({ layout, read: whole.read, list: whole.list, isBuilt }),
    isUnfused: build.isUnfused === true,
  });
}

/** The step that makes a path. */
export function stepMaking(plan: Plan, path: string): PlannedStep {
  const found = plan.steps.find((step) => step.outputs.some((output) => output.path === path));
  if (found === undefined) throw new Error(`no step makes ${path}`);
  return found;
}

/** Every source of a step, in path order. */
export function sourcesOf(plan: Plan, step: PlannedStep): readonly string[] {
  return [...step.sources, ...step.ownSources].map((index) => plan.files[index] ?? "?").sort(compareBytes);
}

export function pathOf(plan: Plan, ref: OutputRef): string {
  return plan.steps[ref.step]?.outputs[ref.output]?.path ?? "?";
}

/** Files made by other steps that a step reads. */
export function madeInputsOf(plan: Plan, path: string): readonly string[] {
  return stepMaking(plan, path)
    .inputs.map((ref) => pathOf(plan, ref))
    .sort(compareBytes);
}

/** All that the step behind a path reads. */
export function readsOf(plan: Plan, path: string): readonly string[] {
  return [...sourcesOf(plan, stepMaking(plan, path)), ...madeInputsOf(plan, path)].sort(compareBytes);
}

export function builtOf(plan: Plan): readonly string[] {
  return plan.built.map((ref) => pathOf(plan, ref)).sort(compareBytes);
}

/** The first outputs of all steps, in order. */
export function stepsOf(plan: Plan): readonly string[] {
  return plan.steps.map((step) => step.outputs[0]?.path ?? "?");
}

/** Rules that the cases share. */
export const rules: string = `rule cc
  command = cc -I../include -Igen -MD -MF $out.d -c $in -o $out
  depfile = $out.d
rule ar
  command = rm -f $out && ar crs $out $in
rule link
  command = cc -o $out $in
rule gen
  command = sh ../gen.sh $in > $out
`;
