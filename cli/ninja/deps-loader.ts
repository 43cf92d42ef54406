// Files that a command was found to read when it last ran: from its depfile, or from the log (ninja:
// `ImplicitDepLoader`).

import { asBytes, type Bytes, fromBuffer } from "../../graph/bytes.ts";
import { type Depfile, parseDepfile } from "../../graph/depfile.ts";
import { canonicalizePath } from "../../graph/path.ts";
import type { Disk } from "./disk.ts";
import { refuseBuild, wordsOf } from "./failure.ts";
import type { DepsLog } from "./log.ts";
import type { Edge, InputRange, Node } from "./node.ts";
import type { State } from "./state.ts";

export interface DepsSource {
  readonly state: State;
  readonly disk: Disk;
  readonly depsLog: DepsLog | undefined;
  readonly stat: (output: Node) => void;
  readonly explain: (output: Node, reason: string) => void;
  /** The log has them, whatever the manifest says. */
  readonly isRecorded: boolean;
}

const nothing: InputRange = { start: 0, end: 0 };

/**
 * Adds what is known to the edge's inputs, or only checks that something is known; `undefined` when nothing is, so
 * that the edge must run.
 */
export function loadDeps(edge: Edge, source: DepsSource, mode: "check" | "load"): InputRange | undefined {
  const { state } = source;
  const { deps, depfile } = state.factsOf(edge);
  const isDeclared = deps !== "";
  // That nothing is recorded is no news where the manifest asks for no record.
  const isQuiet = !isDeclared && mode === "check";
  const log = isQuiet ? { ...source, explain: () => undefined } : source;
  if (source.isRecorded || isDeclared) return fromLog(edge, log, mode);
  if (depfile === "") return nothing;
  if (mode === "check") return source.disk.stat(depfile) > 0 ? nothing : undefined;
  return fromDepfile(edge, depfile, source);
}

function fromLog(edge: Edge, source: DepsSource, mode: "check" | "load"): InputRange | undefined {
  const output = edge.outputs[0];
  if (output === undefined) return undefined;
  const deps = source.depsLog?.lookup(output.path);
  if (deps === undefined) {
    source.explain(output, `deps for '${output.path}' are missing`);
    return undefined;
  }
  source.stat(output);
  if (output.mtime > deps.mtime) {
    const times = `(${deps.mtime} vs ${output.mtime})`;
    source.explain(output, `stored deps info out of date for '${output.path}' ${times}`);
    return undefined;
  }
  if (mode === "check") return nothing;
  return edge.addInputs(deps.files.map((file) => source.state.nodeFor(file)));
}

function fromDepfile(edge: Edge, path: Bytes, source: DepsSource): InputRange | undefined {
  const output = edge.outputs[0];
  if (output === undefined) return undefined;
  const text = readDepfile(path, source.disk);
  if (text === "") {
    source.explain(output, `depfile '${path}' is missing`);
    return undefined;
  }
  const { outputs, inputs } = parsed(text, path);
  const first = outputs[0];
  if (first === undefined) return refuseBuild(`${path}: no outputs declared`);
  const named = canonicalizePath(first);
  if (named !== output.path) {
    source.explain(output, `expected depfile '${path}' to mention '${output.path}', got '${named}'`);
    return undefined;
  }
  for (const [index, other] of outputs.entries()) {
    const name = index === 0 ? named : other;
    if (!edge.outputs.some((declared) => declared.path === name)) {
      refuseBuild(`${path}: depfile mentions '${name}' as an output, but no such output was declared`);
    }
  }
  return edge.addInputs(inputs.map((input) => source.state.nodeFor(canonicalizePath(input))));
}

function readDepfile(path: Bytes, disk: Disk): Bytes {
  const content = disk.readFile(path);
  if (content === undefined) return asBytes("");
  if (typeof content === "string") return content;
  if (content instanceof Uint8Array) return fromBuffer(content);
  return refuseBuild(`loading '${path}': ${content.reason}`);
}

function parsed(text: Bytes, path: Bytes): Depfile {
  try {
    return parseDepfile(text, path);
  } catch (error) {
    const words = wordsOf(error);
    if (words === undefined) throw error;
    return refuseBuild(`${path}: ${words}`);
  }
}
