// Edges as steps in Nix's sandbox: plans them, derives them, builds the ones that are asked for, and puts what they
// made into the build directory.

import { bytesOfContents } from "../../emit/nar.ts";
import { parseNar } from "../../emit/nar-reader.ts";
import type { Plan, PlannedStep } from "../../emit/plan/plan.ts";
import { relocation } from "../../emit/plan/relocate.ts";
import { placeOf } from "../../emit/plan/tree-path.ts";
import { type DaemonSink, type DaemonSinkOptions, openDaemonSink } from "../../emit/sink/daemon.ts";
import { plainText } from "../../emit/sink/worker/events.ts";
import { narFromPath, queryValidPaths } from "../../emit/sink/worker/operations.ts";
import { applyReadableDyndeps } from "../../generators/ninja/dyndep.ts";
import { asBytes, type Bytes, fromBuffer, fromText, toText } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { splitLog } from "../host/failure.ts";
import { contextOf, objectsOf } from "../host/host-objects.ts";
import { type Host, openHost } from "../host/host-plan.ts";
import { nodeAt, OutputCopier } from "../host/link-out.ts";
import type { OutputPaths } from "../host/realise.ts";
import { settingFor } from "../host/refusal.ts";
import type { HostContext } from "../host/step-context.ts";
import type { Sandbox } from "./combined-runner.ts";
import type { ContentDisk } from "./content-disk.ts";
import { inVariables } from "./hint.ts";
import type { NixSettings } from "./nix-settings.ts";
import type { Edge, Node } from "./node.ts";
import { placeInSandbox, settledIn } from "./place.ts";
import { readByStep } from "./read-files.ts";
import type { Completed } from "./runner.ts";
import type { State } from "./state.ts";
import { type BuiltStep, StepBuilder } from "./step-builder.ts";
import { targetName, withTarget } from "./target-graph.ts";

export interface NixSandboxOptions {
  readonly state: State;
  readonly disk: ContentDisk;
  readonly settings: NixSettings;
  /** What the sandbox must be able to make. */
  readonly targets: readonly Node[];
  readonly keepGoing: boolean;
  readonly signal: AbortSignal;
}

/** What is planned now. */
interface Planned {
  readonly plan: Plan;
  readonly derivations: readonly Bytes[];
  /** Output path relative to the root -> index of its step. */
  readonly stepAt: ReadonlyMap<Bytes, number>;
}

export class NixSandbox implements Sandbox {
  readonly #options: NixSandboxOptions;
  readonly #sink: DaemonSink;
  readonly #builder: StepBuilder;
  readonly #close = (): void => void this.#sink.close();
  /** Derivation -> its outputs, as far as they were built here. */
  readonly #outputs = new Map<Bytes, OutputPaths>();
  /** Generated files that a plan had to see, by path relative to the root. */
  readonly #generated = new Map<Bytes, Bytes>();
  /** Where the tree lies in the sandbox. */
  readonly #place: Bytes;
  /** When planning began: what is read is at least as new. Milliseconds. */
  #since = 0;
  #targets: readonly Bytes[];
  #host: Host;
  #copier: OutputCopier;
  #context: HostContext | undefined;
  #planned: Planned | undefined;

  private constructor(options: NixSandboxOptions, sink: DaemonSink, connection: DaemonSinkOptions) {
    this.#options = options;
    this.#sink = sink;
    const { settings, keepGoing, signal } = options;
    this.#builder = new StepBuilder({
      connection,
      context: sink.context,
      keepGoing,
      substitute: settings.substitute,
      signal,
    });
    this.#place = placeInSandbox(fromText(settings.root));
    this.#targets = options.targets.map(({ path }) => path);
    this.#host = this.#openHost();
    this.#copier = new OutputCopier(this.#host, settledIn(this.#place, this.#host.layout.root));
    signal.addEventListener("abort", this.#close);
  }

  static async open(options: NixSandboxOptions): Promise<NixSandbox> {
    // Nothing is asked of a daemon before it is clear what steps would run with.
    void options.settings.toolchain();
    const connection: DaemonSinkOptions = { environment: options.settings.env };
    return new NixSandbox(options, await openDaemonSink(connection), connection);
  }

  async close(): Promise<void> {
    this.#options.signal.removeEventListener("abort", this.#close);
    await this.#copier.save();
    await this.#builder.close();
    await this.#sink.close();
  }

  isPlanned(edge: Edge): boolean {
    return this.#stepOf(edge) !== undefined;
  }

  async plan(edges: readonly Edge[]): Promise<void> {
    if (this.#planned === undefined) await this.#replan();
    let isNarrowed = false;
    while (!edges.some((edge) => this.isPlanned(edge))) {
      const isFurther = this.#planned?.plan.isComplete === false && (await this.#takeGenerated());
      if (!isFurther) {
        if (isNarrowed) throw new Error(`no step is planned for "${edges[0]?.outputs[0]?.path}"`);
        // Something else that was wanted stands in the way: plan for these edges alone.
        isNarrowed = true;
        this.#targets = edges.flatMap(({ outputs }) => outputs.slice(0, 1).map(({ path }) => path));
        this.#host = this.#openHost();
      }
      await this.#replan();
    }
  }

  async build(edge: Edge): Promise<Completed> {
    const found = this.#stepOf(edge);
    if (found === undefined) throw new Error("the step is not planned");
    const { step, derivation } = found;
    const built = await this.#buildStep(derivation);
    if (!built.result.isSuccess) return this.#failed(edge, step, built);
    const before = this.#copier.written;
    for (const { name, path, isInterface } of step.outputs) {
      const store = isInterface === true ? undefined : built.result.outputs.get(name);
      if (store !== undefined) await this.#copier.copy(this.#sink.context, path, store);
    }
    for (const output of edge.outputs) this.#options.disk.noteMade(output.path);
    const deps = this.#noteRead(edge, step);
    const isCached = !built.hasRun && this.#copier.written === before;
    return { edge, code: 0, output: this.#shown(built.log), deps, isCached };
  }

  #openHost(): Host {
    const { state, settings } = this.#options;
    return openHost({
      graph: state.written,
      root: settings.root,
      isRootGiven: settings.isRootGiven,
      buildDirectory: settings.directory,
      name: settings.name,
      extraInputs: settings.extraInputs,
      targets: [targetName],
      place: this.#place,
      graphOf: (readNamed) => withTarget(applyReadableDyndeps(state.written, readNamed), this.#targets),
    });
  }

  async #replan(): Promise<void> {
    this.#since = Date.now();
    const plan = this.#host.plan(this.#generated);
    this.#context ??= await contextOf(this.#host, this.#options.settings.toolchain(), (paths) =>
      queryValidPaths(this.#sink.context, paths),
    );
    const { derived, objects } = objectsOf(this.#host, plan, this.#context);
    await this.#sink.deliver(objects);
    const stepAt = new Map<Bytes, number>();
    for (const [index, step] of plan.steps.entries()) {
      for (const { path } of step.outputs) stepAt.set(path, index);
    }
    this.#planned = { plan, derivations: derived.derivations, stepAt };
  }

  #stepOf(edge: Edge): { readonly step: PlannedStep; readonly derivation: Bytes } | undefined {
    const { path } = edge.outputs[0] ?? {};
    if (path === undefined || this.#planned === undefined) return undefined;
    const place = placeOf(path, this.#host.layout);
    const index = place.kind === "tree" ? this.#planned.stepAt.get(place.path) : undefined;
    if (index === undefined) return undefined;
    const [step, derivation] = [this.#planned.plan.steps[index], this.#planned.derivations[index]];
    return step === undefined || derivation === undefined ? undefined : { step, derivation };
  }

  async #buildStep(derivation: Bytes): Promise<BuiltStep> {
    const built = await this.#builder.build(derivation);
    if (built.result.isSuccess) this.#outputs.set(derivation, built.result.outputs);
    return built;
  }

  /** Reads the files for whose sake the plan is not complete; false when one of them cannot be made. */
  async #takeGenerated(): Promise<boolean> {
    const { plan, derivations } = this.#planned ?? { plan: undefined, derivations: [] };
    for (const ref of plan?.built ?? []) {
      const output = plan?.steps[ref.step]?.outputs[ref.output];
      const derivation = derivations[ref.step];
      if (output === undefined || derivation === undefined)
        throw new Error("the plan names a step that it lacks");
      const outputs = this.#outputs.get(derivation) ?? (await this.#buildStep(derivation)).result.outputs;
      const store = outputs.get(output.name);
      if (store === undefined) return false;
      const node = nodeAt(parseNar(await narFromPath(this.#sink.context, store)), output.path);
      if (node?.kind === "file") this.#generated.set(output.path, fromBuffer(bytesOfContents(node.contents)));
    }
    return true;
  }

  #noteRead(edge: Edge, step: PlannedStep): readonly Bytes[] {
    const { plan } = this.#planned ?? {};
    if (plan === undefined) return [];
    const { state, disk } = this.#options;
    const files = readByStep(edge, step, plan, this.#host.layout, state.manifest);
    for (const file of files) if (state.lookup(file)?.inEdge === undefined) disk.noteRead(file, this.#since);
    return files;
  }

  #failed(edge: Edge, step: PlannedStep, { result, log }: BuiltStep): Completed {
    const message = toText(plainText(result.message)).replace(/^error:\s*/, "");
    const setting = settingFor(message);
    if (setting !== undefined) throw new InputError([setting], 3);
    const { own, complaint, hint } = splitLog(log, toText(step.label));
    const code = /^the command failed with exit code (\d+)/.exec(complaint ?? "")?.[1];
    if (code !== undefined) return { edge, code: Number(code), output: this.#shown(own) };
    const why = complaint === undefined ? [message] : [`unravel: ${complaint}`];
    const lines = [...own, ...why, ...(hint === undefined ? [] : [`  hint: ${inVariables(hint)}`])];
    return { edge, code: 1, output: this.#shown(lines) };
  }

  /** What a command printed, with the places of this machine. */
  #shown(lines: readonly string[]): Bytes {
    if (lines.length === 0) return asBytes("");
    const back = relocation(this.#place, this.#host.layout.root);
    return back(fromText(`${lines.join("\n")}\n`));
  }
}
