// What ninja's procedure asks of the disk, so that tests can give it another one (ninja: `DiskInterface`).

import { mkdirSync, readFileSync, rmdirSync, type Stats, statSync, unlinkSync, writeFileSync } from "node:fs";
import type { FileContent } from "../../generators/ninja/parse.ts";
import { type Bytes, toBuffer, toText } from "../../graph/bytes.ts";
import { errorCode } from "../files.ts";
import { refuseBuild } from "./failure.ts";

/** "absent": there was nothing to remove. */
export type Removal = "absent" | "removed" | { readonly reason: string };

export interface Disk {
  /** When a file was changed, in a unit of the disk's own; 0 when it is not there. */
  stat(path: Bytes): number;
  /** `undefined` when there is no such file. */
  readFile(path: Bytes): FileContent;
  writeFile(path: Bytes, contents: Bytes): void;
  removeFile(path: Bytes): Removal;
  /** Makes the directories that a file needs. */
  makeParents(path: Bytes): void;
  /** A command of this machine has run that makes the file. */
  noteRun?(path: Bytes): void;
  /** The time in the unit of `stat`; without it, the time of a file that is written for that. */
  clock?(): number;
}

/** The directory in which the program was started or that -C names, and what lies in it. */
export class RealDisk implements Disk {
  readonly #directory: string;

  /** `directory` is absolute; relative paths are relative to it. */
  constructor(directory: string) {
    this.#directory = `${directory}/`;
  }

  placeOf(path: Bytes): Buffer | string {
    const isAbsolute = path.startsWith("/");
    // A third of the time that a buffer takes, for the names that nearly all files have.
    if (/^[\x00-\x7f]*$/.test(path)) return isAbsolute ? path : this.#directory + path;
    return isAbsolute ? toBuffer(path) : Buffer.concat([Buffer.from(this.#directory), toBuffer(path)]);
  }

  stat(path: Bytes): number {
    const stats = this.statsOf(path);
    if (stats === undefined) return 0;
    // Some set the time of all files to 0, which here means that a file is missing.
    return Math.max(1, Math.floor(stats.mtimeMs * 1000));
  }

  statsOf(path: Bytes): Stats | undefined {
    try {
      return statSync(this.placeOf(path), { throwIfNoEntry: false });
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      if (errorCode(error) === "ENOTDIR") return undefined;
      return refuseBuild(`stat(${path}): ${systemWords(error)}`);
    }
  }

  readFile(path: Bytes): FileContent {
    // It would name the directory itself.
    if (path === "") return undefined;
    try {
      return readFileSync(this.placeOf(path));
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return errorCode(error) === "ENOENT" ? undefined : { reason: systemWords(error) };
    }
  }

  writeFile(path: Bytes, contents: Bytes): void {
    const write = (): void => writeFileSync(this.placeOf(path), toBuffer(contents));
    try {
      this.makeParents(path);
      write();
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      refuseBuild(`WriteFile(${path}): Unable to create file. ${systemWords(error)}`);
    }
  }

  removeFile(path: Bytes): Removal {
    const place = this.placeOf(path);
    try {
      unlinkSync(place);
      return "removed";
    } catch (error) {
      const code = errorCode(error);
      if (code === undefined) throw error;
      if (code === "ENOENT" || code === "ENOTDIR") return "absent";
      if (code !== "EISDIR" && code !== "EPERM") return { reason: systemWords(error) };
    }
    try {
      rmdirSync(place);
      return "removed";
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      return { reason: systemWords(error) };
    }
  }

  makeParents(path: Bytes): void {
    const slash = path.lastIndexOf("/");
    if (slash <= 0) return;
    try {
      mkdirSync(this.placeOf(path.slice(0, slash) as Bytes), { recursive: true });
    } catch (error) {
      if (errorCode(error) === undefined) throw error;
      refuseBuild(`mkdir(${path.slice(0, slash)}): ${systemWords(error)}`);
    }
  }
}

/** What strerror(3) says. */
export function systemWords(error: unknown): string {
  const known = new Map([
    ["EACCES", "Permission denied"],
    ["EEXIST", "File exists"],
    ["EISDIR", "Is a directory"],
    ["ELOOP", "Too many levels of symbolic links"],
    ["ENAMETOOLONG", "File name too long"],
    ["ENOENT", "No such file or directory"],
    ["ENOSPC", "No space left on device"],
    ["ENOTDIR", "Not a directory"],
    ["EPERM", "Operation not permitted"],
    ["EROFS", "Read-only file system"],
  ]);
  return known.get(errorCode(error) ?? "") ?? toText((error as Error).message as Bytes);
}
