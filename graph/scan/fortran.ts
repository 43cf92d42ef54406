// Fortran: `include 'x'` lines, preprocessor includes, and the modules a file uses and defines.

import { asBytes, type Bytes } from "../bytes.ts";
import { detach } from "./detach.ts";
import { type Directives, parseDirectives } from "./directives.ts";
import { mergeDirectives, quotedReferences } from "./quoted-lines.ts";

const INTRINSIC: ReadonlySet<string> = new Set([
  "iso_fortran_env",
  "iso_c_binding",
  "ieee_arithmetic",
  "ieee_exceptions",
  "ieee_features",
  "omp_lib",
  "omp_lib_kinds",
  "openacc",
]);

export function parseFortran(contents: Bytes, intern: (slice: string) => Bytes = detach): Directives {
  const imports = new Set<Bytes>();
  const provides = new Set<Bytes>();
  // Names are case-insensitive; compilers write `name.mod` in lower case.
  const name = (text: string): Bytes => intern(asBytes(text.toLowerCase()));
  for (const match of contents.matchAll(
    /^[ \t]*(?:\d+[ \t]+)?use(?:[ \t]*,[ \t]*(intrinsic|non_intrinsic))?(?:[ \t]*::[ \t]*|[ \t]+)([a-z]\w*)/gim,
  )) {
    const used = match[2]?.toLowerCase();
    if (used === undefined || match[1]?.toLowerCase() === "intrinsic") continue;
    if (match[1] === undefined && INTRINSIC.has(used)) continue;
    imports.add(name(used));
  }
  for (const match of contents.matchAll(
    /^[ \t]*module[ \t]+(?!procedure\b)([a-z]\w*)[ \t]*(?:[;!].*)?\r?$/gim,
  )) {
    if (match[1] !== undefined) provides.add(name(match[1]));
  }
  for (const match of contents.matchAll(
    /^[ \t]*submodule[ \t]*\([ \t]*([a-z]\w*)[ \t]*(?::[ \t]*[a-z]\w*[ \t]*)?\)/gim,
  )) {
    if (match[1] !== undefined) imports.add(name(match[1]));
  }
  return mergeDirectives(
    parseDirectives(contents, intern),
    quotedReferences(
      contents,
      /^[ \t]*(?:\d+[ \t]+)?include[ \t]*(?:'([^'\n]+)'|"([^"\n]+)")/gim,
      "include",
      intern,
    ),
    { references: [], imports: [...imports], provides: [...provides] },
  );
}
