// Files that a compiler writes beside an object without an edge that says so: split debug information, coverage notes.

import { asBytes, type Bytes } from "../../graph/bytes.ts";

const kinds: readonly (readonly [flag: RegExp, suffix: string])[] = [
  [/(?:^|\s)-gsplit-dwarf(?:=split)?(?:\s|$)/, ".dwo"],
  [/(?:^|\s)(?:--coverage|-coverage|-ftest-coverage)(?:\s|$)/, ".gcno"],
];

/** Where GCC and Clang write them: the object's name with another suffix. */
export function sideFilesOf(command: Bytes, outputs: readonly Bytes[]): readonly Bytes[] {
  const [object] = outputs;
  const stem = object === undefined ? undefined : /^(.*[^/])\.(?:o|obj|lo)$/.exec(object)?.[1];
  if (stem === undefined) return [];
  return kinds
    .flatMap(([flag, suffix]) => (flag.test(command) ? [asBytes(stem + suffix)] : []))
    .filter((path) => !outputs.includes(path));
}
