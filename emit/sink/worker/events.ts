// What a daemon tells while it works, as plain data. Texts may hold terminal colours; `plainText` takes them out.

import { asBytes, type Bytes } from "../../../graph/bytes.ts";
import type { ByteSource } from "./byte-source.ts";

/** 0 error, 1 warning, 2 notice, 3 info, 4 talkative, 5 chatty, 6 debug, 7 vomit. */
export type Level = number;

/** A thing that has a beginning and an end; the number of an unknown one is kept. */
export type Activity =
  | "build"
  | "builds"
  | "build-waiting"
  | "copy-path"
  | "copy-paths"
  | "fetch-tree"
  | "file-transfer"
  | "optimise-store"
  | "post-build-hook"
  | "query-path-info"
  | "realise"
  | "substitute"
  | "unknown"
  | "verify-paths"
  | number;

export type Field = Bytes | number;

export type WorkerEvent =
  /** A line that belongs to nothing else. */
  | { readonly kind: "message"; readonly text: Bytes }
  /** For a "build": fields are the derivation's path, the machine, the round and how many rounds. */
  | {
      readonly kind: "start";
      readonly id: bigint;
      readonly level: Level;
      readonly activity: Activity;
      readonly text: Bytes;
      readonly fields: readonly Field[];
      /** 0 for none. */
      readonly parent: bigint;
    }
  | { readonly kind: "stop"; readonly id: bigint }
  /** A line that a build printed. */
  | { readonly kind: "log-line"; readonly id: bigint; readonly line: Bytes }
  | { readonly kind: "phase"; readonly id: bigint; readonly phase: Bytes }
  | {
      readonly kind: "progress";
      readonly id: bigint;
      readonly done: number;
      readonly expected: number;
      readonly running: number;
      readonly failed: number;
    }
  | {
      readonly kind: "result";
      readonly id: bigint;
      readonly type: number;
      readonly fields: readonly Field[];
    };

export type OnEvent = (event: WorkerEvent) => void;

const activities: ReadonlyMap<number, Activity> = new Map<number, Activity>([
  [0, "unknown"],
  [100, "copy-path"],
  [101, "file-transfer"],
  [102, "realise"],
  [103, "copy-paths"],
  [104, "builds"],
  [105, "build"],
  [106, "optimise-store"],
  [107, "verify-paths"],
  [108, "substitute"],
  [109, "query-path-info"],
  [110, "post-build-hook"],
  [111, "build-waiting"],
  [112, "fetch-tree"],
]);

const buildLogLine = 101;
const setPhase = 104;
const progress = 105;
const postBuildLogLine = 107;

export async function readStart(source: ByteSource): Promise<WorkerEvent> {
  const id = await source.id();
  const level = await source.number();
  const type = await source.number();
  const text = await source.string();
  const fields = await readFields(source);
  const parent = await source.id();
  return { kind: "start", id, level, activity: activities.get(type) ?? type, text, fields, parent };
}

export async function readStop(source: ByteSource): Promise<WorkerEvent> {
  return { kind: "stop", id: await source.id() };
}

export async function readResult(source: ByteSource): Promise<WorkerEvent> {
  const id = await source.id();
  const type = await source.number();
  const fields = await readFields(source);
  const [first, second, third, fourth] = fields;
  if (type === buildLogLine || type === postBuildLogLine)
    return { kind: "log-line", id, line: textOf(first) };
  if (type === setPhase) return { kind: "phase", id, phase: textOf(first) };
  if (type === progress) {
    const numbers = { done: countOf(first), expected: countOf(second), running: countOf(third) };
    return { kind: "progress", id, ...numbers, failed: countOf(fourth) };
  }
  return { kind: "result", id, type, fields };
}

/** Without the escape sequences that Nix colours messages with. */
export function plainText(text: Bytes): Bytes {
  return asBytes(text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, ""));
}

async function readFields(source: ByteSource): Promise<readonly Field[]> {
  const fields: Field[] = [];
  for (let left = await source.count(); left > 0; left--) {
    const type = await source.number();
    if (type > 1) throw source.unexpected(`a field of type ${type}`);
    fields.push(type === 0 ? await source.number() : await source.string());
  }
  return fields;
}

function textOf(field: Field | undefined): Bytes {
  return typeof field === "string" ? field : asBytes(field === undefined ? "" : String(field));
}

function countOf(field: Field | undefined): number {
  return typeof field === "number" ? field : 0;
}
