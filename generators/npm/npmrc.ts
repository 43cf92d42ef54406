// A project's .npmrc: the few of npm's settings that change what is installed. Tokens are never kept.

import type { Bytes } from "../../graph/bytes.ts";
import { toText } from "../../graph/bytes.ts";

export interface NpmSettings {
  readonly registry: string | undefined;
  /** By scope, with `@`. */
  readonly scopes: ReadonlyMap<string, string>;
  readonly omit: ReadonlySet<"dev" | "optional" | "peer">;
  readonly legacyPeerDeps: boolean;
  readonly ignoreScripts: boolean;
  /** Package specs of `allow-scripts`, divided at commas. */
  readonly allowScripts: readonly string[];
}

/** Lines `key = value`; later ones win. A value with `${…}` in it is of the machine, and is left out. */
export function readNpmrc(contents: Bytes): NpmSettings {
  const values = new Map<string, string>();
  const omit = new Set<"dev" | "optional" | "peer">();
  const allow: string[] = [];
  for (const line of toText(contents).split(/\r?\n/)) {
    const match = /^\s*([^\s;#=][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (match === null) continue;
    const [, key = "", quotedValue = ""] = match;
    const value = quotedValue.replace(/^(["'])(.*)\1$/, "$2");
    if (value.includes("${")) continue;
    const name = key.replace(/\[\]$/, "");
    if (name === "omit" && (value === "dev" || value === "optional" || value === "peer")) omit.add(value);
    if (name === "allow-scripts") allow.push(...value.split(/[\s,]+/).filter((spec) => spec !== ""));
    values.set(name, value);
  }
  // npm's old words for `omit=dev`.
  if (values.get("production") === "true" || values.get("only") === "production") omit.add("dev");
  const scopes = new Map<string, string>();
  for (const [key, value] of values) {
    const scope = /^(@[^:/\s]+):registry$/.exec(key)?.[1];
    const url = registryOf(value);
    if (scope !== undefined && url !== undefined) scopes.set(scope, url);
  }
  return {
    registry: registryOf(values.get("registry") ?? ""),
    scopes,
    omit,
    legacyPeerDeps: values.get("legacy-peer-deps") === "true",
    ignoreScripts: values.get("ignore-scripts") === "true",
    allowScripts: allow,
  };
}

/** A registry's URL with a slash at its end and no user in it; `undefined` when it is none. */
export function registryOf(text: string): string | undefined {
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  url.username = "";
  url.password = "";
  url.hash = "";
  url.search = "";
  return url.href.endsWith("/") ? url.href : `${url.href}/`;
}
