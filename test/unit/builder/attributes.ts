// Where the scripts of templates/builder are, and the file in which Nix hands them structured attributes.

import { resolve } from "node:path";

export const scripts: string = resolve(import.meta.dirname, "../../../templates/builder");
export const shell = "/bin/bash";

export interface Attributes {
  readonly [name: string]: string | readonly string[] | ReadonlyMap<string, string>;
}

/** One line per attribute, as in the file that `NIX_ATTRS_SH_FILE` names. */
export function attributesText(attributes: Attributes): string {
  return Object.entries(attributes)
    .map(([name, value]) => {
      if (typeof value === "string") return `declare ${name}=${quote(value)}`;
      if (value instanceof Map)
        return `declare -A ${name}=(${[...value].map(([key, text]) => `[${quote(key)}]=${quote(text)}`).join(" ")})`;
      return `declare -a ${name}=(${(value as readonly string[]).map(quote).join(" ")})`;
    })
    .join("\n");
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
