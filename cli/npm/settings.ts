// What unravel.npm (templates/lib/npm.nix) tells the stages, as JSON. Each field is looked at.

import {
  type Checkout,
  checkoutKey,
  type NpmContext,
  type NpmPurpose,
  type ScriptChoice,
} from "../../emit/npm/derive.ts";
import type { EmissionContext } from "../../emit/outputs/context.ts";
import type { KnownPaths } from "../../emit/references.ts";
import { storeObjectOf } from "../../emit/store-path.ts";
import { integrityOf, type Pins } from "../../generators/npm/integrity.ts";
import { targetOfSystem } from "../../generators/npm/platform.ts";
import { gitSource } from "../../generators/npm/source.ts";
import { type Bytes, fromText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { TreeRequest } from "./load-tree.ts";

/** What `npm-tree` is asked for. */
export function treeSettings(json: string): Omit<TreeRequest, "files"> {
  const fields = new Map(Object.entries(JSON.parse(json) as object));
  const target = targetOfSystem(String(fields.get("system")));
  if (target === undefined) return wrong("system", "one that Node knows, such as x86_64-linux");
  const node = fields.get("node");
  const registry = optional(fields.get("registry"), "registry");
  const layout = optional(fields.get("layout"), "layout");
  if (layout !== undefined && layout !== "hoisted" && layout !== "isolated")
    return wrong("layout", '"hoisted" or "isolated"');
  return {
    target,
    nodeVersion: typeof node === "string" ? `v${node}` : process.version,
    ...(registry === undefined ? {} : { registry }),
    ...(layout === undefined ? {} : { layout }),
    omit: new Set(omitted(fields.get("omit"))),
    pins: pins(fields.get("integrity")),
  };
}

function optional(value: unknown, name: string): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === "string" ? value : wrong(name, "a string");
}

function omitted(value: unknown): readonly ("dev" | "optional" | "peer")[] {
  if (!Array.isArray(value)) return wrong("omit", "a list");
  return value.map((kind: unknown) =>
    kind === "dev" || kind === "optional" || kind === "peer"
      ? kind
      : wrong("omit", 'a list of "dev", "optional" and "peer"'),
  );
}

/** `integrity."left-pad@1.3.0" = "sha512-…";` */
function pins(value: unknown): Pins {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return wrong("integrity", "an attribute set");
  return new Map(
    Object.entries(value).map(([name, text]) => {
      const integrity = typeof text === "string" ? integrityOf(text) : undefined;
      return [fromText(name), integrity ?? wrong(`integrity."${name}"`, "a hash such as sha512-…")];
    }),
  );
}

export interface NpmEmission extends NpmContext {
  readonly purpose: NpmPurpose;
}

/** The context of `npm-entry` and `npm-emit`. */
export function npmContext(
  json: string,
  environment: Bytes,
  storeDir: Bytes,
  known: KnownPaths,
): EmissionContext & NpmEmission {
  const fields = new Map(Object.entries(JSON.parse(json) as object));
  const field = (name: string): Bytes => {
    const value = fields.get(name);
    return typeof value === "string" ? fromText(value) : wrong(name, "a string");
  };
  const assembler = field("assembler");
  const checkouts = checkoutsOf(fields.get("gitSources"));
  return {
    storeDir,
    environment,
    known,
    assembler,
    system: field("system"),
    shell: field("shell"),
    node: field("node"),
    planner: field("planner"),
    forwardScript: field("forwardScript"),
    references: [assembler, ...[...checkouts.values()].map(({ path }) => storeObjectOf(path, storeDir))],
    checkouts,
    purpose: fields.get("purpose") === "manifests" ? "manifests" : "build",
    scripts: scriptChoices(fields.get("scripts")),
  };
}

/** What the derivations of the project's own packages need to know besides. */
export function projectSettings(json: string): { readonly name: Bytes; readonly rootScript: Bytes } {
  return { name: textField(json, "name"), rootScript: textField(json, "rootScript") };
}

/** The script that builds a workspace. */
export function scriptSetting(json: string): Bytes {
  return textField(json, "script");
}

function textField(json: string, name: string): Bytes {
  const value = new Map(Object.entries(JSON.parse(json) as object)).get(name);
  return typeof value === "string" && value !== "" ? fromText(value) : wrong(name, "a string");
}

/** `scripts.esbuild = false;` or a command. */
function scriptChoices(value: unknown): readonly ScriptChoice[] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return wrong("scripts", "an attribute set");
  return Object.entries(value).map(([name, command]) => {
    if (command !== false && typeof command !== "string")
      return wrong(`scripts."${name}"`, "a command or false");
    return { package: fromText(name), command: command === false ? undefined : fromText(command) };
  });
}

/** `{ fetched = { "git+https://…#COMMIT" = CHECKOUT; }; given = { … }; }`; what is given counts. */
function checkoutsOf(value: unknown): ReadonlyMap<Bytes, Checkout> {
  const kinds = new Map(Object.entries(value ?? {}));
  return new Map(
    ["fetched", "given"].flatMap((kind) =>
      Object.entries((kinds.get(kind) ?? {}) as object).map(([address, path]): [Bytes, Checkout] => {
        const name = `gitSources."${address}"`;
        const source = gitSource(address);
        if (source === undefined || source.kind !== "git")
          return wrong(name, "named as in the lockfile: an address of git, # and a whole commit");
        if (typeof path !== "string") return wrong(name, "a directory");
        return [checkoutKey(source), { path: fromText(path), isPrepared: kind === "given" }];
      }),
    ),
  );
}

function wrong(name: string, wanted: string): never {
  return fail({
    code: "plan/settings",
    message: `${name} must be ${wanted}`,
    hint: "see the reference in docs/npm.md",
  });
}
