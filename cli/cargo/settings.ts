// What unravel.cargo (templates/lib/cargo.nix) tells the stages, as JSON. Each field is looked at.

import type { Purpose } from "../../emit/cargo/plan.ts";
import { splitWords } from "../../generators/cargo/config.ts";
import type { RegistryOptions } from "../../generators/cargo/registry.ts";
import { type Bytes, fromText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";

export type Settings = ReadonlyMap<string, unknown>;

export function parseSettings(json: string): Settings {
  return new Map(Object.entries(JSON.parse(json) as object));
}

export function textSetting(settings: Settings, name: string): Bytes {
  const value = settings.get(name);
  return typeof value === "string" ? fromText(value) : wrong(name, "a string");
}

export function optionalText(settings: Settings, name: string): Bytes | undefined {
  const value = settings.get(name);
  if (value === null || value === undefined) return undefined;
  return textSetting(settings, name);
}

export function textList(settings: Settings, name: string): readonly string[] {
  const value = settings.get(name) ?? [];
  if (!Array.isArray(value)) return wrong(name, "a list of strings");
  return value.map((item: unknown) => (typeof item === "string" ? item : wrong(name, "a list of strings")));
}

function textMap(settings: Settings, name: string): ReadonlyMap<Bytes, Bytes> {
  const value = settings.get(name) ?? {};
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return wrong(name, "an attribute set");
  return new Map(
    Object.entries(value).map(([key, text]) => [
      fromText(key),
      typeof text === "string" ? fromText(text) : wrong(`${name}."${key}"`, "a string"),
    ]),
  );
}

export function registryOptions(settings: Settings): RegistryOptions {
  return { registries: textMap(settings, "registries"), checkouts: textMap(settings, "gitSources") };
}

export function extraSources(settings: Settings): ReadonlyMap<Bytes, readonly Bytes[]> {
  const value = settings.get("extraSources") ?? {};
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return wrong("extraSources", "an attribute set of lists");
  return new Map(
    Object.entries(value).map(([name, paths]) => [
      fromText(name),
      textList(new Map([["extraSources", paths as unknown]]), "extraSources").map(fromText),
    ]),
  );
}

/** `rust-toolchain.toml` is compared with the compiler unless this is false. */
export function isTrue(settings: Settings, name: string): boolean {
  return settings.get(name) !== false;
}

const purposes: readonly Purpose[] = ["build", "check", "units"];

export function purposeSetting(settings: Settings): Purpose {
  const name = textSetting(settings, "purpose");
  return purposes.find((purpose) => purpose === name) ?? wrong("purpose", '"build", "check" or "units"');
}

export function rustflagsSetting(settings: Settings): readonly Bytes[] | undefined {
  const text = optionalText(settings, "rustflags");
  return text === undefined ? undefined : splitWords(text);
}

export function wrong(name: string, wanted: string): never {
  return fail({
    code: "plan/settings",
    message: `${name} must be ${wanted}`,
    hint: "see the reference in docs/cargo.md",
  });
}
