// A directory of its own for a library that reads files: exactly the bytes that were checked are what it sees.

import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type Bytes, toBuffer, toText } from "../../graph/bytes.ts";

/** Paths are relative and do not leave the directory: who reads the project's files sees to it. */
export type ScratchFiles = ReadonlyMap<Bytes, Bytes>;

/** The directory is gone when the work is done, however it ends. */
export async function withScratch<T>(
  files: ScratchFiles,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "unravel-npm-")));
  try {
    const directory = join(top, "project");
    mkdirSync(directory);
    for (const [path, contents] of files) {
      const file = join(directory, toText(path));
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, toBuffer(contents));
    }
    return await work(directory);
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}
