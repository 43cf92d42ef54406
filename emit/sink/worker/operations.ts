// The operations on store paths that are sent to a Nix daemon, typed. Builds are in builds.ts.

import type { Bytes } from "../../../graph/bytes.ts";
import { parseHash } from "../../hash.ts";
import { checkName } from "../../store-path.ts";
import { WireBuffer } from "../../wire-buffer.ts";
import type { ByteSource } from "./byte-source.ts";
import type { Sent } from "./connection.ts";
import { readNar } from "./nar-stream.ts";
import {
  ask,
  type DerivedPath,
  framed,
  type OperationContext,
  putDerivedPaths,
  putPath,
  putPaths,
  readNothing,
  send,
  withHead,
} from "./request.ts";

/** Only sha256: 2.34 aborts on a text hashed otherwise. */
export type AddMethod = "fixed:r:sha256" | "fixed:sha256" | "text:sha256";

export interface PathInfo {
  /** "" when unknown. */
  readonly deriver: Bytes;
  /** sha256 of the NAR, lower-case hex. */
  readonly narHex: Bytes;
  readonly references: readonly Bytes[];
  readonly narSize: number;
  readonly signatures: readonly Bytes[];
  /** "" for what is addressed by its inputs. */
  readonly contentAddress: Bytes;
}

export function isValidPath(context: OperationContext, path: Bytes): Promise<boolean> {
  return ask(
    context,
    "isValidPath",
    (out) => putPath(out, context, path),
    (source) => source.boolean(),
  );
}

/** Those of `paths` that are in the store; with `substitute`, those that can be fetched are fetched first. */
export function queryValidPaths(
  context: OperationContext,
  paths: readonly Bytes[],
  substitute = false,
): Promise<readonly Bytes[]> {
  const body = (out: WireBuffer): void => {
    putPaths(out, context, paths);
    if (context.connection.version >= 0x11b) out.number(substitute ? 1 : 0);
  };
  return ask(context, "queryValidPaths", body, (source) => source.strings());
}

/** Keeps a path from garbage collection while the connection is open. Sent ahead: the reply says nothing. */
export function addTempRoot(context: OperationContext, path: Bytes): Sent<void> {
  return send(context, "addTempRoot", (out) => putPath(out, context, path), readNothing);
}

/**
 * Makes a path that was added the output of the builder that asks (builder-rpc-v0): each output once. Nix checks that
 * its name and content address are those of the output.
 */
export function submitOutput(context: OperationContext, path: Bytes, output: Bytes): Promise<void> {
  checkName(output);
  const body = (out: WireBuffer): void => {
    // A path as it is; outputs of derivations would have the tag 1, and no Nix takes them yet.
    out.number(0);
    putPath(out, context, path);
    out.string(output);
  };
  return ask(context, "submitOutput", body, readNothing);
}

/** Keeps what a link outside the store points to from garbage collection as long as the link is there. */
export function addIndirectRoot(context: OperationContext, link: Bytes): Promise<void> {
  return ask(context, "addIndirectRoot", (out) => out.string(link), readNothing);
}

/** Makes a path valid, by fetching it if need be. */
export function ensurePath(context: OperationContext, path: Bytes): Promise<void> {
  return ask(context, "ensurePath", (out) => putPath(out, context, path), readNothing, true);
}

export function queryPathInfo(context: OperationContext, path: Bytes): Promise<PathInfo | undefined> {
  const read = async (source: ByteSource): Promise<PathInfo | undefined> =>
    (await source.boolean()) ? readPathInfo(source) : undefined;
  return ask(context, "queryPathInfo", (out) => putPath(out, context, path), read);
}

export interface Missing {
  readonly willBuild: readonly Bytes[];
  readonly willSubstitute: readonly Bytes[];
  readonly unknown: readonly Bytes[];
  readonly downloadSize: number;
  readonly narSize: number;
}

export function queryMissing(context: OperationContext, paths: readonly DerivedPath[]): Promise<Missing> {
  const read = async (source: ByteSource): Promise<Missing> => ({
    willBuild: await source.strings(),
    willSubstitute: await source.strings(),
    unknown: await source.strings(),
    downloadSize: await source.number(),
    narSize: await source.number(),
  });
  return ask(context, "queryMissing", (out) => putDerivedPaths(out, context, paths), read, true);
}

/** Output name -> path; `undefined` for one that is not known yet. */
export function queryDerivationOutputMap(
  context: OperationContext,
  path: Bytes,
): Promise<ReadonlyMap<Bytes, Bytes | undefined>> {
  const read = async (source: ByteSource): Promise<ReadonlyMap<Bytes, Bytes | undefined>> => {
    const outputs = new Map<Bytes, Bytes | undefined>();
    for (let left = await source.count(); left > 0; left--) {
      const name = await source.string();
      const output = await source.string();
      outputs.set(name, output === "" ? undefined : output);
    }
    return outputs;
  };
  return ask(context, "queryDerivationOutputMap", (out) => putPath(out, context, path), read);
}

/** One object to add: `contents` is the file, or the NAR for "fixed:r:sha256", in pieces. */
export interface Addition {
  readonly name: Bytes;
  readonly method: AddMethod;
  readonly references: readonly Bytes[];
  readonly contents: Iterable<Uint8Array>;
}

export interface Added extends PathInfo {
  readonly path: Bytes;
}

export function addToStore(context: OperationContext, addition: Addition): Sent<Added> {
  checkName(addition.name);
  const head = new WireBuffer(512);
  head.string(addition.name);
  head.string(addition.method);
  putPaths(head, context, addition.references);
  head.number(0);
  const read = async (source: ByteSource): Promise<Added> => ({
    path: await source.string(),
    ...(await readPathInfo(source)),
  });
  const body = withHead(head, framed(addition.contents));
  return context.connection.send({ operation: "addToStore", body, read });
}

/** One object of many: its path and everything that Nix keeps about it, then its NAR. */
export interface PathWithNar {
  readonly path: Bytes;
  readonly narHex: Bytes;
  readonly references: readonly Bytes[];
  readonly contentAddress: Bytes;
  readonly nar: Uint8Array;
}

/** References must come before what refers to them. Nothing is signed: a content address needs no signature. */
export function addMultipleToStore(
  context: OperationContext,
  items: Iterable<PathWithNar>,
  count: number,
): Sent<void> {
  const head = new WireBuffer(16);
  head.number(0);
  head.number(0);
  const body = withHead(head, framed(printItems(context, items, count)));
  return context.connection.send({ operation: "addMultipleToStore", body, read: async () => undefined });
}

/** The archive of a path, as the store has it. */
export function narFromPath(context: OperationContext, path: Bytes): Promise<Buffer> {
  return ask(context, "narFromPath", (out) => putPath(out, context, path), readNar);
}

async function readPathInfo(source: ByteSource): Promise<PathInfo> {
  const deriver = await source.string();
  const narHash = await source.string();
  const references = await source.strings();
  // Registration time.
  await source.number();
  const narSize = await source.number();
  // Ultimate: built here.
  await source.number();
  const signatures = await source.strings();
  const contentAddress = await source.string();
  return {
    deriver,
    narHex: parseHash(narHash, "sha256").hex,
    references,
    narSize,
    signatures,
    contentAddress,
  };
}

function* printItems(
  context: OperationContext,
  items: Iterable<PathWithNar>,
  count: number,
): Generator<Uint8Array> {
  const out = new WireBuffer(4096);
  out.number(count);
  let printed = 0;
  for (const item of items) {
    printed++;
    putPath(out, context, item.path);
    // No deriver.
    out.string("");
    out.string(item.narHex);
    putPaths(out, context, item.references);
    out.number(0);
    out.number(item.nar.length);
    out.number(0);
    out.strings([]);
    out.string(item.contentAddress);
    yield out.take();
    yield item.nar;
  }
  if (printed !== count) throw new Error(`${printed} items where ${count} were announced`);
  if (count === 0) yield out.take();
}
