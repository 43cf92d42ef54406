// Where a locked package comes from: `resolved` and `integrity` of a lockfile as something that can be fetched and
// cannot change.

import { asBytes, type Bytes, compareBytes, toText } from "../../graph/bytes.ts";
import type { GitSource, Integrity, PackageSource } from "../../graph/package-tree.ts";
import { integrityOf, type Pins } from "./integrity.ts";
import { pathProblem } from "./name.ts";

export interface Registries {
  /** For packages without a scope of their own; ends in a slash. */
  readonly registry: string;
  /** By scope, with `@`; each ends in a slash. */
  readonly scopes: ReadonlyMap<string, string>;
  /** npm's own: a URL of its host in a lockfile means whatever registry is configured. */
  readonly standard: string;
}

export interface LockedPackage {
  readonly location: Bytes;
  readonly name: Bytes;
  readonly version: Bytes | undefined;
  readonly resolved: Bytes | undefined;
  readonly integrity: Bytes | undefined;
}

/** Why there is no source; the caller tells all of them at once. */
export type NoSource =
  /** `isCompressed`: there is a checksum, of an archive that yarn compressed. */
  | { readonly kind: "no-integrity"; readonly isCompressed?: boolean }
  /** What is wrong, for people. */
  | { readonly kind: "unusable"; readonly reason: string };

export function sourceOf(
  locked: LockedPackage,
  registries: Registries,
  pins: Pins,
): PackageSource | NoSource {
  const resolved = locked.resolved === undefined ? registryUrl(locked, registries) : toText(locked.resolved);
  if (resolved === undefined) return unusable("has neither `resolved` nor a version");
  const git = gitSource(resolved);
  if (git !== undefined) return git;
  const integrity = pinOf(locked, pins) ?? integrityOf(locked.integrity ?? "");
  if (resolved.startsWith("file:")) return fileSource(resolved, integrity);
  const url = tarballUrl(resolved, registries);
  if (url === undefined)
    return unusable(`is to be fetched from ${JSON.stringify(resolved)}, which is no URL that is read`);
  if (integrity === undefined) return { kind: "no-integrity" };
  return { kind: "tarball", url, integrity };
}

/** A pin by place is for that place; by name and version, for all of them. */
export function pinOf({ location, name, version }: LockedPackage, pins: Pins): Integrity | undefined {
  return pins.get(location) ?? pins.get(asBytes(`${name}@${version ?? ""}`)) ?? pins.get(name);
}

function unusable(reason: string): NoSource {
  return { kind: "unusable", reason };
}

/** Where a registry keeps a version's tarball, when the lockfile does not say (npm: `omit-lockfile-registry-resolved`). */
export function registryUrl({ name, version }: LockedPackage, registries: Registries): string | undefined {
  if (version === undefined) return undefined;
  const slash = name.indexOf("/");
  const scope = slash < 0 ? "" : name.slice(0, slash);
  const registry = registries.scopes.get(scope) ?? registries.registry;
  return `${registry}${name}/-/${name.slice(slash + 1)}-${version}.tgz`;
}

function tarballUrl(resolved: string, { registry, standard }: Registries): Bytes | undefined {
  if (!/^https?:\/\//i.test(resolved)) return undefined;
  const url = parseUrl(resolved);
  if (url === undefined || url.hostname === "") return undefined;
  const [from, to] = [parseUrl(standard), parseUrl(registry)];
  if (from !== undefined && to !== undefined && url.hostname === from.hostname) {
    // npm: `replace-registry-host`, whose default is "npmjs".
    url.protocol = to.protocol;
    url.host = to.host;
    if (to.port === "") url.port = "";
    const path = to.pathname.replace(/\/$/, "");
    if (path !== "" && url.pathname !== path && !url.pathname.startsWith(`${path}/`)) {
      url.pathname = path + url.pathname;
    }
  }
  // Nothing of these may end in a derivation, which everybody can read; the fragment is yarn's hash.
  url.username = "";
  url.password = "";
  url.hash = "";
  return asBytes(url.href);
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

const hosts: ReadonlyMap<string, string> = new Map([
  ["github:", "github.com"],
  ["gitlab:", "gitlab.com"],
  ["bitbucket:", "bitbucket.org"],
]);

/** `undefined` for what is not git; npm writes git dependencies as `git+ssh://…#COMMIT`. */
export function gitSource(resolved: string): GitSource | NoSource | undefined {
  const hash = resolved.indexOf("#");
  const address = hash < 0 ? resolved : resolved.slice(0, hash);
  const location = gitAddress(address);
  if (location === undefined) return undefined;
  const [commit = "", ...extra] = (hash < 0 ? "" : resolved.slice(hash + 1)).split("::");
  if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(commit)) {
    return unusable("is from git without a whole commit (40 hexadecimal digits)");
  }
  const paths = extra.flatMap((word) => (word.startsWith("path:") ? [word.slice("path:".length)] : []));
  const directory = paths[0]?.replace(/^\/+|\/+$/g, "");
  if (directory !== undefined && pathProblem(directory) !== undefined) {
    return unusable(`is in a directory of its repository that ${pathProblem(directory)}`);
  }
  return {
    kind: "git",
    url: location,
    commit: asBytes(commit),
    directory: directory === undefined || directory === "" ? undefined : asBytes(directory),
  };
}

function gitAddress(address: string): Bytes | undefined {
  const host = /^(github|gitlab|bitbucket):(?!\/\/)(?:[^@/]*@)?([A-Za-z0-9._-]+\/[A-Za-z0-9._-]+)$/.exec(
    address,
  );
  if (host !== null) {
    const name = hosts.get(`${host[1]}:`) ?? "";
    return asBytes(`https://${name}/${(host[2] ?? "").replace(/\.git$/, "")}.git`);
  }
  const scheme = /^(?:git\+(https?|ssh|file|git)|(git)):\/\//.exec(address);
  if (scheme === null) return undefined;
  // `git+ssh://git@host:owner/name.git` is no URL until the colon is a slash.
  const text = address.replace(/^git\+/, "").replace(/^(ssh:\/\/(?:[^/@]*@)?[^/:@]+):(?!\d+(?:\/|$))/, "$1/");
  const url = parseUrl(text);
  if (url === undefined) return undefined;
  url.password = "";
  if (url.protocol !== "ssh:") url.username = "";
  // Public hosts serve every commit over HTTPS, to which no key is needed.
  if (url.protocol === "ssh:" && url.port === "" && [...hosts.values()].includes(url.hostname)) {
    return asBytes(`https://${url.hostname}${url.pathname}`);
  }
  return asBytes(url.href);
}

/** `path` is relative to the project: the reader of the lockfile made it so. */
function fileSource(resolved: string, integrity: Integrity | undefined): PackageSource | NoSource {
  const path = resolved.slice("file:".length).replace(/^(?:\.\/)+/, "");
  const problem = path === "" ? "is the project itself" : pathProblem(path);
  if (problem !== undefined) return unusable(`is a file whose path ${problem}: ${JSON.stringify(path)}`);
  return { kind: "file", path: asBytes(path), integrity };
}

export function compareLocations(a: { readonly location: Bytes }, b: { readonly location: Bytes }): number {
  return compareBytes(a.location, b.location);
}
