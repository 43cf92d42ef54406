// Names of a derivation's outputs: "out" for the first file, the file's own name for the others.

import { asBytes, type Bytes } from "../../graph/bytes.ts";

/** One name per path, unique within the step; `done` is kept free for the window. */
export function outputNames(paths: readonly Bytes[]): readonly Bytes[] {
  const taken = new Set<string>(["out", "done"]);
  return paths.map((path, index) => {
    if (index === 0) return asBytes("out");
    const base = path
      .slice(path.lastIndexOf("/") + 1)
      .replace(/[^0-9A-Za-z+\-._?=]/g, "_")
      .slice(-40);
    // A name ending in .drv would make the output a derivation.
    const plain = base === "" || base.endsWith(".drv") ? `${base}_` : base;
    let name = plain;
    while (taken.has(name)) name = `${name}-${index}`;
    taken.add(name);
    return asBytes(name);
  });
}
