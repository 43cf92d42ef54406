// The header scanner as the planner uses it: a recipe in, files of the tree out.

import { asBytes, type Bytes, compareBytes } from "../../graph/bytes.ts";
import type { Recipe } from "../../graph/graph.ts";
import { type CompileInvocation, parseCompiles } from "../../graph/scan/command.ts";
import type { ReferenceKind } from "../../graph/scan/directives.ts";
import { resolveFrom } from "../../graph/scan/path.ts";
import { createScanner, type Scanner, type ScanResult } from "../../graph/scan/scan.ts";
import { standardHeaders } from "../../graph/scan/standard-headers.ts";
import type { CompileScan, MadeFiles } from "./draft.ts";
import { type Layout, parentOf, placeOf } from "./tree-path.ts";

export interface HeaderScanOptions {
  readonly layout: Layout;
  /** Contents of a file, relative to the tree's root. */
  readonly read: (path: Bytes) => Bytes | undefined;
  /** Names in a directory, relative to the tree's root. */
  readonly list: (directory: Bytes) => ReadonlySet<Bytes> | undefined;
  /** Whether a file that some step makes can be read already, from an earlier plan's build. */
  readonly isBuilt?: (path: Bytes) => boolean;
  /** As for a scanner. */
  readonly takesEveryBranch?: boolean;
}

export type HeaderScan = (recipe: Recipe, made: MadeFiles) => CompileScan | undefined;

/** One scanner for all recipes of a graph: what two units share is scanned once. */
export function createHeaderScan(options: HeaderScanOptions): HeaderScan {
  const { layout } = options;
  const inTree = <T>(path: Bytes, look: (inside: Bytes) => T | undefined): T | undefined => {
    const place = placeOf(path, layout);
    return place.kind === "tree" ? look(place.path) : undefined;
  };
  let scanner: Scanner | undefined;
  const searched = new SearchedPaths(layout);
  return (recipe, made) => {
    const isMade = (path: Bytes): boolean => made.isMade(path);
    const response = recipe.responseFile;
    const responsePath =
      response === undefined ? undefined : resolveFrom(layout.buildDirectory, response.path);
    const read = (path: Bytes): Bytes | undefined =>
      path === responsePath ? response?.content : inTree(path, options.read);
    const invocations = parseCompiles(recipe.command, layout.buildDirectory, read);
    if (invocations.length === 0) return undefined;
    scanner ??= createScanner({
      roots: [layout.root],
      // A directory that steps make is there in every phase, so that a scan finds the same ones in each.
      listDirectory: (path) =>
        inTree(path, (inside) => union(options.list(inside), made.directoriesIn(inside))),
      readFile: (path) => inTree(path, options.read),
      isGenerated: (path) =>
        inTree(path, (inside) => isMade(inside) && options.isBuilt?.(inside) !== true) ?? false,
      ...(options.takesEveryBranch === true ? { takesEveryBranch: true } : {}),
    });
    const isThere = (path: Bytes): boolean =>
      inTree(
        path,
        (inside) => isMade(inside) || options.list(parentOf(inside))?.has(nameOf(inside)) === true,
      ) ?? false;
    const shadowed = invocations.map((invocation) =>
      withShadows(invocation, (directory) => searched.shadowsIn(directory, isThere)),
    );
    return collect(shadowed, scanner, isMade, layout, searched);
  };
}

/** The standard headers that the project has its own of may be read by any system header. */
function withShadows(
  invocation: CompileInvocation,
  shadowsIn: (directory: Bytes) => readonly Bytes[],
): CompileInvocation {
  const { bracket, system } = invocation.directories;
  if (!invocation.hasStandardDirectories) return invocation;
  const there = new Set([...bracket, ...system].flatMap(shadowsIn));
  if (there.size === 0) return invocation;
  const shadows = standardHeaders.filter((name) => there.has(name));
  return { ...invocation, shadows };
}

/** What is asked of each path, once: a graph has few search directories and headers, and reads them thousands of times. */
class SearchedPaths {
  readonly #layout: Layout;
  readonly #inside = new Map<Bytes, Bytes>();
  readonly #outside = new Map<Bytes, Bytes | undefined>();
  readonly #shadows = new Map<Bytes, readonly Bytes[]>();

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  /** Where a path lies in the tree; "" for the root and for what is outside. One string for all that ask. */
  inside(path: Bytes): Bytes {
    let inside = this.#inside.get(path);
    if (inside === undefined) {
      const place = placeOf(path, this.#layout);
      inside = place.kind === "tree" ? place.path : asBytes("");
      this.#inside.set(path, inside);
    }
    return inside;
  }

  /** Where a directory lies, if that is neither the tree nor the store. */
  outside(directory: Bytes): Bytes | undefined {
    if (this.#outside.has(directory)) return this.#outside.get(directory);
    const place = placeOf(directory, this.#layout);
    const isOutside = place.kind === "system" && !place.path.startsWith("/nix/store/");
    const path = isOutside ? place.path : undefined;
    this.#outside.set(directory, path);
    return path;
  }

  /** Names of standard headers that the project has there. */
  shadowsIn(directory: Bytes, isThere: (path: Bytes) => boolean): readonly Bytes[] {
    let names = this.#shadows.get(directory);
    if (names === undefined) {
      names = standardHeaders.filter((name) => isThere(resolveFrom(directory, name)));
      this.#shadows.set(directory, names);
    }
    return names;
  }
}

function nameOf(path: Bytes): Bytes {
  return asBytes(path.slice(path.lastIndexOf("/") + 1));
}

function union(
  a: ReadonlySet<Bytes> | undefined,
  b: ReadonlySet<Bytes> | undefined,
): ReadonlySet<Bytes> | undefined {
  return a === undefined || b === undefined ? (a ?? b) : new Set([...a, ...b]);
}

function collect(
  invocations: readonly CompileInvocation[],
  scanner: Scanner,
  isMade: (path: Bytes) => boolean,
  layout: Layout,
  searched: SearchedPaths,
): CompileScan {
  const read = new Set<Bytes>();
  const generated = new Set<Bytes>();
  const unknown = new Set<Bytes>();
  const directories = new Set<Bytes>();
  const outside = new Set<Bytes>();
  const unresolved = new Set<Bytes>();
  const add = (paths: readonly Bytes[], to: Set<Bytes>): void => {
    for (const path of paths) {
      const inside = searched.inside(path);
      if (inside !== "") to.add(inside);
    }
  };
  const results: ScanResult[] = [];
  for (const invocation of invocations) {
    const found = scanner.scan(invocation);
    results.push(found);
    add(found.files, read);
    add(found.generated, generated);
    add(found.unscanned, unknown);
    add(found.directories, directories);
    add([...invocation.otherDirectories], directories);
    for (const path of searchDirectories(invocation)) {
      const found = searched.outside(path);
      if (found !== undefined) outside.add(found);
    }
    for (const { from, kind, operand, isResolved } of found.macroIncludes) {
      const place = placeOf(from, layout);
      if (!isResolved) unresolved.add(asBytes(`${place.path}: ${spellings[kind]} ${operand}`));
    }
  }
  const sources: Bytes[] = [];
  const made: Bytes[] = [];
  for (const path of read) (isMade(path) ? made : sources).push(path);
  for (const path of generated) made.push(path);
  return {
    isCompile: invocations.every(isCompile),
    sources,
    made,
    unknown: [...unknown],
    closureOf: (path) => {
      const absolute = asBytes(`${layout.root}/${path}`);
      // Two compilers in one command may find two files by one name.
      const [closure = []] = results
        .map((found) => found.closureOf(absolute))
        .filter(({ length }) => length > 0);
      return closure
        .map((file) => asBytes(file.slice(layout.root.length + 1)))
        .filter((file) => !isMade(file));
    },
    directories: [...directories],
    outside: [...outside],
    unresolved: [...unresolved].sort(compareBytes),
  };
}

function searchDirectories({ directories }: CompileInvocation): readonly Bytes[] {
  const { quote, bracket, system, after, embed } = directories;
  return [...quote, ...bracket, ...system, ...after, ...embed];
}

const spellings: Readonly<Record<ReferenceKind, string>> = {
  include: "#include",
  import: "#import",
  next: "#include_next",
  has: "__has_include",
  "has-next": "__has_include_next",
  embed: "#embed",
  "has-embed": "__has_embed",
  dependency: "#pragma GCC dependency",
  incbin: ".incbin",
  "asm-include": ".include",
};

/** Compiled or assembled and not linked: what such a command reads is what the scan finds. */
function isCompile({ tool, action }: CompileInvocation): boolean {
  return tool !== "generator" && action !== "link" && action !== "dependencies";
}
