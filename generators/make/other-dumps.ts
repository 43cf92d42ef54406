// What else make and kbuild can print about a build, and what each lacks for building it elsewhere.

import type { Bytes } from "../../graph/bytes.ts";

interface OtherDump {
  readonly looksLike: RegExp;
  readonly what: string;
  readonly lacks: string;
}

const others: readonly OtherDump[] = [
  {
    looksLike: /^# GNU Make \d|^# Make data base, printed on/m,
    what: "the database of make -p",
    lacks: "recipes in it are not expanded, and makes below the first are not in it",
  },
  {
    looksLike: /^(?:saved)?cmd_\S+ := /m,
    what: "a .cmd file of kbuild",
    lacks:
      "it has neither directory nor environment nor the order of commands, and not all that a command reads",
  },
  {
    looksLike: /^\S+:\d+: (?:target '|update target ')/m,
    what: "the output of make --trace",
    lacks: "it does not tell where a recipe ends, nor its environment",
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
