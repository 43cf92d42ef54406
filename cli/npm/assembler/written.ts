// Which files a command wrote: what differs between two looks at a directory.

import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Files and links below a directory, without node_modules: what would show that one was written. */
export function statesOf(directory: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const visit = (below: string): void => {
    for (const name of readdirSync(join(directory, below))) {
      if (name === "node_modules") continue;
      const path = below === "" ? name : `${below}/${name}`;
      const stat = lstatSync(join(directory, path), { bigint: true });
      if (stat.isDirectory()) visit(path);
      else found.set(path, `${stat.ino} ${stat.size} ${stat.mode} ${stat.mtimeNs}`);
    }
  };
  if (existsSync(directory)) visit("");
  return found;
}
