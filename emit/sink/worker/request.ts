// How requests to a Nix daemon are put together. Names and paths are checked before they are sent: a daemon closes
// the connection, hangs or dies on some of them.

import { asBytes, type Bytes, toText } from "../../../graph/bytes.ts";
import { fail } from "../../../graph/diagnostic.ts";
import { checkName, checkStorePath } from "../../store-path.ts";
import { WireBuffer } from "../../wire-buffer.ts";
import type { ByteSource } from "./byte-source.ts";
import type { Sent, WorkerConnection } from "./connection.ts";
import type { OperationName } from "./protocol.ts";

/** Which store directory paths must be in. */
export interface OperationContext {
  readonly connection: WorkerConnection;
  readonly storeDir: Bytes;
}

/** What to build, or to know about: `DRV^chain...^outputs`, or a plain path. */
export interface DerivedPath {
  readonly path: Bytes;
  /** For an output of an output: the output names before the last. */
  readonly chain?: readonly Bytes[];
  /** Absent for the path itself; "*" for every output. */
  readonly outputs?: "*" | readonly Bytes[];
}

/** `DRV!out!a,b`: derived paths as the protocol writes them. */
export function printDerivedPath({ path, chain = [], outputs }: DerivedPath): Bytes {
  if (outputs === undefined) return path;
  return asBytes([path, ...chain, outputs === "*" ? "*" : outputs.join(",")].join("!"));
}

const largeFrame = 1 << 16;

/** Frames: a length that is not 0 and so many bytes, without padding; 0 ends them. Small pieces are joined. */
export function* framed(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let size = 0;
  const frame = (): Uint8Array => {
    const head = new WireBuffer(8);
    head.number(size);
    const joined = Buffer.concat([head.take(), ...waiting], size + 8);
    waiting = [];
    size = 0;
    return joined;
  };
  for (const piece of pieces) {
    if (piece.length === 0) continue;
    waiting.push(piece);
    size += piece.length;
    if (size >= largeFrame) yield frame();
  }
  if (size > 0) yield frame();
  const end = new WireBuffer(8);
  end.number(0);
  yield end.take();
}

export function* withHead(head: WireBuffer, rest: Iterable<Uint8Array>): Generator<Uint8Array> {
  yield head.take();
  yield* rest;
}

export function send<Reply>(
  context: OperationContext,
  operation: OperationName,
  print: (out: WireBuffer) => void,
  read: (source: ByteSource) => Promise<Reply>,
  isSlow = false,
): Sent<Reply> {
  const out = new WireBuffer(256);
  print(out);
  return context.connection.send({ operation, body: [out.take()], read, isSlow });
}

export function ask<Reply>(
  context: OperationContext,
  operation: OperationName,
  print: (out: WireBuffer) => void,
  read: (source: ByteSource) => Promise<Reply>,
  isSlow = false,
): Promise<Reply> {
  return send(context, operation, print, read, isSlow).reply;
}

/** Operations whose reply is the number 1. */
export async function readNothing(source: ByteSource): Promise<void> {
  await source.number();
}

export function putPath(out: WireBuffer, { storeDir }: OperationContext, path: Bytes): void {
  checkStorePath(path, storeDir);
  out.string(path);
}

export function putPaths(out: WireBuffer, { storeDir }: OperationContext, paths: readonly Bytes[]): void {
  for (const path of paths) checkStorePath(path, storeDir);
  out.strings(paths);
}

export function putDerivedPaths(
  out: WireBuffer,
  { storeDir }: OperationContext,
  paths: readonly DerivedPath[],
): void {
  for (const { path, chain = [], outputs } of paths) {
    checkStorePath(path, storeDir);
    const names = [...chain, ...(outputs === undefined || outputs === "*" ? [] : outputs)];
    for (const name of names) checkName(name);
    if (outputs === undefined && chain.length > 0) {
      fail({ code: "store/bad-path", message: `"${toText(path)}" has a chain of outputs that does not end` });
    }
  }
  out.strings(paths.map(printDerivedPath));
}
