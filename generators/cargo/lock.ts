// Cargo.lock, versions 1 to 4: what is to be fetched, and by which checksum.

import { asBytes, type Bytes, compareBytes, quoted } from "../../graph/bytes.ts";
import { type Diagnostic, fail, InputError } from "../../graph/diagnostic.ts";
import { parseToml, type TomlTable, type TomlValue, tableAt, textAt } from "./toml.ts";

export interface CargoLock {
  readonly version: number;
  /** In the order of the file. */
  readonly packages: readonly LockedPackage[];
}

export interface LockedPackage {
  readonly name: Bytes;
  readonly version: Bytes;
  /** `undefined` for a package of the tree. */
  readonly source: LockedSource | undefined;
}

export type LockedSource =
  | {
      readonly kind: "registry";
      /** As the lockfile says it: "registry+URL" or "sparse+URL". */
      readonly id: Bytes;
      /** sha256 of the `.crate` file, lower-case hex. */
      readonly checksum: Bytes;
    }
  | {
      readonly kind: "git";
      readonly id: Bytes;
      readonly url: Bytes;
      /** "rev", "branch" or "tag" with its value, as in the manifest. */
      readonly reference: readonly [kind: Bytes, value: Bytes] | undefined;
      /** The full commit. */
      readonly commit: Bytes;
    };

/** The newest that is known; cargo, too, refuses what is newer than itself. */
const newest = 4;

/** Throws one InputError with everything that is wrong. */
export function parseCargoLock(text: Bytes, file: Bytes): CargoLock {
  const table = parseToml(text, file);
  const version = table.get(asBytes("version")) ?? (tableAt(table, "metadata") === undefined ? 2 : 1);
  if (typeof version !== "number" || version < 1 || version > newest) {
    return fail({
      code: "cargo/lock-version",
      message: `the lockfile has version ${typeof version === "number" ? version : quoted(asBytes(String(version)))}, and 1 to ${newest} are known`,
      at: wordIn(text, file, "version"),
      hint: "let a cargo of that version write it, or use a newer unravel",
    });
  }
  const rows = table.get(asBytes("package")) ?? [];
  if (!Array.isArray(rows)) {
    return fail({
      code: "cargo/lock",
      message: '"package" is no list of tables',
      at: wordIn(text, file, "package"),
      hint: "let cargo write the lockfile again: cargo generate-lockfile",
    });
  }
  const diagnostics: Diagnostic[] = [];
  const sums = checksumsOf(table);
  const seen = new Set<string>();
  const packages = rows.flatMap((row: TomlValue): readonly LockedPackage[] => {
    const entry = packageOf(row, sums, text, file, diagnostics);
    if (entry === undefined) return [];
    const key = `${entry.name} ${entry.version} ${entry.source?.id ?? ""}`;
    if (seen.has(key)) {
      diagnostics.push(
        broken(`the package ${quoted(asBytes(key.trim()))} stands there twice`, text, file, entry.name),
      );
      return [];
    }
    seen.add(key);
    return [entry];
  });
  if (diagnostics.length > 0) throw new InputError(diagnostics);
  return { version, packages };
}

function packageOf(
  row: TomlValue,
  sums: ReadonlyMap<string, Bytes>,
  text: Bytes,
  file: Bytes,
  diagnostics: Diagnostic[],
): LockedPackage | undefined {
  const table = row instanceof Map ? (row as TomlTable) : undefined;
  const [name, version] = [textAt(table, "name"), textAt(table, "version")];
  if (name === undefined || version === undefined) {
    diagnostics.push(broken("a package has no name or no version", text, file, name));
    return undefined;
  }
  // Both become names of files and of store paths.
  if (!/^[A-Za-z0-9_-]{1,128}$/.test(name) || !/^[0-9A-Za-z.+-]{1,100}$/.test(version)) {
    diagnostics.push(
      broken(`${quoted(name)} ${quoted(version)} is no name and version of a crate`, text, file, name),
    );
    return undefined;
  }
  const id = textAt(table, "source");
  if (id === undefined) return { name, version, source: undefined };
  if (id.startsWith("git+")) {
    const source = gitSource(id);
    if (source !== undefined) return { name, version, source };
  } else if (id.startsWith("registry+") || id.startsWith("sparse+")) {
    const checksum = textAt(table, "checksum") ?? sums.get(`${name} ${version} (${id})`);
    if (checksum !== undefined && /^[0-9a-f]{64}$/.test(checksum))
      return { name, version, source: { kind: "registry", id, checksum } };
    diagnostics.push({
      code: "cargo/no-checksum",
      message: `${quoted(name)} ${version} has no checksum, and cannot be fetched without one`,
      at: wordIn(text, file, `"${name}"`),
      hint: "let cargo write the lockfile anew, or vendor the package",
    });
    return undefined;
  }
  diagnostics.push({
    code: "cargo/source",
    message: `${quoted(name)} ${version} comes from ${quoted(id)}, which is neither a registry nor a git commit`,
    at: wordIn(text, file, id),
    hint: "depend on a published version, a commit, or a directory of the tree",
  });
  return undefined;
}

/** Version 1 has the checksums in a table of their own. */
function checksumsOf(table: TomlTable): ReadonlyMap<string, Bytes> {
  const sums = new Map<string, Bytes>();
  for (const [key, value] of tableAt(table, "metadata") ?? []) {
    if (key.startsWith("checksum ") && typeof value === "string" && value !== "<none>")
      sums.set(key.slice("checksum ".length), value);
  }
  return sums;
}

/** "git+URL?branch=main#COMMIT" */
export function gitSource(id: Bytes): Extract<LockedSource, { kind: "git" }> | undefined {
  const match = /^git\+([^?#]+)(?:\?(rev|branch|tag)=([^#]*))?#([0-9a-f]{40})$/.exec(id);
  const [, url, kind, value, commit] = match ?? [];
  if (url === undefined || commit === undefined) return undefined;
  return {
    kind: "git",
    id,
    url: asBytes(url),
    reference: kind === undefined ? undefined : [asBytes(kind), asBytes(decoded(value ?? ""))],
    commit: asBytes(commit),
  };
}

/** Version 4 encodes references as URLs do; earlier ones do not, and hardly any has a "%". */
function decoded(value: string): string {
  return value.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
}

/** Sources of packages, each once, sorted. */
export function sourcesOf(lock: CargoLock): readonly LockedSource[] {
  const byId = new Map<Bytes, LockedSource>();
  for (const { source } of lock.packages) if (source !== undefined) byId.set(source.id, source);
  return [...byId.values()].sort((a, b) => compareBytes(a.id, b.id));
}

function broken(message: string, text: Bytes, file: Bytes, name: Bytes | undefined): Diagnostic {
  return {
    code: "cargo/lock",
    message,
    at: wordIn(text, file, name === undefined ? "[[package]]" : `"${name}"`),
    hint: "let cargo write the lockfile again: cargo generate-lockfile",
  };
}

function wordIn(text: Bytes, file: Bytes, word: string): { file: Bytes; start: number; end: number } {
  const start = Math.max(0, text.indexOf(word));
  return { file, start, end: start + word.length };
}
