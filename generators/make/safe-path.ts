// Names of targets that are no files, as paths.

import { asBytes, type Bytes } from "../../graph/bytes.ts";

/** A target's name as a path below a directory of ours. */
export function safePath(target: Bytes): Bytes {
  return asBytes(
    target
      .split("/")
      .map((part) => (part === "" || part === "." || part === ".." ? `-${part}` : part))
      .join("/"),
  );
}
