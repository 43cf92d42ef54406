// The lockfile by itself: what is fetched follows from nothing else.

import { copyFileSync, existsSync } from "node:fs";
import { fail } from "../../graph/diagnostic.ts";

/** Takes the one that was given, or else the project's. */
export function writeLock(given: string, own: string, to: string): void {
  const from = given === "" ? own : given;
  if (!existsSync(from)) {
    fail({
      code: "cargo/no-lock",
      message: "the project has no Cargo.lock, so nothing says what to fetch",
      hint: "run cargo generate-lockfile and commit the file, or give cargoLock.lockFile",
    });
  }
  copyFileSync(from, to);
}
