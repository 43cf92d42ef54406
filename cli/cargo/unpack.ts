// Unpacks a `.crate` file into what cargo takes for a vendored package. Strict: what registries refuse to publish is
// an attack or damage, and is told as such.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { type TarEntry, TarError, tarEntries } from "../npm/assembler/tar-reader.ts";

/** What is wrong with a package, for people. */
export class CrateError extends Error {
  override readonly name = "CrateError";
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.hint = hint;
  }
}

/** Registries take 10 MB packed; what unpacks to this is no source code. */
const largestCrate = 2 ** 30;
const damaged = "the registry or the lockfile is wrong: compare the checksum with another machine's";

/** Unpacks below `to`/NAME-VERSION. */
export function unpackCrate(file: string, name: string, version: string, checksum: string, to: string): void {
  const stem = `${name}-${version}`;
  const directory = join(to, stem);
  mkdirSync(directory, { recursive: true });
  const made = new Map<string, string>();
  try {
    for (const entry of tarEntries(inflate(readFileSync(file)))) {
      const path = placeOf(entry, stem);
      if (entry.type === "directory") continue;
      checkCollision(path, made);
      const target = join(directory, path);
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, entry.body, { mode: (entry.mode & 0o100) === 0 ? 0o644 : 0o755 });
    }
  } catch (error) {
    if (error instanceof TarError)
      throw new CrateError(`the archive cannot be read: ${error.message}`, damaged);
    const { code } = error as NodeJS.ErrnoException;
    if (code === "EISDIR" || code === "ENOTDIR" || code === "EEXIST" || code === "ENAMETOOLONG")
      throw new CrateError(
        `the archive holds a file where it has a directory, or too long a name (${code})`,
        damaged,
      );
    throw error;
  }
  if (!made.has("cargo.toml")) throw new CrateError("the archive holds no Cargo.toml", damaged);
  writeChecksum(directory, checksum);
}

/** Cargo compares files with this list as it builds; here nothing can change them. */
export function writeChecksum(directory: string, checksum: string | null): void {
  writeFileSync(join(directory, ".cargo-checksum.json"), JSON.stringify({ files: {}, package: checksum }));
}

function inflate(packed: Buffer): Buffer {
  try {
    return gunzipSync(packed, { maxOutputLength: largestCrate });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ERR_BUFFER_TOO_LARGE")
      throw new CrateError("the archive unpacks to more than 1 GiB", damaged);
    throw new CrateError(`the archive cannot be uncompressed: ${message}`, damaged);
  }
}

/** The path below the package's directory. */
function placeOf({ path, type }: TarEntry, stem: string): string {
  if (type !== "file" && type !== "directory")
    throw new CrateError(`the archive holds "${path}", which is neither file nor directory`, damaged);
  const parts = path.split("/").filter((part, index) => part !== "." && (part !== "" || index === 0));
  if (parts[0] !== stem || parts.includes("..") || path.includes("\0") || path.includes("\\"))
    throw new CrateError(`the archive holds "${path}", which lies outside "${stem}/"`, damaged);
  return parts.slice(1).join("/");
}

/** Two names that some file systems take for one, of files or of directories above them. */
function checkCollision(path: string, made: Map<string, string>): void {
  const parts = path.split("/");
  for (let length = 1; length <= parts.length; length++) {
    const name = parts.slice(0, length).join("/");
    const known = made.get(name.toLowerCase());
    if (known !== undefined && known !== name)
      throw new CrateError(`the archive holds "${known}" and "${name}", which differ in case only`, damaged);
    made.set(name.toLowerCase(), name);
  }
}
