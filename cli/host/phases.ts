// Plans, and builds what was planned, until a plan is complete: headers that steps make must be there before anybody
// can tell what they include.

import { availableParallelism } from "node:os";
import type { Derived } from "../../emit/derive.ts";
import type { Plan } from "../../emit/plan/plan.ts";
import type { DaemonSink, DaemonSinkOptions } from "../../emit/sink/daemon.ts";
import type { Bytes } from "../../graph/bytes.ts";
import type { BuildFlags } from "../commands/build.ts";
import type { Session } from "../io.ts";
import { builtContents } from "./built-contents.ts";
import { objectsOf } from "./host-objects.ts";
import type { Host } from "./host-plan.ts";
import type { BuildObserver } from "./observer.ts";
import type { Progress } from "./progress.ts";
import { type Realised, realise, survey } from "./realise.ts";
import type { HostContext } from "./step-context.ts";

export interface PhaseOptions {
  readonly host: Host;
  readonly context: HostContext;
  /** Holds the temporary roots of everything that is added and built. */
  readonly sink: DaemonSink;
  readonly connection: DaemonSinkOptions;
  readonly progress: Progress;
  readonly observer?: BuildObserver | undefined;
  readonly flags: BuildFlags;
}

export interface Phase {
  readonly plan: Plan;
  readonly derived: Derived;
  /** Counts are those of all phases so far. */
  readonly realised: Realised;
}

export class Phases {
  readonly #session: Session;
  readonly #options: PhaseOptions;
  readonly #generated = new Map<Bytes, Bytes>();
  #built = 0;
  #cutOff = 0;

  constructor(session: Session, options: PhaseOptions) {
    this.#session = session;
    this.#options = options;
  }

  /** The last phase: of a complete plan, or the one in which a step failed. */
  async all(first: Plan): Promise<Phase> {
    for (let plan = first; ; plan = this.#options.host.plan(this.#generated)) {
      const phase = await this.#run(plan);
      if (plan.isComplete || phase.realised.failures.length > 0) return phase;
      const { context } = this.#options.sink;
      const contents = await builtContents(context, plan, phase.realised.outputs);
      for (const [path, text] of contents) this.#generated.set(path, text);
    }
  }

  async #run(plan: Plan): Promise<Phase> {
    const { host, context, sink, connection, progress, observer, flags } = this.#options;
    const { derived, objects } = objectsOf(host, plan, context);
    await sink.deliver(objects);
    const found = await survey(sink.context, plan, derived);
    progress.expect(found.needed.size);
    observer?.planned(plan, derived, found.needed);
    const realised = await realise({
      plan,
      derived,
      survey: found,
      progress,
      observer,
      jobs: flags.jobs ?? availableParallelism(),
      keepGoing: flags.keepGoing === true,
      substitute: flags.substitute === true,
      connection,
      context: sink.context,
      signal: this.#session.io.signal,
    });
    this.#built += realised.built;
    this.#cutOff += realised.cutOff;
    return { plan, derived, realised: { ...realised, built: this.#built, cutOff: this.#cutOff } };
  }
}
