// Files that come with the program, found whether it runs from source or from a bundle.

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

let root: string | undefined;

function packageRoot(): string {
  if (root !== undefined) return root;
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, "templates", "builder", "step.sh"))) {
    const parent = dirname(directory);
    if (parent === directory) throw new Error(`no templates above ${fileURLToPath(import.meta.url)}`);
    directory = parent;
  }
  root = directory;
  return directory;
}

/** `path` is relative to the package's root. */
export function readPackageFile(path: string): Buffer {
  return readFileSync(join(packageRoot(), path));
}

export function packageVersion(): string {
  const parsed: unknown = JSON.parse(readPackageFile("package.json").toString());
  return typeof parsed === "object" && parsed !== null && "version" in parsed ? String(parsed.version) : "?";
}
