// A scanner over real directories, and what a real compiler says for the same command line.

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { asBytes, type Bytes, fromBuffer } from "../../../graph/bytes.ts";
import { normalize, resolveFrom } from "../../../graph/scan/path.ts";
import { createScanner, type Scanner, type ScannerOptions } from "../../../graph/scan/scan.ts";

export function readDisk(path: Bytes): Bytes | undefined {
  try {
    return fromBuffer(readFileSync(path));
  } catch {
    return undefined;
  }
}

export function listDisk(path: Bytes): ReadonlySet<Bytes> | undefined {
  try {
    return new Set(readdirSync(path).map(asBytes));
  } catch {
    return undefined;
  }
}

export function diskScanner(roots: readonly string[], more: Partial<ScannerOptions> = {}): Scanner {
  return createScanner({ roots: roots.map(asBytes), listDirectory: listDisk, readFile: readDisk, ...more });
}

/** Makes a temporary tree, runs `body` in it and removes it. */
export function withTree<T>(files: Readonly<Record<string, string>>, body: (root: string) => T): T {
  const root = mkdtempSync(join(tmpdir(), "scan-"));
  try {
    for (const [path, contents] of Object.entries(files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      if (path.endsWith("/")) mkdirSync(join(root, path), { recursive: true });
      else writeFileSync(join(root, path), contents, "latin1");
    }
    return body(root);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** Runs a command that prints Make dependencies; the prerequisites, absolute, as `cwd` sees them. */
export function dependenciesOf(command: string, root: string, cwd: string = root): readonly Bytes[] {
  const output = execFileSync("/bin/sh", ["-c", command], {
    cwd: root,
    encoding: "latin1",
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], LC_ALL: "C" },
  });
  const found = new Set<Bytes>();
  for (const rule of output.replace(/\\\n/g, " ").split("\n")) {
    const colon = rule.indexOf(": ");
    if (colon < 0) continue;
    for (const word of rule.slice(colon + 2).split(/\s+/)) {
      if (word !== "") found.add(normalize(resolveFrom(asBytes(cwd), asBytes(word))));
    }
  }
  return [...found].sort();
}
