// Writes the view of a source tree that leaves bodies out, which configure and the planner see, and what an install phase
// sees beside it. Names, modes and links are kept.

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
 * `skeleton` gets C-family files reduced to what a planner can see; `install` gets the headers among them whole, because
 * they are installed: it lies over the skeleton, and is left out when nothing is installed from the source. Files that match `whole` keep their bodies in both; of the others, `words` stay visible.
 */
export function writeSkeleton(
  source: string,
  skeleton: string,
  install: string | undefined,
  whole: readonly RegExp[],
  words?: RegExp,
): void {
  const rules = { whole, words };
  if (install !== undefined) mkdirSync(install);
  const kept = install === undefined ? undefined : Buffer.from(install);
  copyReduced(Buffer.from(source), Buffer.from(skeleton), kept, asBytes(""), rules);
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

function copyReduced(
  from: Buffer,
  skeleton: Buffer,
  install: Buffer | undefined,
  path: Bytes,
  rules: Rules,
): void {
  mkdirSync(skeleton);
  for (const entry of readdirSync(from, { encoding: "buffer", withFileTypes: true })) {
    const name = fromBuffer(entry.name);
    const inside = asBytes(path === "" ? name : `${path}/${name}`);
    const below = (directory: Buffer): Buffer => Buffer.concat([directory, Buffer.from("/"), entry.name]);
    const [file, reduced] = [below(from), below(skeleton)];
    const kept = install === undefined ? undefined : below(install);
    if (entry.isDirectory()) copyReduced(file, reduced, kept, inside, rules);
    else if (entry.isSymbolicLink()) symlinkSync(readlinkSync(file, { encoding: "buffer" }), reduced);
    else if (entry.isFile() && copyFile(file, reduced, inside, rules) && isHeader(inside)) {
      if (install === undefined || kept === undefined) continue;
      mkdirSync(install, { recursive: true });
      copyFileSync(file, kept);
    }
  }
}

/** Whether the copy has less than the file. */
function copyFile(file: Buffer, reduced: Buffer, path: Bytes, rules: Rules): boolean {
  const contents = fromBuffer(readFileSync(file));
  const isWhole = rules.whole.some((glob) => glob.test(path));
  const skeleton = isWhole ? contents : skeletonOf(path, contents, rules.words);
  if (skeleton === contents) {
    copyFileSync(file, reduced);
    return false;
  }
  writeFileSync(reduced, toBuffer(skeleton));
  chmodSync(reduced, statSync(file).mode);
  return true;
}

/** Suffixes of files that others include; they may be installed. */
function isHeader(path: Bytes): boolean {
  return !/\.(c|cc|cpp|cxx|c\+\+|C|m|mm|S|s|sx|cu)$/.test(path);
}
