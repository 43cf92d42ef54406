// Which edges must run (ninja: `DependencyScan`). Recursion over the graph goes through generators: chains of real
// graphs are longer than the stack is deep.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { type DepsSource, loadDeps } from "./deps-loader.ts";
import type { Disk } from "./disk.ts";
import type { Explanations } from "./explain.ts";
import { refuseBuild } from "./failure.ts";
import { type BuildLog, commandHash, type DepsLog } from "./log.ts";
import type { Edge, InputRange, Node } from "./node.ts";
import type { State } from "./state.ts";

export interface ScanOptions {
  readonly state: State;
  readonly disk: Disk;
  readonly buildLog?: BuildLog;
  readonly depsLog?: DepsLog;
  readonly explanations?: Explanations;
  /**
   * Edges whose outputs are replaced only when they differ, and whose inputs are recorded with the run: they act as
   * if `restat` and `deps` were set.
   */
  readonly isRecorded?: (edge: Edge) => boolean;
  /** What commands depend on beside their text. */
  readonly saltOf?: (edge: Edge) => Bytes;
}

/** A step of a walk: yields the walks it waits for. */
export type Walk = Generator<Walk, void, void>;

/** Runs a walk and all it yields, without recursion. */
export function finish(walk: Walk): void {
  const stack = [walk];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.next();
    if (next.done === true) stack.pop();
    else stack.push(next.value);
  }
}

interface Verdict {
  isDirty: boolean;
  newestInput: Node | undefined;
}

export class DependencyScan {
  readonly #options: ScanOptions;

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  /** Finds out whether a node is dirty, and everything it depends on; returns validations met on the way. */
  recompute(target: Node): readonly Node[] {
    const found: Node[] = [];
    const queue = [target];
    for (const node of queue) {
      const validations: Node[] = [];
      if (!this.#isSettled(node)) finish(this.#visit(node, [], validations));
      queue.push(...validations);
      found.push(...validations);
    }
    return found;
  }

  isRestat(edge: Edge): boolean {
    return this.#options.isRecorded?.(edge) === true || edge.state.factsOf(edge).isRestat;
  }

  hashOf(edge: Edge): Bytes {
    return commandHash(edge, this.#options.saltOf?.(edge) ?? asBytes(""));
  }

  /** Looks at the disk once per node and build. */
  stat(node: Node): void {
    if (node.exists !== undefined) return;
    node.mtime = this.#options.disk.stat(node.path);
    node.exists = node.mtime !== 0;
  }

  /** Reads a dyndep file: its edges have more inputs and outputs from now on. */
  loadDyndep(node: Node): ReadonlyMap<Edge, readonly Node[]> {
    this.#options.explanations?.explainDyndep(node.path);
    return this.#options.state.loadDyndep(node, (path) => this.#options.disk.readFile(path));
  }

  /** Whether outputs are missing, older than what they are made of, or made by another command. */
  areOutputsDirty(edge: Edge, newestInput: Node | undefined): boolean {
    return edge.outputs.some((output) =>
      edge.isPhony ? this.#isPhonyDirty(edge, output, newestInput) : this.#isDirty(edge, output, newestInput),
    );
  }

  /**
   * Whether a file changes that an edge was recorded to read and the manifest does not name there. An edge that is
   * dirty anyway has not loaded its record.
   */
  isRecordDirty(edge: Edge): boolean {
    const { state, depsLog, buildLog } = this.#options;
    const [output] = edge.outputs;
    if (output === undefined || this.#options.isRecorded?.(edge) !== true) return false;
    const ran = buildLog?.lookup(output.path)?.mtime ?? 0;
    for (const file of depsLog?.lookup(output.path)?.files ?? []) {
      const node = state.nodeFor(file);
      this.stat(node);
      if (node.isDirty || node.exists !== true || node.mtime > ran) return true;
    }
    return false;
  }

  /** True when nothing is left to find out; sources are settled here and now. */
  #isSettled(node: Node): boolean {
    const edge = node.inEdge;
    if (edge !== undefined) return edge.mark === "done";
    if (node.exists === undefined) {
      this.stat(node);
      if (node.exists !== true) this.#explain(node, `${node.path} has no in-edge and is missing`);
      node.isDirty = node.exists !== true;
    }
    return true;
  }

  *#visit(node: Node, stack: Node[], validations: Node[]): Walk {
    const edge = node.inEdge;
    if (edge === undefined || edge.mark === "done") return;
    if (edge.mark === "open") refuseCycle(node, edge, stack);
    validations.push(...edge.validations);
    edge.mark = "open";
    stack.push(node);
    edge.areOutputsReady = true;
    edge.areDepsMissing = false;
    const isFirstVisit = !edge.areDepsLoaded;
    if (isFirstVisit) {
      edge.areDepsLoaded = true;
      const { dyndep } = edge;
      if (dyndep?.isDyndepPending === true) {
        if (!this.#isSettled(dyndep)) yield this.#visit(dyndep, stack, validations);
        if (dyndep.inEdge?.areOutputsReady !== false && dyndep.isDyndepPending) this.loadDyndep(dyndep);
      }
    }
    for (const output of edge.outputs) this.stat(output);
    const verdict: Verdict = { isDirty: false, newestInput: undefined };
    const declared = { start: 0, end: edge.inputs.length };
    yield this.#visitInputs(edge, declared, stack, validations);
    this.#judgeInputs(node, edge, declared, verdict);
    if (!verdict.isDirty) verdict.isDirty = this.areOutputsDirty(edge, verdict.newestInput);
    if (isFirstVisit) yield this.#visitDeps(node, edge, verdict, stack, validations);
    if (verdict.isDirty) {
      for (const output of edge.outputs) output.isDirty = true;
      // A phony without inputs has nothing to do, so what needs it need not wait.
      if (!(edge.isPhony && edge.inputs.length === 0)) edge.areOutputsReady = false;
    }
    edge.mark = "done";
    stack.pop();
  }

  /** All of them before one is judged: a visit may read a dyndep file that gives some of them a maker. */
  *#visitInputs(edge: Edge, range: InputRange, stack: Node[], validations: Node[]): Walk {
    for (let i = range.start; i < range.end; i++) {
      const input = edge.inputs[i];
      if (input !== undefined && !this.#isSettled(input)) yield this.#visit(input, stack, validations);
    }
  }

  #judgeInputs(node: Node, edge: Edge, range: InputRange, verdict: Verdict): void {
    for (let i = range.start; i < range.end; i++) {
      const input = edge.inputs[i];
      if (input === undefined) continue;
      if (input.inEdge?.areOutputsReady === false) edge.areOutputsReady = false;
      if (edge.isOrderOnly(i)) continue;
      if (input.isDirty) {
        this.#explain(node, `${input.path} is dirty`);
        verdict.isDirty = true;
      } else if (verdict.newestInput === undefined || input.mtime > verdict.newestInput.mtime) {
        verdict.newestInput = input;
      }
    }
  }

  /** Files that the command was found to read. An edge that runs anyway finds them anew. */
  *#visitDeps(node: Node, edge: Edge, verdict: Verdict, stack: Node[], validations: Node[]): Walk {
    const source: DepsSource = {
      state: this.#options.state,
      disk: this.#options.disk,
      depsLog: this.#options.depsLog,
      stat: (output) => this.stat(output),
      explain: (output, reason) => this.#explain(output, reason),
      isRecorded: this.#options.isRecorded?.(edge) === true,
    };
    const range = loadDeps(edge, source, verdict.isDirty ? "check" : "load");
    if (range === undefined) {
      verdict.isDirty = true;
      edge.areDepsMissing = true;
      return;
    }
    if (range.end === range.start) return;
    const before = verdict.newestInput;
    yield this.#visitInputs(edge, range, stack, validations);
    this.#judgeInputs(node, edge, range, verdict);
    if (!verdict.isDirty && verdict.newestInput !== before) {
      verdict.isDirty = this.areOutputsDirty(edge, verdict.newestInput);
    }
  }

  #isPhonyDirty(edge: Edge, output: Node, newestInput: Node | undefined): boolean {
    if (edge.inputs.length === 0 && edge.validations.length === 0 && output.exists !== true) {
      this.#explain(output, `output ${output.path} of phony edge with no inputs doesn't exist`);
      return true;
    }
    // Whoever reads the name sees the newest file behind it.
    if (newestInput !== undefined && output.exists !== true) {
      output.mtime = Math.max(output.mtime, newestInput.mtime);
    }
    return false;
  }

  #isDirty(edge: Edge, output: Node, newest: Node | undefined): boolean {
    const { buildLog } = this.#options;
    if (output.exists !== true) return this.#because(output, `output ${output.path} doesn't exist`);
    const entry = buildLog?.lookup(output.path);
    // A `restat` edge may leave its output as it was: then the log knows when it last ran.
    const isRestat = entry !== undefined && this.isRestat(edge);
    if (!isRestat && newest !== undefined && output.mtime < newest.mtime) {
      const times = `(${output.mtime} vs ${newest.mtime})`;
      return this.#because(
        output,
        `output ${output.path} older than most recent input ${newest.path} ${times}`,
      );
    }
    if (buildLog === undefined) return false;
    const isGenerator = edge.state.factsOf(edge).isGenerator;
    if (entry === undefined) {
      return !isGenerator && this.#because(output, `command line not found in log for ${output.path}`);
    }
    if (!isGenerator && entry.command !== this.hashOf(edge)) {
      return this.#because(output, `command line changed for ${output.path}`);
    }
    if (newest !== undefined && entry.mtime < newest.mtime) {
      const times = `(${entry.mtime} vs ${newest.mtime})`;
      const what = `recorded mtime of ${output.path} older than most recent input ${newest.path}`;
      return this.#because(output, `${what} ${times}`);
    }
    return false;
  }

  #because(output: Node, reason: string): true {
    this.#explain(output, reason);
    return true;
  }

  #explain(node: Node, reason: string): void {
    this.#options.explanations?.record(node, reason);
  }
}

/** The cycle from its first node to the same again (ninja: `VerifyDAG`). */
function refuseCycle(node: Node, edge: Edge, stack: readonly Node[]): never {
  const start = stack.findIndex((open) => open.inEdge === edge);
  const cycle = [node, ...stack.slice(start + 1), node];
  const isSelfPhony =
    start === stack.length - 1 &&
    edge.isPhony &&
    edge.outputs.length === 1 &&
    edge.step.explicitOutputs === 1 &&
    edge.implicitInputs === 0;
  const hint = isSelfPhony ? " [-w phonycycle=err]" : "";
  return refuseBuild(`dependency cycle: ${cycle.map(({ path }) => path).join(" -> ")}${hint}`);
}
