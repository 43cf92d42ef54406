// What TypeScript's configuration files and the compiler's own reading of them (`tsc --showConfig`) say. The compiler
// knows which files a project has; only what a file extends is not in its answer.

import { asBytes, type Bytes, compareBytes, fromText, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { TypeScriptProject } from "../../graph/typescript-projects.ts";
import { directoryOf } from "./yarn-project.ts";

export interface ShownConfig {
  readonly isComposite: boolean;
  /** Relative to the directory of the configuration, as the compiler writes them. */
  readonly files: readonly string[];
  readonly references: readonly string[];
}

/** The compiler's answer: JSON. */
export function readShownConfig(text: string, config: Bytes): ShownConfig {
  const shown = objectOf(parsed(text));
  if (shown === undefined) return failTypeScript(config, "tsc --showConfig gives no JSON");
  const { compilerOptions, files, references } = shown;
  return {
    isComposite: objectOf(compilerOptions)?.["composite"] === true,
    files: textsOf(files),
    references: (Array.isArray(references) ? references : []).flatMap((one: unknown) =>
      textsOf([objectOf(one)?.["path"]]),
    ),
  };
}

/** What a configuration file extends, as it is written. One that cannot be read is for the compiler to refuse. */
export function extendedBy(text: string): readonly string[] {
  const value = objectOf(parsed(withoutComments(text)))?.["extends"];
  return textsOf(Array.isArray(value) ? value : [value]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one: unknown) => typeof one === "string") : [];
}

/** JSON of what may have comments and commas before a closing bracket. */
function withoutComments(text: string): string {
  return text
    .replace(/^\ufeff/, "")
    .replace(
      /("(?:[^"\\]|\\.)*")|\/\/[^\n]*|\/\*[\s\S]*?\*\//g,
      (_, string: string | undefined) => string ?? " ",
    )
    .replace(/("(?:[^"\\]|\\.)*")|,(?=\s*[\]}])/g, (_, string: string | undefined) => string ?? "");
}

/** The files of a project, as far as they matter: paths that are there, without those in `node_modules`. */
export interface SolutionFiles {
  readonly paths: ReadonlySet<Bytes>;
  readonly read: (path: Bytes) => string;
  /** Links to directories of the project: "node_modules/@my/tsconfig" -> "packages/tsconfig". */
  readonly links: ReadonlyMap<Bytes, Bytes>;
}

/**
 * The projects that a configuration leads to, itself included, in the order of their names. One without files of its
 * own only leads to others.
 *
 * @param show asks the compiler
 */
export function solutionOf(
  top: Bytes,
  files: SolutionFiles,
  show: (config: Bytes) => ShownConfig,
): readonly TypeScriptProject[] {
  const shown = new Map<Bytes, ShownConfig>();
  const references = new Map<Bytes, readonly Bytes[]>();
  const visit = (config: Bytes): void => {
    if (shown.has(config)) return;
    const one = show(config);
    shown.set(config, one);
    const found = one.references.map((path) => configOf(directoryAbove(config), path, config, files.paths));
    references.set(config, [...new Set(found)].sort(compareBytes));
    for (const next of found) visit(next);
  };
  visit(top);
  const own = new Map(
    [...shown].map(([config, one]) => [
      config,
      one.files.map((path) => directoryOf(directoryAbove(config), fromText(path), config)),
    ]),
  );
  return [...shown.keys()].sort(compareBytes).map((config) => {
    const listed = own.get(config) ?? [];
    const isWhole = listed.length > 0 && shown.get(config)?.isComposite !== true;
    const read = [...new Set([...listed, ...(isWhole ? besides(config, own, files.paths) : [])])]
      .filter((path) => files.paths.has(path))
      .sort(compareBytes);
    return {
      config,
      files: read,
      settings: settingsOf(config, read, files),
      references: references.get(config) ?? [],
    };
  });
}

/** `path` is a configuration or the directory of a tsconfig.json. */
function configOf(from: Bytes, path: string, config: Bytes, paths: ReadonlySet<Bytes>): Bytes {
  const found = directoryOf(from, fromText(path), config);
  const isFile = paths.has(found) && found.endsWith(".json");
  const file = isFile ? found : below(found, "tsconfig.json");
  if (paths.has(file)) return file;
  return failTypeScript(config, `the reference ${JSON.stringify(path)} leads to no configuration`);
}

/** What a project that need not list its files may read: code beside them that is no other project's. */
function besides(
  config: Bytes,
  own: ReadonlyMap<Bytes, readonly Bytes[]>,
  paths: ReadonlySet<Bytes>,
): readonly Bytes[] {
  const directory = directoryAbove(config);
  const others = [...own.keys()]
    .map(directoryAbove)
    .filter((one) => one !== directory && isIn(one, directory));
  const taken = new Set([...own].flatMap(([other, files]) => (other === config ? [] : files)));
  return [...paths].filter(
    (path) =>
      isIn(path, directory) &&
      /\.(?:[cm]?[jt]sx?|json)$/.test(path) &&
      !/(?:^|\/)(?:package|package-lock|npm-shrinkwrap|tsconfig[^/]*)\.json$/.test(path) &&
      !taken.has(path) &&
      !others.some((other) => isIn(path, other)),
  );
}

function settingsOf(config: Bytes, read: readonly Bytes[], files: SolutionFiles): readonly Bytes[] {
  const found = new Set<Bytes>([config]);
  // Grows while it is walked.
  for (const path of found) {
    for (const written of extendedBy(files.read(path))) {
      const extended = extendedPath(directoryAbove(path), written, files);
      if (extended !== undefined) found.add(extended);
    }
  }
  for (const path of [config, ...read]) {
    for (let at = path; at !== ""; ) {
      at = directoryAbove(at);
      const manifest = below(at, "package.json");
      if (files.paths.has(manifest)) found.add(manifest);
    }
  }
  return [...found].sort(compareBytes);
}

/** `undefined` for one that is not the project's: a package's is in node_modules. */
function extendedPath(from: Bytes, written: string, files: SolutionFiles): Bytes | undefined {
  const isPath = /^\.\.?(?:\/|$)/.test(written);
  const found = isPath ? directoryOf(from, fromText(written), from) : linkedPath(from, written, files.links);
  if (found === undefined) return undefined;
  return [found, `${found}.json`, below(found, "tsconfig.json")]
    .map(asBytes)
    .find((path) => files.paths.has(path));
}

/** A path through a link in a `node_modules` above. */
function linkedPath(from: Bytes, written: string, links: ReadonlyMap<Bytes, Bytes>): Bytes | undefined {
  const name = /^(?:@[^/]+\/)?[^/]+/.exec(written)?.[0] ?? "";
  for (let at = from; ; at = directoryAbove(at)) {
    const target = links.get(below(at, `node_modules/${fromText(name)}`));
    if (target !== undefined) return asBytes(`${target}${fromText(written.slice(name.length))}`);
    if (at === "") return undefined;
  }
}

function isIn(path: Bytes, directory: Bytes): boolean {
  return directory === "" || path.startsWith(`${directory}/`) || path === directory;
}

function directoryAbove(path: Bytes): Bytes {
  return asBytes(path.slice(0, Math.max(0, path.lastIndexOf("/"))));
}

function below(directory: Bytes, name: string): Bytes {
  return asBytes(directory === "" ? name : `${directory}/${name}`);
}

export function failTypeScript(config: Bytes, message: string): never {
  return fail({
    code: "npm/typescript",
    message: `${quoted(config)}: ${message}`,
    hint: "run `tsc -b` on it, which says more",
  });
}
