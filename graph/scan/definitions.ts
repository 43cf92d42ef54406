// `#define` lines that can take part in `#include MACRO`. Read only for units that have such an include: the
// definitions of a large tree are many megabytes.

import { asBytes, type Bytes } from "../bytes.ts";
import { detach } from "./detach.ts";
import { findIntroducers, introducerLength, readLogicalLine } from "./logical-line.ts";

export interface Definition {
  /** `undefined` for an object-like macro; the last may be `...`. */
  readonly parameters?: readonly Bytes[];
  /** Trimmed, comments and continuations removed. */
  readonly body: Bytes;
}

export type Definitions = ReadonlyMap<Bytes, readonly Definition[]>;

/** Longer bodies are code, not file names. */
const LONGEST_BODY = 512;

/** Every definition in a file that can expand to an include operand or a part of one. */
export function parseDefinitions(contents: Bytes): Definitions {
  const found = new Map<Bytes, Definition[]>();
  for (const at of findIntroducers(contents)) {
    let i = at + introducerLength(contents, at);
    while (contents.charCodeAt(i) === 32 || contents.charCodeAt(i) === 9) i++;
    const c = contents.charCodeAt(i);
    // "define", or a keyword that is split by a continuation or a comment.
    if (c !== 100 && c !== 92 && c !== 47) continue;
    const line = readLogicalLine(contents, at).text;
    const match = /^(?:#|%:|\?\?=)\s*define\s+(.*)$/.exec(line);
    const definition = match?.[1] === undefined ? undefined : parseDefinition(match[1]);
    if (definition === undefined) continue;
    const list = found.get(definition.name);
    if (list === undefined) found.set(definition.name, [definition.definition]);
    else if (!list.some((other) => isSame(other, definition.definition))) list.push(definition.definition);
  }
  return found;
}

/** Reads `NAME value` or `NAME(a,b) value`; `undefined` for what cannot be part of an operand. */
export function parseDefinition(
  text: string,
): { readonly name: Bytes; readonly definition: Definition } | undefined {
  const match = /^([A-Za-z_$\x80-\xff][\w$\x80-\xff]*)(\(([^()]*)\))?\s*(.*)$/.exec(text);
  if (match === null) return undefined;
  const name = match[1] ?? "";
  const body = (match[4] ?? "").trim();
  if (body.length > LONGEST_BODY || !/^["<\w$#.\x80-\xff]/.test(body) || body === name) return undefined;
  const definition: Definition =
    match[2] === undefined
      ? { body: detach(body) }
      : {
          parameters: (match[3] ?? "")
            .split(",")
            .map((parameter) => detach(parameter.trim()))
            .filter((parameter) => parameter !== ""),
          body: detach(body),
        };
  return { name: detach(name), definition };
}

/** A `-D` argument: `NAME`, `NAME=value`, `NAME(x)=value`. */
function parseCommandDefinition(
  argument: Bytes,
): { readonly name: Bytes; readonly definition: Definition } | undefined {
  const equals = argument.indexOf("=");
  return parseDefinition(
    equals < 0 ? `${argument} 1` : `${argument.slice(0, equals)} ${asBytes(argument.slice(equals + 1))}`,
  );
}

/** All of a command; the last of a name counts. */
export function parseCommandDefinitions(words: readonly Bytes[]): Definitions {
  const found = new Map<Bytes, readonly Definition[]>();
  for (const argument of words) {
    const parsed = parseCommandDefinition(argument);
    if (parsed !== undefined) found.set(parsed.name, [parsed.definition]);
  }
  return found;
}

function isSame(a: Definition, b: Definition): boolean {
  return a.body === b.body && a.parameters?.join() === b.parameters?.join();
}
