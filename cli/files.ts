// Reading files that a person named, with an answer for every way in which that goes wrong.

import { readFileSync } from "node:fs";
import { fail } from "../graph/diagnostic.ts";

/** `undefined` when there is no such file, or no plain one. */
export function readIfThere(path: string | Buffer): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return undefined;
  }
}

/** `shown` is the path as it was typed. */
export function readNamedFile(path: string, shown: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    return fail(
      {
        code: "cli/no-such-file",
        message: `cannot read "${shown}": ${reasonOf(error)}`,
        hint: "check the path; it is relative to the working directory",
      },
      1,
      { cause: error },
    );
  }
}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

const reasons: ReadonlyMap<string, string> = new Map([
  ["EACCES", "permission denied"],
  ["EEXIST", "it exists already"],
  ["EISDIR", "it is a directory"],
  ["ELOOP", "too many links"],
  ["ENAMETOOLONG", "the name is too long"],
  ["ENOENT", "no such file or directory"],
  ["ENOSPC", "no space left on the device"],
  ["ENOTDIR", "a part of the path is not a directory"],
  ["EPERM", "not permitted"],
  ["EROFS", "the file system is read-only"],
]);

/** What the system said, in words. */
export function reasonOf(error: unknown): string {
  const code = errorCode(error);
  return (code === undefined ? undefined : reasons.get(code)) ?? (error as Error).message;
}
