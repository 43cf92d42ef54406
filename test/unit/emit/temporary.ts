// Directories for tests that need real files.

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll } from "vitest";
import { asBytes, toBuffer } from "../../../graph/bytes.ts";

/** Contents; or the target of a link; or the contents of a file that may be executed. "d/" is a directory. */
export type Entry = string | { readonly link: string } | { readonly program: string };

const made: string[] = [];
afterAll(() => {
  for (const directory of made) {
    makeWritable(directory);
    rmSync(directory, { recursive: true, force: true });
  }
});

export function temporaryDirectory(): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "unravel-unit-")));
  made.push(directory);
  return directory;
}

/** Makes a new directory with these entries; names and contents are latin1. */
export function directoryOf(entries: Readonly<Record<string, Entry>>): string {
  const directory = temporaryDirectory();
  writeEntries(directory, entries);
  return directory;
}

export function writeEntries(directory: string, entries: Readonly<Record<string, Entry>>): void {
  for (const [path, entry] of Object.entries(entries)) {
    const file = pathIn(directory, path);
    if (path.endsWith("/")) {
      mkdirSync(file, { recursive: true });
      continue;
    }
    mkdirSync(pathIn(directory, dirname(path)), { recursive: true });
    if (typeof entry === "string") writeFileSync(file, entry, "latin1");
    else if ("link" in entry) symlinkSync(toBuffer(asBytes(entry.link)), file);
    else {
      writeFileSync(file, entry.program, "latin1");
      chmodSync(file, 0o755);
    }
  }
}

/** A path with a latin1 name below a directory. */
export function pathIn(directory: string, path: string): Buffer {
  return Buffer.concat([Buffer.from(`${directory}/`), toBuffer(asBytes(path))]);
}

/** As the store has it: nobody may write, times are 1970. */
export function makeReadOnly(directory: string): void {
  walk(Buffer.from(directory), (path, isDirectory, isExecutable) =>
    chmodSync(path, isDirectory || isExecutable ? 0o555 : 0o444),
  );
}

function makeWritable(directory: string): void {
  if (existsSync(directory))
    walk(Buffer.from(directory), (path, isDirectory) => isDirectory && chmodSync(path, 0o755));
}

function walk(
  path: Buffer,
  visit: (path: Buffer, isDirectory: boolean, isExecutable: boolean) => unknown,
): void {
  visit(path, true, false);
  for (const entry of readdirSync(path, { encoding: "buffer", withFileTypes: true })) {
    const inner = Buffer.concat([path, Buffer.from("/"), entry.name]);
    if (entry.isDirectory()) walk(inner, visit);
    else if (entry.isFile()) visit(inner, false, (lstatSync(inner).mode & 0o100) !== 0);
  }
}
