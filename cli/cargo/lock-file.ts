// The lockfile by itself: what is fetched follows from nothing else.

import { copyFileSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseToml, type TomlTable } from "../../generators/cargo/toml.ts";
import { printToml } from "../../generators/cargo/toml-text.ts";
import { lockToFetch } from "../../generators/cargo/vendored-sources.ts";
import { asBytes, fromBuffer, fromText, toBuffer } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";

/**
 * Takes the one that was given, or else the project's: `file` of the skeleton. What the tree has vendored is left out.
 */
export function writeLock(given: string, skeleton: string, file: string, to: string): void {
  const from = given === "" ? join(skeleton, file) : given;
  if (!existsSync(from)) {
    fail({
      code: "cargo/no-lock",
      message: "the project has no Cargo.lock, so nothing says what to fetch",
      hint: "run cargo generate-lockfile and commit the file, or give cargoLock.lockFile",
    });
  }
  const configurations = configurationsAbove(skeleton, dirname(file));
  const left =
    configurations.length === 0
      ? undefined
      : lockToFetch(parseToml(fromBuffer(readFileSync(from)), asBytes("Cargo.lock")), configurations);
  if (left === undefined) copyFileSync(from, to);
  else writeFileSync(to, toBuffer(printToml(left)));
}

/** Those that cargo reads where the workspace lies, the nearest first. */
function configurationsAbove(top: string, directory: string): readonly TomlTable[] {
  const found = ["config", "config.toml"]
    .map((name) => join(directory, ".cargo", name))
    .find((name) => existsSync(join(top, name)));
  const own =
    found === undefined ? [] : [parseToml(fromBuffer(readFileSync(join(top, found))), fromText(found))];
  return directory === "." ? own : [...own, ...configurationsAbove(top, dirname(directory))];
}
