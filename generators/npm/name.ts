// What may stand in a lockfile as a package's name, as its version and as a place in the tree. Everything later trusts
// these: names become directories, parts of URLs and parts of store paths.

import { asBytes, type Bytes } from "../../graph/bytes.ts";

/** npm's limit for new packages; longer ones cannot be published. */
const maxName = 214;
/** What `encodeURIComponent` leaves as it is. */
const part = /^[A-Za-z0-9~!'()*][A-Za-z0-9._~!'()*-]*$/;
const scope = /^[A-Za-z0-9._~!'()*-]+$/;
const notNames = new Set(["node_modules", "favicon.ico"]);

/** npm's rule for packages that exist (validate-npm-package-name, `validForOldPackages`), ASCII only. */
export function isPackageName(name: string): boolean {
  if (name.length > maxName || notNames.has(name.toLowerCase())) return false;
  if (!name.startsWith("@")) return part.test(name);
  const slash = name.indexOf("/");
  return (
    slash > 1 && scope.test(name.slice(1, slash)) && !isDots(name.slice(1, slash)) && partInScope(name, slash)
  );
}

function partInScope(name: string, slash: number): boolean {
  const rest = name.slice(slash + 1);
  // Within a scope npm forbids a leading dot alone.
  return /^[A-Za-z0-9_~!'()*-][A-Za-z0-9._~!'()*-]*$/.test(rest);
}

function isDots(text: string): boolean {
  return text === "." || text === "..";
}

/** Semantic versions and what older registries took for one: no space, no slash, no more than 256 characters. */
export function isVersion(version: string): boolean {
  return version.length <= 256 && /^[0-9A-Za-z][0-9A-Za-z.+_-]*$/.test(version);
}

/** What is wrong with a path that must stay in the project, `undefined` when nothing is. "" is the project. */
export function pathProblem(path: string): string | undefined {
  if (path === "") return undefined;
  if (/[\x00-\x1f\x7f\\]/.test(path)) return "has a backslash or a control character in it";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "is absolute";
  const parts = path.split("/");
  if (parts.includes("..")) return "leaves the project";
  if (parts.some((name) => name === "" || name === ".")) return "is not written in the shortest way";
  return parts.some((name) => name.length > 255) ? "has a part of more than 255 bytes" : undefined;
}

/** What is wrong with a key of `packages`: a directory of the project or `…/node_modules/NAME`. */
export function locationProblem(location: string): string | undefined {
  const problem = pathProblem(location);
  if (problem !== undefined) return problem;
  const names = location.split(/(?:^|\/)node_modules(?=\/|$)/).slice(1);
  // Packages that pnpm keeps lie in a directory of its own first.
  const wrong = names.find((name) => !isPackageName(name.slice(1)) && !name.startsWith("/.pnpm/"));
  return wrong === undefined ? undefined : "has a name in it that no package can have";
}

/** The name of the directory in `node_modules`; `undefined` for a directory of the project. */
export function installedName(location: Bytes): Bytes | undefined {
  const at = location.lastIndexOf("node_modules/");
  if (at < 0 || (at > 0 && location[at - 1] !== "/")) return undefined;
  return asBytes(location.slice(at + "node_modules/".length));
}

/** The directory that holds a location; "" for the project's top. */
export function parentOf(path: string): Bytes {
  const slash = path.lastIndexOf("/");
  return asBytes(slash < 0 ? "" : path.slice(0, slash));
}

/** The text of a link at `from` that leads to `to`; both are relative to the project. */
export function linkText(from: string, to: string): Bytes {
  const here = from.split("/").slice(0, -1);
  const there = to === "" ? [] : to.split("/");
  let shared = 0;
  while (shared < here.length && shared < there.length && here[shared] === there[shared]) shared++;
  const up = here.slice(shared).map(() => "..");
  const parts = [...up, ...there.slice(shared)];
  return asBytes(parts.length === 0 ? "." : parts.join("/"));
}
