// A project as far as its TypeScript configuration looks at it: what JSON files say, and how all others are called.

import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const skipped = new Set([".git", "node_modules"]);

export function writeNames(from: string, to: string): void {
  const visit = (directory: string): void => {
    for (const entry of readdirSync(join(from, directory), { withFileTypes: true })) {
      const path = directory === "" ? entry.name : `${directory}/${entry.name}`;
      if (entry.isDirectory() && !skipped.has(entry.name)) visit(path);
      if (!entry.isFile()) continue;
      mkdirSync(dirname(join(to, path)), { recursive: true });
      if (isRead(entry.name)) copyFileSync(join(from, path), join(to, path));
      else writeFileSync(join(to, path), "");
    }
  };
  mkdirSync(to, { recursive: true });
  visit("");
}

function isRead(name: string): boolean {
  return name.endsWith(".json") && name !== "package-lock.json" && name !== "npm-shrinkwrap.json";
}
