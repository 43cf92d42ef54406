// Fields of the JSON files of npm, looked at one by one: what is missing is `undefined`, what has a wrong type is told
// with its place.

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import type { Code } from "../../graph/codes.ts";
import { fail, type Span } from "../../graph/diagnostic.ts";
import { type JsonNode, type JsonObject, type JsonText, parseJson } from "../../graph/json.ts";

export interface JsonFile {
  readonly file: Bytes;
  readonly code: Code;
  readonly top: JsonObject;
}

const mark = "\xef\xbb\xbf";

/** A file that holds an object; npm drops a byte order mark, too. */
export function readJsonFile(contents: Bytes, file: Bytes, code: Code): JsonFile {
  const text = contents.startsWith(mark) ? asBytes(`   ${contents.slice(mark.length)}`) : contents;
  const top = parseJson(text, file);
  if (top.kind === "object") return { file, code, top };
  return wrongType(top, "the file", "an object", { file, code });
}

type Place = Pick<JsonFile, "code" | "file">;

export function objectField(holder: JsonObject, name: string, place: Place): JsonObject | undefined {
  const node = field(holder, name);
  if (node === undefined || node.kind === "object") return node;
  return wrongType(node, quoted(asBytes(name)), "an object", place);
}

export function textField(holder: JsonObject, name: string, place: Place): JsonText | undefined {
  const node = field(holder, name);
  if (node === undefined || node.kind === "string") return node;
  return wrongType(node, quoted(asBytes(name)), "a string", place);
}

/** `undefined` when it is not there, or null. */
export function field(holder: JsonObject, name: string): JsonNode | undefined {
  const node = holder.members.get(asBytes(name))?.value;
  return node?.kind === "null" ? undefined : node;
}

export function wrongType(node: JsonNode, what: string, wanted: string, { file, code }: Place): never {
  return fail({
    code,
    message: `${what} must be ${wanted}`,
    at: { file, start: node.start, end: Math.min(node.end, node.start + 60) },
    hint: "npm writes it so; restore the file from version control",
  });
}

export function spanOf(node: { readonly start: number; readonly end: number }, file: Bytes): Span {
  return { file, start: node.start, end: node.end };
}

/** npm's own tree takes time that grows with the square: at this number a minute and a half. */
const maxPackages = 20_000;

export function refuseMany(number: number, file: Bytes): void {
  if (number <= maxPackages) return;
  fail({
    code: "npm/lockfile",
    message: `${quoted(file)} has ${number} packages, and no more than ${maxPackages} are read`,
    hint: "divide the project: each part with a lockfile of its own",
  });
}
