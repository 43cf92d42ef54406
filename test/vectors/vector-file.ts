// The files of vectors and their shape: every expected value in them was printed by real Nix.

import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { HashAlgo } from "../../emit/hash.ts";
import type { IngestMethod } from "../../emit/store-path.ts";

export interface NodeVector {
  readonly type: "directory" | "regular" | "symlink";
  readonly contents?: string;
  readonly executable?: boolean;
  readonly target?: string;
  readonly entries?: Readonly<Record<string, NodeVector>>;
}

export interface OutputVector {
  readonly path?: string;
  readonly method?: IngestMethod;
  readonly algo?: HashAlgo;
  readonly hash?: string;
}

export interface InputVector {
  readonly outputs?: readonly string[];
  readonly dynamic?: Readonly<Record<string, InputVector>>;
}

export interface DerivationVector {
  readonly name: string;
  readonly outputs: Readonly<Record<string, OutputVector>>;
  readonly inputDrvs: Readonly<Record<string, InputVector>>;
  readonly inputSrcs: readonly string[];
  readonly system: string;
  readonly builder: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly structuredAttrs?: unknown;
}

export interface PathVector {
  readonly kind: string;
  readonly method?: IngestMethod;
  readonly algo?: HashAlgo;
  readonly name: string;
  readonly contents?: string;
  readonly hash?: string;
  readonly narOf?: string;
  readonly refs?: readonly string[];
  readonly path: string;
}

export interface CaOutputVector {
  readonly path: string;
  readonly contents: string;
  readonly executable: boolean;
  readonly method: IngestMethod;
  readonly algo: "sha1" | "sha256";
  readonly references: readonly string[];
  readonly ca: string;
  readonly narHash: string;
}

export interface VectorFile {
  readonly nix: string;
  readonly hash: readonly {
    readonly algo: "md5" | "sha1" | "sha256" | "sha512";
    readonly inputUtf8: string | { readonly repeat: string; readonly times: number };
    readonly hex: string;
    readonly nix32: string;
    readonly sri: string;
  }[];
  readonly compress: readonly {
    readonly sha256: string;
    readonly folded20: string;
    readonly nix32: string;
  }[];
  readonly nar: readonly {
    readonly name: string;
    readonly node: NodeVector;
    readonly size: number;
    readonly sha256: string;
    readonly base64?: string;
  }[];
  readonly path: readonly PathVector[];
  readonly placeholder: readonly {
    readonly output?: string;
    readonly drvPath?: string;
    readonly outputs?: readonly string[];
    readonly placeholder: string;
  }[];
  readonly drv: readonly {
    readonly name: string;
    readonly drv?: DerivationVector;
    readonly aterm: string;
    readonly references: readonly string[];
    readonly path: string;
    /** What `nix derivation show` prints. */
    readonly shown?: string;
  }[];
  readonly hashModulo: readonly { readonly drv: string; readonly output: string; readonly id: string }[];
  /** Odd derivation texts, and whether Nix takes them. */
  readonly tolerance?: readonly {
    readonly name: string;
    readonly text: string;
    readonly accepted: boolean;
    readonly path?: string;
    readonly shown?: string;
  }[];
  readonly caOutput: readonly CaOutputVector[];
}

const own: string = fileURLToPath(new URL("nix.json", import.meta.url));
const given: string =
  process.env["UNRAVEL_NIX_VECTORS"] ??
  fileURLToPath(new URL("../../../shared/nix/vectors.json", import.meta.url));

/** Name for the test report -> file, or why there is none. */
export const vectorFiles: readonly { readonly name: string; readonly file: string | undefined }[] = [
  { name: "own", file: existsSync(own) ? own : undefined },
  { name: "given (UNRAVEL_NIX_VECTORS)", file: existsSync(given) ? given : undefined },
];

export function readVectors(file: string): VectorFile {
  return JSON.parse(readFileSync(file, "utf8")) as VectorFile;
}
