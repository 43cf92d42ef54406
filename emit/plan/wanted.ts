// Which steps a build runs, and in which order.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { FileId, Step } from "../../graph/graph.ts";
import type { GraphView } from "./graph-view.ts";

export interface Wanted {
  /** Steps that the targets name, phonies looked through. */
  readonly steps: readonly Step[];
  /** Files that the targets name. */
  readonly files: readonly Bytes[];
  /** Files that are targets themselves, not behind a phony. */
  readonly named: ReadonlySet<Bytes>;
}

/** Looks up targets as written for the original tool; the graph's defaults when there are none. */
export function findWanted(targets: readonly Bytes[], view: GraphView): Wanted {
  const steps = new Set<Step>();
  const files: Bytes[] = [];
  const roots = targets.length === 0 ? usualTargets(view) : targets.map((target) => findTarget(target, view));
  const seen = new Set<FileId>();
  const queue = [...roots].reverse();
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const step = view.producerOf(file);
    if (step === undefined) view.requireSource(file, undefined);
    else if (step.isPhony) queue.push(...[...step.inputs, ...step.after, ...step.validations].reverse());
    else if (view.makerAt(view.placeOf(file).path) !== undefined) {
      steps.add(step);
      files.push(view.placeOf(file).path);
    }
  }
  return { steps: [...steps], files, named: new Set(roots.map((file) => view.placeOf(file).path)) };
}

/**
 * Every step that must run, each after those it needs, or the steps of a cycle. What `alsoOf` adds comes after the
 * roots. Iterative: the chains of real graphs are thousands of steps long.
 */
export function orderSteps(
  roots: readonly Step[],
  needsOf: (step: Step) => readonly Step[],
  alsoOf: (step: Step) => readonly Step[] = () => [],
): { readonly order: readonly Step[] } | { readonly cycle: readonly Step[] } {
  const order: Step[] = [];
  const done = new Set<Step>();
  const open = new Map<Step, number>();
  const path: { step: Step; needs: readonly Step[]; next: number }[] = [];
  const enter = (step: Step): void => {
    open.set(step, path.length);
    path.push({ step, needs: needsOf(step), next: 0 });
  };
  const queue = [...roots];
  for (const root of queue) {
    if (!done.has(root)) enter(root);
    for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
      const need = top.needs[top.next++];
      if (need === undefined) {
        path.pop();
        open.delete(top.step);
        done.add(top.step);
        order.push(top.step);
        queue.push(...alsoOf(top.step));
      } else if (open.has(need)) {
        return { cycle: path.slice(open.get(need)).map((frame) => frame.step) };
      } else if (!done.has(need)) enter(need);
    }
  }
  return { order };
}

/** A graph in which somebody reads every output has no defaults but a cycle: who orders all of it finds it. */
function usualTargets({ graph }: GraphView): readonly FileId[] {
  return graph.defaults.length > 0 ? graph.defaults : graph.steps.flatMap((step) => [...step.outputs]);
}

function findTarget(target: Bytes, view: GraphView): FileId {
  const plain = asBytes(target.replace(/^(\.\/)+/, ""));
  const file = view.graph.fileNamed(target) ?? view.graph.fileNamed(plain);
  if (file !== undefined) return file;
  return fail({
    code: "graph/no-such-target",
    message: `unknown target ${quoted(target)}`,
    hint: nearest(plain, view.graph.files),
  });
}

/** The few names that share the most letters with a mistyped one. */
function nearest(target: Bytes, files: readonly Bytes[]): string {
  const base = target.slice(target.lastIndexOf("/") + 1);
  const start = base.slice(0, Math.ceil(base.length * 0.7));
  const close = files.filter((file) => start.length > 1 && file.includes(start)).slice(0, 3);
  if (close.length === 0) return "`unravel graph` lists the targets";
  return `did you mean ${close.map(quoted).join(" or ")}?`;
}
