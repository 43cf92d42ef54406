// Subresource integrity as lockfiles have it: one or several hashes of a tarball. Nix is given the strongest that it
// knows.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { Integrity } from "../../graph/package-tree.ts";

const bytesOf: ReadonlyMap<string, number> = new Map([
  ["sha512", 64],
  ["sha256", 32],
  ["sha1", 20],
]);

/**
 * The strongest hash of `algorithm-base64?option …`; `undefined` when there is none that Nix can check (it has no
 * sha384). As in ssri, whitespace divides, options are dropped, and a malformed part is as if it were not there.
 */
export function integrityOf(text: string): Integrity | undefined {
  const found = new Map<string, Integrity>();
  for (const word of text.trim().split(/\s+/)) {
    const match = /^(sha512|sha256|sha1)-([A-Za-z0-9+/]+={0,2})(?:\?[\x21-\x7e]*)?$/.exec(word);
    const [, name = "", digest = ""] = match ?? [];
    const sri = match === null ? undefined : canonical(digest, bytesOf.get(name) ?? 0);
    if (sri === undefined || found.has(name)) continue;
    found.set(name, { algorithm: name as Integrity["algorithm"], sri: asBytes(`${name}-${sri}`) });
  }
  return found.get("sha512") ?? found.get("sha256") ?? found.get("sha1");
}

/** Base64 of exactly so many bytes, padded, with the unused bits zero: two texts of one hash are one derivation. */
function canonical(digest: string, length: number): string | undefined {
  const bytes = Buffer.from(digest, "base64");
  if (bytes.length !== length) return undefined;
  const text = bytes.toString("base64");
  return text.replace(/=+$/, "") === digest.replace(/=+$/, "") ? text : undefined;
}

/** A hash in hexadecimal digits, as `resolved` of yarn has it after `#`. */
export function integrityOfHex(digest: string): Integrity | undefined {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{128})$/i.test(digest)) return undefined;
  const algorithm = digest.length === 40 ? "sha1" : digest.length === 64 ? "sha256" : "sha512";
  return integrityOf(`${algorithm}-${Buffer.from(digest, "hex").toString("base64")}`);
}

/** What a person pinned: an SRI hash. */
export function isIntegrity(text: string): boolean {
  return integrityOf(text) !== undefined;
}

export type Pins = ReadonlyMap<Bytes, Integrity>;
