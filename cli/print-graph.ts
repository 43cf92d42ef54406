// `unravel graph`: a loaded graph for people, for Graphviz, and in the format that other programs write.

import { printJsonGraph } from "../generators/json/print.ts";
import { type Bytes, fromText } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";
import type { BuildGraph, FileId, Step } from "../graph/graph.ts";
import { canonicalizePath } from "../graph/path.ts";
import type { PhonyCycle } from "./commands/plan-options.ts";
import type { Frontend } from "./frontend.ts";
import { dotOf } from "./graph-dot.ts";
import { loadGraphFile } from "./graph-file.ts";
import { count, summaryOf } from "./graph-text.ts";
import { rootOf } from "./host/root.ts";
import { Interrupted, type Session } from "./io.ts";

export interface PrintRequest {
  readonly file: string;
  readonly buildDirectory: string;
  readonly targets: readonly string[];
  readonly flags: {
    readonly root?: string;
    readonly w?: PhonyCycle;
    readonly json?: true;
    readonly format?: "dot" | "json";
  };
}

export async function printGraph(session: Session, frontend: Frontend, request: PrintRequest): Promise<void> {
  const { file, buildDirectory, flags } = request;
  const root = rootOf(session, flags.root, buildDirectory);
  const { graph } = loadGraphFile(session, frontend, { file, root, buildDirectory, phonyCycle: flags.w });
  const format = flags.format ?? (flags.json === true ? "json" : undefined);
  if (format === undefined) {
    await session.io.out(summaryOf(graph));
    return;
  }
  const steps = stepsFor(
    graph,
    request.targets.map((target) => canonicalizePath(fromText(target))),
  );
  for (const piece of format === "dot" ? dotOf(graph, steps) : printJsonGraph(graph, steps)) {
    await session.io.out(piece);
    if (session.io.signal.aborted) throw new Interrupted();
  }
}

/** The steps that make some targets, and those that these need, in the order of the graph. */
function stepsFor(graph: BuildGraph, targets: readonly Bytes[]): readonly Step[] {
  if (targets.length === 0) return graph.steps;
  const wanted = new Set<Step>();
  const queue: FileId[] = targets.map((target) => graph.fileNamed(target) ?? failUnknown(target, graph));
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    const step = graph.producerOf(file);
    if (step === undefined || wanted.has(step)) continue;
    wanted.add(step);
    queue.push(...step.inputs, ...step.after, ...step.validations);
  }
  return graph.steps.filter((step) => wanted.has(step));
}

function failUnknown(target: Bytes, graph: BuildGraph): never {
  return fail({
    code: "graph/no-such-target",
    message: `unknown target "${target}"`,
    hint: `the graph has ${count(graph.files.length, "file")}; \`unravel graph\` without targets shows them`,
  });
}
