// The project's own package.json files, looked at before arborist reads them: names, and workspace patterns, which are
// looked for on disk.

import { type Bytes, quoted, toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { JsonNode, JsonText } from "../../graph/json.ts";
import {
  field,
  type JsonFile,
  objectField,
  readJsonFile,
  spanOf,
  textField,
  wrongType,
} from "./json-reader.ts";
import { isPackageName } from "./name.ts";

export interface ProjectManifest {
  readonly name: Bytes | undefined;
  readonly version: Bytes | undefined;
  /** npm's `allowScripts`: package specs, and whether their scripts may run; `undefined` when there are none. */
  readonly allowScripts: ReadonlyMap<string, boolean> | undefined;
  /** As written. */
  readonly bin: unknown;
  /** Everything else. */
  readonly file: JsonFile;
}

const dependencyFields = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

export function readManifest(contents: Bytes, file: Bytes): ProjectManifest {
  const json = readJsonFile(contents, file, "npm/manifest");
  const name = textField(json.top, "name", json);
  if (name !== undefined && name.text !== "" && !isPackageName(toText(name.text)))
    refuseName(name.text, name, json);
  for (const one of dependencyFields) {
    const found = field(json.top, one);
    if (found?.kind !== "object") {
      // npm takes a list for nothing.
      if (found !== undefined && found.kind !== "array") wrongType(found, `"${one}"`, "an object", json);
      continue;
    }
    for (const [dependency, { name: key, value }] of found.members) {
      if (!isPackageName(toText(dependency))) refuseName(dependency, key, json);
      if (value.kind !== "string") wrongType(value, quoted(dependency), "a string", json);
    }
  }
  const workspaces = field(json.top, "workspaces");
  const patterns =
    workspaces?.kind === "object" ? workspaces.members.get("packages" as Bytes)?.value : workspaces;
  if (patterns !== undefined) checkPatterns(patterns, json);
  return {
    name: name === undefined || name.text === "" ? undefined : name.text,
    version: textField(json.top, "version", json)?.text,
    bin: binOf(json),
    allowScripts: allowScriptsOf(json),
    file: json,
  };
}

function refuseName(name: Bytes, node: Pick<JsonNode, "end" | "start">, { file }: JsonFile): never {
  return fail({
    code: "npm/name",
    message: `${quoted(name)} is not a name of a package`,
    at: spanOf(node, file),
    hint: "a package's name is at most 214 of A-Z a-z 0-9 - _ . ~, and may have a @scope/ before it",
  });
}

function checkPatterns(patterns: JsonNode, json: JsonFile): void {
  if (patterns.kind !== "array") wrongType(patterns, '"workspaces"', "a list of patterns", json);
  for (const node of patterns.items) {
    if (node.kind !== "string") wrongType(node, "a pattern of workspaces", "a string", json);
    const problem = patternProblem(node);
    if (problem === undefined) continue;
    fail({
      code: "npm/outside-project",
      message: `the pattern ${quoted(node.text)} of workspaces ${problem}`,
      at: spanOf(node, json.file),
      hint: "workspaces are directories below the project",
    });
  }
}

/** Braces could hide dots, so two dots anywhere are too many. */
function patternProblem({ text }: JsonText): string | undefined {
  if (text.includes("..")) return "leaves the project";
  if (text.includes("\0") || text.length > 1000) return "is not one that is read";
  return (text.match(/\{/g)?.length ?? 0) > 8 ? "has more than 8 braces" : undefined;
}

/** A path, or names and paths; whatever else stands there is no program. */
function binOf(json: JsonFile): unknown {
  const node = field(json.top, "bin");
  if (node?.kind === "string") return toText(node.text);
  if (node?.kind !== "object") return undefined;
  return Object.fromEntries(
    [...node.members].flatMap(([name, { value }]) =>
      value.kind === "string" ? [[toText(name), toText(value.text)]] : [],
    ),
  );
}

function allowScriptsOf(json: JsonFile): ReadonlyMap<string, boolean> | undefined {
  const node = field(json.top, "allowScripts");
  if (node?.kind !== "object") return undefined;
  const policy = new Map<string, boolean>();
  for (const [spec, { value }] of objectField(json.top, "allowScripts", json)?.members ?? []) {
    if (value.kind === "true" || value.kind === "false") policy.set(toText(spec), value.kind === "true");
  }
  return policy.size === 0 ? undefined : policy;
}
