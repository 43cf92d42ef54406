// Writes store objects as a binary cache in a plain directory. Needs no Nix; any Nix takes it with
// `nix copy --from file://DIR` or as a substituter, and content addresses make signatures needless.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import { archiveOfObject, type StoreObjects } from "../object.ts";
import { nixStoreDir } from "../store-path.ts";
import { CacheFiles, type CacheOptions, cannotWrite } from "./cache-files.ts";
import type { Delivery, Sink } from "./sink.ts";

/** `directory` is made if need be; a cache for another store directory is refused. */
export function cacheSink(
  directory: string,
  storeDir: Bytes = nixStoreDir,
  options: CacheOptions = {},
): Sink {
  const files = new CacheFiles(directory, options);
  const known = new Set<Bytes>();
  /** There already, or written by this sink before. */
  const has = (path: Bytes): boolean => known.has(path) || files.has(path);
  return {
    async deliver(objects) {
      try {
        files.open(storeDir);
        return await writeObjects(files, objects, has, known);
      } catch (error) {
        throw cannotWrite(directory, error);
      } finally {
        files.clean();
      }
    },
    async close() {},
  };
}

async function writeObjects(
  files: CacheFiles,
  objects: StoreObjects,
  has: (path: Bytes) => boolean,
  known: Set<Bytes>,
): Promise<Delivery> {
  const outside = new Set<Bytes>();
  let added = 0;
  let present = 0;
  let bytes = 0;
  for (const object of objects) {
    const { path, references } = object;
    for (const reference of references) if (!has(reference)) outside.add(reference);
    if (has(path)) {
      present++;
    } else {
      const { nar, narHex, contentAddress } = archiveOfObject(object);
      const facts = { path, narHex, narSize: nar.length, references, contentAddress };
      await files.put({ ...facts, deriver: asBytes(""), signatures: [] }, nar);
      added++;
      bytes += nar.length;
    }
    known.add(path);
  }
  return { added, present, bytes, outside: [...outside].sort(compareBytes) };
}
