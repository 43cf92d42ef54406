// Which tarballs a tree takes: a fixed-output derivation each (emit/fetch.ts). The output's path follows from the
// package's name and its integrity: every project that locks the package has it.

import { asBytes, type Bytes, compareBytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { Integrity, PackageTree, PlacedPackage } from "../../graph/package-tree.ts";
import type { FetchRequest } from "../fetch.ts";
import { packageLabel, shortHash } from "./package-name.ts";

/** Named "a-lodash-4.17.21.tgz": the first hexadecimal digit of the hash divides the tarballs into groups. */
export interface Fetch extends FetchRequest {
  /** What is kept, and hashed, is the archive that yarn makes of the tarball, with its files in this directory. */
  readonly archive?: Bytes;
}

/** The tarballs of a tree. */
export interface Fetches {
  /** Sorted by name. */
  readonly all: readonly Fetch[];
  /** SRI -> its tarball. */
  readonly bySri: ReadonlyMap<Bytes, Fetch>;
}

/** One fetch for each integrity, whatever number of places the package has. */
export function fetchesOf(tree: PackageTree): Fetches {
  const bySri = new Map<Bytes, Fetch>();
  const taken = new Set<Bytes>();
  for (const entry of tree.packages) {
    if (entry.source.kind !== "tarball" || bySri.has(entry.source.integrity.sri)) continue;
    const { integrity, url, archive } = entry.source;
    const hex = hexOf(integrity, entry);
    checkUrl(url, entry);
    const plain = asBytes(
      `${hex.slice(0, 1)}-${packageLabel(entry.name, entry.version)}.${archive === undefined ? "tgz" : "zip"}`,
    );
    // Two hashes for one version: a registry that packed it anew.
    const name = taken.has(plain) ? asBytes(`${plain}-${shortHash(integrity.sri)}`) : plain;
    taken.add(name);
    const fetch = { name, url, algorithm: integrity.algorithm, hex };
    bySri.set(integrity.sri, archive === undefined ? fetch : { ...fetch, archive });
  }
  return { bySri, all: [...bySri.values()].sort((a, b) => compareBytes(a.name, b.name)) };
}

const digestSizes: Readonly<Record<Integrity["algorithm"], number>> = { sha1: 20, sha256: 32, sha512: 64 };

function hexOf({ algorithm, sri }: Integrity, entry: PlacedPackage): Bytes {
  const digest = Buffer.from(sri.slice(algorithm.length + 1), "base64");
  if (sri.startsWith(`${algorithm}-`) && digest.length === digestSizes[algorithm])
    return asBytes(digest.toString("hex"));
  return fail({
    code: "npm/bad-integrity",
    message: `${quoted(entry.location)} has the integrity ${quoted(sri)}, which is no ${algorithm}`,
    hint: "make the lockfile again with npm",
  });
}

/** What Nix's downloader takes, in the characters that a URL is made of: it goes into a variable of a derivation. */
function checkUrl(url: Bytes, entry: PlacedPackage): void {
  if (/^(?:https?|file):\/\/[\x21-\x7e]+$/.test(url)) return;
  fail({
    code: "npm/bad-url",
    message: `${quoted(entry.location)} is to be fetched from ${quoted(url)}, which is no http or https address`,
    hint: "correct `resolved` in the lockfile, or leave it out so that the registry's address is used",
  });
}
