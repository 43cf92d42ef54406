// Errors of a Make dump: each with the place in it.

import type { Bytes } from "../../graph/bytes.ts";
import type { Code } from "../../graph/codes.ts";
import { fail, type Span } from "../../graph/diagnostic.ts";

/** What to do with a dump that is not as it was written. */
export const captureAgain = "capture the build again; a dump is written whole or not at all";

export function failAt(code: Code, message: string, at: Span, hint: string): never {
  return fail({ code, message, at, hint });
}

/** The bytes of a line of the dump. */
export function spanOf(file: Bytes, start: number, end: number): Span {
  return { file, start, end };
}
