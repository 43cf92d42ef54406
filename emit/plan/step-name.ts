// Names of store objects. People read them in Nix's messages, and emission groups objects by name prefix (a store
// object made by an output is called "<derivation>-<output>"), so a name is the path with "/" as "-".

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { nix32 } from "../base32.ts";
import { sha256Raw } from "../hash.ts";

/** Longest object name before the parts Nix adds ("<pname>-", "-<output>", ".drv"); store names end at 211. */
const longest = 100;

/**
 * A path as part of a store name: allowed characters only, bounded, "-" between components. Before the last one
 * stands a letter that follows from it, by which a directory of many files can be divided.
 */
export function nameOfPath(path: Bytes): Bytes {
  const slash = path.lastIndexOf("/");
  const base = path.slice(slash + 1);
  const letter = nix32(sha256Raw(asBytes(base))).slice(-1);
  const plain = `${path.slice(0, slash + 1)}${letter}/${base}`
    .replaceAll("/", "-")
    .replace(/[^0-9A-Za-z+\-._?=]/g, "_");
  if (plain.length <= longest) return asBytes(plain);
  return asBytes(`${plain.slice(0, 58)}-${shortHash(path)}-${plain.slice(-32)}`);
}

/** Hands out names; two paths that would share one are told apart by a hash of the path. */
export class NameTable {
  readonly #taken = new Map<string, Bytes>();

  nameFor(path: Bytes, prefix: string): Bytes {
    const plain = asBytes(prefix + nameOfPath(path));
    const owner = this.#taken.get(plain);
    if (owner === undefined || owner === path) {
      this.#taken.set(plain, path);
      return plain;
    }
    return asBytes(`${plain}-${shortHash(path)}`);
  }
}

function shortHash(path: Bytes): string {
  return nix32(sha256Raw(path)).slice(0, 8);
}
