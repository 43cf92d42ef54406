// Sources that cargo's configuration replaces by a directory of the tree, as `cargo vendor` has it written: their
// packages are there already, and nothing of them is fetched.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { type TomlTable, type TomlValue, tableAt, textAt } from "./toml.ts";

/**
 * The lockfile without packages of such sources. `configurations` are those that cargo reads, the nearest first: of
 * two that say the same, the nearer counts. `undefined` when the tree has none of them.
 */
export function lockToFetch(lock: TomlTable, configurations: readonly TomlTable[]): TomlTable | undefined {
  const settings = mergedSettings(configurations);
  const rows = lock.get(asBytes("package"));
  if (!Array.isArray(rows)) return undefined;
  const left: readonly TomlValue[] = rows.filter((row: TomlValue) => {
    const id = row instanceof Map ? textAt(row as TomlTable, "source") : undefined;
    return id === undefined || !isVendored(id, settings);
  });
  return left.length === rows.length
    ? undefined
    : new Map<Bytes, TomlValue>([...lock, [asBytes("package"), left]]);
}

interface Settings {
  /** `[source.NAME]` */
  readonly sources: ReadonlyMap<Bytes, TomlTable>;
  /** `[registries.NAME]` */
  readonly registries: ReadonlyMap<Bytes, TomlTable>;
}

function mergedSettings(configurations: readonly TomlTable[]): Settings {
  const merged = (name: string): ReadonlyMap<Bytes, TomlTable> => {
    const tables = new Map<Bytes, TomlTable>();
    for (const configuration of configurations) {
      for (const [key, farther] of tableAt(configuration, name) ?? []) {
        if (farther instanceof Map)
          tables.set(key, new Map([...(farther as TomlTable), ...(tables.get(key) ?? [])]));
      }
    }
    return tables;
  };
  return { sources: merged("source"), registries: merged("registries") };
}

function isVendored(id: Bytes, settings: Settings): boolean {
  for (const [name, source] of settings.sources) {
    if (textAt(source, "replace-with") !== undefined && isOf(id, name, source, settings))
      return endsInDirectory(source, settings);
  }
  return false;
}

/** Whether a source of the lockfile is the one that a table is about. */
function isOf(id: Bytes, name: Bytes, source: TomlTable, { registries }: Settings): boolean {
  const git = textAt(source, "git");
  if (git !== undefined) {
    const reference = ["branch", "tag", "rev"].flatMap((kind) => {
      const value = textAt(source, kind);
      return value === undefined ? [] : [`${kind}=${encodeURIComponent(value)}`, `${kind}=${value}`];
    });
    const before = id.replace(/#[^#]*$/, "");
    return reference.length === 0
      ? before === `git+${git}`
      : reference.some((text) => before === `git+${git}?${text}`);
  }
  // Cargo knows one registry by a name of its own.
  if (name === "crates-io") return id.endsWith("/crates.io-index");
  const address = textAt(source, "registry") ?? textAt(registries.get(name), "index");
  return address !== undefined && (id === address || id === `registry+${address}`);
}

function endsInDirectory(source: TomlTable, { sources }: Settings): boolean {
  const seen = new Set<TomlTable>();
  for (let at: TomlTable | undefined = source; at !== undefined && !seen.has(at); ) {
    seen.add(at);
    const next = textAt(at, "replace-with");
    if (next === undefined) return textAt(at, "directory") !== undefined;
    at = sources.get(next);
  }
  return false;
}
