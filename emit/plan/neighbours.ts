// A script imports modules that lie beside it, and nothing declares them: they come with it.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { parentOf } from "./tree-path.ts";

type FilesBelow = (directory: Bytes) => readonly Bytes[];

/** Languages whose scripts find modules in their own directory, by the names of both. */
const languages = [/\.py$/, /\.(pl|pm)$/, /\.rb$/];

/** Listings are asked for once: thousands of steps run the same few scripts. */
const known = new WeakMap<FilesBelow, Map<Bytes, readonly Bytes[]>>();

export interface Neighbours {
  /** For people: `tools/*.py`. */
  readonly pattern: Bytes;
  readonly files: readonly Bytes[];
}

/** The files beside a script that are of its language, without it; `undefined` for what is no script, or alone. */
export function neighboursOf(script: Bytes, filesBelow: FilesBelow): Neighbours | undefined {
  const language = languages.find((pattern) => pattern.test(script));
  if (language === undefined) return undefined;
  const directory = parentOf(script);
  const files = filesIn(directory, filesBelow).filter((file) => language.test(file) && file !== script);
  if (files.length === 0) return undefined;
  const extension = script.slice(script.lastIndexOf("."));
  return { pattern: asBytes(directory === "" ? `*${extension}` : `${directory}/*${extension}`), files };
}

function filesIn(directory: Bytes, filesBelow: FilesBelow): readonly Bytes[] {
  const listings = known.get(filesBelow) ?? new Map<Bytes, readonly Bytes[]>();
  known.set(filesBelow, listings);
  let files = listings.get(directory);
  if (files === undefined) {
    files = filesBelow(directory).filter((file) => parentOf(file) === directory);
    listings.set(directory, files);
  }
  return files;
}
