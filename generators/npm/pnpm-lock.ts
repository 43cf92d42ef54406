// pnpm-lock.yaml of the versions 6 and 9, read field by field: importers, packages and what they need.

import { asBytes, type Bytes, quoted, toText } from "../../graph/bytes.ts";
import { fail, type Span } from "../../graph/diagnostic.ts";
import type { JsonNode, JsonObject } from "../../graph/json.ts";
import {
  field,
  type JsonFile,
  objectField,
  refuseMany,
  spanOf,
  textField,
  wrongType,
} from "./json-reader.ts";
import { isPackageName, isVersion, pathProblem } from "./name.ts";
import { keyOf, nameAndVersion, withoutPeers } from "./pnpm-name.ts";
import { readYaml } from "./yaml.ts";

export interface PnpmLock {
  readonly version: 6 | 9;
  /** By directory, "" for the project's top. */
  readonly importers: ReadonlyMap<Bytes, PnpmImporter>;
  /** By key, in the lockfile's order. */
  readonly packages: ReadonlyMap<Bytes, PnpmPackage>;
  /** Patch files by `NAME` or `NAME@VERSION`. */
  readonly patches: ReadonlyMap<Bytes, readonly Bytes[]>;
  /** Names whose versions are overridden: what is locked need not be what is written. */
  readonly overridden: ReadonlySet<Bytes>;
}

export interface PnpmImporter {
  readonly dependencies: readonly PnpmDependency[];
  readonly devDependencies: readonly PnpmDependency[];
  readonly optionalDependencies: readonly PnpmDependency[];
  readonly at: Span;
}

export interface PnpmDependency {
  /** The directory in `node_modules`. */
  readonly alias: Bytes;
  /** A key of `packages`, or a directory of the project. */
  readonly target:
    | { readonly kind: "package"; readonly key: Bytes }
    | { readonly kind: "directory"; readonly path: Bytes };
  /** As in package.json; an importer's only. */
  readonly specifier: Bytes | undefined;
}

export interface PnpmPackage {
  readonly name: Bytes;
  readonly version: Bytes | undefined;
  readonly resolution: PnpmResolution;
  readonly os: readonly string[];
  readonly cpu: readonly string[];
  readonly libc: readonly string[];
  readonly isOptional: boolean;
  readonly isDev: boolean;
  readonly hasBin: boolean;
  /** Whether it has install scripts: version 6 alone says so. */
  readonly requiresBuild: boolean | undefined;
  readonly dependencies: readonly PnpmDependency[];
  readonly optionalDependencies: readonly PnpmDependency[];
}

export interface PnpmResolution {
  readonly integrity: Bytes | undefined;
  readonly tarball: Bytes | undefined;
  readonly repository: Bytes | undefined;
  readonly commit: Bytes | undefined;
  /** A directory of the project, or of the repository. */
  readonly directory: Bytes | undefined;
  /** "directory", "git", or undefined for a tarball. */
  readonly type: Bytes | undefined;
}

export function readPnpmLock(contents: Bytes, file: Bytes): PnpmLock {
  const lock: JsonFile = { file, code: "npm/lockfile", top: readYaml(contents, file) };
  const version = versionOf(lock);
  const importers = new Map<Bytes, PnpmImporter>();
  const listed = objectField(lock.top, "importers", lock);
  // Version 6 without workspaces has the project's dependencies at the top.
  if (listed === undefined) importers.set(asBytes(""), importerOf(lock.top, asBytes(""), version, lock));
  for (const [path, { name, value }] of listed?.members ?? []) {
    const directory = path === "." ? asBytes("") : path;
    const problem = pathProblem(toText(directory));
    if (problem !== undefined) refusePath(`the directory ${quoted(path)}`, problem, spanOf(name, file));
    const importer = objectOf(value, path, lock);
    importers.set(directory, importerOf(importer, directory, version, lock));
  }
  return {
    version,
    importers,
    packages: packagesOf(version, lock),
    patches: patchesOf(lock),
    overridden: new Set([...(objectField(lock.top, "overrides", lock)?.members.keys() ?? [])].map(lastName)),
  };
}

function versionOf({ top, file }: JsonFile): 6 | 9 {
  const node = field(top, "lockfileVersion");
  const text = node?.kind === "string" ? node.text : undefined;
  if (text !== undefined && /^6\.[01]$/.test(text)) return 6;
  if (text !== undefined && /^9\.0$/.test(text)) return 9;
  return fail({
    code: "npm/lockfile-version",
    message:
      text === undefined
        ? "the file has no lockfileVersion"
        : `there is no reader for lockfileVersion ${toText(text)}`,
    at: node === undefined ? { file, start: 0, end: 1 } : spanOf(node, file),
    hint: "versions 6.0 and 9.0 are read; pnpm 8, 9 and 10 write them",
  });
}

/** `a>b@1` overrides b. */
function lastName(selector: Bytes): Bytes {
  const name = selector.slice(selector.lastIndexOf(">") + 1);
  const at = name.indexOf("@", 1);
  return asBytes(at < 0 ? name : name.slice(0, at));
}

function objectOf(node: JsonNode, name: Bytes, lock: JsonFile): JsonObject {
  if (node.kind === "object") return node;
  if (node.kind === "null") return { kind: "object", members: new Map(), start: node.start, end: node.end };
  return wrongType(node, quoted(name), "an object", lock);
}

function importerOf(node: JsonObject, directory: Bytes, version: 6 | 9, lock: JsonFile): PnpmImporter {
  const read = (kind: string): readonly PnpmDependency[] =>
    dependenciesOf(objectField(node, kind, lock), directory, version, lock);
  return {
    dependencies: read("dependencies"),
    devDependencies: read("devDependencies"),
    optionalDependencies: read("optionalDependencies"),
    at: { file: lock.file, start: node.start, end: Math.min(node.end, node.start + 1) },
  };
}

function dependenciesOf(
  node: JsonObject | undefined,
  directory: Bytes,
  lockVersion: 6 | 9,
  lock: JsonFile,
): readonly PnpmDependency[] {
  return [...(node?.members ?? [])].map(([alias, { name, value }]) => {
    checkName(alias, spanOf(name, lock.file));
    const reference = value.kind === "object" ? (textField(value, "version", lock) ?? value) : value;
    if (reference.kind !== "string") return wrongType(reference, quoted(alias), "a version", lock);
    const specifier = value.kind === "object" ? textField(value, "specifier", lock)?.text : undefined;
    const key = keyOf(reference.text, alias, lockVersion);
    if (key !== undefined) return { alias, target: { kind: "package", key }, specifier };
    const path = pathFrom(directory, reference.text.slice("link:".length));
    if (path === undefined) {
      refusePath(
        `the directory ${quoted(reference.text)}`,
        "leaves the project",
        spanOf(reference, lock.file),
      );
    }
    return { alias, target: { kind: "directory", path }, specifier };
  });
}

/** A path of the project that is written relative to one of its directories; `undefined` when it leaves the project. */
function pathFrom(directory: Bytes, written: string): Bytes | undefined {
  if (pathProblem(written.replaceAll("../", "").replace(/(^|\/)\.\.?$/, "")) !== undefined) return undefined;
  const parts = directory === "" ? [] : directory.split("/");
  for (const part of written.split("/")) {
    if (part === "..") {
      if (parts.pop() === undefined) return undefined;
    } else if (part !== "" && part !== ".") parts.push(part);
  }
  return asBytes(parts.join("/"));
}

function packagesOf(version: 6 | 9, lock: JsonFile): ReadonlyMap<Bytes, PnpmPackage> {
  const facts = objectField(lock.top, "packages", lock)?.members ?? new Map();
  const instances = version === 6 ? facts : (objectField(lock.top, "snapshots", lock)?.members ?? new Map());
  const packages = new Map<Bytes, PnpmPackage>();
  refuseMany(instances.size, lock.file);
  for (const [key, { name: at, value }] of instances) {
    const span = spanOf(at, lock.file);
    if (!/^[/@A-Za-z0-9][\x21-\x7e]*$/.test(key)) {
      refuseKey(key, "has a space, a control character or a letter that is not ASCII in it", span);
    }
    const instance = objectOf(value, key, lock);
    const own = version === 6 ? instance : facts.get(withoutPeers(key))?.value;
    if (own === undefined || own.kind !== "object") refuseKey(key, "is not described in `packages`", span);
    packages.set(key, packageOf(key, own, instance, version, lock, span));
  }
  return packages;
}

function packageOf(
  key: Bytes,
  own: JsonObject,
  instance: JsonObject,
  lockVersion: 6 | 9,
  lock: JsonFile,
  at: Span,
): PnpmPackage {
  const named = nameAndVersion(key);
  const name = textField(own, "name", lock)?.text ?? named?.name;
  if (name === undefined) return refuseKey(key, "names no package", at);
  checkName(name, at);
  const written = textField(own, "version", lock)?.text ?? named?.version;
  const version = written !== undefined && isVersion(written) ? written : undefined;
  const resolution = objectField(own, "resolution", lock);
  if (resolution === undefined) return refuseKey(key, "has no resolution", at);
  const isTrue = (node: JsonObject, one: string): boolean => textField(node, one, lock)?.text === "true";
  const read = (kind: string): readonly PnpmDependency[] =>
    dependenciesOf(objectField(instance, kind, lock), asBytes(""), lockVersion, lock);
  return {
    name,
    version,
    resolution: resolutionOf(resolution, lock),
    os: listOf(own, "os"),
    cpu: listOf(own, "cpu"),
    libc: listOf(own, "libc"),
    isOptional: isTrue(instance, "optional"),
    isDev: isTrue(instance, "dev"),
    hasBin: isTrue(own, "hasBin"),
    requiresBuild: lockVersion === 6 ? isTrue(own, "requiresBuild") : undefined,
    dependencies: read("dependencies"),
    optionalDependencies: read("optionalDependencies"),
  };
}

function resolutionOf(node: JsonObject, lock: JsonFile): PnpmResolution {
  const read = (name: string): Bytes | undefined => textField(node, name, lock)?.text;
  return {
    integrity: read("integrity"),
    tarball: read("tarball"),
    repository: read("repo"),
    commit: read("commit"),
    directory: read("directory") ?? read("path"),
    type: read("type"),
  };
}

function listOf(node: JsonObject, name: string): readonly string[] {
  const value = field(node, name);
  if (value?.kind === "string") return [value.text];
  if (value?.kind !== "array") return [];
  return value.items.flatMap((item) => (item.kind === "string" ? [item.text] : []));
}

function patchesOf(lock: JsonFile): ReadonlyMap<Bytes, readonly Bytes[]> {
  const patches = new Map<Bytes, readonly Bytes[]>();
  for (const [name, { value }] of objectField(lock.top, "patchedDependencies", lock)?.members ?? []) {
    const path = value.kind === "object" ? textField(value, "path", lock) : undefined;
    if (path === undefined) continue;
    const problem = pathProblem(toText(path.text));
    if (problem !== undefined) refusePath(`the patch ${quoted(path.text)}`, problem, spanOf(path, lock.file));
    patches.set(name, [path.text]);
  }
  return patches;
}

function checkName(name: Bytes, at: Span): void {
  if (isPackageName(toText(name))) return;
  fail({
    code: "npm/name",
    message: `${quoted(name)} is not a name of a package`,
    at,
    hint: "a package's name is at most 214 of A-Z a-z 0-9 - _ . ~, and may have a @scope/ before it",
  });
}

function refuseKey(key: Bytes, problem: string, at: Span): never {
  return fail({
    code: "npm/lockfile",
    message: `the entry ${quoted(key)} ${problem}`,
    at,
    hint: "run pnpm install, which writes the lockfile anew",
  });
}

function refusePath(what: string, problem: string, at: Span): never {
  return fail({
    code: "npm/outside-project",
    message: `${what} ${problem}`,
    at,
    hint: "only what is below the project can be built; take the common directory as the project",
  });
}
