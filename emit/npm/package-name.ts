// Names of the store objects of packages. People read them in Nix's messages; a fetched tarball's is part of its
// path, so it follows from the package alone and is the same in every project.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { nix32 } from "../base32.ts";
import { sha256Raw } from "../hash.ts";

/** Store names end at 211; "npm-0-" and "-recipe.drv" come to it. */
const longest = 120;

/** "types+node-20.1.0" for "@types/node" 20.1.0: no package name has a "+", so the scope stays apart. */
export function packageLabel(name: Bytes, version: Bytes | undefined): Bytes {
  const whole = version === undefined ? name : `${name}-${version}`;
  const plain = whole
    .replace(/^@/, "")
    .replace("/", "+")
    .replace(/[^0-9A-Za-z+\-._?=]/g, "_")
    .replace(/^[.-]/, "_");
  if (plain.length <= longest) return asBytes(plain);
  return asBytes(`${plain.slice(0, longest - 9)}-${shortHash(asBytes(whole))}`);
}

/** Eight characters that follow from a text. */
export function shortHash(text: Bytes): string {
  return nix32(sha256Raw(text)).slice(0, 8);
}
