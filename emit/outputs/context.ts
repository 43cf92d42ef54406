// What emitting derivations have in common.

import type { Bytes } from "../../graph/bytes.ts";

/** What emitting derivations run with: store paths that exist already. */
export interface EmissionContext {
  /** Logical store directory. */
  readonly storeDir: Bytes;
  /** "x86_64-linux". */
  readonly system: Bytes;
  /** Full path of bash. */
  readonly shell: Bytes;
  /** Store object with `environment.sh`, which puts at least coreutils on PATH. */
  readonly environment: Bytes;
  /** Store object that holds bin/node. */
  readonly node: Bytes;
  /** Store object that holds the bundle. */
  readonly planner: Bytes;
  /** The script that stands for another derivation's output (templates/builder/forward.sh). */
  readonly forwardScript: Bytes;
  /**
   * What else emitted objects refer to, outside the set: Nix registers a reference only when it is in the closure of
   * the builder that wrote it.
   */
  readonly references: readonly Bytes[];
}
