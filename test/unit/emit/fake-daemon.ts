// A Nix daemon that says what a test tells it to, for the protocol client.

import { PassThrough } from "node:stream";
import {
  type ConnectionOptions,
  openConnection,
  type WorkerConnection,
} from "../../../emit/sink/worker/connection.ts";
import type { Transport } from "../../../emit/sink/worker/transport.ts";
import { nixStoreDir, textPath } from "../../../emit/store-path.ts";
import { WireBuffer } from "../../../emit/wire-buffer.ts";
import { asBytes, type Bytes } from "../../../graph/bytes.ts";
import { InputError } from "../../../graph/diagnostic.ts";

export const path: Bytes = textPath(asBytes("some"), asBytes("contents"));
export const last: number = 0x616c7473;

export interface FakeDaemon {
  readonly transport: Transport;
  readonly fromDaemon: PassThrough;
  readonly toDaemon: PassThrough;
  readonly isClosed: () => boolean;
}

export function fakeDaemon(complaints = ""): FakeDaemon {
  const fromDaemon = new PassThrough();
  const toDaemon = new PassThrough();
  let closed = false;
  const close = async (): Promise<void> => {
    closed = true;
    fromDaemon.destroy();
    toDaemon.destroy();
  };
  const transport = {
    fromDaemon,
    toDaemon,
    name: "a fake daemon",
    complaints: async () => complaints,
    close,
  };
  toDaemon.resume();
  return { transport, fromDaemon, toDaemon, isClosed: () => closed };
}

export function wire(...parts: readonly (number | string)[]): Buffer {
  const out = new WireBuffer(64);
  for (const part of parts) {
    if (typeof part === "number") out.number(part);
    else out.string(part);
  }
  return out.take();
}

/** What a daemon of 2.34 says first: magic, version, no features, its version, trusted, LAST. */
export const greeting: Buffer = wire(0x6478696f, 0x126, 0, "2.34.8", 1, last);

export async function connected(
  daemon: FakeDaemon,
  options: ConnectionOptions = {},
): Promise<{ readonly connection: WorkerConnection; readonly storeDir: Bytes }> {
  daemon.fromDaemon.write(greeting);
  return { connection: await openConnection(daemon.transport, options), storeDir: nixStoreDir };
}

export async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof InputError) return error.diagnostics.map(({ code }) => code).join();
    throw error;
  }
  return "no error";
}
