// "did you mean": edit distance, as ninja measures it (edit_distance.cc).

/** Furthest that a suggestion may be. */
const farthest = 3;

/** Levenshtein's distance; `limit + 1` for anything further. */
export function editDistance(a: string, b: string, limit: number): number {
  const row = Array.from({ length: b.length + 1 }, (_, x) => x);
  for (let y = 1; y <= a.length; y++) {
    let diagonal = y - 1;
    row[0] = y;
    let best = y;
    for (let x = 1; x <= b.length; x++) {
      const above = row[x] ?? 0;
      const change = diagonal + (a[y - 1] === b[x - 1] ? 0 : 1);
      const here = Math.min(change, Math.min(row[x - 1] ?? 0, above) + 1);
      row[x] = here;
      diagonal = above;
      best = Math.min(best, here);
    }
    if (best > limit) return limit + 1;
  }
  return row[b.length] ?? 0;
}

/** The nearest of some words, the first of several; `undefined` when all are too far. */
export function spellcheck<T extends string>(text: string, words: Iterable<T>): T | undefined {
  let nearest: T | undefined;
  let shortest = farthest + 1;
  for (const word of words) {
    const distance = editDistance(word, text, farthest);
    if (distance < shortest) {
      shortest = distance;
      nearest = word;
    }
  }
  return nearest;
}
