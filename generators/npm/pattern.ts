// Patterns with `*` in names of packages and directories.

/**
 * Whether a name is `parts` with anything between them. Without a regular expression: patterns are foreign, and
 * backtracking is not bounded.
 */
export function matchesParts(parts: readonly string[], name: string): boolean {
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length)
    return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found < 0) return false;
    at = found + part.length;
  }
  return at <= name.length - last.length;
}
