// The files of a plan, numbered: steps name them by index.

import { type Bytes, compareBytes } from "../../graph/bytes.ts";
import type { Plan, PlannedStep } from "./plan.ts";
import type { Together } from "./together.ts";

/** A step that names its files by path. */
export type UnnumberedStep = Omit<PlannedStep, "groups" | "narrowed" | "ownSources" | "sources"> & {
  readonly groups: readonly Together[];
  readonly sources: readonly Bytes[];
  readonly ownSources: readonly Bytes[];
  readonly narrowed?: { readonly file: Bytes; readonly names: readonly Bytes[] };
};

/** Sources are numbered in path order, not in order of discovery: equal plans have equal bytes. */
export function numberFiles(steps: readonly UnnumberedStep[]): Pick<Plan, "files" | "groups" | "steps"> {
  const all = new Set<Bytes>();
  const together = new Set<Together>();
  for (const step of steps) {
    for (const source of [...step.sources, ...step.ownSources]) all.add(source);
    for (const group of step.groups) together.add(group);
    if (step.narrowed !== undefined) all.add(step.narrowed.file);
  }
  for (const { files } of together) for (const file of files) all.add(file);
  const files = [...all].sort(compareBytes);
  const indexes = new Map(files.map((file, index) => [file, index]));
  const numbers = (paths: readonly Bytes[]): readonly number[] =>
    paths.map((path) => indexes.get(path) ?? 0).sort((a, b) => a - b);
  const groups = [...together].sort((a, b) => compareBytes(a.name, b.name));
  const groupIndexes = new Map(groups.map((group, index) => [group, index]));
  return {
    files,
    ...(groups.length === 0
      ? {}
      : { groups: groups.map((group) => ({ name: group.name, files: numbers(group.files) })) }),
    steps: steps.map(({ narrowed, groups: of, ...step }) => ({
      ...step,
      sources: numbers(step.sources),
      ownSources: numbers(step.ownSources),
      ...(of.length === 0 ? {} : { groups: of.map((group) => groupIndexes.get(group) ?? 0) }),
      ...(narrowed === undefined
        ? {}
        : { narrowed: { file: indexes.get(narrowed.file) ?? 0, names: narrowed.names } }),
    })),
  };
}
