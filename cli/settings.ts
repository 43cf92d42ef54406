// Settings that Nix code hands to the stages as JSON. Each field is looked at; an error names the one that is wrong.

import type { StepContext } from "../emit/derive.ts";
import type { EmissionContext } from "../emit/outputs/context.ts";
import type { ExtraInputs } from "../emit/plan/draft.ts";
import { globToRegExp } from "../emit/plan/glob.ts";
import type { KnownPaths } from "../emit/references.ts";
import { nameProblem, storeObjectOf } from "../emit/store-path.ts";
import { asBytes, type Bytes, fromText, quoted } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";
import { type Frontend, frontends } from "./frontend.ts";

export interface PlanSettings {
  readonly name: Bytes;
  readonly frontend: Frontend;
  /** Relative to the build directory; what the frontend usually reads unless given. */
  readonly graphFile?: Bytes;
  readonly root: Bytes;
  /** Relative to `root`. */
  readonly buildDirectory: Bytes;
  readonly targets: readonly Bytes[];
  readonly extraInputs: readonly ExtraInputs[];
  /** The graph is of a Linux kernel. */
  readonly isKernel?: boolean;
}

export function planSettings(json: string): PlanSettings {
  const fields = parseObject(json, "settings");
  const frontend = frontendOf(textField(fields, "frontend"));
  return {
    name: packageName(textField(fields, "name")),
    frontend,
    ...(fields.has("graphFile")
      ? { graphFile: relative(fromText(textField(fields, "graphFile")), "graphFile") }
      : {}),
    root: fromText(textField(fields, "root")),
    buildDirectory: relative(fromText(textField(fields, "buildDirectory")), "buildDirectory"),
    targets: textList(fields.get("targets"), "targets"),
    ...(fields.get("kernel") === true ? { isKernel: true } : {}),
    extraInputs: list(fields.get("extraInputs"), "extraInputs").map((entry) => {
      if (!isObject(entry)) return wrong("extraInputs", "a list of { outputs, files }");
      const rule = new Map(Object.entries(entry));
      return {
        outputs: globToRegExp(fromText(textField(rule, "outputs"))),
        files: textList(rule.get("files"), "extraInputs.files").map((path) =>
          relative(path, "extraInputs.files"),
        ),
      };
    }),
  };
}

/** What a build directory holds when nothing else is said. */
export const usualGraphFile: Readonly<Record<Frontend, Bytes>> = {
  ninja: asBytes("build.ninja"),
  json: asBytes("graph.json"),
  make: asBytes(".unravel/make.dump"),
};

function frontendOf(name: string): Frontend {
  return (
    frontends.find((frontend) => frontend === name) ??
    wrong("frontend", frontends.map((frontend) => `"${frontend}"`).join(" or "))
  );
}

/** What configure was to write, or the source to hold, is not there. */
export function failNoGraph(file: Bytes): never {
  return fail({
    code: "plan/missing-source",
    message: `the build directory holds no graph ${quoted(file)}`,
    hint: "let configurePhase write it, or name the file: graph = ./graph.json;",
  });
}

/** Short enough that no name made of it and of paths is longer than Nix allows (211). */
const longestName = 60;

function packageName(name: string): Bytes {
  const bytes = fromText(name);
  if (bytes.length <= longestName && nameProblem(bytes) === undefined && !bytes.endsWith(".drv"))
    return bytes;
  return wrong("pname", `at most ${longestName} of the characters 0-9 A-Z a-z + - . _ ? =, not "${name}"`);
}

export function emissionContext(
  json: string,
  environment: Bytes,
  storeDir: Bytes,
  known: KnownPaths,
): EmissionContext & StepContext {
  const fields = parseObject(json, "settings");
  const field = (name: string): Bytes => fromText(textField(fields, name));
  const [stepScript, rootScript] = [field("stepScript"), field("rootScript")];
  // Only steps of a plan make interfaces; the emissions of packages and images have none.
  const interfaceScript = fields.has("interfaceScript") ? field("interfaceScript") : stepScript;
  return {
    storeDir,
    environment,
    known,
    system: field("system"),
    shell: field("shell"),
    node: field("node"),
    planner: field("planner"),
    stepScript,
    interfaceScript,
    rootScript,
    references: [...new Set([stepScript, interfaceScript, rootScript]), ...moreReferences(fields, storeDir)],
    forwardScript: field("forwardScript"),
  };
}

/** Store paths that emitted objects name, beside those that every step does. */
function moreReferences(fields: Fields, storeDir: Bytes): readonly Bytes[] {
  const more = fields.get("references");
  return more === undefined ? [] : textList(more, "references").map((path) => storeObjectOf(path, storeDir));
}

/** Globs of files that keep their bodies in the skeleton. */
export function wholeFiles(json: string): readonly RegExp[] {
  const parsed: unknown = parse(json, "configureFiles");
  return textList(parsed, "configureFiles").map(globToRegExp);
}

type Fields = ReadonlyMap<string, unknown>;

function parseObject(json: string, what: string): Fields {
  const parsed = parse(json, what);
  return isObject(parsed) ? new Map(Object.entries(parsed)) : wrong(what, "an attribute set");
}

function parse(json: string, what: string): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    return fail({ code: "plan/settings", message: `${what} is not JSON: ${(error as Error).message}` }, 2);
  }
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textField(fields: Fields, name: string): string {
  const value = fields.get(name);
  return typeof value === "string" ? value : wrong(name, "a string");
}

function list(value: unknown, name: string): readonly unknown[] {
  return Array.isArray(value) ? value : wrong(name, "a list");
}

function textList(value: unknown, name: string): readonly Bytes[] {
  return list(value, name).map((entry) =>
    typeof entry === "string" ? fromText(entry) : wrong(name, "a list of strings"),
  );
}

/** No path leaves the tree. */
function relative(path: Bytes, name: string): Bytes {
  const parts = path.split("/").filter((part) => part !== "" && part !== ".");
  if (path.startsWith("/") || parts.includes(".."))
    return wrong(name, `a path below the source, not ${quoted(path)}`);
  return asBytes(parts.join("/"));
}

function wrong(name: string, wanted: string): never {
  return fail(
    {
      code: "plan/settings",
      message: `${name} must be ${wanted}`,
      hint: "see the reference in docs/nix-functions.md",
    },
    2,
  );
}
