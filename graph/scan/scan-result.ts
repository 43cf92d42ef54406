// What a scan gives back.

import { type Bytes, compareBytes } from "../bytes.ts";
import type { ReferenceKind } from "./directives.ts";
import type { Directory, FileSystem } from "./file-system.ts";
import { resolveFrom } from "./path.ts";
import type { Walk } from "./walk.ts";

export interface UnresolvedInclude {
  /** As spelled. */
  readonly name: Bytes;
  readonly form: "quote" | "angle";
  /** A file that asks for it. */
  readonly from: Bytes;
}

export interface MacroInclude {
  readonly from: Bytes;
  readonly kind: ReferenceKind;
  /** As spelled: `CONFIG_H`, `STR(x)`. */
  readonly operand: Bytes;
  /** The names it was taken to mean; empty when no definition was found. */
  readonly names: readonly Bytes[];
  /** False when it may mean more: nothing was found, or there was no end to it. */
  readonly isResolved: boolean;
}

/** All lists are sorted by byte and hold no repeats; paths are absolute and normalised. */
export interface ScanResult {
  /** Below the roots, there now, and may be read. Holds the sources. */
  readonly files: readonly Bytes[];
  /** Reached, made by some step, not readable yet. */
  readonly generated: readonly Bytes[];
  /** Those of `generated` that include: a precompiled header, a module or an embedded file does not. */
  readonly unscanned: readonly Bytes[];
  /** Looked for and not there, before something was found or in vain. */
  readonly absent: readonly Bytes[];
  /** Directories that lookups need although nothing in them may be read. */
  readonly directories: readonly Bytes[];
  /** Below a toolchain root: directories that are searched, and files named absolutely. */
  readonly toolchain: readonly Bytes[];
  /** In no directory below the roots: the toolchain's own headers, or really missing. By name, then form. */
  readonly unresolved: readonly UnresolvedInclude[];
  readonly macroIncludes: readonly MacroInclude[];
  /** Modules (C++20, Fortran) that are used and those that are defined. */
  readonly imports: readonly Bytes[];
  readonly provides: readonly Bytes[];
  /** One of `files` and those of them that it includes, directly or not; empty for any other path. */
  closureOf(path: Bytes): readonly Bytes[];
}

/** The rarely needed lists are made when asked for: the absent ones are ten times the files. */
export class LazyResult implements ScanResult {
  readonly files: readonly Bytes[];
  readonly generated: readonly Bytes[];
  readonly unscanned: readonly Bytes[];
  readonly toolchain: readonly Bytes[];
  private readonly walk: Walk;
  private readonly fs: FileSystem;
  private readonly missing: readonly Bytes[];
  private readonly named: readonly Bytes[];

  constructor(
    walk: Walk,
    fs: FileSystem,
    eager: Pick<ScanResult, "files" | "generated" | "toolchain" | "unscanned">,
    missing: readonly Bytes[],
    named: readonly Bytes[],
  ) {
    this.files = eager.files;
    this.generated = eager.generated;
    this.unscanned = eager.unscanned;
    this.toolchain = eager.toolchain;
    this.walk = walk;
    this.fs = fs;
    this.missing = missing;
    this.named = named;
  }

  closureOf(path: Bytes): readonly Bytes[] {
    return this.walk.closureOf(path);
  }

  get absent(): readonly Bytes[] {
    const found = new Set<Bytes>(this.missing);
    const seen = new Map<readonly Directory[], Set<Bytes>>();
    for (const { node, edges } of this.walk.edges()) {
      for (const name of edges.ownAbsent) this.miss(node.record.directory, name, found);
      for (const { name, absentIn } of edges.missed) {
        let names = seen.get(absentIn);
        if (names === undefined) {
          names = new Set();
          seen.set(absentIn, names);
        }
        if (names.has(name)) continue;
        names.add(name);
        for (const directory of absentIn) this.miss(directory, name, found);
      }
    }
    return [...found].sort();
  }

  private miss(directory: Directory, name: Bytes, found: Set<Bytes>): void {
    const there = this.fs.lookup(directory, name);
    if (there === undefined || there.state === "absent") found.add(resolveFrom(directory.path, name));
  }

  get directories(): readonly Bytes[] {
    const found = new Set<Bytes>(this.named);
    for (const search of this.walk.searches) for (const path of search.existing) found.add(path);
    for (const { edges } of this.walk.edges()) for (const path of edges.passed) found.add(path);
    return [...found].sort();
  }

  get unresolved(): readonly UnresolvedInclude[] {
    const found = new Map<string, UnresolvedInclude>();
    for (const { node, edges } of this.walk.edges()) {
      for (const { name, form } of edges.unresolved) {
        if (form === "macro") continue;
        const key = `${name}\0${form}`;
        const known = found.get(key);
        if (known === undefined || node.record.path < known.from) {
          found.set(key, { name, form, from: node.record.path });
        }
      }
    }
    return [...found.values()].sort((a, b) => compareBytes(a.name, b.name) || compareBytes(a.form, b.form));
  }

  get macroIncludes(): readonly MacroInclude[] {
    const found = this.walk.macros.map(
      ({ node, reference, names, isFound, isComplete }): MacroInclude => ({
        from: node.record.path,
        kind: reference.kind,
        operand: reference.name,
        names: [...new Set(names.values())].sort(),
        isResolved: isFound && isComplete,
      }),
    );
    return found.sort(
      (a, b) =>
        compareBytes(a.from, b.from) || compareBytes(a.operand, b.operand) || compareBytes(a.kind, b.kind),
    );
  }

  get imports(): readonly Bytes[] {
    return this.modules("imports");
  }

  get provides(): readonly Bytes[] {
    return this.modules("provides");
  }

  private modules(which: "imports" | "provides"): readonly Bytes[] {
    const found = new Set<Bytes>();
    for (const { record, search } of this.walk.visited) {
      for (const name of record.directives[search.family.id]?.[which] ?? []) found.add(name);
    }
    return [...found].sort();
  }
}
