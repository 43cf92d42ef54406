// A sink that keeps the objects: for tests, and for looking at a plan without a store.

import { type Bytes, compareBytes, toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { StoreObject } from "../object.ts";
import type { Sink } from "./sink.ts";

export interface MemorySink extends Sink {
  /** What was delivered, in order. */
  readonly objects: ReadonlyMap<Bytes, StoreObject>;
}

/**
 * With `existing`, a reference must be in it or delivered before, as a real store wants it; without, unknown
 * references are only listed.
 */
export function memorySink(existing?: ReadonlySet<Bytes>): MemorySink {
  const objects = new Map<Bytes, StoreObject>();
  return {
    objects,
    async deliver(list) {
      let added = 0;
      let present = 0;
      let bytes = 0;
      const outside = new Set<Bytes>();
      for (const object of list) {
        for (const reference of object.references) {
          if (objects.has(reference) || existing?.has(reference) === true) continue;
          if (existing !== undefined) failMissing(object.path, reference);
          outside.add(reference);
        }
        if (objects.has(object.path)) {
          present++;
          continue;
        }
        objects.set(object.path, object);
        added++;
        if (object.method !== "nar" && typeof object.contents !== "function") bytes += object.contents.length;
      }
      return { added, present, bytes, outside: [...outside].sort(compareBytes) };
    },
    async close() {},
  };
}

/** The failure that every sink reports when a reference is nowhere. */
export function failMissing(path: Bytes, reference: Bytes): never {
  return fail({
    code: "store/missing-reference",
    message: `"${toText(path)}" refers to "${toText(reference)}", which is not in the store`,
    hint: "deliver or build that path first",
  });
}
