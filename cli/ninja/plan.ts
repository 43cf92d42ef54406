// What is to be built, and what of it may run now (ninja: `Plan`).

import { refuseBuild } from "./failure.ts";
import type { Edge, Node } from "./node.ts";
import { ReadyQueue } from "./pool.ts";
import { type DependencyScan, finish, type Walk } from "./scan.ts";

/** "nothing": only what depends on it is wanted; "start": to be run; "finish": running, or queued. */
type Want = "nothing" | "start" | "finish";

export interface PlanEvents {
  readonly added: (edge: Edge) => void;
  readonly removed: (edge: Edge) => void;
  /** An edge is done: reads the dyndep files that it made. */
  readonly loadDyndeps: (edge: Edge) => void;
}

export class BuildPlan {
  readonly #scan: DependencyScan;
  readonly #events: PlanEvents;
  readonly #targets: Node[] = [];
  readonly #want = new Map<Edge, Want>();
  readonly #ready = new ReadyQueue();
  #commandEdges = 0;
  #wantedEdges = 0;

  constructor(scan: DependencyScan, events: PlanEvents) {
    this.#scan = scan;
    this.#events = events;
  }

  get hasMore(): boolean {
    return this.#wantedEdges > 0 && this.#commandEdges > 0;
  }

  addTarget(target: Node): void {
    this.#targets.push(target);
    this.#addSubTarget(target, undefined, undefined);
  }

  /** After the last target: orders what may run at once by how much depends on it. */
  prepare(): void {
    this.#weigh();
    const limited = new Set<Edge["pool"]>();
    for (const [edge, want] of [...this.#want].sort(([a], [b]) => a.id - b.id)) {
      if (want !== "start" || !edge.areInputsReady()) continue;
      if (edge.pool.isLimited) {
        this.#want.set(edge, "finish");
        edge.pool.delay(edge);
        limited.add(edge.pool);
      } else this.#schedule(edge);
    }
    for (const pool of limited) pool.release(this.#ready);
  }

  /** Takes an edge that may run. */
  take(): Edge | undefined {
    return this.#ready.pop();
  }

  /** Gives back what was taken and not started. */
  putBack(edge: Edge): void {
    this.#ready.push(edge);
  }

  /** The edge is done, or failed; makes ready what waited for it. */
  finished(edge: Edge, hasSucceeded: boolean): void {
    const queue: Edge[] = [];
    this.#finish(edge, hasSucceeded, queue);
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) this.#finish(next, true, queue);
  }

  /** A node turned out to be as it was: whoever was wanted for its sake alone is not wanted any more. */
  clean(node: Node): void {
    finish(this.#clean(node));
  }

  /** Dyndep files were read: their edges may need more, and more edges may have become dirty. */
  dyndepsLoaded(files: readonly Node[], loaded: ReadonlyMap<Edge, readonly Node[]>): void {
    this.#refreshDependents(files);
    const walked = new Set<Edge>();
    for (const [edge, inputs] of loaded) {
      if (edge.areOutputsReady || !this.#want.has(edge)) continue;
      for (const input of inputs) this.#addSubTarget(input, edge.outputs[0], walked);
    }
    for (const file of files) for (const edge of file.outEdges) if (this.#want.has(edge)) walked.add(edge);
    for (const edge of [...walked].sort((a, b) => a.id - b.id)) this.#startIfReady(edge);
  }

  #addSubTarget(target: Node, dependent: Node | undefined, walked: Set<Edge> | undefined): void {
    const stack: { readonly node: Node; readonly dependent: Node | undefined }[] = [
      { node: target, dependent },
    ];
    for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
      const { node } = top;
      const edge = node.inEdge;
      if (edge === undefined) {
        refuseMissing(node, top.dependent);
        continue;
      }
      if (edge.areOutputsReady) continue;
      const known = this.#want.get(edge);
      if (known === undefined) this.#want.set(edge, "nothing");
      if (walked !== undefined && known === "finish") continue;
      if (node.isDirty && (known ?? "nothing") === "nothing") {
        this.#want.set(edge, "start");
        this.#countWanted(edge);
      }
      walked?.add(edge);
      if (known !== undefined) continue;
      for (let i = edge.inputs.length - 1; i >= 0; i--) {
        const input = edge.inputs[i];
        if (input !== undefined) stack.push({ node: input, dependent: node });
      }
    }
  }

  #countWanted(edge: Edge): void {
    this.#wantedEdges++;
    if (edge.isPhony) return;
    this.#commandEdges++;
    this.#events.added(edge);
  }

  #schedule(edge: Edge): void {
    if (this.#want.get(edge) === "finish") return;
    this.#want.set(edge, "finish");
    if (edge.pool.isLimited) {
      edge.pool.delay(edge);
      edge.pool.release(this.#ready);
    } else this.#ready.push(edge);
  }

  /** Edges that are done by that alone are added to `queue`. */
  #finish(edge: Edge, hasSucceeded: boolean, queue: Edge[]): void {
    const want = this.#want.get(edge);
    if (want !== "nothing") edge.pool.finish();
    edge.pool.release(this.#ready);
    if (!hasSucceeded) return;
    if (want !== "nothing") this.#wantedEdges--;
    this.#want.delete(edge);
    edge.areOutputsReady = true;
    this.#events.loadDyndeps(edge);
    for (const output of edge.outputs) {
      for (const user of output.outEdges) this.#startIfReady(user, queue);
    }
  }

  #startIfReady(edge: Edge, queue?: Edge[]): void {
    const want = this.#want.get(edge);
    if (want === undefined || !edge.areInputsReady()) return;
    if (want !== "nothing") this.#schedule(edge);
    else if (queue === undefined) this.finished(edge, true);
    else if (!queue.includes(edge)) queue.push(edge);
  }

  *#clean(node: Node): Walk {
    node.isDirty = false;
    for (const edge of node.outEdges) {
      const want = this.#want.get(edge);
      if (want === undefined || want === "nothing" || edge.areDepsMissing) continue;
      const inputs = edge.inputs.slice(0, edge.inputs.length - edge.orderOnly);
      if (inputs.some((input) => input.isDirty)) continue;
      let newest: Node | undefined;
      for (const input of inputs) if (newest === undefined || input.mtime > newest.mtime) newest = input;
      if (this.#scan.areOutputsDirty(edge, newest) || this.#scan.isRecordDirty(edge)) continue;
      for (const output of edge.outputs) yield this.#clean(output);
      this.#want.set(edge, "nothing");
      this.#wantedEdges--;
      if (edge.isPhony) continue;
      this.#commandEdges--;
      this.#events.removed(edge);
    }
  }

  #refreshDependents(files: readonly Node[]): void {
    for (const node of this.#unmarkDependents(files)) {
      for (const validation of this.#scan.recompute(node)) {
        if (validation.inEdge !== undefined && !validation.inEdge.areOutputsReady) this.addTarget(validation);
      }
      const edge = node.inEdge;
      if (!node.isDirty || edge === undefined) continue;
      if (this.#want.get(edge) !== "nothing") continue;
      this.#want.set(edge, "start");
      this.#countWanted(edge);
    }
  }

  /** Whatever depends on the files and is in the plan, so that it is looked at again. */
  #unmarkDependents(files: readonly Node[]): readonly Node[] {
    const dependents = new Set<Node>();
    const queue = [...files];
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      for (const edge of node.outEdges) {
        if (!this.#want.has(edge) || edge.mark === "none") continue;
        edge.mark = "none";
        for (const output of edge.outputs) {
          if (dependents.has(output)) continue;
          dependents.add(output);
          queue.push(output);
        }
      }
    }
    return [...dependents].sort((a, b) => a.id - b.id);
  }

  /** An edge weighs as many commands as are on the longest way from it to a target. */
  #weigh(): void {
    const order = this.#reachable();
    const own = (edge: Edge): number => (edge.isPhony ? 0 : 1);
    for (const edge of order) edge.weight = own(edge);
    for (let i = order.length - 1; i >= 0; i--) {
      const edge = order[i];
      if (edge === undefined) continue;
      for (const input of edge.inputs) {
        const maker = input.inEdge;
        if (maker !== undefined) maker.weight = Math.max(maker.weight, edge.weight + own(maker));
      }
    }
  }

  /** Every edge behind the targets, each after those it needs. */
  #reachable(): readonly Edge[] {
    const order: Edge[] = [];
    const seen = new Set<Edge>();
    const visit = function* (edge: Edge): Walk {
      for (const input of edge.inputs) {
        const maker = input.inEdge;
        if (maker === undefined || seen.has(maker)) continue;
        seen.add(maker);
        yield visit(maker);
      }
      order.push(edge);
    };
    for (const target of this.#targets) {
      const maker = target.inEdge;
      if (maker === undefined || seen.has(maker)) continue;
      seen.add(maker);
      finish(visit(maker));
    }
    return order;
  }
}

function refuseMissing(node: Node, dependent: Node | undefined): void {
  if (!node.isDirty || node.isFromDeps) return;
  const needed = dependent === undefined ? "" : `, needed by '${dependent.path}',`;
  refuseBuild(`'${node.path}'${needed} missing and no known rule to make it`);
}
