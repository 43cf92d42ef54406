// Takes one NAR from a stream that goes on after it: the archive has no length, its grammar says where it ends.

import { WireBuffer } from "../../wire-buffer.ts";
import type { ByteSource } from "./byte-source.ts";

/** What fits into one buffer. */
const maxFile = 2 ** 31 - 8;

/** After these words comes one string that may be anything. */
const opaqueAfter: ReadonlySet<string> = new Set(["contents", "executable", "name", "target"]);

/** The archive's bytes, as they came; `parseNar` looks at them closely. */
export async function readNar(source: ByteSource): Promise<Buffer> {
  const out = new WireBuffer(4096);
  let depth = 0;
  for (let word = await copyString(source, out); ; word = await copyString(source, out)) {
    if (out.size === 24 && word !== "nix-archive-1") throw source.unexpected("something that is not a NAR");
    if (word === "(") depth++;
    else if (word === ")") depth--;
    else if (opaqueAfter.has(word)) await copyString(source, out);
    if (depth === 0 && out.size > 24) return out.take();
  }
}

async function copyString(source: ByteSource, out: WireBuffer): Promise<string> {
  const size = await source.number();
  if (size > maxFile) throw source.unexpected(`a file of ${size} bytes`);
  const padded = await source.take(Math.ceil(size / 8) * 8);
  out.number(size);
  out.raw(padded);
  return size <= 16 ? padded.toString("latin1", 0, size) : "";
}
