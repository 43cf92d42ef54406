// The one way a cycle is reported: as a chain of first outputs that ends where it began.

import { asBytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { BuildGraph, Step } from "../../graph/graph.ts";

export function failCycle(steps: readonly Step[], graph: BuildGraph): never {
  const names = steps.map((step) => graph.files[step.outputs[0] ?? 0] ?? asBytes(""));
  const [first] = steps;
  return fail({
    code: "graph/cycle",
    message: `dependency cycle: ${[...names, names[0]].map((name) => quoted(name ?? asBytes(""))).join(" -> ")}`,
    ...(first === undefined ? {} : { at: first.declaredAt }),
    hint: "remove one of these inputs",
  });
}
