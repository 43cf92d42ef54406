// Which package each dependency is, without places: what yarn's lockfiles say. Where packages go is npm's to decide
// (cli/npm/hoist.ts), since yarn writes no layout down.

import type { Bytes } from "../../graph/bytes.ts";
import type { Bin, PackageSource } from "../../graph/package-tree.ts";
import type { PlatformNeeds } from "./platform.ts";
import type { NoSource } from "./source.ts";

export interface Resolution {
  /** By a name of their own in the lockfile. */
  readonly packages: ReadonlyMap<Bytes, ResolvedPackage>;
  /** By directory, "" for the project's top. */
  readonly projects: ReadonlyMap<Bytes, ResolvedProject>;
  /** Whether the lockfile says which bins packages have, and for which systems they are. */
  readonly isComplete: boolean;
}

export interface ResolvedPackage {
  readonly name: Bytes;
  readonly version: Bytes;
  readonly source: PackageSource | NoSource;
  readonly needs: PlatformNeeds;
  readonly bins: readonly Bin[] | undefined;
  readonly dependencies: readonly ResolvedDependency[];
  readonly patches: readonly Bytes[];
}

export interface ResolvedDependency {
  /** The directory in `node_modules`. */
  readonly alias: Bytes;
  readonly kind: "dev" | "optional" | "prod";
  readonly target:
    | { readonly kind: "package"; readonly id: Bytes }
    | { readonly kind: "directory"; readonly path: Bytes };
}

export interface ResolvedProject {
  readonly name: Bytes;
  readonly version: Bytes | undefined;
  readonly isWorkspace: boolean;
  readonly bins: readonly Bin[];
  readonly dependencies: readonly ResolvedDependency[];
}
