// The package.json of an unpacked package.

import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A package.json as far as it can be read: npm takes a broken one for an empty one here. */
export function readManifest(directory: string): Readonly<Record<string, unknown>> {
  try {
    const text = readFileSync(join(directory, "package.json"), "utf8").replace(/^\ufeff/, "");
    const parsed: unknown = JSON.parse(text);
    return typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
