// pnpm's settings that change what is installed, from the three places where they may stand: .npmrc,
// pnpm-workspace.yaml (since pnpm 10), and `pnpm` in package.json.

import { asBytes, type Bytes, toText } from "../../graph/bytes.ts";
import type { JsonNode, JsonObject } from "../../graph/json.ts";
import { field, type JsonFile, objectField } from "./json-reader.ts";
import type { ProjectManifest } from "./manifest.ts";
import type { PnpmLock } from "./pnpm-lock.ts";
import type { PnpmMajor } from "./pnpm-name.ts";
import { readYaml } from "./yaml.ts";

export interface PnpmInstallSettings {
  readonly major: PnpmMajor;
  readonly hoist: readonly string[];
  readonly publicHoist: readonly string[];
  readonly builds: ReadonlySet<Bytes> | undefined;
}

const workspaceFile = asBytes("pnpm-workspace.yaml");

export function pnpmSettings(
  lock: PnpmLock,
  manifest: ProjectManifest | undefined,
  files: ReadonlyMap<Bytes, Bytes>,
): PnpmInstallSettings {
  const workspace = files.get(workspaceFile);
  const yaml =
    workspace === undefined || workspace.trim() === "" ? undefined : readYaml(workspace, workspaceFile);
  const own = manifest === undefined ? undefined : objectField(manifest.file.top, "pnpm", manifest.file);
  const settings = new Settings(yaml, own, npmrcLists(files.get(asBytes(".npmrc"))));
  const major = majorOf(lock, manifest?.file);
  const isShameful = settings.isTrue("shamefullyHoist");
  const hoist = settings.list("hoistPattern") ?? ["*"];
  const publicHoist = settings.list("publicHoistPattern") ?? (major === 10 ? [] : ["*eslint*", "*prettier*"]);
  return {
    major,
    hoist: settings.isFalse("hoist") ? [] : hoist,
    publicHoist: isShameful ? ["*"] : publicHoist,
    builds: major < 10 || settings.isTrue("dangerouslyAllowAllBuilds") ? undefined : settings.builds(),
  };
}

/** `packageManager` says which pnpm; without it, the newest that writes such a lockfile. */
function majorOf({ version }: PnpmLock, manifest: JsonFile | undefined): PnpmMajor {
  const node = manifest === undefined ? undefined : field(manifest.top, "packageManager");
  const named = node?.kind === "string" ? /^pnpm@(\d+)\./.exec(node.text)?.[1] : undefined;
  if (version === 6) return 8;
  return named === "9" ? 9 : 10;
}

class Settings {
  readonly #yaml: JsonObject | undefined;
  readonly #manifest: JsonObject | undefined;
  readonly #npmrc: ReadonlyMap<string, readonly string[]>;

  constructor(
    yaml: JsonObject | undefined,
    manifest: JsonObject | undefined,
    npmrc: ReadonlyMap<string, readonly string[]>,
  ) {
    this.#yaml = yaml;
    this.#manifest = manifest;
    this.#npmrc = npmrc;
  }

  list(name: string): readonly string[] | undefined {
    return (
      listOf(this.#yaml === undefined ? undefined : field(this.#yaml, name)) ??
      this.#npmrc.get(kebab(name)) ??
      listOf(this.#manifest === undefined ? undefined : field(this.#manifest, name))
    );
  }

  isTrue(name: string): boolean {
    return this.list(name)?.[0] === "true";
  }

  isFalse(name: string): boolean {
    return this.list(name)?.[0] === "false";
  }

  builds(): ReadonlySet<Bytes> {
    const allowed = this.#yaml === undefined ? undefined : field(this.#yaml, "allowBuilds");
    const names = allowed?.kind === "object" ? [...allowed.members] : [];
    const isTrue = (node: JsonNode): boolean => listOf(node)?.[0] === "true";
    return new Set([
      ...(this.list("onlyBuiltDependencies") ?? []).map((name) => asBytes(name)),
      ...names.flatMap(([name, { value }]) => (isTrue(value) ? [name] : [])),
    ]);
  }
}

function listOf(node: JsonNode | undefined): readonly string[] | undefined {
  if (node === undefined) return undefined;
  if (node.kind === "string") return [node.text];
  if (node.kind === "true" || node.kind === "false") return [node.kind];
  if (node.kind !== "array") return undefined;
  return node.items.flatMap((item) => (item.kind === "string" ? [item.text] : []));
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function npmrcLists(contents: Bytes | undefined): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, readonly string[]>();
  for (const line of toText(contents ?? asBytes("")).split(/\r?\n/)) {
    const match = /^\s*([a-z-]+)(\[\])?\s*=\s*(.*?)\s*$/.exec(line);
    const [, name = "", list, value = ""] = match ?? [];
    if (match === null) continue;
    lists.set(name, list === undefined ? [value] : [...(lists.get(name) ?? []), value]);
  }
  return lists;
}
