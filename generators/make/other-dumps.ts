// What else make can print about a build and is not enough for building it elsewhere, with what it lacks.

import type { Bytes } from "../../graph/bytes.ts";

interface OtherDump {
  readonly looksLike: RegExp;
  readonly what: string;
  readonly lacks: string;
}

const others: readonly OtherDump[] = [
  {
    looksLike: /^# GNU Make \d|^# Make data base, printed on/m,
    what: "the database of make -p alone",
    lacks: "recipes in it are not expanded, and makes below the first are not in it",
  },
  {
    looksLike: /^make(?:\[\d+\])?: (?:Entering|Leaving|Nothing|Circular|'|\*\*\*)/m,
    what: "the output of make -n or make",
    lacks:
      "commands in it have neither targets nor environment, and it stops where a make needs what another made",
  },
];

/** Says what a text is that is no dump, if that can be told. */
export function otherDump(text: Bytes): string | undefined {
  const start = text.slice(0, 1 << 16);
  const found = others.find(({ looksLike }) => looksLike.test(start));
  return found === undefined ? undefined : `this is ${found.what}: ${found.lacks}`;
}
