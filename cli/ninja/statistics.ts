// Where the time went, for `-d stats`.

export class Statistics {
  readonly #rows: { readonly name: string; readonly count: number; readonly milliseconds: number }[] = [];

  time<T>(name: string, body: () => T): T {
    const start = performance.now();
    try {
      return body();
    } finally {
      this.#add(name, performance.now() - start);
    }
  }

  async timeAsync<T>(name: string, body: () => Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await body();
    } finally {
      this.#add(name, performance.now() - start);
    }
  }

  /** A table as ninja prints one. */
  report(): string {
    const width = Math.max(6, ...this.#rows.map(({ name }) => name.length));
    const row = (cells: readonly string[]): string => `${cells.join("\t")}\n`;
    const head = row(["metric".padEnd(width), "count ", "avg (us)", "total (ms)"]);
    const lines = this.#rows.map(({ name, count, milliseconds }) =>
      row([
        name.padEnd(width),
        String(count).padEnd(6),
        ((milliseconds * 1000) / count).toFixed(1).padEnd(8),
        milliseconds.toFixed(1),
      ]),
    );
    return head + lines.join("");
  }

  #add(name: string, milliseconds: number): void {
    const at = this.#rows.findIndex((known) => known.name === name);
    const known = this.#rows[at];
    if (known === undefined) this.#rows.push({ name, count: 1, milliseconds });
    else this.#rows[at] = { name, count: known.count + 1, milliseconds: known.milliseconds + milliseconds };
  }
}
