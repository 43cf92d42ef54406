// What the command line needs to build: a disk, a memory, and somewhere to run commands. The program builds through
// Nix; tests put another one in its place.

import type { Bytes } from "../../graph/bytes.ts";
import type { Disk } from "./disk.ts";
import type { Edge, Node } from "./node.ts";
import type { Options } from "./options.ts";
import type { CommandRunner } from "./runner.ts";
import type { State } from "./state.ts";
import type { Memory } from "./tools/tool.ts";

export interface Backend {
  readonly disk: Disk;
  readonly memory: Memory;
  /** How this manifest is built. */
  readonly open: (state: State) => Workshop;
  /** Keeps what was learned, whatever came of the build. */
  readonly save: () => Promise<void>;
}

export interface Workshop {
  readonly runner: (targets: readonly Node[]) => CommandRunner | Promise<CommandRunner>;
  readonly isRecorded?: (edge: Edge) => boolean;
  readonly saltOf?: (edge: Edge) => Bytes;
  /** Ends what the runners hold open. */
  readonly close: () => Promise<void>;
}

/** `directory` is absolute. */
export type OpenBackend = (directory: string, options: Options) => Backend;
