// What cargo prints as JSON, looked at field by field: names are foreign, and so are types.

import { asBytes, type Bytes, fromText, quoted, toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";

export type Fields = ReadonlyMap<Bytes, unknown>;

/** The object that a text is; messages call it by `label`. */
export function parseFields(json: Bytes, label: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(toText(json));
  } catch {
    return failShape(label, "JSON");
  }
  return typeof value === "object" && value !== null ? fieldsOf(value) : failShape(label, "an object");
}

export function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return new Map();
  return new Map(Object.entries(value).map(([name, member]) => [fromText(name), member]));
}

export function fieldAt(fields: Fields, name: string): unknown {
  return fields.get(asBytes(name));
}

export function textOf(value: unknown): Bytes | undefined {
  return typeof value === "string" ? fromText(value) : undefined;
}

export function textAt(fields: Fields, name: string): Bytes {
  return textOf(fieldAt(fields, name)) ?? failShape(name, "a text");
}

export function optionalTextAt(fields: Fields, name: string): Bytes | undefined {
  return textOf(fieldAt(fields, name));
}

export function textsAt(fields: Fields, name: string): readonly Bytes[] {
  return listAt(fields, name).map((item) => textOf(item) ?? failShape(name, "a list of texts"));
}

export function listAt(fields: Fields, name: string): readonly unknown[] {
  const value = fieldAt(fields, name);
  return Array.isArray(value) ? value : failShape(name, "a list");
}

export function failShape(name: string, wanted: string): never {
  return fail({
    code: "cargo/output",
    message: `what cargo printed has no ${quoted(fromText(name))} that is ${wanted}`,
    hint: "use a cargo between 1.77 and the newest that docs/cargo.md names",
  });
}
