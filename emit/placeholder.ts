// Placeholders: texts that stand for a path Nix does not know yet. Nix puts the real path in their place, in
// builder, args, env and structured attributes, when the build starts (own outputs) or its inputs are built.

import { asBytes, type Bytes, toText } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";
import { nix32 } from "./base32.ts";
import { foldHash, sha256Raw } from "./hash.ts";
import { hashPartOf, nameOf, outputPathName } from "./store-path.ts";

/** Stands for the derivation's own output. Not replaced in `builder`. */
export function outputPlaceholder(output: Bytes): Bytes {
  return print(sha256Raw(asBytes(`nix-output:${output}`)));
}

/**
 * Stands for an output of another derivation: `chain` is the output names after the derivation's path, so
 * `["out"]` is `DRV^out` and `["out", "dev"]` is `DRV^out^dev`, the `dev` of the derivation that `DRV^out` is.
 */
export function inputPlaceholder(derivationPath: Bytes, chain: readonly Bytes[]): Bytes {
  const [first, ...deeper] = chain;
  const name = nameOf(derivationPath);
  if (first === undefined || !name.endsWith(".drv") || name.length === 4) {
    fail({
      code: "store/bad-path",
      message: `"${toText(asBytes([derivationPath, ...chain].join("^")))}" does not name an output of a derivation`,
      hint: "give the path of a .drv and at least one output",
    });
  }
  const outputName = outputPathName(asBytes(name.slice(0, -4)), first);
  let raw = sha256Raw(asBytes(`nix-upstream-output:${hashPartOf(derivationPath)}:${outputName}`));
  for (const output of deeper) {
    // Here the plain output name counts: the name of the inner derivation is not known.
    raw = sha256Raw(asBytes(`nix-computed-output:${nix32(foldHash(raw, 20))}:${output}`));
  }
  return print(raw);
}

function print(raw: Bytes): Bytes {
  return asBytes(`/${nix32(raw)}`);
}
