// A pnpm lockfile that does not fit its package.json files: what `pnpm install --frozen-lockfile` refuses.

import { type Bytes, quoted, toText } from "../../graph/bytes.ts";
import { type Diagnostic, InputError } from "../../graph/diagnostic.ts";
import { field } from "./json-reader.ts";
import type { ProjectManifest } from "./manifest.ts";
import type { PnpmLock } from "./pnpm-lock.ts";

const kinds = ["dependencies", "devDependencies", "optionalDependencies"] as const;

/** @param manifests of importers, by directory; one without a package.json is not compared */
export function refusePnpmOutOfSync(
  lock: PnpmLock,
  manifests: ReadonlyMap<Bytes, ProjectManifest>,
  file: Bytes,
): void {
  const found: Diagnostic[] = [];
  for (const [directory, importer] of lock.importers) {
    const manifest = manifests.get(directory);
    if (manifest === undefined) continue;
    const written = specifiersOf(manifest, kinds);
    const peers = specifiersOf(manifest, ["peerDependencies"]);
    const lines: string[] = [];
    const locked = new Set<Bytes>();
    for (const { alias, specifier } of kinds.flatMap((kind) => importer[kind])) {
      locked.add(alias);
      const spec = written.get(alias);
      if (spec === undefined && peers.has(alias)) continue;
      if (lock.overridden.has(alias) || specifier === undefined) continue;
      if (spec === undefined) lines.push(`Extra: ${toText(alias)}@${toText(specifier)} in lock file`);
      else if (spec !== specifier) {
        lines.push(
          `Invalid: lock file's ${toText(alias)}@${toText(specifier)} is not ${toText(alias)}@${toText(spec)}`,
        );
      }
    }
    for (const [alias, spec] of written) {
      if (!locked.has(alias)) lines.push(`Missing: ${toText(alias)}@${toText(spec)} from lock file`);
    }
    if (lines.length === 0) continue;
    const place = directory === "" ? "package.json" : quoted(`${directory}/package.json` as Bytes);
    found.push({
      code: "npm/out-of-sync",
      message: `${place} and ${toText(file)} are not in sync:\n  ${lines.sort().join("\n  ")}`,
      at: importer.at,
      hint: "update the lock file with `pnpm install --lockfile-only`",
    });
  }
  if (found.length > 0) throw new InputError(found);
}

function specifiersOf(manifest: ProjectManifest, from: readonly string[]): ReadonlyMap<Bytes, Bytes> {
  const specifiers = new Map<Bytes, Bytes>();
  for (const kind of from) {
    const node = field(manifest.file.top, kind);
    if (node?.kind !== "object") continue;
    for (const [name, { value }] of node.members) {
      if (value.kind === "string") specifiers.set(name, value.text);
    }
  }
  return specifiers;
}
