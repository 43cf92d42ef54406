// Which commands run on this machine, as with ninja, and not in the sandbox: those that make the manifest again, those
// that run a tool of ninja (clean), and those of the pool `console` whose outputs nothing reads (install, test,
// edit_cache). They are there to act on the machine. What a file that others read is made of belongs in the sandbox,
// terminal or not.

import { asBytes } from "../../graph/bytes.ts";
import type { FileId, Step } from "../../graph/graph.ts";
import type { Edge, Node } from "./node.ts";
import type { State } from "./state.ts";

export type IsHostEdge = (edge: Edge) => boolean;

/** Looks at the graph once, and only when it has edges of that pool. */
export function hostEdgesOf(state: State): IsHostEdge {
  let read: ReadonlySet<number> | undefined;
  return (edge) => {
    if (edge.isPhony) return false;
    const { isGenerator, isNinjaTool } = state.factsOf(edge);
    if (isGenerator || isNinjaTool) return true;
    if (!edge.usesConsole) return false;
    read ??= readConsoleSteps(state);
    return !read.has(edge.id);
  };
}

/** Steps of the pool whose outputs a step of the sandbox reads, directly or through phonies. */
function readConsoleSteps({ manifest }: State): ReadonlySet<number> {
  const { store } = manifest.layers;
  const isConsole = (step: Step): boolean => !step.isPhony && store.poolOf(step.id) === "console";
  const isGenerator = (step: Step): boolean => manifest.bindingOf(step, asBytes("generator")) !== "";
  const read = new Set<number>();
  const seen = new Set<number>();
  const queue: Step[] = manifest.steps.filter(
    (step) => !step.isPhony && !isConsole(step) && !isGenerator(step),
  );
  for (let step = queue.pop(); step !== undefined; step = queue.pop()) {
    const files = step.inputs;
    for (let i = 0; i < files.length; i++) {
      const maker = manifest.producerOf(files[i] as FileId);
      if (maker === undefined || seen.has(maker.id)) continue;
      if (maker.isPhony) queue.push(maker);
      else if (isConsole(maker)) {
        read.add(maker.id);
        queue.push(maker);
      } else continue;
      seen.add(maker.id);
    }
  }
  return read;
}

/** What the sandbox must make for some targets: outputs, looking through phonies and commands of this machine. */
export function sandboxTargets(targets: readonly Node[], isHost: IsHostEdge): readonly Node[] {
  const found = new Set<Node>();
  const seen = new Set<Edge>();
  const queue = [...targets].reverse();
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    const edge = node.inEdge;
    if (edge === undefined) continue;
    if (!edge.isPhony && !isHost(edge)) found.add(node);
    else if (!seen.has(edge)) {
      seen.add(edge);
      for (const inner of [...edge.inputs, ...edge.validations].reverse()) queue.push(inner);
    }
  }
  return [...found];
}
