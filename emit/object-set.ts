// The store objects of one build, as emission sees them: named before their contents are known, because an emitting
// derivation must declare its outputs when it is written, and these are called after the objects.

import { asBytes, type Bytes } from "../graph/bytes.ts";
import type { StoreObject } from "./object.ts";

/** What a build emits, by name. Follows from what was planned, whatever the contents are. */
export interface ObjectSet {
  /** Every object is called "<name>-<key>". */
  readonly name: Bytes;
  /** Bottom-up: what a unit refers to is in units before it. The last is that of the root, {@link rootName}. */
  readonly units: readonly ObjectUnit[];
  /** So many that they are emitted in shards, and let through in groups. */
  readonly isGated: boolean;
}

/** Objects that are emitted together, with the name they share. */
export interface ObjectUnit {
  /**
   * "HEIGHT-NAME", the root's excepted: height is the longest way down to what refers to nothing here. Units of one
   * height do not refer to each other. Dashes divide names into groups: "2-src-net-a.o" lies in "2-src-net".
   */
  readonly name: Bytes;
  /** Keys of its objects; each is the unit's name with something after it. Those of derivations end in ".drv". */
  readonly keys: readonly Bytes[];
  /** False where derivations have no output `done`: then no shard waits until they are built. */
  readonly hasDone?: boolean;
}

/** The objects themselves. */
export interface DerivedSet {
  /** Bottom-up: every reference inside the list comes before its user. */
  readonly objects: readonly DerivedObject[];
  /** Path of the derivation under the root's key. Its output "out" is what the build is. */
  readonly root: Bytes;
}

export interface DerivedObject {
  readonly object: StoreObject;
  /** The object's name without "<name>-" of the set. */
  readonly key: Bytes;
}

export const rootName: Bytes = asBytes("r-root");

/** The key of a unit's derivation. */
export function derivationKey(unitName: Bytes): Bytes {
  return asBytes(`${unitName}.drv`);
}
