// Bytes as NAR and the worker protocol write them: little-endian u64 numbers, and strings that are a length, the
// bytes and zeros up to a multiple of 8.

const nothing: Buffer = Buffer.alloc(0);

/** Grows as needed; `take` hands over what was written. */
export class WireBuffer {
  size = 0;
  #buffer: Buffer;

  constructor(capacity: number) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  /** What was written since the last time; it is the caller's from then on. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.size);
    this.#buffer = nothing;
    this.size = 0;
    return taken;
  }

  /** Length, bytes, zeros up to a multiple of 8. */
  string(text: string): void {
    this.number(text.length);
    this.#reserve(text.length);
    const start = this.size;
    if (text.length > 24) {
      this.#buffer.write(text, start, "latin1");
    } else {
      // The call into native code costs more than this loop does for a short name.
      for (let i = 0; i < text.length; i++) this.#buffer[start + i] = text.charCodeAt(i);
    }
    this.size = start + text.length;
    this.padding(text.length);
  }

  /** A u64, little-endian. */
  number(value: number): void {
    this.#reserve(8);
    const buffer = this.#buffer;
    const at = this.size;
    const high = Math.floor(value / 0x1_0000_0000);
    buffer[at] = value;
    buffer[at + 1] = value >>> 8;
    buffer[at + 2] = value >>> 16;
    buffer[at + 3] = value >>> 24;
    buffer[at + 4] = high;
    buffer[at + 5] = high >>> 8;
    buffer[at + 6] = high >>> 16;
    buffer[at + 7] = high >>> 24;
    this.size = at + 8;
  }

  /** A list: how many, then each. */
  strings(texts: readonly string[]): void {
    this.number(texts.length);
    for (const text of texts) this.string(text);
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.size);
    this.size += bytes.length;
  }

  /** The zeros that follow `length` bytes of a string. */
  padding(length: number): void {
    const count = (8 - (length % 8)) % 8;
    this.#reserve(count);
    for (let i = 0; i < count; i++) this.#buffer[this.size + i] = 0;
    this.size += count;
  }

  #reserve(count: number): void {
    const wanted = this.size + count;
    if (wanted <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(wanted, this.#buffer.length * 2, 1024));
    this.#buffer.copy(larger, 0, 0, this.size);
    this.#buffer = larger;
  }
}
