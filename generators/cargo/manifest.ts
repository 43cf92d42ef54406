// What cargo's own JSON leaves out of manifests: lints, and whether a test uses rustc's harness.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import { listAt, type TomlTable, type TomlValue, tableAt, textAt } from "./toml.ts";

export interface LintArguments {
  readonly lints: readonly Bytes[];
  readonly checkCfg: readonly Bytes[];
}

/** rustc's arguments for `[lints]`; `workspace` is the manifest at the workspace's top. */
export function lintArguments(manifest: TomlTable, workspace: TomlTable | undefined): LintArguments {
  const own = tableAt(manifest, "lints");
  const isInherited = own?.get(asBytes("workspace")) === true;
  const table = isInherited ? tableAt(tableAt(workspace, "workspace"), "lints") : own;
  const flags: { priority: number; name: string; flag: Bytes }[] = [];
  const checkCfg: Bytes[] = [];
  for (const [tool, lints] of table ?? []) {
    if (!(lints instanceof Map)) continue;
    for (const [name, value] of lints as TomlTable) {
      const { level, priority } = lintLevel(value);
      if (level === undefined) continue;
      const lint = tool === "rust" ? name : `${tool}::${name}`;
      flags.push({ priority, name: lint, flag: asBytes(`--${level}=${lint}`) });
      if (lint === "unexpected_cfgs" && value instanceof Map) {
        for (const condition of listAt(value as TomlTable, "check-cfg"))
          if (typeof condition === "string") checkCfg.push(condition);
      }
    }
  }
  // Later arguments win, so the highest priority comes last; names are in reverse, as cargo has them.
  flags.sort((a, b) => a.priority - b.priority || compareBytes(b.name, a.name));
  return { lints: flags.map(({ flag }) => flag), checkCfg };
}

function lintLevel(value: TomlValue): { level: Bytes | undefined; priority: number } {
  if (typeof value === "string") return { level: value, priority: 0 };
  if (!(value instanceof Map)) return { level: undefined, priority: 0 };
  const priority = (value as TomlTable).get(asBytes("priority"));
  return {
    level: textAt(value as TomlTable, "level"),
    priority: typeof priority === "number" ? priority : 0,
  };
}

/** Whether `harness = false` stands at a target. */
export function hasHarness(manifest: TomlTable, kind: Bytes, name: Bytes): boolean {
  const single = kind === "lib" || kind === "proc-macro" ? tableAt(manifest, "lib") : undefined;
  if (single !== undefined) return single.get(asBytes("harness")) !== false;
  return !listAt(manifest, kind).some(
    (entry) =>
      entry instanceof Map &&
      textAt(entry as TomlTable, "name") === name &&
      (entry as TomlTable).get(asBytes("harness")) === false,
  );
}

/** "release" or "debug": which of the two a profile comes from in the end. */
export function profileRoot(workspace: TomlTable | undefined, profile: Bytes): Bytes {
  let name: Bytes | undefined = profile;
  for (let depth = 0; name !== undefined && depth < 64; depth++) {
    if (name === "release" || name === "bench") return asBytes("release");
    if (name === "dev" || name === "test" || name === "debug") return asBytes("debug");
    name = textAt(tableAt(tableAt(workspace, "profile"), name), "inherits");
  }
  return asBytes("debug");
}
