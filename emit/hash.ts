// Hashes as Nix names and writes them: hex in derivations and fingerprints, nix32 in content addresses, SRI for
// people and lock files. A digest is kept as lower-case hex, the form that most formats want.

import { hash } from "node:crypto";
import { asBytes, type Bytes, fromBuffer, toBuffer, toText } from "../graph/bytes.ts";
import { type Diagnostic, fail } from "../graph/diagnostic.ts";
import { nix32, nix32Length, parseNix32 } from "./base32.ts";

/** Every algorithm Nix 2.34 knows by name; blake3 is an experimental feature there. */
export type HashAlgo = "blake3" | "md5" | "sha1" | "sha256" | "sha512";

/** What can be computed here: node has no blake3. */
export type ComputableAlgo = Exclude<HashAlgo, "blake3">;

export interface Hash {
  readonly algo: HashAlgo;
  /** Lower-case hex. */
  readonly hex: Bytes;
}

const sizes: ReadonlyMap<string, number> = new Map([
  ["blake3", 32],
  ["md5", 16],
  ["sha1", 20],
  ["sha256", 32],
  ["sha512", 64],
]);

/** Strongest last: which one counts when a lock file lists several. */
const strength: readonly HashAlgo[] = ["md5", "sha1", "sha256", "blake3", "sha512"];

export function isHashAlgo(text: string): text is HashAlgo {
  return sizes.has(text);
}

/** Digest length in bytes. */
export function hashSize(algo: HashAlgo): number {
  return sizes.get(algo) ?? 0;
}

/** The digest as lower-case hex. */
export function hashHex(algo: ComputableAlgo, data: Bytes | Uint8Array): Bytes {
  return asBytes(hash(algo, typeof data === "string" ? toBuffer(data) : data, "hex"));
}

/** sha256 as lower-case hex. */
export function sha256(data: Bytes | Uint8Array): Bytes {
  return hashHex("sha256", data);
}

/**
 * sha256 of a short text, as raw bytes: fingerprints and placeholders. `crypto.hash` reads a string as UTF-8, which
 * for ASCII is the same, in a third of the time that a Buffer takes.
 */
export function sha256Raw(text: Bytes): Bytes {
  return asBytes(hash("sha256", isAscii(text) ? text : toBuffer(text), "binary"));
}

/** Like `sha256Raw`, as lower-case hex. */
export function sha256OfText(text: Bytes): Bytes {
  return asBytes(hash("sha256", isAscii(text) ? text : toBuffer(text), "hex"));
}

/** Nix's "compressed" hash: byte i of the digest is XORed into byte i mod `size`. */
export function foldHash(raw: Bytes, size: number): Bytes {
  const codes: number[] = new Array(size).fill(0);
  for (let i = 0; i < raw.length; i++) codes[i % size] = (codes[i % size] ?? 0) ^ raw.charCodeAt(i);
  return asBytes(String.fromCharCode(...codes));
}

/** Hex, any case, to raw bytes; `undefined` when it is not hex. */
export function parseHex(hex: Bytes): Bytes | undefined {
  if (hex.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(hex)) return undefined;
  return fromBuffer(Buffer.from(hex, "hex"));
}

/** Raw bytes to lower-case hex. */
export function printHex(raw: Bytes): Bytes {
  return asBytes(toBuffer(raw).toString("hex"));
}

/** `sha256-BASE64`: W3C subresource integrity, what lock files and Nix code write. */
export function printSri(value: Hash): Bytes {
  return asBytes(`${value.algo}-${Buffer.from(value.hex, "hex").toString("base64")}`);
}

/** `sha256:NIX32`: what content addresses hold. */
export function printNix32Hash(value: Hash): Bytes {
  return asBytes(`${value.algo}:${nix32(fromBuffer(Buffer.from(value.hex, "hex")))}`);
}

/**
 * Reads any form Nix reads: `ALGO-BASE64`, `ALGO:DIGEST`, or a bare digest when `algo` says which it is. The digest
 * may be hex, nix32 or base64: their lengths differ.
 */
export function parseHash(text: Bytes, algo?: HashAlgo): Hash {
  const cut = text.search(/[-:]/);
  // A bare digest can hold no colon and, in Nix's base64, no dash.
  const named = cut < 0 ? undefined : text.slice(0, cut);
  if (named !== undefined && !isHashAlgo(named)) fail(badHash(text, `there is no hash algorithm "${named}"`));
  if (named !== undefined && algo !== undefined && named !== algo) {
    fail(badHash(text, `it is a ${named} hash where ${algo} is wanted`));
  }
  const found = named ?? algo;
  if (found === undefined) fail(badHash(text, "it does not say which algorithm it is"));
  const digest = asBytes(named === undefined ? text : text.slice(cut + 1));
  const raw = readDigest(digest, hashSize(found), text[cut] === "-" && cut >= 0);
  if (raw === undefined)
    fail(badHash(text, `it does not hold the ${hashSize(found)} bytes of a ${found} digest`));
  return { algo: found, hex: printHex(raw) };
}

/**
 * Reads one integrity text of a lock file: one or more SRI hashes separated by spaces, options after `?` ignored.
 * The strongest algorithm counts, as the SRI specification says; hashes of unknown algorithms are passed over.
 */
export function parseIntegrity(text: Bytes): Hash {
  let best: Hash | undefined;
  for (const part of text.split(/[ \t\r\n]+/)) {
    if (part === "" || !isHashAlgo(part.slice(0, Math.max(0, part.indexOf("-"))))) continue;
    const found = parseHash(asBytes(part.replace(/\?.*$/, "")));
    if (best === undefined || strength.indexOf(found.algo) > strength.indexOf(best.algo)) best = found;
  }
  return best ?? fail(badHash(text, "it holds no hash of a known algorithm"));
}

function isAscii(text: string): boolean {
  return !/[\x80-\xff]/.test(text);
}

function readDigest(digest: Bytes, size: number, base64Only: boolean): Bytes | undefined {
  if (!base64Only && digest.length === size * 2) return parseHex(digest);
  if (!base64Only && digest.length === nix32Length(size)) return parseNix32(digest);
  const raw = Buffer.from(digest, "base64");
  // Node skips what it cannot read; printing again shows whether anything was skipped.
  return raw.length === size && raw.toString("base64") === digest ? fromBuffer(raw) : undefined;
}

function badHash(text: Bytes, why: string): Diagnostic {
  return {
    code: "store/bad-hash",
    message: `"${toText(text)}" is not a hash: ${why}`,
    hint: "write it as sha256-BASE64, as `nix hash convert --to sri` prints it",
  };
}
