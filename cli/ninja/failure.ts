// How a run ends early, in ninja's words.

import { ninjaText } from "../../generators/ninja/error.ts";
import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";

/** What ninja hands upwards as `*err`: a clause without a prefix, which the caller puts into a sentence. */
export class BuildError extends Error {
  override readonly name = "BuildError";
  readonly text: Bytes;

  constructor(text: string) {
    super(text);
    this.text = asBytes(text);
  }
}

/** Ends the program at once with `ninja: fatal: TEXT` (ninja: `Fatal`). */
export class FatalError extends Error {
  override readonly name = "FatalError";
  readonly text: Bytes;

  constructor(text: string) {
    super(text);
    this.text = asBytes(text);
  }
}

export function refuseBuild(text: string): never {
  throw new BuildError(text);
}

export function fatal(text: string): never {
  throw new FatalError(text);
}

/** Ninja's words for an error of the manifest reader or of the engine; `undefined` for any other error. */
export function wordsOf(error: unknown): Bytes | undefined {
  if (error instanceof BuildError) return error.text;
  const first = error instanceof InputError ? error.diagnostics[0] : undefined;
  if (first === undefined) return undefined;
  return /^(ninja|depfile)\//.test(first.code) ? ninjaText(first) : undefined;
}
