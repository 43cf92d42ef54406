// Prints status lines that are written over on a terminal, and whole texts above them (ninja: `LinePrinter`).

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { elideMiddle } from "./elide.ts";
import type { Terminal } from "./terminal.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

export class LinePrinter {
  readonly #terminal: Terminal;
  readonly isSmart: boolean;
  readonly hasColour: boolean;
  #isAtLineStart = true;
  /** A command has the terminal: what is printed meanwhile waits. */
  #isLocked = false;
  #heldLine: { readonly text: Bytes; readonly isElided: boolean } | undefined;
  #heldText = "";

  constructor(terminal: Terminal, env: Environment, isPlain: boolean) {
    this.#terminal = terminal;
    this.isSmart = terminal.isSmart && !isPlain;
    this.hasColour = hasColour(terminal.isSmart, env);
  }

  /** A status line. */
  print(text: Bytes, isElided: boolean): void {
    if (this.#isLocked) {
      this.#heldLine = { text, isElided };
      return;
    }
    const start = this.isSmart ? "\r" : "";
    if (this.isSmart && isElided) {
      const { columns } = this.#terminal;
      const line = columns > 0 ? elideMiddle(text, columns) : text;
      this.#terminal.out(asBytes(`${start}${line}\x1b[K`));
      this.#isAtLineStart = false;
    } else this.#terminal.out(asBytes(`${start}${text}\n`));
  }

  /** Any text, from the start of a line; "" only ends the line that is open. */
  printOnNewLine(text: Bytes): void {
    if (this.#isLocked && this.#heldLine !== undefined) {
      this.#heldText += `${this.#heldLine.text}\n`;
      this.#heldLine = undefined;
    }
    this.#put(asBytes(`${this.#isAtLineStart ? "" : "\n"}${text}`));
    this.#isAtLineStart = text === "" || text.endsWith("\n");
  }

  lock(): void {
    if (this.#isLocked) return;
    this.printOnNewLine(asBytes(""));
    this.#isLocked = true;
  }

  unlock(): void {
    if (!this.#isLocked) return;
    this.#isLocked = false;
    const [text, line] = [this.#heldText, this.#heldLine];
    this.#heldText = "";
    this.#heldLine = undefined;
    this.printOnNewLine(asBytes(text));
    if (line !== undefined) this.print(line.text, line.isElided);
  }

  #put(text: Bytes): void {
    if (this.#isLocked) this.#heldText += text;
    else if (text !== "") this.#terminal.out(text);
  }
}

function hasColour(isSmart: boolean, env: Environment): boolean {
  const isSet = (name: string): boolean => env[name] !== undefined && env[name] !== "0";
  if (isSmart && !isSet("NO_COLOR")) return true;
  return (!isSet("NO_COLOR") && isSet("CLICOLOR_FORCE")) || isSet("FORCE_COLOR");
}
