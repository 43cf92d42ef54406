// TOML as tables that keep foreign names apart from JavaScript's own, with the place of what is wrong.

import { parse } from "toml";
import { asBytes, type Bytes, fromText, toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";

export type TomlValue = Bytes | boolean | number | readonly TomlValue[] | TomlTable;

export type TomlTable = ReadonlyMap<Bytes, TomlValue>;

/** Cargo's files are a few levels deep. */
const maxDepth = 64;

/** Throws an InputError that shows where the text stops being TOML. */
export function parseToml(text: Bytes, file: Bytes): TomlTable {
  const decoded = toText(text);
  try {
    const value = convert(parse(decoded, { maxDepth, bigint: true }));
    return value instanceof Map ? value : new Map();
  } catch (error) {
    return fail({
      code: "cargo/toml",
      message: firstLine(error instanceof Error ? error.message : String(error)),
      at: spanOf(error, decoded, file),
      hint: "correct the file; cargo refuses it, too",
    });
  }
}

function convert(value: unknown): TomlValue {
  if (typeof value === "string") return fromText(value);
  if (typeof value === "boolean" || typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map(convert);
  if (value instanceof Date) return asBytes(value.toISOString());
  return new Map(Object.entries(value as object).map(([name, member]) => [fromText(name), convert(member)]));
}

function firstLine(message: string): string {
  const line = message.split("\n")[0] ?? "";
  return line.length <= 200 ? lowerFirst(line).replace(/\.$/, "") : `${lowerFirst(line).slice(0, 200)}…`;
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

/** The parser counts UTF-16 units; a span counts bytes. */
function spanOf(error: unknown, text: string, file: Bytes): { file: Bytes; start: number; end: number } {
  const place = error as {
    location?: { start?: { offset?: number } };
    line?: number;
    column?: number;
  };
  let units = place.location?.start?.offset;
  if (units === undefined && place.line !== undefined) {
    const before = text.split("\n").slice(0, place.line - 1);
    units = before.reduce((sum, line) => sum + line.length + 1, 0) + (place.column ?? 1) - 1;
  }
  const start = Buffer.byteLength(text.slice(0, units ?? 0));
  return { file, start, end: start + 1 };
}

export function tableAt(table: TomlTable | undefined, name: string): TomlTable | undefined {
  const value = table?.get(asBytes(name));
  return value instanceof Map ? value : undefined;
}

export function textAt(table: TomlTable | undefined, name: string): Bytes | undefined {
  const value = table?.get(asBytes(name));
  return typeof value === "string" ? value : undefined;
}

export function listAt(table: TomlTable | undefined, name: string): readonly TomlValue[] {
  const value = table?.get(asBytes(name));
  return Array.isArray(value) ? value : [];
}
