// What of cargo's configuration (as `cargo config get` merges it) reaches rustc: flags, linkers, variables.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import { cfgSet, holds } from "./cfg.ts";
import { type Fields, fieldAt, fieldsOf, textOf } from "./json-fields.ts";

export interface PlatformSettings {
  readonly flags: readonly Bytes[];
  readonly linker: Bytes | undefined;
}

/**
 * Flags for one platform, in cargo's order of precedence: RUSTFLAGS, then `target.TRIPLE.rustflags` with all
 * `target.'cfg(…)'.rustflags` that hold, then `build.rustflags`. The first that says anything counts.
 */
export function platformSettings(
  config: Fields,
  triple: Bytes,
  cfg: readonly Bytes[],
  rustflags: readonly Bytes[] | undefined,
): PlatformSettings {
  const targets = fieldsOf(fieldAt(config, "target"));
  const exact = fieldsOf(targets.get(triple));
  const matching = [...targets]
    .filter(([key]) => holds(key, cfgSet(cfg)) === true)
    .map(([, value]) => fieldsOf(value));
  const ofTarget = [exact, ...matching].flatMap((entry) => wordsOf(entry.get(asBytes("rustflags"))));
  const ofBuild = wordsOf(fieldsOf(fieldAt(config, "build")).get(asBytes("rustflags")));
  const linker = [exact, ...matching]
    .map((entry) => textOf(entry.get(asBytes("linker"))))
    .find((text) => text !== undefined);
  return { flags: rustflags ?? (ofTarget.length > 0 ? ofTarget : ofBuild), linker };
}

/** A list, or a text that is split at blanks. */
function wordsOf(value: unknown): readonly Bytes[] {
  if (Array.isArray(value)) return value.flatMap((word: unknown) => textOf(word) ?? []);
  const text = textOf(value);
  return text === undefined ? [] : splitWords(text);
}

export function splitWords(text: Bytes): readonly Bytes[] {
  return text
    .split(/[ \t\n]+/)
    .filter((word) => word !== "")
    .map(asBytes);
}

/** `[env]`. A relative value is a path next to the folder of the configuration, which is the tree's top. */
export function configVariables(config: Fields, top: Bytes): readonly (readonly [Bytes, Bytes])[] {
  return [...fieldsOf(fieldAt(config, "env"))].flatMap(([name, value]) => {
    const plain = textOf(value);
    if (plain !== undefined) return [[name, plain] as const];
    const fields = fieldsOf(value);
    const text = textOf(fieldAt(fields, "value"));
    if (text === undefined) return [];
    return [[name, fieldAt(fields, "relative") === true ? asBytes(`${top}/${text}`) : text] as const];
  });
}
