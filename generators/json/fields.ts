// Looks at the fields of a JSON value one by one: a wrong type, a missing field and an unknown one are each told with
// their place.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { fail, type Span } from "../../graph/diagnostic.ts";
import type { JsonNode, JsonObject, JsonText } from "../../graph/json.ts";

export interface Fields {
  /** "steps[3]", for messages. */
  readonly path: string;
  readonly node: JsonObject;
  readonly file: Bytes;
}

/** An object that has no fields but `known`. */
export function fieldsOf(node: JsonNode, path: string, known: readonly string[], file: Bytes): Fields {
  if (node.kind !== "object") return failType(node, path, "an object", file);
  for (const [name, member] of node.members) {
    if (known.includes(name)) continue;
    fail({
      code: "json/field",
      message: `${path} has no field ${quoted(name)}`,
      at: { file, start: member.name.start, end: member.name.end },
      hint: `fields: ${known.join(", ")}`,
    });
  }
  return { path, node, file };
}

export function optional(fields: Fields, name: string): JsonNode | undefined {
  return fields.node.members.get(asBytes(name))?.value;
}

export function required(fields: Fields, name: string): JsonNode {
  const value = optional(fields, name);
  if (value !== undefined) return value;
  const { start } = fields.node;
  return fail({
    code: "json/field",
    message: `${fields.path} needs a field "${name}"`,
    at: { file: fields.file, start, end: start + 1 },
    hint: "docs/graph-format.md has all fields",
  });
}

export function optionalText(fields: Fields, name: string): JsonText | undefined {
  const value = optional(fields, name);
  return value === undefined ? undefined : textOf(value, `${fields.path}.${name}`, fields.file);
}

/** A text without NUL, which no path, command or argument can hold. */
export function textOf(node: JsonNode, path: string, file: Bytes): JsonText {
  if (node.kind !== "string") return failType(node, path, "a string", file);
  if (node.text.includes("\0")) failType(node, path, "a string without NUL", file);
  return node;
}

/** The items of a list; none when the field is missing. */
export function textsOf(fields: Fields, name: string): readonly JsonText[] {
  const value = optional(fields, name);
  if (value === undefined) return [];
  if (value.kind !== "array") return failType(value, `${fields.path}.${name}`, "a list", fields.file);
  return value.items.map((item, index) => textOf(item, `${fields.path}.${name}[${index}]`, fields.file));
}

export function spanOf(node: JsonNode, file: Bytes): Span {
  return { file, start: node.start, end: node.end };
}

export function failType(node: JsonNode, path: string, wanted: string, file: Bytes): never {
  return fail({
    code: "json/field",
    message: `${path} must be ${wanted}`,
    // Of a long value its beginning tells enough.
    at: { file, start: node.start, end: Math.min(node.end, node.start + 60) },
    hint: "docs/graph-format.md has all fields",
  });
}
