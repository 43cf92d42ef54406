// The part of npm's arborist that is used. It comes without types of its own.

declare module "@npmcli/arborist" {
  export interface Edge {
    readonly name: string;
    readonly spec: string;
    readonly type: string;
    readonly valid: boolean;
    readonly from: Node;
    readonly to: Node | null | undefined;
  }

  export interface Node {
    readonly location: string;
    readonly path: string;
    readonly realpath: string;
    readonly name: string;
    readonly packageName: string | null;
    readonly version: string;
    readonly resolved: string | null | undefined;
    readonly integrity: string | null | undefined;
    readonly depth: number;
    readonly isLink: boolean;
    readonly isProjectRoot: boolean;
    readonly isWorkspace: boolean;
    readonly inDepBundle: boolean;
    readonly inShrinkwrap: boolean;
    readonly hasInstallScript: boolean;
    readonly dev: boolean;
    readonly optional: boolean;
    readonly devOptional: boolean;
    readonly peer: boolean;
    readonly root: Node;
    readonly target: Node;
    readonly edgesIn: ReadonlySet<Edge>;
    readonly edgesOut: ReadonlyMap<string, Edge>;
    readonly errors: readonly Error[];
    readonly inventory: ReadonlyMap<string, Node>;
    readonly meta: Shrinkwrap;
    package: Record<string, unknown>;
    parent: Node | null;
    inert?: boolean;
    getBundler(path?: Node[]): Node | null;
    /** What the module of this name is for code of this package. */
    resolve(name: string): Node | null | undefined;
    resetDepFlags(): void;
    shouldOmit(kinds: ReadonlySet<string>): boolean;
  }

  export interface Shrinkwrap {
    readonly originalLockfileVersion: number | undefined;
    readonly loadedFromDisk: boolean;
    readonly loadingError: Error | null;
    filename: string;
    hiddenLockfile: boolean;
    lockfileVersion: number;
    toString(): string;
  }

  export interface Options {
    readonly path?: string;
    readonly registry?: string;
    readonly cache?: string;
    readonly offline?: boolean;
    readonly packumentCache?: Map<string, unknown>;
    readonly save?: boolean;
    readonly force?: boolean;
    readonly audit?: boolean;
    readonly legacyPeerDeps?: boolean;
    readonly omit?: readonly string[];
    readonly os?: string;
    readonly cpu?: string;
    readonly libc?: string;
    readonly nodeVersion?: string;
    readonly allowScripts?: unknown;
    readonly omitLockfileRegistryResolved?: boolean;
  }

  // CommonJS, so that a bundle has no names of it.
  export default class Arborist {
    constructor(options: Options);
    readonly registry: string;
    loadVirtual(): Promise<Node>;
    loadActual(options: { readonly ignoreMissing?: boolean }): Promise<Node>;
    buildIdealTree(): Promise<Node>;
  }
}

declare module "@npmcli/arborist/lib/script-allowed.js" {
  import type { Node } from "@npmcli/arborist";

  /** `null`: the policy does not mention it. */
  export default function isScriptAllowed(node: Node, policy: unknown): boolean | null;
}

declare module "@npmcli/arborist/lib/calc-dep-flags.js" {
  import type { Node } from "@npmcli/arborist";

  /** Finds out anew what is dev, optional, peer. */
  export default function calcDepFlags(tree: Node): void;
}

declare module "@npmcli/arborist/lib/node.js" {
  import type { Node } from "@npmcli/arborist";

  const ArboristNode: { readonly prototype: { getBundler: (this: Node, path?: Node[]) => Node | null } };
  export default ArboristNode;
}
