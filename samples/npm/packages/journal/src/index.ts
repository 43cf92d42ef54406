// A file that one process at a time appends to: the lock is the kernel's, through a native addon.
import { closeSync, openSync, readFileSync, writeSync } from "node:fs";
import { type Count, countWords } from "@notebook/words";
import fsExt = require("fs-ext");

export function append(file: string, text: string): void {
  const descriptor = openSync(file, "a");
  try {
    fsExt.flockSync(descriptor, "ex");
    writeSync(descriptor, `${text}\n`);
  } finally {
    closeSync(descriptor);
  }
}

export function frequent(file: string): readonly Count[] {
  return countWords(readFileSync(file, "utf8")).slice(0, 3);
}
