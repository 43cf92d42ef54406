// A process of its own: writes objects into a cache, and is killed when it would rename a file for the N-th time.
// Arguments: the directory and N.

import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { type StoreObject, textObject } from "../../../emit/object.ts";
import { cacheSink } from "../../../emit/sink/cache.ts";
import { asBytes } from "../../../graph/bytes.ts";

export const objects: readonly StoreObject[] = Array.from({ length: 40 }, (_, n) =>
  textObject(asBytes(`object-${n}`), asBytes("text ".repeat(5000 + n))),
);

const [directory, renames] = process.argv.slice(2);
if (directory !== undefined && /^\d+$/.test(renames ?? "")) {
  const { renameSync } = fs;
  let left = Number(renames);
  fs.renameSync = (...names) => {
    if (--left === 0) process.kill(process.pid, "SIGKILL");
    renameSync(...names);
  };
  syncBuiltinESMExports();
  await cacheSink(directory, undefined, { compression: "gzip" }).deliver(objects);
}
