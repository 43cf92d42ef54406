// Takes one package out of a git checkout and makes it stand by itself, as `cargo vendor` does: what the manifest
// inherits from its workspace is written into it.

import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { inheritedManifest, packageIdOf } from "../../generators/cargo/inherit.ts";
import { parseToml, type TomlTable } from "../../generators/cargo/toml.ts";
import { printToml } from "../../generators/cargo/toml-text.ts";
import { fromBuffer, fromText, toBuffer } from "../../graph/bytes.ts";
import { CrateError, writeChecksum } from "./unpack.ts";

/** Copies the package to `to`/NAME-VERSION. */
export function takePackage(checkout: string, name: string, version: string, to: string): void {
  const manifests = manifestsBelow(checkout);
  const found = manifests.find((file) => {
    const id = packageIdOf(read(file), workspaceOf(file, checkout)?.table);
    return id?.name === name && id.version === version;
  });
  if (found === undefined) {
    throw new CrateError(
      `the checkout has no package "${name}" of version ${version}`,
      "the lockfile names another commit: run cargo update for it",
    );
  }
  const from = dirname(found);
  const directory = join(to, `${name}-${version}`);
  mkdirSync(directory, { recursive: true });
  const inner = new Set(manifests.filter((file) => file !== found).map(dirname));
  cpSync(from, directory, {
    recursive: true,
    filter: (path) => path === from || !(inner.has(path) || /(?:^|\/)\.git$/.test(relative(from, path))),
  });
  const table = inheritedManifest(read(found), workspaceOf(found, checkout)?.table);
  // A copy of a file in the store is read-only.
  for (const name of ["Cargo.toml", ".cargo-checksum.json"]) rmSync(join(directory, name), { force: true });
  writeFileSync(join(directory, "Cargo.toml"), toBuffer(printToml(table)), { mode: 0o644 });
  writeChecksum(directory, null);
}

function read(file: string): TomlTable {
  return parseToml(fromBuffer(readFileSync(file)), fromText(file));
}

/** The nearest manifest at or above one that has a workspace. */
function workspaceOf(file: string, checkout: string): { table: TomlTable } | undefined {
  for (let directory = dirname(file); ; directory = dirname(directory)) {
    const manifest = join(directory, "Cargo.toml");
    if (existsSync(manifest)) {
      const table = read(manifest);
      if (table.has(fromText("workspace"))) return { table };
    }
    if (resolve(directory) === resolve(checkout) || dirname(directory) === directory) return undefined;
  }
}

function manifestsBelow(directory: string): readonly string[] {
  return readdirSync(directory, { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      if (entry.isDirectory())
        return entry.name === ".git" || entry.name === "target" ? [] : manifestsBelow(path);
      return entry.name === "Cargo.toml" && entry.isFile() ? [path] : [];
    });
}
