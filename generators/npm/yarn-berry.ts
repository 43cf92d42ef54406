// yarn.lock of yarn 2 and later: YAML with an entry for each resolution. Its checksums are of archives that yarn makes
// of the tarballs; those without compression (cacheKey 10c0, yarn 4's default) can be made again.

import { asBytes, type Bytes, quoted, toText } from "../../graph/bytes.ts";
import { fail, InputError, type Span } from "../../graph/diagnostic.ts";
import type { JsonObject } from "../../graph/json.ts";
import { binsOf } from "./bins.ts";
import {
  field,
  type JsonFile,
  objectField,
  refuseMany,
  spanOf,
  textField,
  wrongType,
} from "./json-reader.ts";
import { isPackageName, isVersion } from "./name.ts";
import type { PlatformNeeds } from "./platform.ts";
import type { Resolution, ResolvedDependency, ResolvedPackage, ResolvedProject } from "./resolution.ts";
import { gitSource, pinOf, sourceOf } from "./source.ts";
import { readYaml } from "./yaml.ts";
import type { YarnSettings } from "./yarn-classic.ts";
import { directoryOf, projectOf, rangeOf, resolutionsOf, wantedOf } from "./yarn-project.ts";

interface BerryEntry {
  /** "leaf@npm:1.0.0" */
  readonly resolution: Bytes;
  readonly node: JsonObject;
  readonly at: Span;
}

export function berryResolution(contents: Bytes, settings: YarnSettings): Resolution {
  const lock: JsonFile = {
    file: settings.file,
    code: "npm/lockfile",
    top: readYaml(contents, settings.file),
  };
  refuseMany(lock.top.members.size, settings.file);
  const reader = new Reader(lock, settings);
  const packages = new Map<Bytes, ResolvedPackage>();
  const projects = new Map<Bytes, ResolvedProject>();
  for (const entry of reader.entries) {
    const directory = workspaceOf(entry.resolution);
    if (directory === undefined) packages.set(entry.resolution, reader.packageOf(entry));
    else {
      const manifest = settings.manifests.get(directory);
      const isWorkspace = directory !== "";
      projects.set(
        directory,
        projectOf(directory, manifest, isWorkspace, reader.projectNeeds(entry, directory)),
      );
    }
  }
  reader.throwMissing();
  return { packages, projects, isComplete: false };
}

/** The directory of "name@workspace:directory". */
function workspaceOf(resolution: Bytes): Bytes | undefined {
  const path = /@workspace:(.*)$/s.exec(resolution)?.[1];
  if (path === undefined) return undefined;
  return directoryOf(asBytes(""), path, resolution);
}

class Reader {
  readonly entries: readonly BerryEntry[];
  readonly #lock: JsonFile;
  readonly #settings: YarnSettings;
  /** By descriptor, as dependents write it. */
  readonly #byDescriptor = new Map<Bytes, BerryEntry>();
  readonly #byResolution = new Map<Bytes, BerryEntry>();
  /** Of checksums that do not name one. */
  readonly #cacheKey: string;
  readonly #byName = new Map<Bytes, Set<BerryEntry>>();
  readonly #resolutions: ReadonlyMap<Bytes, Bytes>;
  readonly #missing = new Set<string>();

  constructor(lock: JsonFile, settings: YarnSettings) {
    this.#lock = lock;
    this.#settings = settings;
    const metadata = objectField(lock.top, "__metadata", lock);
    this.#cacheKey = metadata === undefined ? "" : (textField(metadata, "cacheKey", lock)?.text ?? "");
    this.#resolutions = resolutionsOf(settings.manifests.get(asBytes("")));
    this.entries = [...lock.top.members].flatMap(([key, { name, value }]) => {
      if (key === "__metadata") return [];
      const at = spanOf(name, lock.file);
      if (value.kind !== "object") return wrongType(value, quoted(key), "an object", lock);
      const resolution = textField(value, "resolution", lock)?.text;
      if (resolution === undefined) return refuse(`the entry ${quoted(key)} has no resolution`, at);
      const entry = { resolution, node: value, at };
      this.#byResolution.set(resolution, entry);
      for (const descriptor of key.split(", ")) {
        const plain = asBytes(descriptor.replace(/::.*$/s, ""));
        this.#byDescriptor.set(plain, entry);
        const own = nameOf(plain);
        this.#byName.set(own, (this.#byName.get(own) ?? new Set()).add(entry));
      }
      return [entry];
    });
  }

  packageOf({ resolution, node, at }: BerryEntry): ResolvedPackage {
    const name = nameOf(resolution);
    const version = textField(node, "version", this.#lock)?.text;
    if (!isPackageName(toText(name)) || version === undefined || !isVersion(version)) {
      return fail({
        code: "npm/name",
        message: `the entry ${quoted(resolution)} has no name or version that a package can have`,
        at,
        hint: "yarn writes NAME@PROTOCOL:… and a version below it",
      });
    }
    const { reference, patches } = patched(resolution.slice(name.length + 1));
    // What is patched has an entry of its own, with the checksum of what is fetched.
    const fetched =
      patches === undefined ? node : this.#byResolution.get(asBytes(`${name}@${reference}`))?.node;
    const bin = field(node, "bin");
    const bins = bin?.kind === "object" ? [...bin.members] : [];
    return {
      name,
      version,
      source: this.#sourceOf(reference, { location: resolution, name, version }, fetched),
      needs: conditionsOf(textField(node, "conditions", this.#lock)?.text ?? asBytes("")),
      bins: binsOf(
        Object.fromEntries(
          bins.map(([key, { value }]) => [toText(key), value.kind === "string" ? toText(value.text) : ""]),
        ),
        toText(name),
      ),
      dependencies: this.#needsOf(node, asBytes(""), name),
      patches: patches ?? [],
    };
  }

  #sourceOf(
    reference: string,
    locked: { readonly location: Bytes; readonly name: Bytes; readonly version: Bytes },
    entry: JsonObject | undefined,
  ): ResolvedPackage["source"] {
    const [plain = "", bound = ""] = reference.split("::");
    const url = /(?:^|&)__archiveUrl=([^&]*)/.exec(bound)?.[1];
    if (plain.startsWith("npm:"))
      return this.#archiveOf(locked, url === undefined ? undefined : asBytes(decoded(url)), entry);
    const file = /^(?:file|portal|link):([^#]*)/.exec(plain)?.[1];
    if (file !== undefined) {
      const path = directoryOf(asBytes(""), decoded(file), locked.name);
      const isArchive = /\.(?:tgz|tar\.gz)$/.test(path);
      return isArchive ? { kind: "file", path, integrity: undefined } : { kind: "directory", path };
    }
    const commit = /[#&]commit=([0-9a-f]{40})/.exec(plain)?.[1];
    if (commit !== undefined) {
      const address = plain.replace(/#.*$/s, "");
      const source = gitSource(
        `${address.startsWith("http") || address.startsWith("ssh") ? "git+" : ""}${address}#${commit}`,
      );
      if (source !== undefined) return source;
    }
    return this.#archiveOf(locked, asBytes(plain), entry);
  }

  /** A tarball, by a pinned hash of its own, or by that of yarn's archive. */
  #archiveOf(
    locked: { readonly location: Bytes; readonly name: Bytes; readonly version: Bytes },
    resolved: Bytes | undefined,
    entry: JsonObject | undefined,
  ): ResolvedPackage["source"] {
    const { registries, pins } = this.#settings;
    const written = entry === undefined ? undefined : textField(entry, "checksum", this.#lock)?.text;
    const [, key = this.#cacheKey, hex = ""] = /^(?:([^/]*)\/)?([0-9a-f]{128})$/.exec(written ?? "") ?? [];
    const unhashed = { ...locked, resolved, integrity: undefined };
    const isStored = hex !== "" && key === "10c0" && pinOf(unhashed, pins) === undefined;
    const integrity = isStored ? asBytes(`sha512-${Buffer.from(hex, "hex").toString("base64")}`) : undefined;
    const source = sourceOf({ ...unhashed, integrity }, registries, pins);
    if (source.kind === "no-integrity" && hex !== "") return { ...source, isCompressed: true };
    return source.kind === "tarball" && isStored
      ? { ...source, archive: asBytes(`node_modules/${locked.name}`) }
      : source;
  }

  projectNeeds({ node }: BerryEntry, directory: Bytes): readonly ResolvedDependency[] {
    const manifest = this.#settings.manifests.get(directory);
    const found = this.#needsOf(node, directory, manifest?.name ?? asBytes(""));
    if (manifest === undefined) return found;
    const kinds = new Map(wantedOf(manifest).map(({ alias, kind }) => [alias, kind]));
    const names = new Set(found.map(({ alias }) => alias));
    for (const { alias, range } of wantedOf(manifest)) {
      if (!names.has(alias)) this.#missing.add(`Missing: ${toText(alias)}@${toText(range)} from lock file`);
    }
    return found.map((one) => ({ ...one, kind: kinds.get(one.alias) ?? one.kind }));
  }

  #needsOf(node: JsonObject, from: Bytes, parent: Bytes): readonly ResolvedDependency[] {
    const meta = objectField(node, "dependenciesMeta", this.#lock);
    return [...(objectField(node, "dependencies", this.#lock)?.members ?? [])].flatMap(
      ([alias, { name, value }]) => {
        if (value.kind !== "string") return wrongType(value, quoted(alias), "a string", this.#lock);
        if (!isPackageName(toText(alias))) {
          return fail({
            code: "npm/name",
            message: `${quoted(alias)} is not a name of a package`,
            at: spanOf(name, this.#lock.file),
            hint: "a package's name is at most 214 of A-Z a-z 0-9 - _ . ~, and may have a @scope/ before it",
          });
        }
        const options = meta?.members.get(alias)?.value;
        const isOptional =
          options?.kind === "object" && textField(options, "optional", this.#lock)?.text === "true";
        const range = rangeOf(this.#resolutions, parent, { alias, range: value.text });
        const target = this.#targetOf(alias, range, from);
        return target === undefined
          ? []
          : [{ alias, kind: isOptional ? ("optional" as const) : ("prod" as const), target }];
      },
    );
  }

  #targetOf(alias: Bytes, range: Bytes, from: Bytes): ResolvedDependency["target"] | undefined {
    const plain = range.replace(/::.*$/s, "");
    if (plain.startsWith("link:") || plain.startsWith("portal:")) {
      return { kind: "directory", path: directoryOf(from, plain.slice(plain.indexOf(":") + 1), alias) };
    }
    const known =
      this.#byDescriptor.get(asBytes(`${alias}@${plain}`)) ??
      this.#byDescriptor.get(asBytes(`${alias}@npm:${plain}`));
    const others = this.#byName.get(alias) ?? new Set();
    // A resolution of the project, or a patch of its own, stands under another range.
    const entry = known ?? (others.size === 1 ? [...others][0] : undefined);
    if (entry === undefined) {
      this.#missing.add(`Missing: ${toText(alias)}@${toText(range)} from lock file`);
      return undefined;
    }
    const directory = workspaceOf(entry.resolution);
    return directory === undefined
      ? { kind: "package", id: entry.resolution }
      : { kind: "directory", path: directory };
  }

  throwMissing(): void {
    if (this.#missing.size === 0) return;
    throw new InputError([
      {
        code: "npm/out-of-sync",
        message: `package.json and ${toText(this.#lock.file)} are not in sync:\n  ${[...this.#missing].sort().join("\n  ")}`,
        hint: "update the lock file with `yarn install --mode=update-lockfile`",
      },
    ]);
  }
}

function nameOf(descriptor: Bytes): Bytes {
  const at = descriptor.indexOf("@", 1);
  return at < 0 ? descriptor : asBytes(descriptor.slice(0, at));
}

/**
 * "patch:name@npm%3A1.0.0#./a.patch": what is patched, and with which files; `undefined` for no patch. yarn's own
 * patches are for PnP alone.
 */
function patched(reference: string): {
  readonly reference: string;
  readonly patches: readonly Bytes[] | undefined;
} {
  const match = /^patch:([^#]*)#([^:]*)/.exec(reference);
  if (match === null) return { reference, patches: undefined };
  const inner = decoded(match[1] ?? "");
  const at = inner.indexOf("@", 1);
  const patches = (match[2] ?? "")
    .split("&")
    .map((path) => path.replace(/^(?:optional!|~\/|\.\/)+/, ""))
    .filter((path) => path !== "" && !path.startsWith("builtin<"))
    .map((path) => directoryOf(asBytes(""), decoded(path), asBytes(inner)));
  return { reference: inner.slice(at + 1), patches };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** "(os=linux | os=darwin) & !cpu=mips": one of each, none of those with `!`. */
function conditionsOf(text: Bytes): PlatformNeeds {
  const needs = { os: [] as string[], cpu: [] as string[], libc: [] as string[] };
  for (const match of text.matchAll(/(!?)(os|cpu|libc)=([^\s()&|]+)/g)) {
    const [, not = "", kind = "os", value = ""] = match;
    if (kind === "os" || kind === "cpu" || kind === "libc") needs[kind].push(`${not}${value}`);
  }
  return needs;
}

function refuse(message: string, at: Span): never {
  return fail({
    code: "npm/lockfile",
    message,
    at,
    hint: "run yarn install, which writes the lockfile anew",
  });
}
