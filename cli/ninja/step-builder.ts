// Builds derivations through connections to a Nix daemon, one at a time over each.

import { type DaemonSink, type DaemonSinkOptions, openDaemonSink } from "../../emit/sink/daemon.ts";
import { type BuildResult, buildPathsWithResults, setOptions } from "../../emit/sink/worker/builds.ts";
import type { OperationContext } from "../../emit/sink/worker/request.ts";
import type { Bytes } from "../../graph/bytes.ts";
import { root, StepLog } from "../host/realise.ts";

export interface StepBuilderOptions {
  readonly connection: DaemonSinkOptions;
  /** Stays open to the end: it holds the temporary roots of what is built. */
  readonly context: OperationContext;
  readonly keepGoing: boolean;
  readonly substitute: boolean;
  readonly signal: AbortSignal;
}

export interface BuiltStep {
  readonly result: BuildResult;
  /** Lines that the command printed. */
  readonly log: readonly string[];
  /** False: Nix had the result. */
  readonly hasRun: boolean;
}

interface Connection {
  readonly sink: DaemonSink;
  readonly log: StepLog;
}

export class StepBuilder {
  readonly #options: StepBuilderOptions;
  readonly #idle: Connection[] = [];
  readonly #all = new Set<DaemonSink>();
  readonly #close = (): void => void this.close();

  constructor(options: StepBuilderOptions) {
    this.#options = options;
    options.signal.addEventListener("abort", this.#close);
  }

  /** As many at once as are asked for: each takes a connection of its own. */
  async build(derivation: Bytes): Promise<BuiltStep> {
    const connection = this.#idle.pop() ?? (await this.#connect());
    const { sink, log } = connection;
    log.begin(() => undefined);
    const [result] = await buildPathsWithResults(sink.context, [{ path: derivation, outputs: "*" }]);
    if (result === undefined) throw new Error("no result for a build");
    const built = { result, log: log.lines, hasRun: log.isBuilt };
    // Nix keeps no root for a finished output of a build that goes on.
    if (result.isSuccess) await root(this.#options.context, result.outputs.values());
    this.#idle.push(connection);
    return built;
  }

  async close(): Promise<void> {
    this.#options.signal.removeEventListener("abort", this.#close);
    const sinks = [...this.#all];
    this.#all.clear();
    await Promise.all(sinks.map((sink) => sink.close()));
  }

  async #connect(): Promise<Connection> {
    const log = new StepLog();
    const { connection, keepGoing, substitute, signal } = this.#options;
    const sink = await openDaemonSink({ ...connection, onEvent: (event) => log.take(event) });
    this.#all.add(sink);
    if (signal.aborted) await sink.close();
    await setOptions(sink.context, { keepGoing, maxJobs: 1, useSubstitutes: substitute });
    return { sink, log };
  }
}
