// What a build shows while it runs: `[12/345] CC foo.o`, one line that is written over on a terminal, a line per
// step elsewhere. What a step printed comes after its line, whole.

import { stripVTControlCharacters } from "node:util";
import type { Io } from "../io.ts";
import { shown } from "../plan-text.ts";

export class Progress {
  readonly #io: Io;
  readonly #isQuiet: boolean;
  #total = 0;
  #finished = 0;
  #isLineOpen = false;

  constructor(io: Io, isQuiet: boolean) {
    this.#io = io;
    this.#isQuiet = isQuiet;
  }

  get finished(): number {
    return this.#finished;
  }

  /** So many steps more are to be run. */
  expect(steps: number): void {
    this.#total += steps;
  }

  started(label: string): void {
    if (this.#io.isTerminal && !this.#isQuiet) this.#overwrite(label);
  }

  /** `output` is what the step printed; "" is the usual case. */
  built(label: string, output: string): void {
    this.#finished++;
    if (!this.#isQuiet) {
      if (this.#io.isTerminal) this.#overwrite(label);
      else this.#io.err(`${this.#counter()} ${shown(label)}\n`);
    }
    if (output !== "") this.print(output);
  }

  /** A step that turned out to need no run: its inputs became what they were. */
  cutOff(): void {
    this.#total--;
  }

  failed(label: string): void {
    this.#finished++;
    if (!this.#isQuiet) this.print(`${this.#counter()} FAILED ${shown(label)}`);
  }

  /** Whole lines, above the line that is written over. */
  print(text: string): void {
    this.close();
    this.#io.err(text.endsWith("\n") ? text : `${text}\n`);
  }

  /** Leaves the last line as it is. */
  close(): void {
    if (this.#isLineOpen) this.#io.err("\n");
    this.#isLineOpen = false;
  }

  #overwrite(label: string): void {
    const line = stripVTControlCharacters(`${this.#counter()} ${shown(label)}`);
    const width = Math.max(this.#io.columns, 20);
    // As ninja does it, the middle goes: the counter and the file's name are at the ends.
    const half = (width - 3) >> 1;
    const short = line.length < width ? line : `${line.slice(0, half)}...${line.slice(-(width - half - 4))}`;
    this.#io.err(`\r${short}\x1b[K`);
    this.#isLineOpen = true;
  }

  #counter(): string {
    return `[${this.#finished}/${this.#total}]`;
  }
}
