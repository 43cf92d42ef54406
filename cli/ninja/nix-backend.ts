// The program's own backend: a disk by contents, a memory in the build directory, commands in Nix's sandbox.

import { join } from "node:path";
import { hashHex } from "../../emit/hash.ts";
import { asBytes, type Bytes, fromText } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { stateDirectory } from "../state-directory.ts";
import type { Backend, Workshop } from "./backend.ts";
import { ContentDisk } from "./content-disk.ts";
import { hostEdgesOf, sandboxTargets } from "./host-edges.ts";
import type { Environment } from "./line-printer.ts";
import type { LocalRunner } from "./local-runner.ts";
import { isDirectoryName } from "./log.ts";
import type { NixSandbox } from "./nix-sandbox.ts";
import { type NixSettings, nixSettings } from "./nix-settings.ts";
import type { Node } from "./node.ts";
import type { Options } from "./options.ts";
import type { CommandRunner } from "./runner.ts";
import type { State } from "./state.ts";
import { loadState, type Remembered, saveState } from "./state-file.ts";
import type { Memory } from "./tools/tool.ts";

/** Connections to Nix at once, however many jobs are asked for. */
const mostJobs = 256;

export interface NixBackendOptions {
  readonly directory: string;
  readonly env: Environment;
  readonly options: Options;
  readonly signal: AbortSignal;
}

export function nixBackend({ directory, env, options, signal }: NixBackendOptions): Backend {
  const file = join(directory, stateDirectory, "ninja");
  const remembered = loadState(file);
  const disk = new ContentDisk(directory, remembered.files, join(directory, stateDirectory, "clock"));
  const { salt } = remembered;
  const { buildLog, depsLog } = remembered;
  return {
    disk,
    memory: memoryOf(remembered, disk),
    open: (state) => new NixWorkshop({ directory, env, options, signal, state, disk, remembered }),
    save: async () => {
      const isLogChanged = buildLog.isChanged || depsLog.isChanged || remembered.salt !== salt;
      if (isLogChanged || disk.isChanged) await saveState(file, remembered);
    },
  };
}

interface WorkshopOptions extends NixBackendOptions {
  readonly state: State;
  readonly disk: ContentDisk;
  readonly remembered: Remembered;
}

class NixWorkshop implements Workshop {
  readonly #options: WorkshopOptions;
  readonly #settings: NixSettings;
  readonly #locals: LocalRunner[] = [];
  readonly #sandboxes: NixSandbox[] = [];
  readonly isRecorded: NonNullable<Workshop["isRecorded"]>;
  readonly saltOf: NonNullable<Workshop["saltOf"]>;

  constructor(options: WorkshopOptions) {
    this.#options = options;
    const isHost = hostEdgesOf(options.state);
    this.#settings = nixSettings(options.directory, options.env);
    const salt = saltFor(this.#settings) ?? options.remembered.salt;
    options.remembered.salt = salt;
    this.isRecorded = (edge) => !edge.isPhony && !isHost(edge);
    this.saltOf = (edge) => (isHost(edge) ? asBytes("") : salt);
  }

  readonly runner = async (targets: readonly Node[]): Promise<CommandRunner> => {
    // A build with nothing to do loads neither.
    const [{ CombinedRunner }, { LocalRunner }] = await Promise.all([
      import("./combined-runner.ts"),
      import("./local-runner.ts"),
    ]);
    const { directory, env, signal, state, disk, options } = this.#options;
    const jobs = Math.min(options.jobs, mostJobs);
    const { maxLoad } = options;
    const local = new LocalRunner({ directory, env, jobs, maxLoad, signal });
    this.#locals.push(local);
    const isHost = hostEdgesOf(state);
    return new CombinedRunner({
      isHost,
      local,
      jobs,
      maxLoad,
      signal,
      sandbox: async () => {
        const { NixSandbox } = await import("./nix-sandbox.ts");
        const sandbox = await NixSandbox.open({
          state,
          disk,
          settings: this.#settings,
          targets: sandboxTargets(targets, isHost),
          keepGoing: options.failuresAllowed > 1,
          signal,
        });
        this.#sandboxes.push(sandbox);
        return sandbox;
      },
    });
  };

  async close(): Promise<void> {
    for (const local of this.#locals) local.close();
    for (const sandbox of this.#sandboxes) await sandbox.close();
  }
}

/** What steps depend on beside their commands; `undefined` when nothing tells the toolchain. */
function saltFor(settings: NixSettings): Bytes | undefined {
  try {
    const { system, shell, variables } = settings.toolchain();
    const parts = [system, shell, ...[...variables].flat(), fromText(settings.extraInputsText)];
    return asBytes(hashHex("sha256", asBytes(parts.join("\0"))).slice(0, 32));
  } catch (error) {
    // Told when a step is to run: without one, it is not needed.
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

function memoryOf(remembered: Remembered, disk: ContentDisk): Memory {
  const { buildLog, depsLog, files } = remembered;
  return {
    buildLog,
    depsLog: {
      lookup: (output) => depsLog.lookup(output),
      record: (output, deps) => depsLog.record(output, deps),
      outputs: () => depsLog.outputs(),
    },
    recompact: (state) => {
      const isLive = (output: Bytes): boolean =>
        state.lookup(output)?.inEdge !== undefined || disk.stat(output) !== 0;
      for (const output of [...buildLog.outputs()]) if (!isLive(output)) buildLog.remove(output);
      for (const output of [...depsLog.outputs()]) if (!isLive(output)) depsLog.remove(output);
      const read = new Set([...depsLog.entries()].flatMap(([, deps]) => deps.files));
      for (const path of [...files.keys()]) {
        if (state.lookup(path) === undefined && !read.has(path) && !isDirectoryName(path)) files.delete(path);
      }
    },
    restat: (outputs) => {
      const wanted = new Set(outputs);
      for (const [output, entry] of [...buildLog.entries()]) {
        if (wanted.size > 0 && !wanted.has(output)) continue;
        buildLog.record(output, { ...entry, mtime: disk.accept(output) });
      }
    },
  };
}
