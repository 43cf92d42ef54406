// A sandbox has no /usr/bin/env and no /bin/bash: programs get the interpreter that PATH leads to, as nixpkgs'
// patchShebangs does. Only in copies that are worked with; node_modules itself stays as npm makes it.

import { accessSync, constants, lstatSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** What was in the files that were changed, by path. */
export type Originals = ReadonlyMap<string, Buffer>;

/** Changes the first line of every program below a directory that names an interpreter which is not there. */
export function patchShebangs(directory: string, path: string): Originals {
  const originals = new Map<string, Buffer>();
  const found = new Map<string, string | undefined>();
  const interpreter = (name: string): string | undefined => {
    if (!found.has(name)) found.set(name, find(name, path));
    return found.get(name);
  };
  const visit = (below: string): void => {
    for (const entry of readdirSync(below, { withFileTypes: true })) {
      const file = join(below, entry.name);
      if (entry.isDirectory()) visit(file);
      else if (entry.isFile() && (lstatSync(file).mode & 0o100) !== 0)
        patchFile(file, interpreter, originals);
    }
  };
  visit(directory);
  return originals;
}

/** Gives files that still have what was put there what they had before. */
export function restoreShebangs(originals: Originals, path: string): void {
  for (const [file, contents] of originals) {
    if (lstatSync(file, { throwIfNoEntry: false })?.isFile() !== true) continue;
    const changed = patched(contents, (name) => find(name, path));
    if (changed !== undefined && readFileSync(file).equals(changed)) writeFileSync(file, contents);
  }
}

function patchFile(
  file: string,
  interpreter: (name: string) => string | undefined,
  originals: Map<string, Buffer>,
): void {
  const contents = readFileSync(file);
  const changed = patched(contents, interpreter);
  if (changed === undefined) return;
  originals.set(file, contents);
  writeFileSync(file, changed);
}

function patched(contents: Buffer, interpreter: (name: string) => string | undefined): Buffer | undefined {
  if (contents[0] !== 0x23 || contents[1] !== 0x21) return undefined;
  const end = contents.indexOf(10);
  const line = contents.toString("latin1", 2, end < 0 ? contents.length : end);
  const [program = "", ...words] = line.trim().split(/\s+/);
  if (exists(program)) return undefined;
  if (basename(program) === "env" && words[0] === "-S") words.shift();
  // `env NAME=value program` has no other form in one line.
  const name = basename(program) === "env" ? (words.shift() ?? "") : basename(program);
  const to = name.includes("=") ? undefined : interpreter(basename(name));
  if (to === undefined) return undefined;
  const first = Buffer.from(`#!${[to, ...words].join(" ")}`, "latin1");
  return end < 0 ? first : Buffer.concat([first, contents.subarray(end)]);
}

function exists(program: string): boolean {
  // The sandbox's own shell is static and knows too little for what names it bash; /bin/sh is all of it.
  return program.startsWith("/") && (lstatSync(program, { throwIfNoEntry: false })?.mode ?? 0) !== 0;
}

function find(name: string, path: string): string | undefined {
  for (const directory of path.split(":")) {
    const file = join(directory, name);
    try {
      accessSync(file, constants.X_OK);
      return file;
    } catch {
      // Not in this one.
    }
  }
  return undefined;
}
