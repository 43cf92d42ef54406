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
 * are installed. Files that match `whole` keep their bodies in both.
 */
export function writeSkeleton(
  source: string,
  skeleton: string,
  install: string,
  whole: readonly RegExp[],
): void {
  copyReduced(Buffer.from(source), Buffer.from(skeleton), Buffer.from(install), asBytes(""), whole);
}

/** Files that steps made, reduced to what a scan can see. */
export function writeScannable(tree: string, to: string): void {
  copyScannable(Buffer.from(tree), Buffer.from(to), asBytes(""));
}

function copyScannable(from: Buffer, to: Buffer, path: Bytes): void {
  mkdirSync(to);
  for (const entry of readdirSync(from, { encoding: "buffer", withFileTypes: true })) {
    const name = fromBuffer(entry.name);
    const inside = asBytes(path === "" ? name : `${path}/${name}`);
    const [file, copy] = [from, to].map((directory) =>
      Buffer.concat([directory, Buffer.from("/"), entry.name]),
    ) as [Buffer, Buffer];
    if (entry.isDirectory()) copyScannable(file, copy, inside);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(file, { encoding: "buffer" }), copy);
    else writeFileSync(copy, toBuffer(skeletonOf(inside, fromBuffer(readFileSync(file)))));
  }
}

function copyReduced(
  from: Buffer,
  skeleton: Buffer,
  install: Buffer,
  path: Bytes,
  whole: readonly RegExp[],
): void {
  mkdirSync(skeleton);
  mkdirSync(install);
  for (const entry of readdirSync(from, { encoding: "buffer", withFileTypes: true })) {
    const name = fromBuffer(entry.name);
    const inside = asBytes(path === "" ? name : `${path}/${name}`);
    const [file, reduced, kept] = [from, skeleton, install].map((directory) =>
      Buffer.concat([directory, Buffer.from("/"), entry.name]),
    ) as [Buffer, Buffer, Buffer];
    if (entry.isDirectory()) copyReduced(file, reduced, kept, inside, whole);
    else if (entry.isSymbolicLink()) {
      const target = readlinkSync(file, { encoding: "buffer" });
      symlinkSync(target, reduced);
      symlinkSync(target, kept);
    } else if (entry.isFile()) copyFile(file, reduced, kept, inside, whole);
  }
}

function copyFile(file: Buffer, reduced: Buffer, kept: Buffer, path: Bytes, whole: readonly RegExp[]): void {
  const contents = fromBuffer(readFileSync(file));
  const skeleton = whole.some((glob) => glob.test(path)) ? contents : skeletonOf(path, contents);
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
