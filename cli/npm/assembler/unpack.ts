// Unpacks a package's tarball as npm does (pacote): the first directory is dropped, links and devices are left out,
// a `.gitignore` becomes `.npmignore`, and modes keep nothing but whether a file is a program.

import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, posix, win32 } from "node:path";
import { gunzipSync } from "node:zlib";
import { type TarEntry, TarError, tarEntries } from "./tar-reader.ts";
import { type ZipEntry, ZipError, zipEntries } from "./zip.ts";

/** What was left out of a package, for people. */
export type Warn = (message: string) => void;

/** Deeper directories are left out, as npm does. */
const deepest = 1024;
/** Unpacked size at which a tarball is taken for an attack: Node's largest buffer is not far above. */
export const largestTarball: number = 2 ** 31;

/** Unpacks into a directory, which must exist. Throws a TarError. */
export function unpackTarball(tarball: Buffer, to: string, warn: Warn): void {
  const archive = inflate(tarball);
  const made = new Set<string>([to]);
  const ignoreFiles = new Set<string>();
  for (const entry of tarEntries(archive)) {
    // Directories are there when a file is in them.
    if (entry.type === "directory") continue;
    if (entry.type !== "file") {
      const what = entry.type.endsWith("link") ? "link" : entry.type === "device" ? "device" : "entry";
      warn(`the ${what} "${entry.path}" is left out, as npm does`);
      continue;
    }
    const name = keptName(entry.path, ignoreFiles);
    const path = name === undefined ? undefined : placeOf(name, warn);
    // A file cannot take the place of the package's own directory.
    if (path === undefined || path === "") continue;
    try {
      writeEntry(entry, join(to, path), made);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined || !expected.has(code)) throw error;
      warn(`"${entry.path}" cannot be written and is left out (${code})`);
    }
  }
}

/** Unpacks what yarn made of a tarball. Throws a ZipError. */
export function unpackArchive(archive: Buffer, to: string, warn: Warn): void {
  const made = new Set<string>([to]);
  const links: (readonly [string, string])[] = [];
  for (const { path, mode, body } of packageEntries(archive)) {
    if (path === "") continue;
    if ((mode & 0o170_000) === 0o120_000) links.push([path, body.toString()]);
    else if (path.endsWith("/")) makeParents(join(to, path), made);
    else writeEntry({ mode, body }, join(to, path), made);
  }
  // Last, so that nothing is written through one.
  for (const [path, target] of links) {
    const [top = ""] = posix.join(posix.dirname(path), target).split("/");
    if (posix.isAbsolute(target) || top === "..") {
      warn(`the link "${path}" leads out of the package and is left out`);
      continue;
    }
    makeParents(join(to, posix.dirname(path)), made);
    symlinkSync(target, join(to, path));
  }
}

/** With paths below the package: what is before that in the archive is `node_modules` and its name. */
export function* packageEntries(archive: Buffer): Generator<ZipEntry> {
  for (const entry of zipEntries(archive)) {
    const parts = entry.path.split("/");
    if (parts.includes("..") || parts.slice(0, -1).includes("") || /[\0]/.test(entry.path))
      throw new ZipError(`it has the name ${JSON.stringify(entry.path)}`);
    yield { ...entry, path: parts.slice(parts[1]?.startsWith("@") === true ? 3 : 2).join("/") };
  }
}

/** Names that cannot be, for npm too: another entry is in the way, or the file system does not take them. */
const expected = new Set(["EEXIST", "EISDIR", "ENAMETOOLONG", "ENOTDIR", "ENOTEMPTY"]);

/** The archive in a tarball, which may be uncompressed. */
export function inflate(tarball: Buffer): Buffer {
  if (tarball[0] !== 0x1f || tarball[1] !== 0x8b) return tarball;
  try {
    return gunzipSync(tarball, { maxOutputLength: largestTarball });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE") throw new TarError("it unpacks to more than 2 GiB");
    throw new TarError(`it cannot be uncompressed: ${message}`);
  }
}

/** npm pack lets a `.gitignore` say what is published, unless there is a `.npmignore`. */
export function keptName(path: string, ignoreFiles: Set<string>): string | undefined {
  const base = basename(path);
  if (base === ".npmignore") ignoreFiles.add(path);
  if (base !== ".gitignore") return path;
  const renamed = path.replace(/\.gitignore$/, ".npmignore");
  return ignoreFiles.has(renamed) ? undefined : renamed;
}

/** The path below the package; `undefined` for one that leads out of it. */
function placeOf(name: string, warn: Warn): string | undefined {
  const parts = name.split("/").slice(1);
  if (parts.length > deepest) {
    warn(`"${name.slice(0, 80)}…" lies too deep and is left out`);
    return undefined;
  }
  const path = withoutRoot(parts.join("/"));
  if (path.replaceAll("\\", "/").split("/").includes("..")) {
    warn(`"${name}" leads out of the package and is left out`);
    return undefined;
  }
  return path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");
}

/** Roots of both kinds of systems are dropped, repeatedly. */
function withoutRoot(path: string): string {
  let rest = path;
  for (;;) {
    const { root } = win32.parse(rest);
    const length = rest.startsWith("/") && !rest.startsWith("//?/") ? 1 : root.length;
    if (length === 0) return rest;
    rest = rest.slice(length);
  }
}

function writeEntry(entry: Pick<TarEntry, "body" | "mode">, file: string, made: Set<string>): void {
  makeParents(dirname(file), made);
  // The mode counts for a new file only: a second entry of the same name changes the contents.
  writeFileSync(file, entry.body, { mode: (entry.mode & 0o100) === 0 ? 0o644 : 0o755 });
}

function makeParents(directory: string, made: Set<string>): void {
  if (made.has(directory)) return;
  mkdirSync(directory, { recursive: true });
  for (let at = directory; !made.has(at); at = dirname(at)) made.add(at);
}
