// npm's own lockfiles, looked at before anything else reads them: package-lock.json and npm-shrinkwrap.json of the
// versions 1 to 3, and the hidden lockfile of `node_modules`. Whatever could name a place outside the project, or is
// no name at all, is refused here.

import { asBytes, type Bytes, quoted, toText } from "../../graph/bytes.ts";
import { type Diagnostic, fail, InputError } from "../../graph/diagnostic.ts";
import type { JsonNode, JsonObject } from "../../graph/json.ts";
import {
  field,
  type JsonFile,
  objectField,
  readJsonFile,
  refuseMany,
  spanOf,
  textField,
  wrongType,
} from "./json-reader.ts";
import { isPackageName, isVersion, locationProblem, pathProblem } from "./name.ts";

export interface NpmLock {
  readonly version: 1 | 2 | 3;
  /** Without an entry of the project itself: npm's `node_modules/.package-lock.json`. */
  readonly isHidden: boolean;
  /** Directories of the project that have an entry: its members. */
  readonly directories: ReadonlySet<Bytes>;
  /** What arborist is given in its place. */
  readonly contents: Bytes;
}

/** Enough to see what is wrong; a lockfile of another program would have thousands. */
const maxTold = 20;

export function readNpmLock(contents: Bytes, file: Bytes): NpmLock {
  const lock = readJsonFile(contents, file, "npm/lockfile");
  const version = versionOf(lock);
  const found = new Faults(file);
  const packages = objectField(lock.top, "packages", lock);
  if (version > 1 && packages === undefined) {
    wrongType(lock.top, quoted(asBytes("packages")), "an object, which this version of lockfile has", lock);
  }
  if (packages !== undefined) {
    refuseMany(packages.members.size, file);
    checkPackages(packages, lock, found);
  }
  const dependencies = objectField(lock.top, "dependencies", lock);
  // Beside `packages` it is for npm 6 alone: nobody else reads it.
  if (packages === undefined && dependencies !== undefined) {
    refuseMany(checkDependencies(dependencies, lock, found), file);
  }
  found.throwAny();
  const places = [...(packages?.members.keys() ?? [])];
  return {
    version,
    isHidden: version > 1 && packages?.members.has(asBytes("")) !== true,
    directories: new Set(places.filter((place) => !/(?:^|\/)node_modules(?:\/|$)/.test(place))),
    contents,
  };
}

function versionOf({ top, file }: JsonFile): 1 | 2 | 3 {
  const node = field(top, "lockfileVersion");
  const version = node?.kind === "number" ? node.value : undefined;
  if (version === 1 || version === 2 || version === 3) return version;
  return fail({
    code: "npm/lockfile-version",
    message:
      version === undefined ? "the file has no lockfileVersion" : `there is no lockfileVersion ${version}`,
    at: node === undefined ? { file, start: top.start, end: top.start + 1 } : spanOf(node, file),
    hint: "versions 1, 2 and 3 are read; npm install --lockfile-version 3 writes the last",
  });
}

class Faults {
  readonly #file: Bytes;
  readonly #found: Diagnostic[] = [];
  #more = 0;

  constructor(file: Bytes) {
    this.#file = file;
  }

  add(diagnostic: Omit<Diagnostic, "at">, node: { readonly start: number; readonly end: number }): void {
    if (this.#found.length < maxTold) this.#found.push({ ...diagnostic, at: spanOf(node, this.#file) });
    else this.#more++;
  }

  throwAny(): void {
    const last = this.#found.at(-1);
    if (last === undefined) return;
    const rows = [...this.#found];
    if (this.#more > 0) {
      rows[rows.length - 1] = { ...last, message: `${last.message} (and ${this.#more} more places)` };
    }
    throw new InputError(rows);
  }
}

const nameHint = "a package's name is at most 214 of A-Z a-z 0-9 - _ . ~, and may have a @scope/ before it";

function checkPackages(packages: JsonObject, lock: JsonFile, found: Faults): void {
  for (const [location, { name: key, value }] of packages.members) {
    const problem = locationProblem(toText(location));
    if (problem !== undefined) refusePath(`the location ${quoted(location)}`, problem, key, found);
    if (value.kind !== "object") wrongType(value, quoted(location), "an object", lock);
    const link = field(value, "link")?.kind === "true";
    checkEntry(value, location !== "" && !link, lock, found);
    const resolved = field(value, "resolved");
    if (!link) continue;
    if (resolved?.kind !== "string") wrongType(value, quoted(location), "a link with a `resolved`", lock);
    const wrong = pathProblem(toText(resolved.text));
    if (wrong !== undefined) refusePath(`the directory ${quoted(resolved.text)}`, wrong, resolved, found);
  }
}

function refusePath(what: string, problem: string, node: JsonNode | JsonPlace, found: Faults): void {
  const isOutside = problem === "leaves the project" || problem === "is absolute";
  const hint = isOutside
    ? "only what is below the project can be built; make it a workspace, or take the common directory as the project"
    : problem.startsWith("has a name")
      ? nameHint
      : "npm writes paths with / and without . or ..; restore the file from version control";
  found.add(
    { code: isOutside ? "npm/outside-project" : "npm/name", message: `${what} ${problem}`, hint },
    node,
  );
}

type JsonPlace = Pick<JsonNode, "end" | "start">;

const dependencyFields = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"];

function checkEntry(entry: JsonObject, isPackage: boolean, lock: JsonFile, found: Faults): void {
  const name = textField(entry, "name", lock);
  if (isPackage && name !== undefined && !isPackageName(toText(name.text))) {
    found.add(
      { code: "npm/name", message: `${quoted(name.text)} is not a name of a package`, hint: nameHint },
      name,
    );
  }
  const version = textField(entry, "version", lock);
  if (isPackage && version !== undefined && !isVersion(version.text)) {
    found.add(
      {
        code: "npm/name",
        message: `${quoted(version.text)} is not a version`,
        hint: "versions are made of digits, letters and . + - _",
      },
      version,
    );
  }
  for (const one of dependencyFields) {
    for (const [dependency, { name: key, value }] of objectField(entry, one, lock)?.members ?? []) {
      if (value.kind !== "string") wrongType(value, quoted(dependency), "a string", lock);
      if (!isPackageName(toText(dependency))) {
        found.add(
          { code: "npm/name", message: `${quoted(dependency)} is not a name of a package`, hint: nameHint },
          key,
        );
      }
    }
  }
  textField(entry, "integrity", lock);
  const resolved = field(entry, "resolved");
  // npm 6 wrote `false` for what it took from a bundle.
  if (resolved !== undefined && resolved.kind !== "false") textField(entry, "resolved", lock);
}

/** Version 1: entries within entries, by name. Their `version` may be a URL. The number of all. */
function checkDependencies(dependencies: JsonObject, lock: JsonFile, found: Faults): number {
  let number = dependencies.members.size;
  for (const [name, { name: key, value }] of dependencies.members) {
    if (!isPackageName(toText(name))) {
      found.add(
        { code: "npm/name", message: `${quoted(name)} is not a name of a package`, hint: nameHint },
        key,
      );
    }
    if (value.kind !== "object") wrongType(value, quoted(name), "an object", lock);
    const version = textField(value, "version", lock);
    if (version !== undefined) checkOldVersion(toText(version.text), version, found);
    textField(value, "integrity", lock);
    textField(value, "resolved", lock);
    const inner = objectField(value, "dependencies", lock);
    if (inner !== undefined) number += checkDependencies(inner, lock, found);
    const requires = field(value, "requires");
    if (requires?.kind !== "object") continue;
    for (const [required, { name: requiredKey, value: spec }] of requires.members) {
      if (spec.kind === "string" && isPackageName(toText(required))) continue;
      found.add(
        { code: "npm/name", message: `${quoted(required)} is not a name of a package`, hint: nameHint },
        requiredKey,
      );
    }
  }
  return number;
}

/** npm takes for a directory what begins as a path does. */
function checkOldVersion(version: string, node: JsonNode, found: Faults): void {
  const written =
    /^file:(.*)$/s.exec(version)?.[1] ?? (/^(?:[./~\\]|[A-Za-z]:)/.test(version) ? version : undefined);
  if (written === undefined) return;
  const problem = written.startsWith("~")
    ? "leaves the project"
    : pathProblem(written.replace(/^(?:\.\/)+/, ""));
  if (problem !== undefined) refusePath(`the path ${JSON.stringify(written)}`, problem, node, found);
}
