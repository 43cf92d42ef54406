// One connection to a Nix daemon: the handshake, requests that may be sent before earlier ones are answered, and
// what the daemon tells in between. The operations are in operations.ts.

import { asBytes, type Bytes, toText } from "../../../graph/bytes.ts";
import { InputError } from "../../../graph/diagnostic.ts";
import { WireBuffer } from "../../wire-buffer.ts";
import { ByteSource } from "./byte-source.ts";
import { type OnEvent, plainText, readResult, readStart, readStop } from "./events.ts";
import {
  clientMagic,
  daemonMagic,
  newestVersion,
  type OperationName,
  oldestVersion,
  operationSince,
  operations,
  printVersion,
  stderrTags,
} from "./protocol.ts";
import type { Transport } from "./transport.ts";

export interface ConnectionOptions {
  readonly onEvent?: OnEvent;
  /** The newest version to offer; the daemon's own counts if it is older. */
  readonly version?: number;
  readonly features?: readonly string[];
  /** Milliseconds without any byte from the daemon before an answer is given up; builds wait for ever. */
  readonly patience?: number;
}

export type Trust = "no" | "unknown" | "yes";

export interface Request<Reply> {
  readonly operation: OperationName;
  /** What follows the operation's number, in pieces that may be made while they are sent. */
  readonly body: Iterable<Uint8Array>;
  readonly read: (source: ByteSource) => Promise<Reply>;
  /** The answer may take as long as a build does. */
  readonly isSlow?: boolean;
}

export interface Sent<Reply> {
  /** Settles when the request is out and the daemon takes more: wait for it before sending much. */
  readonly sent: Promise<void>;
  readonly reply: Promise<Reply>;
}

const usualPatience = 300_000;
const noVersion: Bytes = asBytes("");

export class WorkerConnection {
  /** In force: the older of the two. */
  readonly version: number;
  /** "2.34.8"; empty when the daemon is too old to say. */
  readonly nixVersion: Bytes;
  /** "no" inside a builder: what may be asked is restricted. */
  readonly trust: Trust;
  /** Features that both sides have. */
  readonly features: ReadonlySet<string>;
  readonly #transport: Transport;
  readonly #source: ByteSource;
  readonly #onEvent: OnEvent;
  readonly #patience: number;
  #writes: Promise<void> = Promise.resolve();
  #replies: Promise<void> = Promise.resolve();
  #failure: Error | undefined;

  /** Use `openConnection`. */
  constructor(transport: Transport, source: ByteSource, greeting: Greeting, options: ConnectionOptions) {
    this.#transport = transport;
    this.#source = source;
    this.#onEvent = options.onEvent ?? (() => undefined);
    this.#patience = options.patience ?? usualPatience;
    this.version = greeting.version;
    this.nixVersion = greeting.nixVersion;
    this.trust = greeting.trust;
    this.features = greeting.features;
    transport.toDaemon.on("error", (error) => source.end(error));
  }

  /** Sends a request; replies come in the order of requests. */
  send<Reply>(request: Request<Reply>): Sent<Reply> {
    const since = operationSince[request.operation] ?? 0;
    if (this.version < since) throw tooOld(request.operation, this.version, since);
    const sent = this.#writes.then(() => this.#write(request));
    this.#writes = sent.catch(() => undefined);
    const reply = this.#replies.then(() => this.#receive(request));
    this.#replies = reply.then(
      () => undefined,
      () => undefined,
    );
    // Who sends ahead looks at replies later; a failure must not count as unhandled until then.
    sent.catch(() => undefined);
    reply.catch(() => undefined);
    return { sent, reply };
  }

  /** Sends a request and waits for its reply. */
  async ask<Reply>(request: Request<Reply>): Promise<Reply> {
    return this.send(request).reply;
  }

  /** Ends the connection, and with it the temporary roots of everything that was added. */
  async close(): Promise<void> {
    this.#failure ??= lostConnection(this.#transport, "", undefined);
    this.#source.break(this.#failure);
    await this.#transport.close();
  }

  async #write(request: Request<unknown>): Promise<void> {
    const head = new WireBuffer(64);
    head.number(operations[request.operation]);
    await this.#put(head.take());
    try {
      for (const piece of request.body) await this.#put(piece);
    } catch (error) {
      // A request that ends in the middle cannot be taken back.
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
      this.#source.break(this.#failure);
      throw error;
    }
  }

  async #put(piece: Uint8Array): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const stream = this.#transport.toDaemon;
    if (stream.write(piece)) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        stream.off("drain", done);
        stream.off("close", done);
        this.#source.moved();
        resolve();
      };
      stream.on("drain", done);
      stream.on("close", done);
    });
  }

  async #receive<Reply>(request: Request<Reply>): Promise<Reply> {
    if (this.#failure !== undefined) throw this.#failure;
    const source = this.#source;
    source.patience = request.isSlow === true ? 0 : this.#patience;
    let refusal: InputError | undefined;
    try {
      refusal = await readUntilLast(source, this.version, this.#onEvent);
      if (refusal === undefined) return await request.read(source);
    } catch (error) {
      // Whatever breaks a reply leaves the stream at an unknown place: nothing after it can be read.
      this.#failure = error instanceof Error ? error : new Error(String(error));
      await this.#transport.close();
      throw error;
    }
    throw refusal;
  }
}

interface Greeting {
  readonly version: number;
  readonly nixVersion: Bytes;
  readonly trust: Trust;
  readonly features: ReadonlySet<string>;
}

/** Greets the daemon and agrees with it about version and features. */
export async function openConnection(
  transport: Transport,
  options: ConnectionOptions = {},
): Promise<WorkerConnection> {
  const source = new ByteSource(transport.fromDaemon, (cause) => lost(transport, cause));
  const breakSource = (error: Error): void => source.end(error);
  transport.toDaemon.on("error", breakSource);
  source.patience = options.patience ?? usualPatience;
  try {
    return new WorkerConnection(transport, source, await greet(transport, source, options), options);
  } catch (error) {
    await transport.close();
    throw error;
  } finally {
    transport.toDaemon.off("error", breakSource);
  }
}

async function greet(
  transport: Transport,
  source: ByteSource,
  options: ConnectionOptions,
): Promise<Greeting> {
  const offered = options.version ?? newestVersion;
  const out = new WireBuffer(256);
  out.number(clientMagic);
  out.number(offered);
  transport.toDaemon.write(out.take());
  const magic = await source.number();
  if (magic !== daemonMagic) throw source.unexpected(`0x${magic.toString(16)} as its greeting`);
  const version = Math.min(offered, await source.number());
  if (version < oldestVersion) throw tooOld("connecting", version, oldestVersion);
  let features: ReadonlySet<string> = new Set();
  if (version >= 0x126) {
    const wanted = options.features ?? [];
    out.strings(wanted);
    transport.toDaemon.write(out.take());
    const theirs = new Set<string>(await source.strings());
    features = new Set(wanted.filter((feature) => theirs.has(feature)));
  }
  // Two fields that no daemon uses any more: CPU affinity and reserved space.
  out.number(0);
  out.number(0);
  transport.toDaemon.write(out.take());
  const nixVersion = version >= 0x121 ? await source.string() : noVersion;
  const trusted = version >= 0x123 ? await source.number() : 0;
  const refusal = await readUntilLast(source, version, options.onEvent ?? (() => undefined));
  if (refusal !== undefined) throw refusal;
  return { version, nixVersion, trust: trusted === 1 ? "yes" : trusted === 2 ? "no" : "unknown", features };
}

/** Reads what comes before a reply. A failure that the daemon reports is returned: the stream is fine after it. */
async function readUntilLast(
  source: ByteSource,
  version: number,
  onEvent: OnEvent,
): Promise<InputError | undefined> {
  for (;;) {
    const tag = await source.number();
    switch (tag) {
      case stderrTags.last:
        return undefined;
      case stderrTags.error:
        return readRefusal(source, version);
      case stderrTags.next:
        onEvent({ kind: "message", text: await source.string() });
        break;
      case stderrTags.startActivity:
        onEvent(await readStart(source));
        break;
      case stderrTags.stopActivity:
        onEvent(await readStop(source));
        break;
      case stderrTags.result:
        onEvent(await readResult(source));
        break;
      default:
        throw source.unexpected(`0x${tag.toString(16)} before a reply`);
    }
  }
}

async function readRefusal(source: ByteSource, version: number): Promise<InputError> {
  const lines: Bytes[] = [];
  if (version >= 0x11a) {
    await source.string();
    await source.number();
    await source.string();
    lines.push(await source.string());
    await source.number();
    for (let left = await source.count(); left > 0; left--) {
      await source.number();
      lines.push(await source.string());
    }
  } else {
    lines.push(await source.string());
    await source.number();
  }
  const [message, ...traces] = lines.map((line) =>
    toText(plainText(line))
      .replace(/^error:\s*/, "")
      .trim(),
  );
  const context = traces.length === 0 ? "" : ` (${traces.join("; ")})`;
  return new InputError([{ code: "nix/refused", message: `Nix says: ${message}${context}` }]);
}

function tooOld(what: string, version: number, since: number): InputError {
  const message = `the Nix daemon speaks protocol ${printVersion(version)}, ${what} needs ${printVersion(since)}`;
  return new InputError([{ code: "nix/too-old", message, hint: "use Nix 2.34 or newer" }], 3);
}

async function lost(transport: Transport, cause: Error | undefined): Promise<InputError> {
  return lostConnection(transport, await transport.complaints(), cause);
}

function lostConnection(transport: Transport, complaints: string, cause: Error | undefined): InputError {
  const said = complaints === "" ? "" : `; it said: ${complaints}`;
  const diagnostic = {
    code: "nix/connection-lost",
    message: `the connection to ${transport.name} ended before its answer${said}`,
    hint: "look at the daemon's log; what was added before stays in the store",
  } as const;
  return new InputError([diagnostic], 3, cause === undefined ? {} : { cause });
}
