// YAML of lockfiles as the same tree that JSON gives: every value with its place, every scalar a string. Lockfiles are
// plain: what only people write (aliases, tags, several documents) is refused, and with it every bomb.

import { isAlias, isMap, isPair, isScalar, isSeq, parseDocument, type Range } from "yaml";
import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { type Diagnostic, fail, InputError, type Span } from "../../graph/diagnostic.ts";
import type { JsonMember, JsonNode, JsonObject } from "../../graph/json.ts";

/** More than any lockfile has; the parser below calls itself for each level. */
const maxDepth = 32;

/** @throws InputError with the first thing that is wrong */
export function readYaml(contents: Bytes, file: Bytes): JsonObject {
  refuseDepth(contents, file);
  const document = parse(contents, file);
  const [error] = document.errors;
  if (error !== undefined) {
    const [start, end] = error.pos;
    refuse(firstLine(error.message), { file, start, end: Math.min(end, start + 60) });
  }
  const top = document.contents;
  if (!isMap(top)) return refuse("the file holds no names and values", { file, start: 0, end: 1 });
  const node = convert(top, file, 0);
  return node.kind === "object" ? node : refuse("the file holds no names and values", spanOf(node, file));
}

function parse(contents: Bytes, file: Bytes): ReturnType<typeof parseDocument> {
  try {
    // One char per byte goes in, and comes out: places are byte offsets, and texts stay bytes.
    return parseDocument(contents, {
      schema: "failsafe",
      prettyErrors: false,
      uniqueKeys: true,
      stringKeys: true,
      logLevel: "error",
    });
  } catch (error) {
    if (error instanceof InputError) throw error;
    return refuse("the file is nested too deep to be read", { file, start: 0, end: 1 });
  }
}

/** Brackets in a row, or indentation, deeper than lockfiles are. */
function refuseDepth(contents: Bytes, file: Bytes): void {
  const nested = /(?:[[{]\s*){33}|(?:- *){33}|(?:\? *){33}|^[ \t]{200}/m.exec(contents);
  if (nested === null) return;
  refuse("the file is nested too deep to be read", { file, start: nested.index, end: nested.index + 1 });
}

function firstLine(message: string): string {
  const line = message.split("\n")[0] ?? message;
  return `${line.slice(0, 1).toLowerCase()}${line.slice(1).replace(/[.:]$/, "")}`;
}

function convert(value: unknown, file: Bytes, depth: number): JsonNode {
  const [start = 0, end = 0] = rangeOf(value) ?? [];
  if (depth > maxDepth) refuse("the file is nested too deep to be read", { file, start, end: start + 1 });
  if (isAlias(value)) refuse("an alias stands here, which no lockfile has", { file, start, end });
  if (value === null || value === undefined) return { kind: "null", start, end };
  if (isScalar(value)) {
    if (value.value === null || value.value === "") {
      return value.type === "PLAIN" || value.type === undefined
        ? { kind: "null", start, end }
        : { kind: "string", text: asBytes(""), start, end };
    }
    return { kind: "string", text: textOf(value.value, { file, start, end }), start, end };
  }
  if (isSeq(value)) {
    return { kind: "array", items: value.items.map((item) => convert(item, file, depth + 1)), start, end };
  }
  if (!isMap(value)) return refuse("this value is not one that lockfiles have", { file, start, end });
  const members = new Map<Bytes, JsonMember>();
  for (const pair of value.items) {
    if (!isPair(pair) || !isScalar(pair.key))
      refuse("a name is expected here", { file, start, end: start + 1 });
    const [keyStart = start, keyEnd = start + 1] = rangeOf(pair.key) ?? [];
    const at = { file, start: keyStart, end: keyEnd };
    const name = textOf(pair.key.value, at);
    if (members.has(name)) refuse(`${quoted(name)} stands in this object twice`, at);
    members.set(name, {
      name: { start: keyStart, end: keyEnd },
      value: convert(pair.value, file, depth + 1),
    });
  }
  return { kind: "object", members, start, end };
}

function rangeOf(value: unknown): Range | undefined {
  if (typeof value !== "object" || value === null || !("range" in value)) return undefined;
  return Array.isArray(value.range) ? (value.range as Range) : undefined;
}

/** An escape such as `\u0142` is no byte. */
function textOf(value: unknown, at: Span): Bytes {
  const text = String(value);
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0xff || text.charCodeAt(i) === 0)
      refuse("this text has an escape that is not read", at);
  }
  return asBytes(text);
}

function spanOf({ start, end }: JsonNode, file: Bytes): Span {
  return { file, start, end };
}

function refuse(message: string, at: Span): never {
  const diagnostic: Diagnostic = {
    code: "npm/yaml",
    message,
    at,
    hint: "the package manager writes this file: restore it from version control, or write it anew",
  };
  return fail(diagnostic);
}
