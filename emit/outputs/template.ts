// A derivation that is written before some of its store paths are known: text with gaps, which a script fills
// (templates/builder/entry.sh). What is filled in is, byte for byte, what printing the derivation would give.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { printDerivation } from "../aterm.ts";
import { nix32 } from "../base32.ts";
import type { Derivation } from "../derivation.ts";
import { sha256Raw } from "../hash.ts";
import { sortedSet } from "../store-path.ts";

/** A store path that stands for the one of `name`, which is not known yet. Nobody else's text holds it. */
export function standInPath(name: string, storeDir: Bytes): Bytes {
  const digest = nix32(sha256Raw(asBytes(`unravel stand-in ${name}`)));
  return asBytes(`${storeDir}/${digest.slice(0, 32)}-${name}`);
}

/**
 * `gaps`: name of a variable -> the text that stands for its value in the derivation. NUL ends each part of the
 * result: the paths of `inputSrcs` that are known, the variables of those that are not, then text and variable by
 * turns. The list of all sources is the variable "sources".
 */
export function printTemplate(
  derivation: Derivation,
  gaps: ReadonlyMap<string, Bytes>,
  storeDir: Bytes,
): Bytes {
  const names = new Map([...gaps].map(([name, standIn]) => [standIn, name]));
  const sources = sortedSet(derivation.inputSrcs);
  const list = sources.map((path) => `"${path}"`).join(",");
  const text = printDerivation(derivation, storeDir);
  const at = text.indexOf(`,[${list}],`);
  if (list === "" || at < 0) throw new Error(`the text of ${derivation.name} has no list of sources`);
  const parts = [
    sources.filter((path) => !names.has(path)).join(" "),
    sources.flatMap((path) => names.get(path) ?? []).join(" "),
    ...withGaps(text.slice(0, at + 2), names),
    "sources",
    ...withGaps(text.slice(at + 2 + list.length), names),
  ];
  return asBytes(parts.map((part) => `${part}\0`).join(""));
}

/** Text and variable by turns, beginning and ending with text. */
function withGaps(text: string, names: ReadonlyMap<Bytes, string>): readonly string[] {
  const found = [...names].flatMap(([standIn, name]) => {
    const places: { readonly at: number; readonly end: number; readonly name: string }[] = [];
    for (let at = text.indexOf(standIn); at >= 0; at = text.indexOf(standIn, at + 1)) {
      places.push({ at, end: at + standIn.length, name });
    }
    return places;
  });
  const parts: string[] = [];
  let from = 0;
  for (const { at, end, name } of found.sort((a, b) => a.at - b.at)) {
    parts.push(text.slice(from, at), name);
    from = end;
  }
  return [...parts, text.slice(from)];
}
