// Reads numbers and strings from a stream as they arrive. One reader at a time; when nothing comes for too long, or
// the stream ends, the read fails with an InputError that says so.

import type { Readable } from "node:stream";
import { type Bytes, fromBuffer } from "../../../graph/bytes.ts";
import { type Diagnostic, InputError } from "../../../graph/diagnostic.ts";

/** Longest string and list in a reply; the daemon is not trusted with our memory. */
const maxString = 1 << 28;
const maxItems = 1 << 24;

/** Stop the stream when so much waits to be read, and let it go on below half. */
const maxWaiting = 1 << 24;

export class ByteSource {
  readonly #stream: Readable;
  /** Says what was lost, when the stream ends or breaks. */
  readonly #lost: (cause: Error | undefined) => Promise<InputError>;
  #chunks: Buffer[] = [];
  /** Bytes of the first chunk that were read. */
  #head = 0;
  #waiting = 0;
  /** What the reader takes next may be more than is let wait otherwise: a large file. */
  #wanted = 0;
  #failure: Error | undefined;
  #isOver = false;
  #wake: (() => void) | undefined;
  #hasMoved = false;
  /** Milliseconds without a byte after which a read fails; 0 waits for ever. */
  patience = 0;

  constructor(stream: Readable, lost: (cause: Error | undefined) => Promise<InputError>) {
    this.#stream = stream;
    this.#lost = lost;
    stream.on("data", (chunk: Buffer) => {
      this.#chunks.push(chunk);
      this.#waiting += chunk.length;
      if (this.#waiting > Math.max(maxWaiting, this.#wanted)) stream.pause();
      this.#wake?.();
    });
    stream.on("error", (error) => this.end(error));
    stream.on("end", () => this.end(undefined));
    stream.on("close", () => this.end(undefined));
  }

  /** Every read that cannot be served from what has arrived fails from now on. */
  break(failure: Error): void {
    this.#failure ??= failure;
    this.#wake?.();
  }

  /** The stream is over; `cause` is what broke it. */
  end(cause: Error | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    void this.#lost(cause).then((failure) => this.break(failure));
  }

  async take(count: number): Promise<Buffer> {
    this.#wanted = count;
    if (this.#waiting < count && this.#stream.isPaused()) this.#stream.resume();
    while (this.#waiting < count) await this.#more();
    this.#wanted = 0;
    const first = this.#chunks[0];
    if (first === undefined || count === 0) return Buffer.alloc(0);
    const end = this.#head + count;
    if (end <= first.length) {
      const taken = first.subarray(this.#head, end);
      this.#advance(first, count);
      return taken;
    }
    const taken = Buffer.allocUnsafe(count);
    for (let filled = 0; filled < count; ) {
      const chunk = this.#chunks[0];
      if (chunk === undefined) break;
      const copied = chunk.copy(taken, filled, this.#head, this.#head + count - filled);
      filled += copied;
      this.#advance(chunk, copied);
    }
    return taken;
  }

  /** A u64; exact up to 2^53. */
  async number(): Promise<number> {
    const bytes = await this.take(8);
    return bytes.readUInt32LE(0) + bytes.readUInt32LE(4) * 0x1_0000_0000;
  }

  /** A u64 that identifies something: the high half holds a process id. */
  async id(): Promise<bigint> {
    return (await this.take(8)).readBigUInt64LE(0);
  }

  async boolean(): Promise<boolean> {
    return (await this.number()) !== 0;
  }

  async string(): Promise<Bytes> {
    const size = await this.number();
    if (size > maxString) throw this.unexpected(`a string of ${size} bytes`);
    const padded = await this.take(Math.ceil(size / 8) * 8);
    return fromBuffer(padded.subarray(0, size));
  }

  async strings(): Promise<readonly Bytes[]> {
    const texts: Bytes[] = [];
    for (let left = await this.count(); left > 0; left--) texts.push(await this.string());
    return texts;
  }

  /** How many items a list has. */
  async count(): Promise<number> {
    const count = await this.number();
    if (count > maxItems) throw this.unexpected(`a list of ${count} items`);
    return count;
  }

  /** For what no daemon that we know sends: after it the stream cannot be understood any more. */
  unexpected(what: string): InputError {
    const diagnostic: Diagnostic = {
      code: "nix/protocol",
      message: `the Nix daemon sent ${what}, which is not understood`,
      hint: "check that the socket is the one of a Nix daemon, of 2.34 or newer",
    };
    const error = new InputError([diagnostic], 3);
    this.break(error);
    return error;
  }

  async #more(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      if (this.patience > 0) timer = setInterval(() => this.#check(), this.patience);
    });
    clearInterval(timer);
    this.#wake = undefined;
  }

  /** The other side took something: it is alive although it says nothing. */
  moved(): void {
    this.#hasMoved = true;
  }

  #check(): void {
    if (!this.#hasMoved) this.#giveUp();
    this.#hasMoved = false;
  }

  #giveUp(): void {
    const seconds = Math.round(this.patience / 1000);
    const diagnostic: Diagnostic = {
      code: "nix/no-answer",
      message: `the Nix daemon has not answered for ${seconds} s`,
      hint: "look whether it is stopped or waits for a lock; its log says more",
    };
    this.break(new InputError([diagnostic], 3));
    this.#stream.destroy();
  }

  #advance(chunk: Buffer, count: number): void {
    this.#head += count;
    this.#waiting -= count;
    if (this.#head === chunk.length) {
      this.#chunks.shift();
      this.#head = 0;
    }
    if (this.#waiting < maxWaiting / 2 && this.#stream.isPaused()) this.#stream.resume();
  }
}
