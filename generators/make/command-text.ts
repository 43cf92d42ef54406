// Recipe lines as one shell script that does what make did with them: each in a shell of its own, in make's
// directory, with make's variables, up to the first that fails.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { shellQuote } from "../../graph/shell-quote.ts";
import type { DumpEnvironment } from "./dump.ts";

export interface CommandLine {
  readonly text: Bytes;
  /** It may fail. */
  readonly isIgnored: boolean;
  /** It calls make for what other steps have made by then. */
  readonly callsMake: boolean;
}

export interface CommandPlace {
  /** Relative to the build directory, "" for that itself. */
  readonly directory: Bytes;
  readonly environment: DumpEnvironment;
}

/** One plain line stays as it is: what a compile reads is found more exactly in it. */
export function commandText(lines: readonly CommandLine[], place: CommandPlace): Bytes {
  const before = [
    ...(place.directory === "" ? [] : [`cd ${shellQuote(place.directory)} || exit`]),
    ...place.environment.unset.map((name) => `unset ${name}`),
    ...place.environment.set.map(([name, value]) => `export ${name}=${shellQuote(value)}`),
  ];
  const [only] = lines;
  if (lines.length === 1 && only !== undefined && !only.isIgnored && !only.callsMake) {
    return asBytes([...before, only.text].join("\n"));
  }
  const body = lines.map(({ text, isIgnored, callsMake }, index) => {
    const stub = callsMake ? "make() { :; }\ngmake() { :; }\n" : "";
    // Not `( … ) || exit`: that would turn off `set -e` inside.
    const isLast = index === lines.length - 1;
    const check = isIgnored ? (isLast ? "\n:" : "") : isLast ? "" : "\ntest $? -eq 0 || exit 1";
    return `(\n${stub}${text}\n)${check}`;
  });
  return asBytes([...before, ...body].join("\n"));
}
