// Manifests that stand by themselves: what `workspace = true` takes from the workspace is put in its place.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { type TomlTable, type TomlValue, tableAt, textAt } from "./toml.ts";

/** Name and version of a manifest's package; `undefined` when it has none. */
export function packageIdOf(
  manifest: TomlTable,
  workspace: TomlTable | undefined,
): { name: Bytes; version: Bytes } | undefined {
  const own = tableAt(manifest, "package");
  const name = textAt(own, "name");
  if (name === undefined) return undefined;
  const inherited = tableAt(own, "version")?.get(asBytes("workspace")) === true;
  const shared = textAt(tableAt(tableAt(workspace, "workspace"), "package"), "version");
  return { name, version: (inherited ? shared : textAt(own, "version")) ?? asBytes("0.0.0") };
}

const dependencyTables = ["dependencies", "dev-dependencies", "build-dependencies"];

export function inheritedManifest(manifest: TomlTable, workspace: TomlTable | undefined): TomlTable {
  const shared = tableAt(workspace, "workspace");
  const result = new Map<Bytes, TomlValue>();
  for (const [key, value] of manifest) {
    if (key === "workspace" || key === "patch" || key === "replace" || key === "profile") continue;
    if (key === "package" && value instanceof Map) result.set(key, packageFields(value, shared));
    else if (key === "lints" && value instanceof Map && value.get(asBytes("workspace")) === true) {
      const lints = tableAt(shared, "lints");
      if (lints !== undefined) result.set(key, lints);
    } else if (key === "target" && value instanceof Map) {
      result.set(
        key,
        new Map(
          [...(value as TomlTable)].map(([condition, entry]) => [
            condition,
            entry instanceof Map ? withDependencies(entry, shared) : entry,
          ]),
        ),
      );
    } else result.set(key, value);
  }
  return withDependencies(result, shared);
}

function packageFields(own: TomlTable, shared: TomlTable | undefined): TomlTable {
  const defaults = tableAt(shared, "package");
  return new Map(
    [...own].flatMap(([key, value]): [Bytes, TomlValue][] => {
      if (key === "workspace") return [];
      if (!(value instanceof Map) || (value as TomlTable).get(asBytes("workspace")) !== true)
        return [[key, value]];
      const inherited = defaults?.get(key);
      // A path is relative to the workspace, whose files are not here.
      return inherited === undefined || key === "readme" || key === "license-file" ? [] : [[key, inherited]];
    }),
  );
}

function withDependencies(table: TomlTable, shared: TomlTable | undefined): TomlTable {
  return new Map(
    [...table].map(([key, value]): [Bytes, TomlValue] => {
      if (!dependencyTables.includes(key.replace("_", "-")) || !(value instanceof Map)) return [key, value];
      return [
        key,
        new Map([...(value as TomlTable)].map(([name, entry]) => [name, dependency(name, entry, shared)])),
      ];
    }),
  );
}

/** Features add up; what else is said here stays. */
function dependency(name: Bytes, entry: TomlValue, shared: TomlTable | undefined): TomlValue {
  if (!(entry instanceof Map) || (entry as TomlTable).get(asBytes("workspace")) !== true) return entry;
  const inherited = tableAt(shared, "dependencies")?.get(name);
  const base: TomlTable =
    inherited instanceof Map
      ? inherited
      : new Map(inherited === undefined ? [] : [[asBytes("version"), inherited]]);
  const merged = new Map(base);
  for (const [key, value] of entry as TomlTable) {
    if (key === "workspace") continue;
    const before = merged.get(key);
    merged.set(
      key,
      key === "features" && Array.isArray(before) && Array.isArray(value) ? [...before, ...value] : value,
    );
  }
  return merged;
}
