// JSON as Nix writes it: no spaces, keys sorted bytewise, characters above ASCII as they are. Used for the
// structured attributes of a derivation, where one byte of difference is another store path.
//
// Texts are `Bytes` that must be valid UTF-8: JSON has no other, and Nix refuses to print a derivation otherwise. A
// text that is not UTF-8 is reported (`store/not-utf8`) and never altered; who wants to carry one writes it as
// `base64Json` does and lets the builder decode it.

import { isUtf8 } from "node:buffer";
import { asBytes, type Bytes, compareBytes, toBuffer, toText } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";

/** A number that JSON writes with a fraction or exponent: 1.0 and 1 are different texts. */
export interface JsonFloat {
  readonly float: number;
}

/** Integers are `number` up to 2^53 and `bigint` beyond, as Nix keeps 64 bits. */
export type JsonValue = Bytes | JsonArray | JsonFloat | JsonObject | bigint | boolean | null | number;

export interface JsonArray extends ReadonlyArray<JsonValue> {}
export interface JsonObject extends ReadonlyMap<Bytes, JsonValue> {}

/** Prints one value. Every number that is not a `JsonFloat` must be an integer. */
export function printJson(value: JsonValue): Bytes {
  return asBytes(print(value, undefined));
}

/** For people: the same value over several lines, two blanks a level, with a newline at the end. */
export function printPrettyJson(value: JsonValue): Bytes {
  return asBytes(`${printPretty(value, "\n", undefined)}\n`);
}

/** Base64 of any bytes: the form for a text that may not be UTF-8 (`base64 -d` gives it back). */
export function base64Json(bytes: Bytes): Bytes {
  return asBytes(toBuffer(bytes).toString("base64"));
}

/** Whether a text can stand in JSON. */
export function isUtf8Bytes(bytes: Bytes): boolean {
  return !/[\x80-\xff]/.test(bytes) || isUtf8(toBuffer(bytes));
}

/** The way to the value that is being printed, innermost first; built on the way in, read only by an error. */
interface Place {
  readonly key: Bytes | number;
  readonly outer: Place | undefined;
}

function print(value: JsonValue, place: Place | undefined): string {
  if (typeof value === "string") return printText(value, place);
  if (value === null) return "null";
  if (typeof value === "number") return printInteger(value, place);
  if (typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (value instanceof Map) return printObject(value, place);
  if (isArray(value)) return printArray(value, place);
  return printFloat((value as JsonFloat).float);
}

/** `line` is a newline and the indentation of the line that the value begins on. */
function printPretty(value: JsonValue, line: string, place: Place | undefined): string {
  const inner = `${line}  `;
  if (value instanceof Map && value.size > 0) {
    const rows = [...value.keys()].sort(compareBytes).map((key: Bytes) => {
      const at = { key, outer: place };
      return `${inner}${printText(key, at)}: ${printPretty(value.get(key) ?? null, inner, at)}`;
    });
    return `{${rows.join(",")}${line}}`;
  }
  if (isArray(value) && value.length > 0) {
    const rows = value.map((item, key) => inner + printPretty(item, inner, { key, outer: place }));
    return `[${rows.join(",")}${line}]`;
  }
  return print(value, place);
}

function isArray(value: JsonValue): value is JsonArray {
  return Array.isArray(value);
}

function printArray(values: JsonArray, outer: Place | undefined): string {
  let text = "[";
  for (const [key, value] of values.entries()) {
    // Texts and nothing else is the common list; its place is only needed when one is wrong.
    text += key === 0 ? "" : ",";
    text += print(value, { key, outer });
  }
  return `${text}]`;
}

function printObject(object: JsonObject, outer: Place | undefined): string {
  let text = "{";
  for (const key of [...object.keys()].sort(compareBytes)) {
    const value = object.get(key);
    if (value === undefined) continue;
    const place = { key, outer };
    text += text.length === 1 ? "" : ",";
    text += `${printText(key, place)}:${print(value, place)}`;
  }
  return `${text}}`;
}

function printText(text: Bytes, place: Place | undefined): string {
  if (!isUtf8Bytes(text)) {
    fail({
      code: "store/not-utf8",
      message: `"${toText(text)}"${printPlace(place)} is not UTF-8, and JSON takes nothing else`,
      hint: "rename the file or variable that holds these bytes, or pass them as base64",
    });
  }
  // Below U+0100 JSON.stringify escapes exactly what Nix does: quote, backslash, and the bytes below 0x20.
  return JSON.stringify(text);
}

function printInteger(value: number, place: Place | undefined): string {
  if (!Number.isSafeInteger(value)) throw new TypeError(`${value}${printPlace(place)} is not an integer`);
  return Object.is(value, -0) ? "0" : String(value);
}

/** The shortest digits that read back, laid out as nlohmann::json does: plain from 1e-4 to below 1e15. */
function printFloat(value: number): string {
  if (!Number.isFinite(value)) return "null";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (value === 0) return `${sign}0.0`;
  const [mantissa = "", exponentText = "0"] = Math.abs(value).toExponential().split("e");
  const digits = mantissa.replace(".", "");
  const exponent = Number(exponentText);
  // How many digits stand before the point.
  const before = exponent + 1;
  if (digits.length <= before && before <= 15) return `${sign}${digits.padEnd(before, "0")}.0`;
  if (before > 0 && before <= 15) return `${sign}${digits.slice(0, before)}.${digits.slice(before)}`;
  if (before > -4 && before <= 0) return `${sign}0.${"0".repeat(-before)}${digits}`;
  const fraction = digits.length > 1 ? `.${digits.slice(1)}` : "";
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `${sign}${digits[0]}${fraction}e${exponent < 0 ? "-" : "+"}${power}`;
}

function printPlace(place: Place | undefined): string {
  const keys: string[] = [];
  for (let at = place; at !== undefined; at = at.outer) {
    keys.push(typeof at.key === "number" ? `[${at.key}]` : `.${toText(at.key)}`);
  }
  return keys.length === 0 ? "" : ` in ${keys.reverse().join("").replace(/^\./, "")}`;
}
