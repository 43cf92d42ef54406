// A growing array of 32-bit integers: what a `number[]` would be if it never boxed and never doubled in bytes.

export class IntVector {
  data: Int32Array = new Int32Array(64);
  length = 0;

  push(value: number): void {
    if (this.length === this.data.length) this.reserve(this.length + 1);
    this.data[this.length++] = value;
  }

  /** Makes room for `length` values without changing the length. */
  reserve(length: number): void {
    if (length <= this.data.length) return;
    const data = new Int32Array(Math.max(length, this.data.length * 2));
    data.set(this.data.subarray(0, this.length));
    this.data = data;
  }

  at(index: number): number {
    return this.data[index] as number;
  }
}

/** Runs of integers that never move once stored, so views of them stay valid while more are added. */
export class RunStore {
  /** Where the next run will be. */
  chunk = -1;
  offset = 0;
  private readonly chunks: Int32Array[] = [];

  /** Makes `chunk` and `offset` point at room for `length` integers. */
  reserve(length: number): void {
    const last = this.chunks[this.chunk];
    if (last !== undefined && last.length - this.offset >= length) return;
    // Small graphs should not pay for a large chunk; large ones should not pay for many small ones.
    const grown = Math.min(1 << 20, 1 << (10 + this.chunks.length));
    this.chunk = this.chunks.length;
    this.chunks.push(new Int32Array(Math.max(length, grown)));
    this.offset = 0;
  }

  /** Stores the first `length` of `values` at the place `reserve` made. */
  add(values: Int32Array, length: number): void {
    const chunk = this.chunks[this.chunk] as Int32Array;
    let to = this.offset;
    this.offset += length;
    if (length > 60) chunk.set(values.subarray(0, length), to);
    else for (let i = 0; i < length; i++) chunk[to++] = values[i] as number;
  }

  view(chunk: number, start: number, end: number): Int32Array {
    return (this.chunks[chunk] as Int32Array).subarray(start, end);
  }
}
