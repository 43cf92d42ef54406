// Store paths: what may be a name, and how the 32 chars before it are computed from contents and references.
// The store directory is the logical one (`NIX_STORE` inside a builder), whatever it is called on disk.

import { asBytes, type Bytes, compareBytes, toText } from "../graph/bytes.ts";
import { type Diagnostic, fail } from "../graph/diagnostic.ts";
import { isNix32, nix32 } from "./base32.ts";
import { foldHash, type HashAlgo, sha256, sha256OfText, sha256Raw } from "./hash.ts";

export const nixStoreDir: Bytes = asBytes("/nix/store");

/** How file system objects become one hash: `text` and `flat` hash a single file, `nar` and `git` a tree. */
export type IngestMethod = "flat" | "git" | "nar" | "text";

const maxNameLength = 211;
const hashPartLength = 32;

/** Why a text cannot be the name in a store path, or `undefined` when it can. */
export function nameProblem(name: Bytes): string | undefined {
  if (name.length === 0) return "it is empty";
  if (name.length > maxNameLength) return `it has ${name.length} bytes, ${maxNameLength} are allowed`;
  if (/^\.\.?(-|$)/.test(name)) return 'it starts with "." or ".." as a component of its own';
  const wrong = /[^0-9A-Za-z+\-._?=]/.exec(name)?.[0];
  if (wrong !== undefined) return `${printChar(wrong)} is not allowed in it`;
  return undefined;
}

/** Fails unless Nix takes `name` in a store path. */
export function checkName(name: Bytes): void {
  const problem = nameProblem(name);
  if (problem !== undefined) fail(badName(name, problem));
}

/** The nearest name Nix takes: other bytes become `-`, a leading dot gets a `_`, the end is cut. */
export function safeName(text: Bytes): Bytes {
  const name = text.replace(/[^0-9A-Za-z+\-._?=]/g, "-").slice(0, maxNameLength);
  return asBytes(/^(\.|$)/.test(name) ? `_${name}`.slice(0, maxNameLength) : name);
}

/** Why a text is not the path of a store object, or `undefined` when it is. */
export function storePathProblem(path: Bytes, storeDir: Bytes = nixStoreDir): string | undefined {
  if (!path.startsWith(`${storeDir}/`)) return `it is not in "${toText(storeDir)}"`;
  const base = path.slice(storeDir.length + 1);
  if (base.length < hashPartLength + 2 || base[hashPartLength] !== "-")
    return "it has no 32 chars, dash and name";
  if (!isNix32(base.slice(0, hashPartLength))) return "its hash part is not nix32";
  return nameProblem(asBytes(base.slice(hashPartLength + 1)));
}

/** Fails unless `path` is directly in the store and well formed. */
export function checkStorePath(path: Bytes, storeDir: Bytes = nixStoreDir): void {
  const problem = storePathProblem(path, storeDir);
  if (problem === undefined) return;
  fail({
    code: "store/bad-path",
    message: `"${toText(path)}" is not a store path: ${problem}`,
    hint: `a store path reads ${toText(storeDir)}/HASH-NAME, with nothing after the name`,
  });
}

/** `HASH-NAME` of a well-formed store path. */
export function baseNameOf(path: Bytes): Bytes {
  return asBytes(path.slice(path.lastIndexOf("/") + 1));
}

/** The 32 chars that identify a well-formed store path: what Nix scans files for. */
export function hashPartOf(path: Bytes): Bytes {
  const start = path.lastIndexOf("/") + 1;
  return asBytes(path.slice(start, start + hashPartLength));
}

/** What follows the hash in a well-formed store path. */
export function nameOf(path: Bytes): Bytes {
  return asBytes(path.slice(path.lastIndexOf("/") + hashPartLength + 2));
}

/** Name in the path of one output of a derivation: `n` for "out", `n-dev` for "dev". */
export function outputPathName(derivationName: Bytes, output: Bytes): Bytes {
  return output === "out" ? derivationName : asBytes(`${derivationName}-${output}`);
}

/** Sorted bytewise, each path once: how references and inputs are listed everywhere. */
export function sortedSet(paths: Iterable<Bytes>): readonly Bytes[] {
  const sorted = [...paths].sort(compareBytes);
  return sorted.every((path, i) => i === 0 || path !== sorted[i - 1]) ? sorted : [...new Set(sorted)];
}

/** The general form; `type` says what the hash is of (Nix: `StoreDirConfig::makeStorePath`). */
export function makeStorePath(
  type: string,
  sha256Hex: Bytes,
  name: Bytes,
  storeDir: Bytes = nixStoreDir,
): Bytes {
  checkName(name);
  const fingerprint = asBytes(`${type}:sha256:${sha256Hex}:${storeDir}:${name}`);
  return asBytes(`${storeDir}/${nix32(foldHash(sha256Raw(fingerprint), 20))}-${name}`);
}

/** A text file: toFile, derivations, outputs with `outputHashMode = "text"`. `references` in any order. */
export function textPath(
  name: Bytes,
  contents: Bytes | Uint8Array,
  references: Iterable<Bytes> = [],
  storeDir: Bytes = nixStoreDir,
): Bytes {
  return textPathOfHash(name, sha256(contents), references, storeDir);
}

/** `textPath` for contents whose sha256 (hex) is known. */
export function textPathOfHash(
  name: Bytes,
  sha256Hex: Bytes,
  references: Iterable<Bytes> = [],
  storeDir: Bytes = nixStoreDir,
): Bytes {
  return makeStorePath(typeWithReferences("text", references, false), sha256Hex, name, storeDir);
}

/**
 * A tree or file known by the sha256 of its NAR: sources, and content-addressed outputs. With `selfReference` the
 * hash is the one of `hashWithoutSelf`.
 */
export function sourcePath(
  name: Bytes,
  narSha256Hex: Bytes,
  references: Iterable<Bytes> = [],
  selfReference = false,
  storeDir: Bytes = nixStoreDir,
): Bytes {
  return makeStorePath(typeWithReferences("source", references, selfReference), narSha256Hex, name, storeDir);
}

/** What a content address says: method, algorithm and digest (lower-case hex). */
export interface ContentHash {
  readonly method: IngestMethod;
  readonly algo: HashAlgo;
  readonly hex: Bytes;
}

/** The path of anything content-addressed. Only `text` and `nar` by sha256 can have references. */
export function contentAddressedPath(
  name: Bytes,
  content: ContentHash,
  references: Iterable<Bytes> = [],
  selfReference = false,
  storeDir: Bytes = nixStoreDir,
): Bytes {
  const { method, algo, hex } = content;
  if (method === "nar" && algo === "sha256")
    return sourcePath(name, hex, references, selfReference, storeDir);
  if (method === "text" && algo === "sha256" && !selfReference)
    return textPathOfHash(name, hex, references, storeDir);
  const [reference] = references;
  if (selfReference || reference !== undefined || method === "text") {
    fail({
      code: "store/bad-reference",
      message:
        method === "text" && algo !== "sha256"
          ? `"${toText(name)}" is a text hashed with ${algo}: Nix takes sha256 only`
          : `"${toText(name)}" is hashed as ${methodAlgo(method, algo)} and refers to ${
              selfReference ? "itself" : `"${toText(reference ?? name)}"`
            }: that hash allows no such reference`,
      hint: "hash it as a NAR with sha256",
    });
  }
  const inner = sha256OfText(asBytes(`fixed:out:${methodAlgo(method, algo)}:${hex}:`));
  return makeStorePath("output:out", inner, name, storeDir);
}

/** The output of a derivation whose outputs are addressed by its inputs; the hash is its hash modulo. */
export function inputAddressedPath(
  derivationName: Bytes,
  output: Bytes,
  hashModuloHex: Bytes,
  storeDir: Bytes = nixStoreDir,
): Bytes {
  return makeStorePath(`output:${output}`, hashModuloHex, outputPathName(derivationName, output), storeDir);
}

/** `r:sha256`, `sha256`, `text:sha256`, `git:sha1`: the third field of an output in a derivation. */
export function methodAlgo(method: IngestMethod, algo: HashAlgo): Bytes {
  return asBytes(method === "flat" ? algo : method === "nar" ? `r:${algo}` : `${method}:${algo}`);
}

/**
 * How a self reference enters a content hash. Nix 2.17 to 2.34 hash the contents with the own hash part zeroed;
 * older ones, and 2.35 on, also append `|OFFSET` for each place, so the same output has another path there.
 */
export type SelfReferenceRule = "zeroed" | "zeroed-with-offsets";

/** The rule of a Nix version such as "2.34.8". */
export function selfReferenceRule(nixVersion: string): SelfReferenceRule {
  const [major = 0, minor = 0] = nixVersion.split(".").map((part) => Number.parseInt(part, 10));
  return major === 2 && minor >= 17 && minor <= 34 ? "zeroed" : "zeroed-with-offsets";
}

/** sha256 (hex) of contents that hold their own hash part, with the places found. */
export function hashWithoutSelf(
  contents: Uint8Array,
  ownHashPart: Bytes,
  rule: SelfReferenceRule,
): { readonly hex: Bytes; readonly offsets: readonly number[] } {
  const zeroed = Buffer.from(contents);
  const offsets: number[] = [];
  for (let at = zeroed.indexOf(ownHashPart, 0, "latin1"); at >= 0; ) {
    zeroed.fill(0, at, at + hashPartLength);
    offsets.push(at);
    at = zeroed.indexOf(ownHashPart, at + hashPartLength, "latin1");
  }
  const tail = rule === "zeroed" ? "" : offsets.map((offset) => `|${offset}`).join("");
  const hashed = tail === "" ? zeroed : Buffer.concat([zeroed, Buffer.from(tail, "latin1")]);
  return { hex: sha256(hashed), offsets };
}

function typeWithReferences(type: string, references: Iterable<Bytes>, selfReference: boolean): string {
  const sorted = sortedSet(references);
  const listed = sorted.length === 0 ? type : `${type}:${sorted.join(":")}`;
  return selfReference ? `${listed}:self` : listed;
}

function printChar(char: string): string {
  const code = char.charCodeAt(0);
  return code > 0x20 && code < 0x7f ? `"${char}"` : `byte 0x${code.toString(16).padStart(2, "0")}`;
}

function badName(name: Bytes, problem: string): Diagnostic {
  return {
    code: "store/bad-name",
    message: `"${toText(name)}" cannot be the name of a store path: ${problem}`,
    hint: 'use 1 to 211 of the chars "0-9A-Za-z+-._?="',
  };
}

/** `/nix/store/HASH-NAME` of a path inside it. */
export function storeObjectOf(path: Bytes, storeDir: Bytes): Bytes {
  const end = path.indexOf("/", storeDir.length + 1);
  return end < 0 ? path : asBytes(path.slice(0, end));
}
