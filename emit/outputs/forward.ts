// A derivation that stands for the output of one that is emitted later: whoever needs its output gets the other's.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { type Derivation, type InputNode, inputOutputs } from "../derivation.ts";
import type { JsonValue } from "../json.ts";
import { rootName } from "../object-set.ts";
import { inputPlaceholder, outputPlaceholder } from "../placeholder.ts";
import { sortedSet, storeObjectOf } from "../store-path.ts";
import type { EmissionContext } from "./context.ts";

/** `chain`: output of `producer`, output of the derivation that this is, and so on; `target` is its placeholder. */
export function forwardDerivation(
  setName: Bytes,
  producer: Bytes,
  chain: readonly Bytes[],
  context: EmissionContext,
  target: Bytes = inputPlaceholder(producer, chain),
): Derivation {
  const name = asBytes(`${setName}-${rootName}`);
  const out = asBytes("out");
  return {
    name,
    outputs: new Map([[out, { kind: "floating", method: "nar", algo: "sha256" }]]),
    inputDrvs: new Map([[producer, nodeOf(chain)]]),
    inputSrcs: sortedSet([
      context.forwardScript,
      context.environment,
      storeObjectOf(context.shell, context.storeDir),
    ]),
    system: context.system,
    builder: context.shell,
    args: [context.forwardScript],
    env: new Map([[out, outputPlaceholder(out)]]),
    structuredAttrs: new Map<Bytes, JsonValue>([
      [asBytes("name"), name],
      [asBytes("environment"), context.environment],
      // Nix <= 2.34 forgets dynamic inputs when it remembers results: the placeholder is what tells them apart.
      [asBytes("target"), target],
    ]),
  };
}

function nodeOf([output, ...deeper]: readonly Bytes[]): InputNode {
  if (output === undefined) return inputOutputs();
  return deeper.length === 0
    ? inputOutputs(output)
    : { outputs: [], dynamic: new Map([[output, nodeOf(deeper)]]) };
}
