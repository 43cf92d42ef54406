// The start of a status line: `NINJA_STATUS` with its `%` letters, or `--status` with ninja's own variables.

import { Reader } from "../../generators/ninja/reader.ts";
import { asBytes, type Bytes, fromBuffer, fromText, toBuffer } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { fatal, wordsOf } from "./failure.ts";
import type { Counters, SlidingRate } from "./progress.ts";

export interface StatusSource {
  readonly counters: Counters;
  readonly rate: SlidingRate;
}

/** Of `--status`: text, and names of variables. */
export type StatusPieces = readonly ({ readonly text: Bytes } | { readonly name: Bytes })[];

/** Names of `--status`, by the letter of `NINJA_STATUS` that means the same. */
const names: ReadonlyMap<string, string> = new Map([
  ["started", "s"],
  ["total", "t"],
  ["running", "r"],
  ["remaining", "u"],
  ["finished", "f"],
  ["rate", "o"],
  ["current_rate", "c"],
  ["progress", "p"],
  ["predicted_progress", "P"],
  ["elapsed", "w"],
  ["elapsed_seconds", "e"],
  ["eta", "W"],
  ["eta_seconds", "E"],
]);

/** `%` is followed by one letter each. */
export function formatStatus(format: string, source: StatusSource): Bytes {
  let result = "";
  for (let i = 0; i < format.length; i++) {
    const char = format.charAt(i);
    if (char !== "%") {
      result += char;
      continue;
    }
    const letter = format.charAt(++i);
    const value = letter === "%" ? "%" : textFor(letter, source);
    if (value === undefined) fatal(`unknown placeholder '%${letter}' in $NINJA_STATUS`);
    result += value;
  }
  return fromText(result);
}

export function expandStatus(pieces: StatusPieces, description: Bytes, source: StatusSource): Bytes {
  const value = (name: Bytes): Bytes => {
    if (name === "description") return description;
    const found = textFor(names.get(name) ?? "", source);
    return found === undefined ? fatal(`unknown variable '${name}' in --status format`) : asBytes(found);
  };
  return asBytes(pieces.map((piece) => ("text" in piece ? piece.text : value(piece.name))).join(""));
}

/** Reads `--status` as the value of a variable is read. */
export function parseStatus(format: string): StatusPieces {
  const input = toBuffer(asBytes(`${fromText(format)}\n`));
  const pieces: ({ text: Bytes } | { name: Bytes })[] = [];
  const slice = (bytes: Uint8Array, start: number, end: number): Bytes =>
    fromBuffer(bytes.subarray(start, end));
  const version = { major: 0, minor: 0, allowsNewlineEscape: false };
  try {
    new Reader(asBytes("--status"), input, version).expectPieces(false, {
      text: (bytes, start, end) => void pieces.push({ text: slice(bytes, start, end) }),
      byte: (value) => void pieces.push({ text: asBytes(String.fromCharCode(value)) }),
      variable: (bytes, start, end) => void pieces.push({ name: slice(bytes, start, end) }),
    });
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    fatal(`invalid --status: ${wordsOf(error) ?? error.message}`);
  }
  return pieces;
}

function textFor(letter: string, { counters, rate }: StatusSource): string | undefined {
  switch (letter) {
    case "s":
      return String(counters.started);
    case "t":
      return String(counters.total);
    case "r":
      return String(counters.running);
    case "u":
      return String(counters.total - counters.started);
    case "f":
      return String(counters.finished);
    case "o":
      return rateText(counters.finished / (counters.time / 1000));
    case "c":
      return rateText(rate.update(counters.finished, counters.time));
    case "p":
      return `${String(counters.percent).padStart(3)}%`;
    case "P":
      return `${String(Math.trunc(100 * counters.predicted())).padStart(3)}%`;
    case "e":
    case "E":
    case "w":
    case "W":
      return timeText(letter, counters);
    default:
      return undefined;
  }
}

/** As printf("%.1f") prints a rate, the ones of no time among them. */
function rateText(rate: number): string {
  if (rate === -1) return "?";
  if (Number.isNaN(rate)) return "-nan";
  return Number.isFinite(rate) ? rate.toFixed(1) : "inf";
}

function timeText(letter: string, counters: Counters): string {
  const elapsed = counters.time / 1000;
  const part = counters.predicted();
  const left = part === 0 ? -1 : (counters.time / part - counters.time) / 1000;
  const seconds = letter === "e" || letter === "w" ? elapsed : left;
  if (seconds < 0) return "?";
  if (letter === "e" || letter === "E") return seconds.toFixed(3);
  const two = (value: number): string => String(value).padStart(2, "0");
  const whole = Math.trunc(seconds);
  // Hours as soon as one of both times has some, so that they line up.
  if (elapsed < 3600 && left < 3600) return `${two(Math.trunc(whole / 60))}:${two(whole % 60)}`;
  return `${Math.trunc(whole / 3600)}:${two(Math.trunc((whole % 3600) / 60))}:${two(whole % 60)}`;
}
