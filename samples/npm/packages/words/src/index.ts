// Counting words.
import pad = require("pad");

export interface Count {
  readonly word: string;
  readonly times: number;
}

/** Most frequent first, then by alphabet. */
export function countWords(text: string): readonly Count[] {
  const times = new Map<string, number>();
  for (const word of text.toLowerCase().match(/[a-z]+/g) ?? []) times.set(word, (times.get(word) ?? 0) + 1);
  return [...times]
    .map(([word, n]) => ({ word, times: n }))
    .sort((a, b) => b.times - a.times || (a.word < b.word ? -1 : 1));
}

/** A table with the numbers to the right. */
export function printCounts(counts: readonly Count[]): string {
  const width = Math.max(...counts.map(({ times }) => String(times).length));
  return counts.map(({ word, times }) => `${pad(String(times), width)} ${word}\n`).join("");
}
