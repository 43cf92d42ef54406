// The unexpanded value of a rule, read into pieces.

import { Expander } from "./expand.ts";
import type { PieceSink } from "./lexer.ts";
import type { Pieces, Store } from "./store.ts";

/** Pieces of a rule's value: text next to text is one piece. */
export class PieceList implements PieceSink {
  private readonly store: Store;
  private readonly pending: Expander;
  private pieces: number[] = [];

  constructor(store: Store) {
    this.store = store;
    this.pending = new Expander(store);
  }

  begin(): void {
    this.pieces = [];
    this.pending.begin(this.store.root);
  }

  text(bytes: Uint8Array, start: number, end: number): void {
    this.pending.text(bytes, start, end);
  }

  byte(value: number): void {
    this.pending.byte(value);
  }

  variable(bytes: Uint8Array, start: number, end: number): void {
    this.flush();
    this.pieces.push(~this.store.names.intern(bytes, start, end));
  }

  finish(): Pieces {
    this.flush();
    return this.pieces;
  }

  private flush(): void {
    const { pending } = this;
    if (pending.length === 0) return;
    this.pieces.push(this.store.values.intern(pending.buffer, 0, pending.length));
    pending.begin(this.store.root);
  }
}
