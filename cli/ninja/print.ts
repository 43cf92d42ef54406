// What is printed outside status lines. Text is collected into large pieces: a graph is written node by node.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { Terminal } from "./terminal.ts";

const pieceSize = 1 << 16;

export class Print {
  readonly #terminal: Terminal;
  #parts: string[] = [];
  #size = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Bytes, to standard output. */
  out(text: string): void {
    this.#parts.push(text);
    this.#size += text.length;
    if (this.#size >= pieceSize) this.flush();
  }

  /** `ninja: TEXT`, to standard output. */
  info(text: string): void {
    this.out(`ninja: ${text}\n`);
    this.flush();
  }

  warning(text: string): void {
    this.complain(asBytes(`ninja: warning: ${text}\n`));
  }

  error(text: string): void {
    this.complain(asBytes(`ninja: error: ${text}\n`));
  }

  fatal(text: string): void {
    this.complain(asBytes(`ninja: fatal: ${text}\n`));
  }

  /** To standard error, as it is. */
  complain(text: Bytes): void {
    this.flush();
    this.#terminal.err(text);
  }

  flush(): void {
    if (this.#size > 0) this.#terminal.out(asBytes(this.#parts.join("")));
    this.#parts = [];
    this.#size = 0;
  }
}
