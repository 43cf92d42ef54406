// Delivers to a Nix daemon, on this machine or, with recursive-nix, inside a builder: asks which objects are there,
// then sends the others in batches without waiting for answers in between.

import { type Bytes, toText } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { archiveOfObject, bottomUp, type StoreObject } from "../object.ts";
import { nixStoreDir } from "../store-path.ts";
import { failMissing } from "./memory.ts";
import { checkNixVersion } from "./nix-version.ts";
import type { Delivery, Sink } from "./sink.ts";
import { type ConnectionOptions, openConnection, type WorkerConnection } from "./worker/connection.ts";
import {
  type AddMethod,
  addMultipleToStore,
  addTempRoot,
  addToStore,
  type PathWithNar,
  queryValidPaths,
} from "./worker/operations.ts";
import type { OperationContext } from "./worker/request.ts";
import { type DaemonAddress, daemonAddress, type Environment, openTransport } from "./worker/transport.ts";

export interface DaemonSinkOptions extends ConnectionOptions {
  /** Where NIX_REMOTE and the program of a child daemon are looked up. */
  readonly environment: Environment;
  /** What `environment` says unless given. */
  readonly address?: DaemonAddress;
  readonly storeDir?: Bytes;
  /** Objects in one AddMultipleToStore; 1 sends each with AddToStore, so an error names its object. */
  readonly batch?: number;
}

/** The connection stays open, and what was delivered is safe from garbage collection, until `close`. */
export interface DaemonSink extends Sink {
  /** For building what was delivered, over the same connection. */
  readonly context: OperationContext;
}

const usualBatch = 500;
/** A batch ends early when its archives are this large together. */
const batchBytes = 8 << 20;
const pathsPerQuestion = 4096;
/** Requests on the way before the oldest is waited for. */
const ahead = 4;
const aheadSingly = 256;

export async function openDaemonSink(options: DaemonSinkOptions): Promise<DaemonSink> {
  const address = options.address ?? daemonAddress(options.environment);
  const connection = await openConnection(await openTransport(address, options.environment), options);
  try {
    checkNixVersion(toText(connection.nixVersion), "the Nix daemon");
  } catch (error) {
    await connection.close();
    throw error;
  }
  return daemonSink(connection, options.storeDir ?? nixStoreDir, options.batch ?? usualBatch);
}

/** A sink over a connection that is open already. */
export function daemonSink(
  connection: WorkerConnection,
  storeDir: Bytes,
  batch: number = usualBatch,
): DaemonSink {
  const context: OperationContext = { connection, storeDir };
  const delivered = new Set<Bytes>();
  return {
    context,
    async deliver(list) {
      const objects = bottomUp(list).filter(({ path }) => !delivered.has(path));
      const paths = new Set(objects.map(({ path }) => path));
      const outside = referencesOutside(objects, paths, delivered);
      const valid = await findValid(context, [...paths, ...outside.keys()]);
      // Before anything is sent: a delivery that cannot succeed leaves the store as it was.
      for (const [reference, path] of outside) if (!valid.has(reference)) failMissing(path, reference);
      const present = await keepValid(
        context,
        objects.map(({ path }) => path).filter((path) => valid.has(path)),
      );
      const missing = objects.filter(({ path }) => !present.has(path));
      const bytes =
        batch > 1 ? await addInBatches(context, missing, batch) : await addSingly(context, missing);
      for (const path of paths) delivered.add(path);
      const delivery: Delivery = { added: missing.length, present: present.size, bytes, outside: [] };
      return delivery;
    },
    close: () => connection.close(),
  };
}

/** Paths that must be in the store already -> an object that refers to them. */
function referencesOutside(
  objects: readonly StoreObject[],
  paths: ReadonlySet<Bytes>,
  delivered: ReadonlySet<Bytes>,
): ReadonlyMap<Bytes, Bytes> {
  const outside = new Map<Bytes, Bytes>();
  for (const { path, references } of objects) {
    for (const reference of references) {
      if (!paths.has(reference) && !delivered.has(reference)) outside.set(reference, path);
    }
  }
  return outside;
}

async function findValid(context: OperationContext, paths: readonly Bytes[]): Promise<ReadonlySet<Bytes>> {
  const answers: Promise<readonly Bytes[]>[] = [];
  for (let start = 0; start < paths.length; start += pathsPerQuestion) {
    answers.push(queryValidPaths(context, paths.slice(start, start + pathsPerQuestion)));
  }
  return new Set((await Promise.all(answers)).flat());
}

/** Roots paths and asks again: one that was deleted in between is added like the others. */
async function keepValid(context: OperationContext, paths: readonly Bytes[]): Promise<ReadonlySet<Bytes>> {
  if (paths.length === 0) return new Set();
  // Inside a builder everything known is kept until the build ends, and roots are ignored.
  if (context.connection.trust === "no") return new Set(paths);
  let last: Promise<void> = Promise.resolve();
  for (const path of paths) {
    const { sent, reply } = addTempRoot(context, path);
    await sent;
    last = reply;
  }
  await last;
  return findValid(context, paths);
}

async function addInBatches(
  context: OperationContext,
  objects: readonly StoreObject[],
  batch: number,
): Promise<number> {
  const line = new Line(ahead);
  let items: PathWithNar[] = [];
  let size = 0;
  let total = 0;
  const send = async (): Promise<void> => {
    const { sent, reply } = addMultipleToStore(context, items, items.length);
    items = [];
    size = 0;
    await sent;
    await line.add(reply);
  };
  for (const object of objects) {
    const { path, references } = object;
    const archive = archiveOfObject(object);
    items.push({ path, references, ...archive });
    size += archive.nar.length;
    total += archive.nar.length;
    if (items.length >= batch || size >= batchBytes) await send();
  }
  if (items.length > 0) await send();
  await line.end();
  return total;
}

/** One request per object, so that a refusal names its object; also where batches are not taken. */
export async function addSingly(context: OperationContext, objects: readonly StoreObject[]): Promise<number> {
  const line = new Line(aheadSingly);
  let total = 0;
  for (const object of objects) {
    const { path, name, references } = object;
    const { hashed, contentAddress } = archiveOfObject(object);
    const method = methodOf(object);
    total += hashed.length;
    const { sent, reply } = addToStore(context, { name, method, references, contents: [hashed] });
    await sent;
    await line.add(
      reply.then(
        (added) => {
          if (added.path === path && added.contentAddress === contentAddress) return;
          throw new Error(`Nix made ${added.path} of what was planned as ${path}`);
        },
        (error: unknown) => {
          throw namedError(path, error);
        },
      ),
    );
  }
  await line.end();
  return total;
}

function methodOf({ method }: StoreObject): AddMethod {
  return method === "nar" ? "fixed:r:sha256" : method === "flat" ? "fixed:sha256" : "text:sha256";
}

/** A refusal of one object, with the object's path before Nix's words. */
function namedError(path: Bytes, error: unknown): unknown {
  if (!(error instanceof InputError) || error.diagnostics[0]?.code !== "nix/refused") return error;
  const diagnostics = error.diagnostics.map((diagnostic) => ({
    ...diagnostic,
    message: `"${toText(path)}" is not taken: ${diagnostic.message}`,
  }));
  return new InputError(diagnostics, error.exitCode, { cause: error });
}

/** Replies on the way: at most so many, the oldest is waited for first. */
class Line {
  readonly #most: number;
  readonly #replies: Promise<void>[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  async add(reply: Promise<void>): Promise<void> {
    reply.catch(() => undefined);
    this.#replies.push(reply);
    if (this.#replies.length >= this.#most) await this.#replies.shift();
  }

  async end(): Promise<void> {
    for (const reply of this.#replies) await reply;
  }
}
