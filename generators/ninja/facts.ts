// What a manifest means, as JSON: the shape of the `facts` in ninja's conformance cases. Written piece by piece,
// since the whole of a large graph is gigabytes.

import { asBytes, type Bytes, toBuffer } from "../../graph/bytes.ts";
import type { FileId, FileIds, Step } from "../../graph/graph.ts";
import { expandBinding } from "./expand.ts";
import type { NinjaManifest } from "./manifest.ts";
import { NAME } from "./store.ts";

/** Text between two `yield`s, in characters. */
const CHUNK = 1 << 16;

/**
 * `{"vars": …, "rules": …, "pools": …, "defaults": …, "default_nodes": …, "edges": […]}`, an edge per line, UTF-8
 * in pieces that are each whole characters. Text that is not UTF-8 is `{"base64": …}`.
 */
export function* factsOf(manifest: NinjaManifest): Generator<string, void, void> {
  yield `{"vars":${jsonObject(manifest.variables, jsonText)},\n`;
  yield `"rules":${jsonObject(manifest.rules, (rule) => jsonObject(rule.bindings, jsonPieces))},\n`;
  const pools = [...manifest.pools].filter(([name]) => name !== "" && name !== "console");
  pools.sort(([a], [b]) => (a < b ? -1 : 1));
  yield `"pools":${jsonObject(new Map(pools), String)},\n`;
  yield* jsonFiles(manifest, "defaults", manifest.declaredDefaults);
  yield* jsonFiles(manifest, "default_nodes", manifest.defaults);
  if (!manifest.hasDefaults) yield '"default_nodes_error":"could not determine root nodes of build graph",\n';
  yield '"edges":[';
  let separator = "\n";
  for (const edge of edgeFactsOf(manifest)) {
    yield separator + edge;
    separator = ",\n";
  }
  yield "\n]";
  if (manifest.warnings.length > 0) {
    yield `,\n"warnings":[${manifest.warnings.map((warning) => jsonText(warning.ninja)).join()}]`;
  }
  yield "}\n";
}

/** Each step as one line of JSON without its newline, in declaration order. */
export function* edgeFactsOf(manifest: NinjaManifest): Generator<string, void, void> {
  const names = new FileNames(manifest.files);
  for (const step of manifest.steps) yield edgeFacts(manifest, names, step);
}

function edgeFacts(manifest: NinjaManifest, names: FileNames, step: Step): string {
  const { store } = manifest.layers;
  const text = (name: number, isQuoted = true) => expandBinding(store, step.id, name, isQuoted);
  const { outputs, inputs } = step;
  let json = `{"rule":${jsonText(step.rule)}`;
  const list = (name: string, ids: FileIds, start: number, end: number, isRequired = false) => {
    if (isRequired || end > start) json += `,"${name}":${names.list(ids, start, end)}`;
  };
  const binding = (name: string, value: Bytes) => {
    if (value !== "") json += `,"${name}":${jsonText(value)}`;
  };
  list("outs", outputs, 0, step.explicitOutputs, true);
  list("implicit_outs", outputs, step.explicitOutputs, outputs.length);
  list("ins", inputs, 0, step.explicitInputs, true);
  list("implicit_ins", inputs, step.explicitInputs, inputs.length);
  list("order_only", step.after, 0, step.after.length);
  list("validations", step.validations, 0, step.validations.length);
  if (step.isPhony) json += ',"phony":true';
  json += `,"command":${jsonText(text(NAME.command))}`;
  binding("description", text(NAME.description));
  binding("deps", text(NAME.deps));
  binding("msvc_deps_prefix", text(NAME.msvcDepsPrefix));
  binding("pool", text(NAME.pool));
  binding("rspfile_content", text(NAME.rspfileContent));
  binding("depfile", text(NAME.depfile, false));
  binding("dyndep", text(NAME.dyndep, false));
  binding("rspfile", text(NAME.rspfile, false));
  if (manifest.bindingOf(step, asBytes("restat")) !== "") json += ',"restat":true';
  if (text(NAME.generator) !== "") json += ',"generator":true';
  return `${json}}`;
}

/** Paths as JSON, each made once. */
class FileNames {
  private readonly files: readonly Bytes[];
  private readonly made: string[] = [];

  constructor(files: readonly Bytes[]) {
    this.files = files;
  }

  list(ids: FileIds, start: number, end: number): string {
    let json = "[";
    for (let i = start; i < end; i++) {
      if (i > start) json += ",";
      json += this.name(ids[i] as FileId);
    }
    return `${json}]`;
  }

  private name(file: FileId): string {
    this.made[file] ??= jsonText(this.files[file] ?? asBytes(""));
    return this.made[file] as string;
  }
}

function* jsonFiles(
  manifest: NinjaManifest,
  name: string,
  ids: readonly FileId[],
): Generator<string, void, void> {
  let piece = `"${name}":[`;
  let separator = "";
  for (const id of ids) {
    piece += separator + jsonText(manifest.files[id] ?? asBytes(""));
    separator = ",";
    if (piece.length > CHUNK) {
      yield piece;
      piece = "";
    }
  }
  yield `${piece}],\n`;
}

function jsonObject<V>(map: ReadonlyMap<Bytes, V>, print: (value: V) => string): string {
  const rows: string[] = [];
  for (const [key, value] of map) rows.push(`${jsonText(key)}:${print(value)}`);
  return `{${rows.join()}}`;
}

/** `[text][$variable]`, as ninja's `EvalString::Serialize` shows it. */
function jsonPieces(
  pieces: readonly { readonly kind: string; readonly text?: Bytes; readonly name?: Bytes }[],
): string {
  return jsonText(asBytes(pieces.map((p) => (p.kind === "text" ? `[${p.text}]` : `[$${p.name}]`)).join("")));
}

/** UTF-8 text as a JSON string, anything else as `{"base64": …}`. */
function jsonText(bytes: Bytes): string {
  for (let i = 0; i < bytes.length; i++) if (bytes.charCodeAt(i) > 0x7f) return jsonOfBytes(toBuffer(bytes));
  return JSON.stringify(bytes);
}

function jsonOfBytes(buffer: Buffer): string {
  try {
    return JSON.stringify(UTF8.decode(buffer));
  } catch {
    return JSON.stringify({ base64: buffer.toString("base64") });
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
