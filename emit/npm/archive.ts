// A tarball that is known by the checksum of the archive that yarn makes of it: a fixed-output derivation that fetches
// the one and keeps the other.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { type Derivation, inputOutputs } from "../derivation.ts";
import { sortedSet } from "../store-path.ts";
import type { NpmContext } from "./derive.ts";
import type { Fetch } from "./fetch.ts";

/** What the daemon's environment may say about the way to a registry: a fixed output does not depend on it. */
const impure = asBytes("http_proxy https_proxy no_proxy NODE_EXTRA_CA_CERTS NODE_USE_ENV_PROXY");

/** As `fetchDerivation` (emit/fetch.ts). */
export function archiveDerivation(
  setName: Bytes,
  { name: unitName, url, algorithm, hex }: Fetch,
  archive: Bytes,
  path: Bytes,
  before: Bytes | undefined,
  { node, assembler, system }: Pick<NpmContext, "assembler" | "node" | "system">,
): Derivation {
  const name = asBytes(`${setName}-${unitName}`);
  const out = asBytes("out");
  const env: readonly (readonly [string, Bytes])[] = [
    ["name", name],
    ["url", url],
    ["archive", archive],
    ["out", path],
    ["outputHash", hex],
    ["outputHashAlgo", asBytes(algorithm)],
    ["outputHashMode", asBytes("flat")],
    ["impureEnvVars", impure],
  ];
  return {
    name,
    outputs: new Map([[out, { kind: "fixed", method: "flat", algo: algorithm, hex }]]),
    inputDrvs: new Map(before === undefined ? [] : [[before, inputOutputs(out)]]),
    inputSrcs: sortedSet([node, assembler]),
    system,
    builder: asBytes(`${node}/bin/node`),
    args: [assembler, asBytes("archive")],
    env: new Map(env.map(([key, value]) => [asBytes(key), value])),
  };
}
