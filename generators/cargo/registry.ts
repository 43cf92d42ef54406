// Addresses: from a locked package and its registry's download template to the `.crate` file, and how cargo is told
// that a directory stands for a source.

import { createHash } from "node:crypto";
import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { type Diagnostic, InputError } from "../../graph/diagnostic.ts";
import type { CrateDirectory, LockedCrate, LockedCrates } from "../../graph/locked-crates.ts";
import { type CargoLock, type LockedPackage, type LockedSource, sourcesOf } from "./lock.ts";

export interface RegistryOptions {
  /** Index address (as in the lockfile, with or without "registry+" and "sparse+") -> `dl` of its config.json. */
  readonly registries: ReadonlyMap<Bytes, Bytes>;
  /** Source of a git package, as the lockfile says it -> checkout in the store. */
  readonly checkouts: ReadonlyMap<Bytes, Bytes>;
}

/** Throws one InputError with everything that cannot be fetched. */
export function lockedCrates(lock: CargoLock, options: RegistryOptions): LockedCrates {
  const diagnostics: Diagnostic[] = [];
  const reported = new Set<Bytes>();
  const crates = lock.packages.flatMap((entry): readonly LockedCrate[] => {
    const { source } = entry;
    if (source === undefined) return [];
    const from = placeOf(entry, source, options);
    if ("code" in from) {
      if (!reported.has(source.id)) diagnostics.push(from);
      reported.add(source.id);
      return [];
    }
    return [{ name: entry.name, version: entry.version, directory: directoryOf(source), from }];
  });
  if (diagnostics.length > 0) throw new InputError(diagnostics);
  return { crates, sources: sourcesOf(lock).map(crateDirectory) };
}

function placeOf(
  entry: LockedPackage,
  source: LockedSource,
  { registries, checkouts }: RegistryOptions,
): Diagnostic | LockedCrate["from"] {
  if (source.kind === "git") {
    const path = checkouts.get(source.id);
    if (path !== undefined) return { kind: "checkout", path };
    return {
      code: "cargo/no-checkout",
      message: `${quoted(entry.name)} comes from ${quoted(source.url)}, and there is no checkout of ${source.commit}`,
      hint: "let Nix read the lockfile while it evaluates (src or cargoLock.lockFile as a path), or give gitSources",
    };
  }
  const index = asBytes(source.id.slice(source.id.indexOf("+") + 1));
  const template = registries.get(source.id) ?? registries.get(index) ?? usualTemplate(index);
  if (template === undefined) {
    return {
      code: "cargo/no-registry",
      message: `it is not known where the registry ${quoted(index)} keeps its packages`,
      hint: `give the "dl" of the index's config.json: registries."${index}" = "https://…";`,
    };
  }
  const url = downloadUrl(template, entry, source.checksum);
  if (/^(?:https?|file):\/\/[\x21-\x7e]+$/.test(url))
    return { kind: "archive", url, sha256: source.checksum };
  return {
    code: "cargo/bad-url",
    message: `${quoted(entry.name)} is to be fetched from ${quoted(url)}, which is no http or https address`,
    hint: "correct the registry's entry in registries",
  };
}

/**
 * The one default: an index in a repository called HOST-index belongs to HOST, which has cargo's own web interface.
 * That is what the public registry's config.json said for all versions of cargo; lockfiles name no other public one.
 */
function usualTemplate(index: Bytes): Bytes | undefined {
  const host = /\/([a-z0-9-]+(?:\.[a-z0-9-]+)+)-index(?:\.git)?\/?$/.exec(index)?.[1];
  return host === undefined ? undefined : asBytes(`https://${host}/api/v1/crates`);
}

/** Cargo's rule for `dl`: markers, or a path after an address without any. */
export function downloadUrl(template: Bytes, { name, version }: LockedPackage, checksum: Bytes): Bytes {
  const markers: ReadonlyMap<string, string> = new Map([
    ["{crate}", name],
    ["{version}", version],
    ["{prefix}", prefixOf(name)],
    ["{lowerprefix}", prefixOf(name.toLowerCase())],
    ["{sha256-checksum}", checksum],
  ]);
  const marker = /\{(?:crate|version|prefix|lowerprefix|sha256-checksum)\}/g;
  const whole = marker.test(template)
    ? template
    : `${template.replace(/\/$/, "")}/{crate}/{version}/download`;
  // A version's "+" is a blank to some servers.
  return asBytes(whole.replace(marker, (word) => (markers.get(word) ?? "").replaceAll("+", "%2B")));
}

/** Directory of a name in an index: "1", "2", "3/s" or "se/rd". */
function prefixOf(name: string): string {
  if (name.length <= 2) return String(name.length);
  return name.length === 3 ? `3/${name.slice(0, 1)}` : `${name.slice(0, 2)}/${name.slice(2, 4)}`;
}

function directoryOf({ id }: LockedSource): Bytes {
  return asBytes(createHash("sha256").update(Buffer.from(id, "latin1")).digest("hex").slice(0, 8));
}

function crateDirectory(source: LockedSource): CrateDirectory {
  const directory = directoryOf(source);
  const vendored = `[source.vendored-${directory}]\ndirectory = "#"\n`;
  return { directory, configuration: asBytes(`${vendored}\n${replaced(source, directory)}`) };
}

function replaced(source: LockedSource, directory: Bytes): string {
  const by = `replace-with = "vendored-${directory}"\n`;
  if (source.kind === "git") {
    const { url, reference } = source;
    const key = `git+${url}${reference === undefined ? "" : `?${reference[0]}=${reference[1]}`}`;
    const which = reference === undefined ? "" : `${reference[0]} = ${quote(reference[1])}\n`;
    return `[source.${quote(key)}]\ngit = ${quote(url)}\n${which}${by}`;
  }
  // Cargo knows one registry by a name of its own, and takes no second entry for its address.
  if (source.id.endsWith("/crates.io-index")) return `[source.crates-io]\n${by}`;
  const address = source.id.startsWith("registry+") ? source.id.slice("registry+".length) : source.id;
  return `[source.${quote(address)}]\nregistry = ${quote(address)}\n${by}`;
}

function quote(text: string): string {
  return `"${text.replace(/[\x00-\x1f"\\\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`)}"`;
}
