// What a shard's derivation reads: its objects in one file. Every byte has its high bit flipped, so that the file
// names no store path as far as Nix can see: it would take the paths for references, and which ones it knows
// depends on the closure of the builder.

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

export function printShardData(objects: readonly EmittedObject[]): Buffer {
  const bodies: Uint8Array[] = [];
  const heads = objects.map(({ output, object }): Head => {
    const body = object.method === "nar" ? narOf(object.node) : bytesOfContents(object.contents);
    bodies.push(body);
    const { method, name, path, references } = object;
    return { output, method, name, path, references, size: body.length };
  });
  const head = toBuffer(asBytes(`${JSON.stringify(heads)}\n`));
  return flip(Buffer.concat([head, ...bodies]));
}

export function parseShardData(data: Buffer): readonly EmittedObject[] {
  const plain = flip(Buffer.from(data));
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
