// What a shard's derivation reads: its objects in one file, compressed. Every byte has its high bit flipped, so that the
// file names no store path as far as Nix can see: it would take the paths for references, and which ones it knows
// depends on the closure of the builder.

import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { asBytes, type Bytes, fromBuffer, toBuffer } from "../../graph/bytes.ts";
import { bytesOfContents, narOf } from "../nar.ts";
import { parseNar } from "../nar-reader.ts";
import type { StoreObject } from "../object.ts";

/** An object and the output of the emitting derivation that becomes it. */
export interface EmittedObject {
  readonly output: Bytes;
  readonly object: StoreObject;
}

interface Head {
  readonly output: Bytes;
  readonly method: StoreObject["method"];
  readonly name: Bytes;
  readonly path: Bytes;
  readonly references: readonly Bytes[];
  readonly size: number;
}

/**
 * Nix searches all that a derivation gives for the scratch paths of all its outputs, so what the data of a large project
 * weigh, it weighs hundreds of times. Brotli's bytes do not depend on the processor, as zlib's do; quality 2 makes a sixth
 * of the text of C at 150 MB a second.
 */
const quality = 2;

export function printShardData(objects: readonly EmittedObject[]): Buffer {
  const bodies: Uint8Array[] = [];
  const heads = objects.map(({ output, object }): Head => {
    const body = object.method === "nar" ? narOf(object.node) : bytesOfContents(object.contents);
    bodies.push(body);
    const { method, name, path, references } = object;
    return { output, method, name, path, references, size: body.length };
  });
  const head = toBuffer(asBytes(`${JSON.stringify(heads)}\n`));
  const plain = Buffer.concat([head, ...bodies]);
  const params = {
    [constants.BROTLI_PARAM_QUALITY]: quality,
    [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
  };
  // What does not become smaller is in it as it was.
  return flip(brotliCompressSync(plain, { params }));
}

export function parseShardData(data: Buffer): readonly EmittedObject[] {
  const plain = brotliDecompressSync(flip(Buffer.from(data)));
  const end = plain.indexOf(10);
  let at = end + 1;
  return (JSON.parse(fromBuffer(plain.subarray(0, end))) as readonly Head[]).map((head) => {
    const { method, name, path, references } = head;
    const body = plain.subarray(at, at + head.size);
    at += head.size;
    return {
      output: head.output,
      object:
        method === "nar"
          ? { method, name, path, references, node: parseNar(body) }
          : { method, name, path, references, contents: fromBuffer(body) },
    };
  });
}

function flip(buffer: Buffer): Buffer {
  for (let i = 0; i < buffer.length; i++) buffer[i] = (buffer[i] ?? 0) ^ 0x80;
  return buffer;
}
