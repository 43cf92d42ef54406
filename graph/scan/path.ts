// Absolute paths as text: joined and normalised without looking at a disk, so `a/../b` is `b` even where `a`
// is a symbolic link.

import { asBytes, type Bytes } from "../bytes.ts";

/** Removes `.`, `..`, empty components and a trailing slash; `..` at the top stays there. */
export function normalize(path: Bytes): Bytes {
  if (!path.includes("/.") && !path.includes("//") && !(path.length > 1 && path.endsWith("/"))) return path;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") parts.pop();
    else parts.push(part);
  }
  return asBytes(`/${parts.join("/")}`);
}

/** `path` as seen from the absolute directory `base`. */
export function resolveFrom(base: Bytes, path: Bytes): Bytes {
  return normalize(asBytes(path.startsWith("/") ? path : `${base}/${path}`));
}

/** The directory of a normalised absolute path; `/` is its own. */
export function parentOf(path: Bytes): Bytes {
  const slash = path.lastIndexOf("/");
  return asBytes(slash <= 0 ? "/" : path.slice(0, slash));
}

/** The last component. */
export function baseOf(path: Bytes): Bytes {
  return asBytes(path.slice(path.lastIndexOf("/") + 1));
}

/** Whether a normalised path is `root` or below it. */
export function isBelow(path: Bytes, root: Bytes): boolean {
  return path === root || root === "/" || (path.startsWith(root) && path.charCodeAt(root.length) === 47);
}

/** Lower-case suffix without the dot, "" when there is none. `.C` and `.S` are told apart by the caller. */
export function suffixOf(path: Bytes): string {
  const dot = path.lastIndexOf(".");
  return dot < 0 || dot < path.lastIndexOf("/") ? "" : path.slice(dot + 1);
}

/** The directories that `base/path` goes through before a `..`, `base` itself left out: they must exist. */
export function passedDirectories(base: Bytes, path: Bytes): readonly Bytes[] {
  if (!path.includes("..")) return [];
  const found = new Set<Bytes>();
  const parts = path.split("/");
  let isInside = path.startsWith("/");
  parts.forEach((part, i) => {
    if (part === ".." && isInside) found.add(resolveFrom(base, asBytes(`${parts.slice(0, i).join("/")}/`)));
    if (part !== ".." && part !== "." && part !== "") isInside = true;
  });
  return [...found];
}
