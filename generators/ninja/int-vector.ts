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
  private readonly chunks: Int32Array[] = [];
  private free = 0;

  /** Keeps a copy of `values`; the result is what `view` takes. */
  add(values: Int32Array): { readonly chunk: number; readonly offset: number } {
    const last = this.chunks.at(-1);
    if (last === undefined || last.length - this.free < values.length) {
      // Small graphs should not pay for a large chunk; large ones should not pay for many small ones.
      const grown = Math.min(1 << 20, 1 << (10 + this.chunks.length));
      this.chunks.push(new Int32Array(Math.max(values.length, grown)));
      this.free = 0;
    }
    const chunk = this.chunks.length - 1;
    const offset = this.free;
    (this.chunks[chunk] as Int32Array).set(values, offset);
    this.free += values.length;
    return { chunk, offset };
  }

  view(chunk: number, start: number, end: number): Int32Array {
    return (this.chunks[chunk] as Int32Array).subarray(start, end);
  }
}
