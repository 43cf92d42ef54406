// Files that a plan was made for, read from the store: headers and the like, which the next plan looks into.

import { bytesOfContents } from "../../emit/nar.ts";
import { parseNar } from "../../emit/nar-reader.ts";
import type { Plan } from "../../emit/plan/plan.ts";
import { narFromPath } from "../../emit/sink/worker/operations.ts";
import type { OperationContext } from "../../emit/sink/worker/request.ts";
import { type Bytes, fromBuffer } from "../../graph/bytes.ts";
import { nodeAt } from "./link-out.ts";
import type { OutputPaths } from "./realise.ts";

/** Path relative to the root -> contents. Every step that makes one has its outputs. */
export async function builtContents(
  context: OperationContext,
  plan: Plan,
  outputs: ReadonlyMap<number, OutputPaths>,
): Promise<ReadonlyMap<Bytes, Bytes>> {
  const contents = new Map<Bytes, Bytes>();
  for (const ref of plan.built) {
    const output = plan.steps[ref.step]?.outputs[ref.output];
    const store = output === undefined ? undefined : outputs.get(ref.step)?.get(output.name);
    if (output === undefined || store === undefined) throw new Error("a built file has no store path");
    const node = nodeAt(parseNar(await narFromPath(context, store)), output.path);
    if (node?.kind === "file") contents.set(output.path, fromBuffer(bytesOfContents(node.contents)));
  }
  return contents;
}
