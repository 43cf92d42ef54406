// What of yarn 2's and later settings changes what is installed: two lines of .yarnrc.yml, and `dependenciesMeta` of
// the project's package.json. Tokens are never kept.

import { type Bytes, toText } from "../../graph/bytes.ts";
import { field, type JsonFile } from "./json-reader.ts";
import { registryOf } from "./npmrc.ts";

export interface YarnInstallSettings {
  readonly registry: string | undefined;
  /** Whether install scripts run where nothing else is said. */
  readonly isBuilt: boolean;
  /** By name, or `name@version`. */
  readonly built: ReadonlyMap<Bytes, boolean>;
}

const keptLine = /^(enableScripts|npmRegistryServer)\s*:\s*(["']?)([^\s"'#]*)\2\s*(?:#.*)?$/;

/** The lines that are looked at, without users and passwords: all that may get into the store. */
export function withoutYarnSecrets(yarnrc: string): string {
  return yarnrc
    .split(/\r?\n/)
    .filter((line) => keptLine.test(line))
    .map((line) => `${line.replace(/(\/\/)[^/@\s]*@/, "$1")}\n`)
    .join("");
}

export function yarnSettings(yarnrc: Bytes, manifest: JsonFile | undefined): YarnInstallSettings {
  const values = new Map<string, string>();
  for (const line of toText(yarnrc).split(/\r?\n/)) {
    const [, name, , value = ""] = keptLine.exec(line) ?? [];
    if (name !== undefined && !value.includes("${")) values.set(name, value);
  }
  const meta = manifest === undefined ? undefined : field(manifest.top, "dependenciesMeta");
  const built = (meta?.kind === "object" ? [...meta.members] : []).flatMap(
    ([name, { value }]): [Bytes, boolean][] => {
      const said = value.kind === "object" ? field(value, "built") : undefined;
      return said?.kind === "true" || said?.kind === "false" ? [[name, said.kind === "true"]] : [];
    },
  );
  return {
    registry: registryOf(values.get("npmRegistryServer") ?? ""),
    isBuilt: values.get("enableScripts") !== "false",
    built: new Map(built),
  };
}
