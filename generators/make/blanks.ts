// Names with blanks. Make's database lists names with blanks between them, and so one that has a blank is there as
// several; targets arrive whole.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { MakeDump } from "./dump.ts";

/** The dump with the prerequisites of its rules as the targets are called. */
export function withBlanks(dump: MakeDump): MakeDump {
  const names = new Set<string>();
  for (const { make, target, prerequisites, orderOnly } of dump.lines)
    for (const name of [target, ...prerequisites, ...orderOnly])
      if (name.includes(" ")) names.add(`${make} ${name}`);
  if (names.size === 0) return dump;
  return {
    ...dump,
    rules: dump.rules.map((rule) => ({
      ...rule,
      prerequisites: joined(rule.prerequisites, rule.make, names),
      orderOnly: joined(rule.orderOnly, rule.make, names),
    })),
  };
}

/** The longest run of words that is a name is that name. */
function joined(words: readonly Bytes[], make: number, names: ReadonlySet<string>): readonly Bytes[] {
  const longest = 9;
  const result: Bytes[] = [];
  for (let at = 0; at < words.length; ) {
    let count = Math.min(longest, words.length - at);
    while (count > 1 && !names.has(`${make} ${words.slice(at, at + count).join(" ")}`)) count--;
    result.push(asBytes(words.slice(at, at + count).join(" ")));
    at += count;
  }
  return result;
}
