// What a plan becomes and a sink delivers: store objects with their final paths, in an order in which nothing comes
// before what it refers to.

import { asBytes, type Bytes, toText } from "../graph/bytes.ts";
import { type Diagnostic, fail, InputError } from "../graph/diagnostic.ts";
import { printDerivation } from "./aterm.ts";
import { nix32 } from "./base32.ts";
import { type Derivation, derivationReferences } from "./derivation.ts";
import { parseHex, sha256 } from "./hash.ts";
import { bytesOfContents, type Contents, fileContentsAt, type NarNode, narHash, narOf } from "./nar.ts";
import { contentAddressedPath, nixStoreDir, sortedSet, sourcePath, textPathOfHash } from "./store-path.ts";

interface Identified {
  /** Full store path; it must follow from the rest (`objectPath`). */
  readonly path: Bytes;
  /** What follows the hash in `path`. */
  readonly name: Bytes;
  /** Full store paths, sorted bytewise, each once; never `path` itself. */
  readonly references: readonly Bytes[];
}

/** One plain file, added as text: derivations and whatever has references and no tree. */
export interface TextObject extends Identified {
  readonly method: "text";
  readonly contents: Contents;
}

/** One plain file without references, hashed as it is. */
export interface FlatObject extends Identified {
  readonly method: "flat";
  readonly contents: Contents;
}

/** A file, directory or symlink, hashed as a NAR. */
export interface NarObject extends Identified {
  readonly method: "nar";
  readonly node: NarNode;
}

export type StoreObject = FlatObject | NarObject | TextObject;

/** Bottom-up: an object's references are earlier in the list, or already where the list is delivered. */
export type StoreObjects = Iterable<StoreObject>;

/** A text file in the store, as `builtins.toFile` makes it. */
export function textObject(
  name: Bytes,
  contents: Contents,
  references: Iterable<Bytes> = [],
  storeDir: Bytes = nixStoreDir,
): TextObject {
  const sorted = sortedSet(references);
  const path = textPathOfHash(name, hashOfContents(contents), sorted, storeDir);
  return { method: "text", path, name, references: sorted, contents };
}

/** A file in the store, as `nix store add --mode flat` makes it. */
export function flatObject(name: Bytes, contents: Contents, storeDir: Bytes = nixStoreDir): FlatObject {
  const content = { method: "flat", algo: "sha256", hex: hashOfContents(contents) } as const;
  const path = contentAddressedPath(name, content, [], false, storeDir);
  return { method: "flat", path, name, references: [], contents };
}

/** A file or tree in the store, as `nix store add` makes it. */
export function narObject(
  name: Bytes,
  node: NarNode,
  references: Iterable<Bytes> = [],
  storeDir: Bytes = nixStoreDir,
): NarObject {
  const sorted = sortedSet(references);
  const path = sourcePath(name, narHash(node).hex, sorted, false, storeDir);
  return { method: "nar", path, name, references: sorted, node };
}

/** The .drv file of a derivation. `text` spares printing when it is already there. */
export function derivationObject(
  derivation: Derivation,
  text?: Bytes,
  storeDir: Bytes = nixStoreDir,
): TextObject {
  const contents = text ?? printDerivation(derivation, storeDir);
  return textObject(asBytes(`${derivation.name}.drv`), contents, derivationReferences(derivation), storeDir);
}

/** The object as the tree that it is on disk. */
export function nodeOfObject(object: StoreObject): NarNode {
  return object.method === "nar"
    ? object.node
    : { kind: "file", executable: false, contents: object.contents };
}

/** The NAR of an object and what follows from it, made when it is delivered. */
export interface ObjectArchive {
  readonly nar: Uint8Array;
  /** The bytes that are hashed for the path: the file's own, or `nar`. */
  readonly hashed: Uint8Array;
  /** sha256 of `nar`, lower-case hex. */
  readonly narHex: Bytes;
  /** `text:sha256:NIX32` and the like: what Nix records as `ca`. */
  readonly contentAddress: Bytes;
}

/** Fails when the contents no longer give the object's path: a file changed since it was planned. */
export function archiveOfObject(object: StoreObject): ObjectArchive {
  const nar = narOf(nodeOfObject(object));
  const narHex = sha256(nar);
  const hashed = object.method === "nar" ? nar : contentsInNar(nar);
  const hex = object.method === "nar" ? narHex : sha256(hashed);
  checkObjectPath(object, hex);
  const digest = nix32(parseHex(hex) ?? asBytes(""));
  return { nar, hashed, narHex, contentAddress: asBytes(`${contentAddressMethod(object)}:${digest}`) };
}

/** Fails unless the object's path follows from `hex`, its name and its references. */
export function checkObjectPath(object: StoreObject, hex: Bytes): void {
  const { method, name, references, path } = object;
  const storeDir = asBytes(path.slice(0, path.lastIndexOf("/")));
  if (contentAddressedPath(name, { method, algo: "sha256", hex }, references, false, storeDir) === path)
    return;
  fail({
    code: "store/changed-contents",
    message: `the contents of "${toText(path)}" do not give its path`,
    hint: "a source changed while it was read: run again",
  });
}

/** `text:sha256`, `fixed:sha256`, `fixed:r:sha256`: the word for a content address and for adding. */
export function contentAddressMethod(object: StoreObject): Bytes {
  const { method } = object;
  return asBytes(method === "text" ? "text:sha256" : method === "flat" ? "fixed:sha256" : "fixed:r:sha256");
}

/**
 * Each path once, first come; fails when an object comes before one that it refers to. Paths that are not in the
 * list are taken to exist already.
 */
export function bottomUp(objects: StoreObjects): readonly StoreObject[] {
  const byPath = new Map<Bytes, StoreObject>();
  for (const object of objects) if (!byPath.has(object.path)) byPath.set(object.path, object);
  const seen = new Set<Bytes>();
  const diagnostics: Diagnostic[] = [];
  for (const object of byPath.values()) {
    const early = object.references.find((reference) => byPath.has(reference) && !seen.has(reference));
    if (early !== undefined) {
      diagnostics.push({
        code: "store/bad-order",
        message: `"${toText(object.path)}" comes before "${toText(early)}", to which it refers`,
        hint: "deliver objects after everything that they refer to",
      });
    }
    seen.add(object.path);
  }
  if (diagnostics.length > 0) throw new InputError(diagnostics);
  return [...byPath.values()];
}

function hashOfContents(contents: Contents): Bytes {
  return sha256(typeof contents === "string" ? contents : bytesOfContents(contents));
}

/** The contents inside the NAR of one plain file, which were read for it already. */
function contentsInNar(nar: Buffer): Buffer {
  const size = nar.readUInt32LE(fileContentsAt - 8) + nar.readUInt32LE(fileContentsAt - 4) * 0x1_0000_0000;
  return nar.subarray(fileContentsAt, fileContentsAt + size);
}
