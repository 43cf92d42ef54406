// Delivers from inside a builder, over the socket that Nix gives it there: with recursive-nix, or with builder-rpc-v0
// of Nix 2.36, which is not released: that way is written after its sources and has met no real Nix
// (docs/limits.md). Which of the two it is, the daemon says when the connection is opened.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { archiveOfObject, bottomUp, type StoreObject, type TextObject } from "../object.ts";
import { nixStoreDir } from "../store-path.ts";
import { addSingly, daemonSink } from "./daemon.ts";
import { type ConnectionOptions, openConnection } from "./worker/connection.ts";
import { submitOutput } from "./worker/operations.ts";
import type { OperationContext } from "./worker/request.ts";
import { daemonAddress, type Environment, openTransport, type Transport } from "./worker/transport.ts";

/** What builder-rpc-v0 has in place of operations that it refuses. Offered to every daemon; most know none of them. */
export const builderFeatures: readonly string[] = [
  "realisation-with-path-not-hash",
  "disable-set-options",
  "add-to-store-scanning",
  "submit-output",
];

export interface BuilderDelivery extends ConnectionOptions {
  /** The builder's own. */
  readonly environment: Environment;
  readonly storeDir?: Bytes;
  /** Bottom-up; everything outside the list is in the builder's closure. */
  readonly objects: readonly StoreObject[];
  /** The derivation that the builder's output is to be. It may be in the list. */
  readonly root: TextObject;
  /** Writes the output where the builder does it itself: with recursive-nix. */
  readonly write: (root: TextObject) => void;
  /** Instead of the one that `environment` names. */
  readonly transport?: Transport;
}

/** "rpc" when the output was handed to the daemon, "written" when `write` was called. */
export async function deliverFromBuilder(delivery: BuilderDelivery): Promise<"rpc" | "written"> {
  const { environment, root, write } = delivery;
  const storeDir = delivery.storeDir ?? nixStoreDir;
  const transport = delivery.transport ?? (await openTransport(daemonAddress(environment), environment));
  // One connection: Nix 2.34 keeps what a builder added without locks.
  const connection = await openConnection(transport, { ...delivery, features: builderFeatures });
  const isRpc = connection.features.has("submit-output");
  try {
    if (isRpc) await submit({ connection, storeDir }, delivery);
    else await daemonSink(connection, storeDir).deliver(delivery.objects);
  } finally {
    await connection.close();
  }
  if (!isRpc) write(root);
  return isRpc ? "rpc" : "written";
}

/**
 * Each object with its references, which spares the daemon a search for them; nothing is asked beforehand, because
 * most questions are refused, and adding what is there already changes nothing.
 */
async function submit(context: OperationContext, { objects, root }: BuilderDelivery): Promise<void> {
  const all = bottomUp([...objects, root]);
  // Checked before anything is sent: a delivery that cannot succeed leaves the store as it was.
  for (const object of all) archiveOfObject(object);
  await addSingly(context, all);
  await submitOutput(context, root.path, asBytes("out"));
}
