// Lines of a record, each field looked at: a record is a file like any other, and anybody may have written in it.

import type {
  BuildEnd,
  RecordedEnd,
  RecordedEvent,
  RecordedPlan,
  RecordedStep,
  RecordHead,
} from "./record.ts";

type Fields = ReadonlyMap<string, unknown>;

/** @throws TypeError or SyntaxError for what is no line of a record */
export function parseLine(text: string): RecordedEvent | RecordedPlan | RecordHead {
  const fields = fieldsOf(JSON.parse(text));
  if (fields.has("unravelRecord")) return headOf(fields);
  return fields.has("plan") ? { plan: planOf(fieldsOf(fields.get("plan"))) } : eventOf(fields);
}

function headOf(fields: Fields): RecordHead {
  return {
    // Another version is told of by whoever reads on.
    unravelRecord: fields.get("unravelRecord") as 1,
    name: textOr(fields.get("name"), ""),
    at: Number.isNaN(Date.parse(textOr(fields.get("at"), ""))) ? "" : textOr(fields.get("at"), ""),
    jobs: Math.max(1, smallOr(fields.get("jobs"), 1)),
  };
}

function planOf(fields: Fields): RecordedPlan["plan"] {
  return {
    directory: text(fields.get("directory")),
    root: text(fields.get("root")),
    files: list(fields.get("files")).map(text),
    steps: list(fields.get("steps")).map((step) => stepOf(fieldsOf(step))),
    needed: list(fields.get("needed")).map(small),
    wanted: list(fields.get("wanted")).map(small),
  };
}

function stepOf(fields: Fields): RecordedStep {
  return {
    label: text(fields.get("label")),
    kind: text(fields.get("kind")),
    derivation: text(fields.get("derivation")),
    command: text(fields.get("command")),
    outputs: list(fields.get("outputs")).map(text),
    sources: list(fields.get("sources")).map(small),
    inputs: list(fields.get("inputs")).map(small),
  };
}

const ends: readonly RecordedEnd[] = ["built", "cut-off", "failed"];
const buildEnds: readonly BuildEnd[] = ["built", "failed", "interrupted"];

function eventOf(fields: Fields): RecordedEvent {
  if (fields.has("done")) return { t: small(fields.get("t")), done: oneOf(fields.get("done"), buildEnds) };
  if (fields.has("start")) {
    const lane = small(fields.get("lane"));
    if (lane > 10_000) throw new TypeError("so many lanes there are not");
    return { t: small(fields.get("t")), start: small(fields.get("start")), lane };
  }
  if (fields.has("end")) {
    const state = oneOf(fields.get("state"), ends);
    const message = fields.has("message") ? { message: text(fields.get("message")) } : {};
    return { t: small(fields.get("t")), end: small(fields.get("end")), state, ...message };
  }
  if (fields.has("read"))
    return { read: small(fields.get("read")), files: list(fields.get("files")).map(text) };
  return { log: small(fields.get("log")), line: text(fields.get("line")) };
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new TypeError("no object");
  return new Map(Object.entries(value));
}

function list(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new TypeError("no list");
  return value;
}

function text(value: unknown): string {
  if (typeof value !== "string") throw new TypeError("no text");
  return value;
}

/** A count, or milliseconds. */
function small(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw new TypeError("no number");
  return value;
}

function oneOf<Word extends string>(value: unknown, words: readonly Word[]): Word {
  const found = words.find((word) => word === value);
  if (found === undefined) throw new TypeError("no such word");
  return found;
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === "string" ? value : otherwise;
}

function smallOr(value: unknown, otherwise: number): number {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : otherwise;
}
