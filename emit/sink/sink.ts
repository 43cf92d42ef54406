// What every sink does: take store objects, bottom-up, to a place that Nix reads.

import type { Bytes } from "../../graph/bytes.ts";
import type { StoreObjects } from "../object.ts";

export interface Delivery {
  /** Objects that were not there before. */
  readonly added: number;
  /** Objects that were there already, and repeats in the list. */
  readonly present: number;
  /** Contents or NAR bytes that were sent. */
  readonly bytes: number;
  /** Referred to, not delivered, and not known to be there: sorted. A sink that must have them fails instead. */
  readonly outside: readonly Bytes[];
}

export interface Sink {
  /** May be called again; objects of earlier calls count as delivered. */
  deliver(objects: StoreObjects): Promise<Delivery>;
  /** Ends connections; nothing that was delivered is lost. */
  close(): Promise<void>;
}
