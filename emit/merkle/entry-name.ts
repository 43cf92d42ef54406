// What the derivations for the entries of a directory are called. The name is part of a fixed-output path, so it
// follows from the path of the entry and not from what else there is: what stays where it is is not fetched again.
// An output is called after the derivation that has it, so names grow with depth; long ones are cut.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { nix32 } from "../base32.ts";
import { sha256Raw } from "../hash.ts";
import type { GitEntry } from "./git-tree.ts";

export interface DirectoryNames {
  readonly object: (entry: GitEntry) => Bytes;
  /** Ends in ".drv": what it prints is a derivation called after it. */
  readonly expand: (entry: GitEntry) => Bytes;
  readonly tree: (entry: GitEntry) => Bytes;
}

/** Longest part of a file's name that is kept. */
const longest = 24;

export function namesOf(entries: readonly GitEntry[]): DirectoryNames {
  const taken = new Map<string, number>();
  for (const { name } of entries) taken.set(plainName(name), (taken.get(plainName(name)) ?? 0) + 1);
  const nameOf = ({ name }: GitEntry): string => {
    const plain = plainName(name);
    const hash = nix32(sha256Raw(name));
    // One letter, by which a large directory is divided.
    return `${hash.slice(-1)}-${(taken.get(plain) ?? 0) > 1 ? `${plain}-${hash.slice(0, 6)}` : plain}`;
  };
  return {
    object: (entry) => asBytes(`1-${nameOf(entry)}`),
    expand: (entry) => asBytes(`2-${nameOf(entry)}.drv`),
    tree: (entry) => asBytes(`3-${nameOf(entry)}`),
  };
}

function plainName(name: Bytes): string {
  const safe = name.replace(/[^0-9A-Za-z+._?=-]/g, "_").replace(/\.drv$/, ".drv_");
  return safe.length <= longest
    ? safe
    : `${safe.slice(0, longest - 7)}-${nix32(sha256Raw(name)).slice(0, 6)}`;
}
