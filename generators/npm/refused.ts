// Packages that cannot be fetched, all told at once: a lockfile that lacks hashes lacks many of them.

import { type Bytes, toText } from "../../graph/bytes.ts";
import { type Diagnostic, InputError } from "../../graph/diagnostic.ts";
import type { LockedPackage, NoSource } from "./source.ts";

export interface Refused {
  readonly node: LockedPackage;
  readonly why: NoSource;
}

/** @throws InputError unless there is nothing to refuse */
export function refuseSources(refused: readonly Refused[], file: Bytes): void {
  if (refused.length === 0) return;
  const unhashed = [...new Set(refused.filter(({ why }) => why.kind === "no-integrity").map(nameOf))].sort();
  const found = refused.flatMap(({ node, why }): readonly Diagnostic[] =>
    why.kind === "no-integrity"
      ? []
      : [
          {
            code: "npm/source",
            message: `${nameOf({ node })} in ${toText(file)} ${why.reason}`,
            hint: "install it anew, so that the package manager writes the entry again",
          },
        ],
  );
  if (unhashed.length > 0) {
    const number = unhashed.length === 1 ? "1 package has" : `${unhashed.length} packages have`;
    found.push({
      code: "npm/no-integrity",
      message: `${number} no integrity in ${toText(file)}:\n${unhashed.map((name) => `  ${JSON.stringify(name)} = "";`).join("\n")}`,
      hint: refused.some(({ why }) => why.kind === "no-integrity" && why.isCompressed === true)
        ? 'their checksums are of archives that yarn compressed: with "compressionLevel: 0" in .yarnrc.yml, which is yarn 4\'s default, yarn install writes others; or give the lines of `integrity = { … }` in Nix, or --pin "NAME@VERSION=sha512-…"'
        : 'remove their entries and install again, or give what `npm view NAME@VERSION dist.integrity` prints: as these lines of `integrity = { … }` in Nix, or --pin "NAME@VERSION=sha512-…"',
    });
  }
  throw new InputError(found);
}

function nameOf({ node }: Pick<Refused, "node">): string {
  return toText(node.version === undefined ? node.name : (`${node.name}@${node.version}` as Bytes));
}
