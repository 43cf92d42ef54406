// Copies trees as the store keeps them: files, links, and whether a file is a program.

import {
  chmodSync,
  copyFileSync,
  type Dirent,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  rmSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";

/** Over what is there; a tree from the store is read-only, its copy is not. */
export function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyTree(source, target);
    else copyEntry(source, target, entry);
  }
}

/** A file or a link; anything else is no part of a tree. */
export function copyEntry(
  source: string,
  target: string,
  entry: Pick<Dirent, "isFile" | "isSymbolicLink"> = lstatSync(source),
): void {
  if (entry.isSymbolicLink()) {
    rmSync(target, { force: true });
    symlinkSync(readlinkSync(source), target);
  } else if (entry.isFile()) {
    copyFileSync(source, target);
    chmodSync(target, (lstatSync(source).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}
