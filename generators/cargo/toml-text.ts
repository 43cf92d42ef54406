// Tables as TOML text: plain, every table inline below its first level.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type { TomlTable, TomlValue } from "./toml.ts";

export function printToml(table: TomlTable): Bytes {
  const lines: string[] = [];
  for (const [key, value] of table)
    if (!(value instanceof Map)) lines.push(`${quote(key)} = ${print(value)}`);
  for (const [key, value] of table) {
    if (!(value instanceof Map)) continue;
    lines.push("", `[${quote(key)}]`);
    for (const [name, member] of value as TomlTable) lines.push(`${quote(name)} = ${print(member)}`);
  }
  return asBytes(`${lines.join("\n")}\n`);
}

function print(value: TomlValue): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  if (value instanceof Map)
    return `{ ${[...(value as TomlTable)].map(([name, member]) => `${quote(name)} = ${print(member)}`).join(", ")} }`;
  return `[${(value as readonly TomlValue[]).map(print).join(", ")}]`;
}

function quote(text: string): string {
  return `"${text.replace(/[\x00-\x1f"\\\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}
