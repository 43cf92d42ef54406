// The closure of an image's contents, as Nix writes it for `exportReferencesGraph`: store paths, sizes, references.

import { type Bytes, compareBytes, fromText, toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";

export interface ClosurePath {
  /** Full store path. */
  readonly path: Bytes;
  /** Size of the path's own NAR, in bytes. */
  readonly size: number;
  /** What it refers to, without itself; every one is in the graph. Sorted. */
  readonly references: readonly Bytes[];
}

export interface ClosureGraph {
  /** What the image was asked for, sorted. */
  readonly contents: readonly Bytes[];
  /** Every path of the closure once, sorted. */
  readonly paths: readonly ClosurePath[];
}

/**
 * Reads the value of an `exportReferencesGraph` entry in structured attributes.
 * @param contents the paths whose closure it is; links in the store may stand for others, so each must be listed
 */
export function readClosure(value: unknown, contents: readonly Bytes[]): ClosureGraph {
  if (!Array.isArray(value)) return wrong("it is no list");
  const paths = value.map(readPath).sort((a, b) => compareBytes(a.path, b.path));
  const known = new Set(paths.map(({ path }) => path));
  for (const { path, references } of paths) {
    const missing = references.find((reference) => !known.has(reference));
    if (missing !== undefined) wrong(`${toText(path)} refers to ${toText(missing)}, which is not listed`);
  }
  const absent = contents.find((path) => !known.has(path));
  if (absent !== undefined) wrong(`${toText(absent)} is not listed`);
  return { contents: [...new Set(contents)].sort(compareBytes), paths };
}

function readPath(value: unknown): ClosurePath {
  const fields = new Map(Object.entries(typeof value === "object" && value !== null ? value : {}));
  const path = fields.get("path");
  const size = fields.get("narSize");
  const references = fields.get("references");
  if (typeof path !== "string") return wrong("an entry has no path");
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    return wrong(`${path} has no narSize`);
  if (!Array.isArray(references) || !references.every((reference) => typeof reference === "string"))
    return wrong(`${path} has no references`);
  return {
    path: fromText(path),
    size,
    references: references
      .filter((reference) => reference !== path)
      .map(fromText)
      .sort(compareBytes),
  };
}

function wrong(why: string): never {
  return fail({
    code: "layers/closure",
    message: `the closure graph that Nix wrote cannot be read: ${why}`,
    hint: "use Nix 2.34 or 2.35; tell us about newer ones",
  });
}
