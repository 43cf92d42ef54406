// Names that outlive the text they were found in.

import { asBytes, type Bytes } from "../bytes.ts";

/** A slice keeps its whole file alive in V8; names outlive the file's text. */
export function detach(slice: string): Bytes {
  return asBytes(slice.length < 13 ? slice : Buffer.from(slice, "latin1").toString("latin1"));
}
