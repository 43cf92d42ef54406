// A derivation as plain data, its path, and the paths of its outputs. Its text form is aterm.ts.

import { asBytes, type Bytes, toText } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";
import { type DerivationText, printDerivation, printForHash } from "./aterm.ts";
import { type HashAlgo, sha256 } from "./hash.ts";
import type { JsonObject } from "./json.ts";
import {
  contentAddressedPath,
  type IngestMethod,
  inputAddressedPath,
  methodAlgo,
  nixStoreDir,
  outputPathName,
  sortedSet,
  textPath,
} from "./store-path.ts";

export type Output =
  /** The path follows from the inputs; `fillOutputs` computes it. */
  | { readonly kind: "inputAddressed"; readonly path: Bytes }
  /** Addressed by inputs that are not known yet: Nix fills it in after resolving them. */
  | { readonly kind: "deferred" }
  /** The contents are known beforehand; `hex` is their hash, lower case. */
  | { readonly kind: "fixed"; readonly method: IngestMethod; readonly algo: HashAlgo; readonly hex: Bytes }
  /** The path follows from what is built. */
  | { readonly kind: "floating"; readonly method: IngestMethod; readonly algo: HashAlgo }
  /** Like `floating`, built anew each time. */
  | { readonly kind: "impure"; readonly method: IngestMethod; readonly algo: HashAlgo };

/** What is wanted of one input derivation: its outputs, and outputs of the derivations that its outputs are. */
export interface InputNode {
  readonly outputs: readonly Bytes[];
  /** Output name -> what is wanted of the derivation in that output. Empty for an ordinary input. */
  readonly dynamic: ReadonlyMap<Bytes, InputNode>;
}

/** Lists that Nix sorts may be given in any order. */
export interface Derivation {
  /** Without ".drv". Not part of the text: the file name carries it. */
  readonly name: Bytes;
  readonly outputs: ReadonlyMap<Bytes, Output>;
  /** Path of a derivation -> what is wanted of it. */
  readonly inputDrvs: ReadonlyMap<Bytes, InputNode>;
  readonly inputSrcs: readonly Bytes[];
  readonly system: Bytes;
  readonly builder: Bytes;
  readonly args: readonly Bytes[];
  readonly env: ReadonlyMap<Bytes, Bytes>;
  /** Written as the variable `__json`; the builder then gets files and none of `env`. */
  readonly structuredAttrs?: JsonObject;
}

/** An ordinary input: outputs of a derivation that exists. */
export function inputOutputs(...outputs: readonly Bytes[]): InputNode {
  return { outputs, dynamic: new Map() };
}

/** The store path of a derivation. `text` spares printing when it is already there. */
export function derivationPath(
  derivation: Derivation,
  text: Bytes = printDerivation(derivation),
  storeDir: Bytes = nixStoreDir,
): Bytes {
  return textPath(asBytes(`${derivation.name}.drv`), text, derivationReferences(derivation), storeDir);
}

/** What the derivation file refers to: its sources and input derivations, sorted. */
export function derivationReferences(derivation: Derivation): readonly Bytes[] {
  return sortedSet([...derivation.inputSrcs, ...derivation.inputDrvs.keys()]);
}

/** The path of an output when it is known before the build. */
export function outputPath(
  derivation: Derivation,
  name: Bytes,
  storeDir: Bytes = nixStoreDir,
): Bytes | undefined {
  const output = derivation.outputs.get(name);
  if (output?.kind === "inputAddressed") return output.path;
  if (output?.kind !== "fixed") return undefined;
  return contentAddressedPath(outputPathName(derivation.name, name), output, [], false, storeDir);
}

/** What stands for a derivation in the hash of those that use it. */
export interface HashModulo {
  /** "deferred" when an input is floating: output paths cannot be computed yet. */
  readonly kind: "deferred" | "regular";
  /** Lower-case hex, the same for every output. Nix <= 2.34 uses it in the ids of realisations, too. */
  readonly hex: Bytes;
}

/** Finds the derivation at a path; input derivations must be found for any hash modulo. */
export type FindDerivation = (path: Bytes) => Derivation | undefined;

export interface HashModuloOptions {
  readonly find: FindDerivation;
  readonly storeDir?: Bytes;
  /** Hashes of input derivations by path: share one map between calls over the same graph. */
  readonly memo?: Map<Bytes, HashModulo>;
}

/**
 * Nix's `hashDerivationModulo`. With `masked`, paths of own outputs count as empty: the hash they are computed from.
 * As Nix up to 2.34 does, inputs that are outputs of outputs are left out.
 */
export function hashModulo(derivation: Derivation, masked: boolean, options: HashModuloOptions): HashModulo {
  const storeDir = options.storeDir ?? nixStoreDir;
  const fixed = derivation.outputs.get(asBytes("out"));
  if (fixed?.kind === "fixed") {
    const path = outputPath(derivation, asBytes("out"), storeDir);
    const text = asBytes(`fixed:out:${methodAlgo(fixed.method, fixed.algo)}:${fixed.hex}:${path}`);
    return { kind: "regular", hex: sha256(text) };
  }
  const kinds = new Set([...derivation.outputs.values()].map((output) => output.kind));
  if (kinds.has("impure")) return { kind: "deferred", hex: sha256(asBytes("impure")) };
  // A deferred output may turn out to be computable: only the inputs decide about it.
  let kind: HashModulo["kind"] = kinds.has("floating") ? "deferred" : "regular";
  const merged = new Map<Bytes, Bytes[]>();
  for (const [path, node] of derivation.inputDrvs) {
    const input = inputHash(path, options);
    if (input.kind === "deferred") kind = "deferred";
    if (node.outputs.length === 0) continue;
    const outputs = merged.get(input.hex);
    if (outputs === undefined) merged.set(input.hex, [...node.outputs]);
    else outputs.push(...node.outputs);
  }
  const text: DerivationText = { masked, inputs: merged, storeDir };
  return { kind, hex: sha256(printForHash(derivation, text)) };
}

/**
 * Gives every deferred output its path, in `outputs` and in `env`, when the inputs allow it. Derivations without
 * deferred outputs, and those with floating inputs, come back as they are.
 */
export function fillOutputs(derivation: Derivation, options: HashModuloOptions): Derivation {
  const deferred = [...derivation.outputs].filter(([, output]) => output.kind === "deferred");
  if (deferred.length === 0) return derivation;
  const env = new Map(derivation.env);
  for (const [name] of deferred) env.set(name, asBytes(""));
  const open: Derivation = { ...derivation, env };
  const modulo = hashModulo(open, true, options);
  if (modulo.kind === "deferred") return open;
  const outputs = new Map(derivation.outputs);
  for (const [name] of deferred) {
    const path = inputAddressedPath(derivation.name, name, modulo.hex, options.storeDir ?? nixStoreDir);
    outputs.set(name, { kind: "inputAddressed", path });
    env.set(name, path);
  }
  return { ...derivation, outputs, env };
}

function inputHash(path: Bytes, options: HashModuloOptions): HashModulo {
  const known = options.memo?.get(path);
  if (known !== undefined) return known;
  const input = options.find(path);
  if (input === undefined) {
    fail({
      code: "store/missing-derivation",
      message: `the derivation "${toText(path)}" is an input and cannot be found`,
      hint: "emit it before the derivations that use it",
    });
  }
  const memo = options.memo ?? new Map<Bytes, HashModulo>();
  const found = hashModulo(input, false, { ...options, memo });
  memo.set(path, found);
  return found;
}
