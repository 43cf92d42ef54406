// Writes the two views of a source tree that leave bodies out: what configure and the planner see, and what an
// install phase sees. Both keep every name, mode and link.

import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { asBytes, type Bytes, fromBuffer, toBuffer } from "../../graph/bytes.ts";
import { skeletonOf } from "../../graph/scan/skeleton.ts";

/**
 * `skeleton` gets C-family files reduced to what a planner can see; `install` keeps headers whole, because they
 * are installed. Files that match `whole` keep their bodies in both; of the others, `words` stay visible.
 */
export function writeSkeleton(
  source: string,
  skeleton: string,
  install: string,
  whole: readonly RegExp[],
  words?: RegExp,
): void {
  const rules = { whole, words };
  copyReduced(Buffer.from(source), Buffer.from(skeleton), Buffer.from(install), asBytes(""), rules);
}

interface Rules {
  readonly whole: readonly RegExp[];
  readonly words: RegExp | undefined;
}

/** Files that steps made, reduced to what a scan can see. */
export function writeScannable(tree: string, to: string, words?: RegExp): void {
  copyScannable(Buffer.from(tree), Buffer.from(to), asBytes(""), words);
}

function copyScannable(from: Buffer, to: Buffer, path: Bytes, words: RegExp | undefined): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { encoding: "buffer", withFileTypes: true })) {
    const name = fromBuffer(entry.name);
    const inside = asBytes(path === "" ? name : `${path}/${name}`);
    const [file, copy] = [from, to].map((directory) =>
      Buffer.concat([directory, Buffer.from("/"), entry.name]),
    ) as [Buffer, Buffer];
    if (entry.isDirectory()) copyScannable(file, copy, inside, words);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(file, { encoding: "buffer" }), copy);
    else writeFileSync(copy, toBuffer(skeletonOf(inside, fromBuffer(readFileSync(file)), words)));
  }
}

function copyReduced(from: Buffer, skeleton: Buffer, install: Buffer, path: Bytes, rules: Rules): void {
  mkdirSync(skeleton);
  mkdirSync(install);
  for (const entry of readdirSync(from, { encoding: "buffer", withFileTypes: true })) {
    const name = fromBuffer(entry.name);
    const inside = asBytes(path === "" ? name : `${path}/${name}`);
    const [file, reduced, kept] = [from, skeleton, install].map((directory) =>
      Buffer.concat([directory, Buffer.from("/"), entry.name]),
    ) as [Buffer, Buffer, Buffer];
    if (entry.isDirectory()) copyReduced(file, reduced, kept, inside, rules);
    else if (entry.isSymbolicLink()) {
      const target = readlinkSync(file, { encoding: "buffer" });
      symlinkSync(target, reduced);
      symlinkSync(target, kept);
    } else if (entry.isFile()) copyFile(file, reduced, kept, inside, rules);
  }
}

function copyFile(file: Buffer, reduced: Buffer, kept: Buffer, path: Bytes, rules: Rules): void {
  const contents = fromBuffer(readFileSync(file));
  const isWhole = rules.whole.some((glob) => glob.test(path));
  const skeleton = isWhole ? contents : skeletonOf(path, contents, rules.words);
  if (skeleton === contents) {
    copyFileSync(file, reduced);
    copyFileSync(file, kept);
    return;
  }
  const { mode } = statSync(file);
  writeFileSync(reduced, toBuffer(skeleton));
  chmodSync(reduced, mode);
  if (isHeader(path)) copyFileSync(file, kept);
  else {
    writeFileSync(kept, toBuffer(skeleton));
    chmodSync(kept, mode);
  }
}

/** Suffixes of files that others include; they may be installed. */
function isHeader(path: Bytes): boolean {
  return !/\.(c|cc|cpp|cxx|c\+\+|C|m|mm|S|s|sx|cu)$/.test(path);
}
