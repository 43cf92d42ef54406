// Steps that wait for each other, found before anything is planned: wanted or not, they are a mistake of who wrote
// the graph.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { FileId, Step } from "../../graph/graph.ts";
import type { JsonText } from "../../graph/json.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { spanOf } from "./fields.ts";

interface Places {
  readonly file: Bytes;
  /** By file id. */
  readonly names: readonly Bytes[];
  /** A step's input paths as they are written. */
  readonly inputsOf: (step: Step) => readonly JsonText[];
}

/** Fails at the input that leads back. Iterative: chains are as long as their author likes. */
export function failCycles(
  steps: readonly Step[],
  makerOf: (file: FileId) => Step | undefined,
  places: Places,
): void {
  const done = new Set<Step>();
  const open = new Map<Step, number>();
  const way: { step: Step; files: readonly FileId[]; next: number }[] = [];
  const enter = (step: Step): void => {
    open.set(step, way.length);
    way.push({ step, files: [...step.inputs, ...step.after], next: 0 });
  };
  for (const first of steps) {
    if (!done.has(first)) enter(first);
    for (let top = way.at(-1); top !== undefined; top = way.at(-1)) {
      const file = top.files[top.next++];
      if (file === undefined) {
        way.pop();
        open.delete(top.step);
        done.add(top.step);
        continue;
      }
      const maker = makerOf(file);
      if (maker === undefined || done.has(maker)) continue;
      const start = open.get(maker);
      if (start === undefined) enter(maker);
      else
        failAt(
          way.slice(start).map((frame) => frame.step),
          file,
          places,
        );
    }
  }
}

/** `file` is the input of the last step that the first makes. */
function failAt(cycle: readonly Step[], file: FileId, { file: source, names, inputsOf }: Places): never {
  const nameOf = (step: Step | undefined): string => quoted(names[step?.outputs[0] ?? 0] ?? asBytes(""));
  const [first] = cycle;
  const last = cycle.at(-1);
  const written = last === undefined ? [] : inputsOf(last);
  const node = written.find(({ text }) => canonicalizePath(text) === names[file]);
  return fail({
    code: "graph/cycle",
    message: `dependency cycle: ${[...cycle, first].map(nameOf).join(" -> ")}`,
    ...(node === undefined ? {} : { at: spanOf(node, source) }),
    hint: "remove one of these inputs",
  });
}
