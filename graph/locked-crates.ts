// What a Cargo.lock says is to be fetched, with addresses: between the reader of lockfiles and the derivations.

import type { Bytes } from "./bytes.ts";

export interface LockedCrates {
  readonly crates: readonly LockedCrate[];
  readonly sources: readonly CrateDirectory[];
}

export interface LockedCrate {
  readonly name: Bytes;
  readonly version: Bytes;
  /** The directory of its source below the vendored directory: {@link CrateDirectory.directory}. */
  readonly directory: Bytes;
  readonly from:
    | { readonly kind: "archive"; readonly url: Bytes; readonly sha256: Bytes }
    /** A checkout that is there already. */
    | { readonly kind: "checkout"; readonly path: Bytes };
}

/** One source of packages as cargo is told about it. */
export interface CrateDirectory {
  /** Eight hexadecimal digits, from the source's name alone. */
  readonly directory: Bytes;
  /** A table for cargo's configuration that lets the directory stand for the source; `#` is the directory's path. */
  readonly configuration: Bytes;
}
