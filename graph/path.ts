// Canonical paths, as ninja names files: purely lexical, so `a/../b` is `b` even where `a` is a link.

import { asBytes, type Bytes } from "./bytes.ts";

const SLASH = 0x2f;
const DOT = 0x2e;

/**
 * Drops `.`, empty parts and the trailing slash, folds `x/..`, keeps leading `..` and the root slash.
 * `/../a` stays as it is, an empty path stays empty, and what folds to nothing is `.` (ninja: `CanonicalizePath`).
 */
export function canonicalizePath(path: Bytes): Bytes {
  if (isCanonical(path)) return path;
  const isAbsolute = path.charCodeAt(0) === SLASH;
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    const last = parts.at(-1);
    if (part === ".." && last !== undefined && last !== "..") parts.pop();
    else parts.push(part);
  }
  const joined = parts.join("/");
  if (isAbsolute) return asBytes(`/${joined}`);
  return asBytes(joined === "" ? "." : joined);
}

/** True where `canonicalizePath` would change nothing; false may also mean "look closer". */
function isCanonical(path: Bytes): boolean {
  if (path === "") return true;
  let i = path.charCodeAt(0) === SLASH ? 1 : 0;
  if (i === 0) while (path.startsWith("../", i)) i += 3;
  if (i === path.length) return path === "/";
  // A part may not be empty and, to keep this loop small, may not start with a dot.
  for (let atStart = true; i < path.length; i++) {
    const c = path.charCodeAt(i);
    if (atStart && (c === SLASH || c === DOT)) return false;
    atStart = c === SLASH;
  }
  return path.charCodeAt(path.length - 1) !== SLASH;
}
