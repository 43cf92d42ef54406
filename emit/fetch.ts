// A download as a fixed-output derivation that Nix itself runs (builtin:fetchurl), so that it needs no tool.

import { asBytes, type Bytes } from "../graph/bytes.ts";
import { type Derivation, inputOutputs } from "./derivation.ts";
import type { HashAlgo } from "./hash.ts";
import { derivationKey, type ObjectUnit } from "./object-set.ts";

export interface FetchRequest {
  /** What follows the name of the set. */
  readonly name: Bytes;
  /** http, https or file, in the characters of a URL. */
  readonly url: Bytes;
  readonly algorithm: HashAlgo;
  /** Lower case. */
  readonly hex: Bytes;
}

export function fetchUnit(name: Bytes): ObjectUnit {
  return { name, keys: [derivationKey(name)], hasDone: false };
}

/**
 * The derivation; `path` is that of its output. `before` is built first: a hundred that are ready at once cost Nix a
 * hundred times a hundred steps. A fixed output's path does not depend on inputs, so nothing else follows from it.
 */
export function fetchDerivation(
  setName: Bytes,
  { name: unitName, url, algorithm, hex }: FetchRequest,
  path: Bytes,
  before: Bytes | undefined,
): Derivation {
  const name = asBytes(`${setName}-${unitName}`);
  const out = asBytes("out");
  const env: readonly (readonly [string, Bytes])[] = [
    ["name", name],
    ["url", url],
    ["out", path],
    ["outputHash", hex],
    ["outputHashAlgo", asBytes(algorithm)],
    ["outputHashMode", asBytes("flat")],
    ["preferLocalBuild", asBytes("1")],
  ];
  return {
    name,
    outputs: new Map([[out, { kind: "fixed", method: "flat", algo: algorithm, hex }]]),
    inputDrvs: new Map(before === undefined ? [] : [[before, inputOutputs(out)]]),
    inputSrcs: [],
    system: asBytes("builtin"),
    builder: asBytes("builtin:fetchurl"),
    args: [],
    env: new Map(env.map(([key, value]) => [asBytes(key), value])),
  };
}
