// Names of store objects. People read them in Nix's messages, and emission groups objects by name prefix (a store
// object made by an output is called "<derivation>-<output>"), so a name is the path with "/" as "-".

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { nix32 } from "../base32.ts";
import { sha256Raw } from "../hash.ts";

/** Longest object name before the parts Nix adds ("<pname>-", "-<output>", ".drv"); store names end at 211. */
const longest = 100;

/**
 * A path as part of a store name: allowed characters only, bounded, "-" between components. Before the last one
 * stand letters that follow from it, by which a directory of many files can be divided.
 */
export function nameOfPath(path: Bytes): Bytes {
  const slash = path.lastIndexOf("/");
  const base = path.slice(slash + 1);
  const plain = `${path.slice(0, slash + 1)}${groupOf(asBytes(base))}/${base}`
    .replaceAll("/", "-")
    .replace(/[^0-9A-Za-z+\-._?=]/g, "_");
  if (plain.length > longest) return asBytes(`${plain.slice(0, 58)}-${shortHash(path)}-${plain.slice(-32)}`);
  return asBytes(isAmbiguous(path, slash) ? `${plain}-${shortHash(path).slice(0, 4)}` : plain);
}

/**
 * Whether another path may have the same letters: `src-net/a.o` for `src/net/a.o`, `a b` for `a_b`. A name that
 * depended on which of them is there would re-key a step for the sake of an unrelated one.
 */
function isAmbiguous(path: Bytes, slash: number): boolean {
  return path.slice(0, Math.max(0, slash)).includes("-") || /[^0-9A-Za-z+\-._?=/]/.test(path);
}

/**
 * Three letters of four, as components: a group at any level is a few dozen steps or less, and divides into four. One
 * letter of 32 leaves shards of two or three steps (bench/RESULTS.md).
 */
function groupOf(base: Bytes): string {
  const digest = sha256Raw(base).charCodeAt(0);
  return [digest, digest >> 2, digest >> 4].map((bits) => "abcd"[bits & 3]).join("/");
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
