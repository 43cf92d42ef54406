// The vendored directories: links to unpacked packages, a directory for each source, and how cargo is told of them.

import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface VendoredCrates {
  /** Store objects that hold one package each, below a directory called NAME-VERSION. */
  readonly crates: readonly string[];
  /** The directory of each of them. */
  readonly directories: readonly string[];
  /** Directories that are there even if empty. */
  readonly sources: readonly string[];
  /** For cargo's configuration. */
  readonly configuration: string;
}

export function joinVendored(vendored: VendoredCrates, to: string): void {
  mkdirSync(to);
  for (const directory of vendored.sources) mkdirSync(join(to, directory));
  for (const [index, crate] of vendored.crates.entries()) {
    for (const name of readdirSync(crate))
      symlinkSync(join(crate, name), join(to, vendored.directories[index] ?? "", name));
  }
  writeFileSync(join(to, "config.toml"), vendored.configuration);
}
