// What a build prints (ninja: `StatusPrinter`).

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { BuildEvents } from "./build.ts";
import { stripEscapes } from "./elide.ts";
import type { Explanations } from "./explain.ts";
import { type Environment, LinePrinter } from "./line-printer.ts";
import type { Edge } from "./node.ts";
import { Counters, SlidingRate } from "./progress.ts";
import { expandStatus, formatStatus, parseStatus, type StatusPieces } from "./status-format.ts";
import type { Terminal } from "./terminal.ts";

/** "no-status": `--quiet`; what commands print is shown all the same. */
export type Verbosity = "no-status" | "normal" | "verbose";

export interface StatusOptions {
  readonly terminal: Terminal;
  readonly env: Environment;
  readonly verbosity: Verbosity;
  /** `--status`. */
  readonly format: string | undefined;
  readonly jobs: number;
}

export class Status implements BuildEvents {
  readonly #options: StatusOptions;
  readonly #printer: LinePrinter;
  readonly #counters = new Counters();
  readonly #rate: SlidingRate;
  readonly #pieces: StatusPieces | undefined;
  /** Set while `-d explain` explains. */
  explanations: Explanations | undefined;
  #shown = 0;

  constructor(options: StatusOptions) {
    this.#options = options;
    this.#printer = new LinePrinter(options.terminal, options.env, options.verbosity !== "normal");
    this.#rate = new SlidingRate(options.jobs);
    this.#pieces = options.format === undefined ? undefined : parseStatus(options.format);
  }

  /** Edges whose end was told. */
  get shown(): number {
    return this.#shown;
  }

  added(edge: Edge): void {
    this.#counters.add(edge);
  }

  removed(edge: Edge): void {
    this.#counters.remove(edge);
  }

  buildStarted(): void {
    this.#counters.reset();
  }

  edgeStarted(edge: Edge, time: number): void {
    this.#counters.start(time);
    if (edge.usesConsole || this.#printer.isSmart) this.#printStatus(edge);
    if (edge.usesConsole) this.#printer.lock();
  }

  edgeFinished(edge: Edge, start: number, end: number, code: number, output: Bytes): void {
    this.#shown++;
    this.#counters.finish(edge, start, end);
    if (edge.usesConsole) this.#printer.unlock();
    else this.#printStatus(edge);
    this.#counters.running--;
    if (code !== 0) this.#printFailure(edge, code);
    if (output === "") return;
    const isPlain = this.#printer.hasColour || !output.includes("\x1b");
    this.#printer.printOnNewLine(isPlain ? output : stripEscapes(output));
  }

  edgeSkipped(edge: Edge): void {
    this.#counters.started--;
    this.#counters.running--;
    this.#counters.remove(edge);
    if (edge.usesConsole) this.#printer.unlock();
  }

  buildFinished(): void {
    this.#printer.unlock();
    this.newLine();
  }

  /** Ends a line that is open. */
  newLine(): void {
    this.#printer.printOnNewLine(asBytes(""));
  }

  #printFailure(edge: Edge, code: number): void {
    const outputs = edge.outputs.map(({ path }) => `${path} `).join("");
    const failed = `FAILED: [code=${code}] `;
    const head = this.#printer.hasColour ? `\x1b[31m${failed}\x1b[0m` : failed;
    this.#printer.printOnNewLine(asBytes(`${head}${outputs}\n`));
    this.#printer.printOnNewLine(asBytes(`${edge.state.recipeOf(edge).command}\n`));
  }

  #printStatus(edge: Edge): void {
    this.explanations?.explain(edge);
    const { verbosity, env } = this.#options;
    if (verbosity === "no-status") return;
    const { command, description } = edge.state.recipeOf(edge);
    const what = description === "" || verbosity === "verbose" ? command : description;
    const source = { counters: this.#counters, rate: this.#rate };
    const line =
      this.#pieces === undefined
        ? asBytes(`${formatStatus(env["NINJA_STATUS"] ?? "[%f/%t] ", source)}${what}`)
        : expandStatus(this.#pieces, what, source);
    this.#printer.print(line, verbosity !== "verbose");
  }
}
