// What a plan becomes and a sink delivers: store objects with their final paths, in an order in which nothing comes
// before what it refers to.

import { asBytes, type Bytes, toText } from "../graph/bytes.ts";
import { type Diagnostic, InputError } from "../graph/diagnostic.ts";
import { printDerivation } from "./aterm.ts";
import { type Derivation, derivationReferences } from "./derivation.ts";
import { sha256 } from "./hash.ts";
import { bytesOfContents, type Contents, type NarNode, narHash } from "./nar.ts";
import { contentAddressedPath, nixStoreDir, sortedSet, textPathOfHash } from "./store-path.ts";

interface Identified {
  /** Full store path. */
  readonly path: Bytes;
  /** What follows the hash in `path`. */
  readonly name: Bytes;
  /** Full store paths, sorted bytewise, each once; never `path` itself. */
  readonly references: readonly Bytes[];
  /** sha256 (lower-case hex) of the contents, or of the NAR for method "nar": what `path` was computed from. */
  readonly hex: Bytes;
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
  const hex = sha256(typeof contents === "string" ? contents : bytesOfContents(contents));
  const sorted = sortedSet(references);
  return {
    method: "text",
    path: textPathOfHash(name, hex, sorted, storeDir),
    name,
    references: sorted,
    hex,
    contents,
  };
}

/** A file in the store, as `nix store add --mode flat` makes it. */
export function flatObject(name: Bytes, contents: Contents, storeDir: Bytes = nixStoreDir): FlatObject {
  const hex = sha256(typeof contents === "string" ? contents : bytesOfContents(contents));
  const path = contentAddressedPath(name, { method: "flat", algo: "sha256", hex }, [], false, storeDir);
  return { method: "flat", path, name, references: [], hex, contents };
}

/** A file or tree in the store, as `nix store add` makes it. */
export function narObject(
  name: Bytes,
  node: NarNode,
  references: Iterable<Bytes> = [],
  storeDir: Bytes = nixStoreDir,
): NarObject {
  const { hex } = narHash(node);
  const sorted = sortedSet(references);
  const path = contentAddressedPath(name, { method: "nar", algo: "sha256", hex }, sorted, false, storeDir);
  return { method: "nar", path, name, references: sorted, hex, node };
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
