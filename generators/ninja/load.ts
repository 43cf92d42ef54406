// Loads a Ninja manifest with all it includes into a build graph.

import type { Bytes } from "../../graph/bytes.ts";
import { Manifest, type NinjaManifest } from "./manifest.ts";
import { ManifestParser, type NinjaOptions } from "./parse.ts";

export type { NinjaManifest, NinjaRule, ValuePiece } from "./manifest.ts";
export type { FileContent, NinjaOptions } from "./parse.ts";

/**
 * Reads `entry` and what it includes, by the rules of ninja 1.14.
 * @throws InputError with the first thing that is wrong, where ninja stops too
 */
export function loadNinja(entry: Bytes, options: NinjaOptions): NinjaManifest {
  const parser = new ManifestParser(options);
  parser.parseEntry(entry);
  const layers = {
    store: parser.store,
    dyndeps: new Map(),
    moreFiles: new Map(),
    moreProducers: new Map(),
    restatScopes: new Set<never>(),
  };
  return new Manifest(layers, parser.warnings);
}
