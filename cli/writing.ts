// What goes wrong when files are written: no space, no permission. Told as diagnostics, the environment's fault.

import { fail } from "../graph/diagnostic.ts";
import { errorCode, reasonOf } from "./files.ts";

const hints: ReadonlyMap<string, string> = new Map([
  ["ENOSPC", "make room and run again: what was finished is kept"],
  ["EDQUOT", "make room and run again: what was finished is kept"],
  ["EACCES", "give yourself permission to write there"],
  ["EPERM", "give yourself permission to write there"],
  ["EROFS", "choose a place that can be written"],
  ["ENOTDIR", "a file is where a directory has to be: move it away"],
  ["EEXIST", "a file is where a directory has to be: move it away"],
  ["EISDIR", "a directory is where a file has to be: move it away"],
  ["ENOTEMPTY", "a directory is where a file has to be: move it away"],
  ["ENAMETOOLONG", "choose a shorter path"],
]);

/** Runs `work`, which writes to `place`; what the system refuses becomes `cli/cannot-write`, exit code 3. */
export async function writing<T>(place: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    return failWriting(place, error);
  }
}

/** The same for work that is done when it returns. */
export function writingNow<T>(place: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    return failWriting(place, error);
  }
}

function failWriting(place: string, error: unknown): never {
  const hint = hints.get(errorCode(error) ?? "");
  if (hint === undefined) throw error;
  return fail({ code: "cli/cannot-write", message: `cannot write "${place}": ${reasonOf(error)}`, hint }, 3, {
    cause: error,
  });
}
