// The recipe of a node_modules tree: all that is foreign in it (names, links, bins, files) in the files of one store
// object. The assembler (cli/npm/assembler/) reads it; nothing of it passes through an argument or a variable.

import { asBytes, type Bytes } from "../../graph/bytes.ts";
import type {
  DirectoryLink,
  GitSource,
  PackageTree,
  PlacedPackage,
  ProjectMember,
} from "../../graph/package-tree.ts";
import { type JsonObject, type JsonValue, printJson } from "../json.ts";
import type { NarNode } from "../nar.ts";

/** Where the assembler finds the files of a package: in a list of its derivation, or in the recipe. */
export type Provider =
  /** Index into the attribute `tarballs`. */
  | { readonly kind: "archive" | "tarball"; readonly index: number }
  /** Index into the attribute `built`: the directory of the package, and what is left out when it failed. */
  | { readonly kind: "built"; readonly index: number; readonly without?: readonly Bytes[] }
  /** Index into the attribute `checkouts`. */
  | { readonly kind: "git"; readonly index: number; readonly source: GitSource; readonly isPrepared: boolean }
  /** A tarball of the project, `files/INDEX` in the recipe. */
  | { readonly kind: "file"; readonly path: Bytes }
  /** A directory of the project, `files/INDEX` in the recipe. */
  | { readonly kind: "directory"; readonly path: Bytes }
  /** In the tarball of the package that it is bundled in. */
  | { readonly kind: "bundled" };

/** One tree: the project's, or what an install script may see. */
export interface RecipeParts {
  readonly packages: readonly (readonly [PlacedPackage, Provider])[];
  readonly links: readonly DirectoryLink[];
  readonly members: readonly ProjectMember[];
  readonly tree: Pick<PackageTree, "files" | "layout">;
  /** What runs in the tree once it is there. */
  readonly script?: ScriptParts;
  /** The project's file at a path: tarballs and patches. */
  readonly read: (path: Bytes) => NarNode;
}

/** How a package with install scripts is built. */
export interface ScriptParts {
  readonly place: PlacedPackage;
  /** Instead of the package's own scripts. */
  readonly command: Bytes | undefined;
  /** A failure is recorded, and others go on without the package. */
  readonly mayFail: boolean;
}

const text = asBytes;

function object(entries: Readonly<Record<string, JsonValue | undefined>>): JsonObject {
  return new Map(
    Object.entries(entries).flatMap(([key, value]): [Bytes, JsonValue][] =>
      value === undefined ? [] : [[text(key), value]],
    ),
  );
}

/** `recipe.json` and `files/`. */
export function recipeNode(parts: RecipeParts): NarNode {
  const files = new Map<Bytes, NarNode>();
  const fileIndexes = new Map<Bytes, number>();
  const fileOf = (path: Bytes): number => {
    const known = fileIndexes.get(path);
    if (known !== undefined) return known;
    const node = parts.read(path);
    const index = fileIndexes.size;
    fileIndexes.set(path, index);
    files.set(text(String(index)), node);
    return index;
  };
  const indexOf = (provider: Provider): number | undefined =>
    provider.kind === "bundled" ? undefined : "path" in provider ? fileOf(provider.path) : provider.index;
  const recipe = object({
    layout: text(parts.tree.layout),
    packages: parts.packages.map(([place, provider]) =>
      object({
        location: place.location,
        name: place.name,
        version: place.version,
        from: text(provider.kind),
        index: indexOf(provider),
        git: provider.kind === "git" ? gitObject(provider.source, provider.isPrepared) : undefined,
        without: provider.kind === "built" ? provider.without : undefined,
        bins: place.bins?.map(({ name, path }) => object({ name, path })),
        patches: place.patches.length === 0 ? undefined : place.patches.map(fileOf),
      }),
    ),
    links: parts.links.map(({ location, target, text }) => object({ location, target, text })),
    members: parts.members.map(({ location, name, bins }) =>
      object({ location, name, bins: bins.map((bin) => object({ name: bin.name, path: bin.path })) }),
    ),
    files: parts.tree.files.map(({ location, contents }) => object({ location, contents })),
    script: parts.script === undefined ? undefined : scriptObject(parts.script),
  });
  const entries = new Map<Bytes, NarNode>([
    [text("recipe.json"), { kind: "file", executable: false, contents: printJson(recipe) }],
  ]);
  if (files.size > 0) entries.set(text("files"), { kind: "directory", entries: files });
  return { kind: "directory", entries };
}

function gitObject({ url, commit, directory }: GitSource, isPrepared: boolean): JsonObject {
  return object({ address: asBytes(`git+${url}#${commit}`), directory, isPrepared });
}

function scriptObject({ place, command, mayFail }: ScriptParts): JsonObject {
  const { source } = place;
  return object({
    location: place.location,
    command,
    mayFail,
    integrity: source.kind === "tarball" && source.archive === undefined ? source.integrity.sri : undefined,
    isDev: place.isDev,
    isOptional: place.isOptional,
    isDevOptional: place.isDevOptional,
    isPeer: place.isPeer,
  });
}
