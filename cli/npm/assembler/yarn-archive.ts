// The archive that yarn 2 and later makes of a package's tarball: what its lockfile has the checksum of.

import { posix } from "node:path";
import { tarEntries } from "./tar-reader.ts";
import { inflate } from "./unpack.ts";
import { type ZipEntry, zipOf } from "./zip.ts";

const directoryMode = 0o040_755;
const fileMode = 0o100_644;
const linkMode = 0o120_777;

/**
 * Without compression (yarn's `10c0`). `prefix` is `node_modules/` and the package's name, of which each part is an
 * entry, too. Throws a TarError or a ZipError.
 */
export function yarnArchive(tarball: Buffer, prefix: string): Buffer {
  // A second entry of a name takes the place of the first.
  const entries = new Map<string, ZipEntry>();
  const directories = new Set<string>([""]);
  const makeDirectory = (path: string): void => {
    if (directories.has(path)) return;
    makeDirectory(parentOf(path));
    directories.add(path);
    entries.set(`${path}/`, { path: `${path}/`, mode: directoryMode, body: Buffer.alloc(0) });
  };
  for (const { path, type, mode, body, target } of tarEntries(inflate(tarball))) {
    const name = placeOf(path);
    if (name === undefined) continue;
    const place = posix.join(prefix, name);
    const isLink = type === "symlink";
    if (type !== "directory" && type !== "file" && !isLink) continue;
    makeDirectory(parentOf(place));
    if (type === "directory") makeDirectory(place);
    else {
      entries.set(place, {
        path: place,
        mode: isLink ? linkMode : fileMode | ((mode & 0o111) === 0 ? 0 : 0o111),
        body: isLink ? Buffer.from(target) : body,
      });
    }
  }
  return zipOf([...entries.values()]);
}

/** The path below the package; `undefined` for what yarn leaves out. */
function placeOf(path: string): string | undefined {
  const parts = path.split("/");
  if (path.startsWith("/") || parts.includes("..") || parts.length < 2) return undefined;
  const kept = posix.normalize(path).replace(/\/$/, "").split("/").slice(1);
  return kept.length === 0 ? undefined : kept.join("/");
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}
