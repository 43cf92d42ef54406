// What of cargo's configuration (as `cargo config get` merges it) reaches rustc: flags, linkers, variables.

import { asBytes, type Bytes, compareBytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { ConfigVariable } from "../../graph/unit-graph.ts";
import { cfgSet, holds } from "./cfg.ts";
import { type Fields, fieldAt, fieldsOf, textOf } from "./json-fields.ts";

export interface PlatformSettings {
  readonly flags: readonly Bytes[];
  readonly linker: Bytes | undefined;
  readonly runner: readonly Bytes[];
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
  const runner = [exact, ...matching]
    .map((entry) => wordsOf(entry.get(asBytes("runner"))))
    .find((words) => words.length > 0);
  return { flags: rustflags ?? (ofTarget.length > 0 ? ofTarget : ofBuild), linker, runner: runner ?? [] };
}

/** `build.target`: what is built for when nobody names a target. */
export function configuredTarget(config: Fields): Bytes | undefined {
  const targets = listOf(fieldAt(fieldsOf(fieldAt(config, "build")), "target"));
  if (targets.length > 1) {
    return fail({
      code: "cargo/targets",
      message: `cargo's configuration names several targets: ${targets.map(quoted).join(", ")}`,
      hint: "name one with target, and build a package for each",
    });
  }
  return targets[0];
}

/**
 * `[target.TRIPLE.LINKS]`: what counts in the place of the build script of the package that links LINKS, as lines that
 * the script would print. In cargo's order, which is that of the names.
 */
export function scriptOverride(config: Fields, triple: Bytes, links: Bytes): readonly Bytes[] | undefined {
  const target = fieldsOf(fieldsOf(fieldAt(config, "target")).get(triple));
  if (!target.has(links)) return undefined;
  const lines: string[] = [];
  for (const [key, value] of [...fieldsOf(target.get(links))].sort(([a], [b]) => compareBytes(a, b))) {
    if (key === "rustc-flags") lines.push(`cargo:${key}=${textOf(value) ?? wordsOf(value).join(" ")}`);
    else if (key === "rustc-env")
      for (const [name, text] of fieldsOf(value)) lines.push(`cargo:${key}=${name}=${textOf(text) ?? ""}`);
    else if (/^rustc-/.test(key)) for (const word of listOf(value)) lines.push(`cargo:${key}=${word}`);
    else lines.push(`cargo:${key}=${textOf(value) ?? ""}`);
  }
  return lines.map(asBytes);
}

function listOf(value: unknown): readonly Bytes[] {
  if (Array.isArray(value)) return value.flatMap((word: unknown) => textOf(word) ?? []);
  const text = textOf(value);
  return text === undefined ? [] : [text];
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
export function configVariables(config: Fields, top: Bytes): readonly ConfigVariable[] {
  return [...fieldsOf(fieldAt(config, "env"))].flatMap(([name, value]): readonly ConfigVariable[] => {
    const plain = textOf(value);
    if (plain !== undefined) return [{ name, value: plain, isForced: false }];
    const fields = fieldsOf(value);
    const text = textOf(fieldAt(fields, "value"));
    if (text === undefined) return [];
    const whole = fieldAt(fields, "relative") === true ? asBytes(`${top}/${text}`) : text;
    return [{ name, value: whole, isForced: fieldAt(fields, "force") === true }];
  });
}
