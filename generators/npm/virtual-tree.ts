// What npm's arborist says of a lockfile, as plain data: the nodes of its tree with the edges between them. Made by
// cli/npm, which runs arborist; read by tree.ts.

import type { Bytes } from "../../graph/bytes.ts";
import type { OmittedPackage } from "../../graph/package-tree.ts";

export interface VirtualTree {
  /** Version of the lockfile format. */
  readonly version: number;
  readonly name: Bytes | undefined;
  /** In arborist's order for bins: depth, then path. Without the project itself. */
  readonly nodes: readonly VirtualNode[];
  /** Locations that the project's own dependencies resolve to. */
  readonly top: readonly Bytes[];
  /** Contents of `node_modules/.package-lock.json`, as npm would write it. */
  readonly hiddenLockfile: Bytes | undefined;
  /** Edges that npm would have to ask the registry for: the lockfile does not fit the package.json files. */
  readonly problems: readonly EdgeProblem[];
}

export interface VirtualNode {
  readonly location: Bytes;
  /** The package's own name. */
  readonly name: Bytes;
  readonly version: Bytes | undefined;
  readonly resolved: Bytes | undefined;
  readonly integrity: Bytes | undefined;
  /** A link's target, relative to the project. */
  readonly target: Bytes | undefined;
  /** The package whose tarball it comes in. */
  readonly bundler: Bytes | undefined;
  readonly isWorkspace: boolean;
  readonly bin: unknown;
  readonly os: unknown;
  readonly cpu: unknown;
  readonly libc: unknown;
  readonly hasInstallScript: boolean;
  /** npm's `allowScripts` policy: `undefined` when it says nothing of this package. */
  readonly mayRunScripts: boolean | undefined;
  readonly isDev: boolean;
  readonly isOptional: boolean;
  readonly isDevOptional: boolean;
  readonly isPeer: boolean;
  /** Locked, and not installed. */
  readonly omitted: OmittedPackage["reason"] | undefined;
  /** Locations that its dependencies resolve to. */
  readonly dependencies: readonly Bytes[];
  /** Those of them that are optional, or optional peers. */
  readonly optional: readonly Bytes[];
}

export interface EdgeProblem {
  /** Who depends: the location, "" for the project. */
  readonly from: Bytes;
  readonly name: Bytes;
  readonly spec: Bytes;
  /** The version that is locked in its place; `undefined` when nothing is. */
  readonly locked: Bytes | undefined;
}
