// What a unit graph follows from: manifests, lockfile, configuration and the names of files, without a body. Cargo
// gives the same graph for it, byte by byte, so that an edit of a source file plans nothing anew.

import {
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

/** Kept as they are. */
const whole = new Set(["Cargo.toml", "Cargo.lock", "rust-toolchain", "rust-toolchain.toml"]);
/** Cargo looks whether they are there. */
const named = /\.rs$|^README(?:\.(?:md|txt))?$|^(?:LICENSE|COPYING)/;

export function writeCargoSkeleton(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  visit(from, to, "");
}

function visit(from: string, to: string, directory: string): void {
  for (const entry of readdirSync(join(from, directory), { withFileTypes: true })) {
    const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
    if (entry.isDirectory()) {
      if (entry.name !== ".git" && !isOutput(from, path)) visit(from, to, path);
    } else if (entry.isSymbolicLink()) {
      const target = readlinkSync(join(from, path));
      if (!target.startsWith("/")) put(to, path, (file) => symlinkSync(target, file));
    } else if (whole.has(entry.name) || /(?:^|\/)\.cargo\/config(?:\.toml)?$/.test(path)) {
      put(to, path, (file) => writeFileSync(file, readFileSync(join(from, path))));
    } else if (entry.name === ".cargo-checksum.json") {
      put(to, path, (file) => writeFileSync(file, withoutFiles(readFileSync(join(from, path), "utf8"))));
    } else if (named.test(entry.name)) put(to, path, (file) => writeFileSync(file, ""));
  }
}

/** A directory that cargo itself marked as output. */
function isOutput(from: string, path: string): boolean {
  return lstatSync(join(from, path, "CACHEDIR.TAG"), { throwIfNoEntry: false }) !== undefined;
}

/** Sums of files that are empty here. */
function withoutFiles(json: string): string {
  const fields: unknown = JSON.parse(json);
  const checksum = typeof fields === "object" && fields !== null ? Reflect.get(fields, "package") : null;
  return JSON.stringify({ files: {}, package: checksum ?? null });
}

function put(to: string, path: string, write: (file: string) => void): void {
  const file = join(to, path);
  mkdirSync(dirname(file), { recursive: true });
  write(file);
}
