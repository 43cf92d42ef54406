// For languages whose includes are one simple line: a pattern with one group per way to write the name.

import type { Bytes } from "../bytes.ts";
import { type Directives, NO_DIRECTIVES, type Reference, type ReferenceKind } from "./directives.ts";

/** Each match's first group that took part is a quoted reference. Comments are not removed: they only add. */
export function quotedReferences(
  contents: Bytes,
  pattern: RegExp,
  kind: ReferenceKind,
  intern: (slice: string) => Bytes,
): Directives {
  const names = new Set<Bytes>();
  for (const match of contents.matchAll(pattern)) {
    const name = match.slice(1).find((group) => group !== undefined);
    if (name !== undefined && name.trim() !== "") names.add(intern(name));
  }
  if (names.size === 0) return NO_DIRECTIVES;
  return {
    references: [...names].map((name): Reference => ({ kind, form: "quote", name })),
    imports: [],
    provides: [],
  };
}

export function mergeDirectives(...parts: readonly Directives[]): Directives {
  return {
    references: parts.flatMap((part) => part.references),
    imports: [...new Set(parts.flatMap((part) => part.imports))],
    provides: [...new Set(parts.flatMap((part) => part.provides))],
  };
}
