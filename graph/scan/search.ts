// Where a name is looked for: the compiler's search order (gcc/incpath.cc `merge_include_chains`), made once per
// distinct set of flags and shared by every unit that has the same.

import type { Bytes } from "../bytes.ts";
import type { Family } from "./family.ts";
import type { Directory, FileRecord, FileSystem } from "./file-system.ts";
import type { CompileInvocation } from "./invocation.ts";
import { passedDirectories } from "./path.ts";

/** Found beside the including file: `#include_next` goes on with the start of the chain. */
export const OWN_DIRECTORY = -1;
/** The unit itself, or an absolute name: `#include_next` is a plain include. */
export const NO_DIRECTORY = -2;

/** What a name means from some place of the chain on. */
export interface Resolution {
  readonly record: FileRecord | undefined;
  /** Index into the chain, or one of the constants above. */
  readonly position: number;
  /** Where the name was looked for before, in vain. */
  readonly absentIn: readonly Directory[];
  /** There only if a directory that a `..` leaves comes to be: `made/../x.h` while `made` is not there yet. */
  readonly perhaps: readonly Place[];
}

export interface Place {
  readonly record: FileRecord;
  readonly position: number;
}

export const NOWHERE: Resolution = { record: undefined, position: NO_DIRECTORY, absentIn: [], perhaps: [] };

/** Decides whether a path that seems to be a file can be used; reading may show that it cannot. */
export type Accept = (record: FileRecord) => boolean;

export class SearchPath {
  readonly family: Family;
  /** Names of foreign.ts that may be defined: branches for them count. */
  readonly defined: number;
  readonly cwd: Directory;
  /** Quote directories, then those for `<>`; only directories below the roots. */
  readonly chain: readonly Directory[];
  /** Where `<>` starts. */
  readonly bracketStart: number;
  readonly embed: readonly Directory[];
  /** By index into the chain: spelled through a directory that is not there. */
  private readonly isDoubtful: readonly boolean[];
  /** Search directories below a toolchain root, sorted. */
  readonly toolchain: readonly Bytes[];
  /** Search directories that are there, sorted. */
  readonly existing: readonly Bytes[];
  private readonly fs: FileSystem;
  private readonly stretches = new Map<number, readonly Directory[]>();
  private readonly memos = new Map<string, Map<Bytes, Resolution>>();

  constructor(invocation: CompileInvocation, family: Family, defined: number, fs: FileSystem) {
    this.fs = fs;
    this.defined = defined;
    this.family = family;
    this.cwd = fs.directory(invocation.cwd);
    const { quote, bracket, system, after, embed } = invocation.directories;
    const last = unique([...system, ...after], new Set());
    const middle = unique(bracket, new Set(last));
    const rest = [...middle, ...last];
    const first = unique(quote, new Set(last));
    // GCC drops the last quote directory when the next chain begins with the same one.
    if (first.length > 0 && first.at(-1) === rest[0]) first.pop();
    const isAlone = rest.length === 0;
    const { workingDirectory } = family;
    if (workingDirectory === "first" || (workingDirectory === "default" && isAlone))
      rest.unshift(invocation.cwd);
    const all = [...first, ...rest];
    const quoteInside = first.filter((path) => fs.isInside(path));
    this.chain = all.filter((path) => fs.isInside(path)).map((path) => fs.directory(path));
    this.isDoubtful = this.chain.map(
      ({ path }) => invocation.passed.get(path)?.some((passed) => !this.isThere(passed)) === true,
    );
    this.bracketStart = quoteInside.length;
    this.embed = embed.filter((path) => fs.isInside(path)).map((path) => fs.directory(path));
    this.toolchain = [...new Set(all.filter((path) => !fs.isInside(path) && fs.isToolchain(path)))].sort();
    const needed = this.chain.flatMap(({ path }) => [path, ...(invocation.passed.get(path) ?? [])]);
    this.existing = [...new Set(needed)].filter((path) => fs.isInside(path) && fs.hasDirectory(path)).sort();
  }

  /** Looks along the chain from `start` on. One memo per start; nearly all lookups share two of them. */
  along(start: number, name: Bytes, accept: Accept, purpose: string): Resolution {
    return this.inMemo(`${purpose}${start}`, name, () => this.search(this.chain, start, name, accept));
  }

  inEmbed(name: Bytes, accept: Accept): Resolution {
    return this.inMemo("embed", name, () => this.search(this.embed, 0, name, accept));
  }

  /** As the assembler does: the working directory, then `-I`. */
  asAssembler(name: Bytes, accept: Accept): Resolution {
    return this.inMemo("as", name, () => {
      const here = this.fs.lookup(this.cwd, name);
      if (here !== undefined && accept(here)) return { ...NOWHERE, record: here };
      const further = this.search(this.chain, this.bracketStart, name, accept);
      return { ...further, absentIn: [this.cwd, ...further.absentIn] };
    });
  }

  private inMemo(key: string, name: Bytes, search: () => Resolution): Resolution {
    let memo = this.memos.get(key);
    if (memo === undefined) {
      memo = new Map();
      this.memos.set(key, memo);
    }
    let found = memo.get(name);
    if (found === undefined) {
      found = search();
      memo.set(name, found);
    }
    return found;
  }

  private search(chain: readonly Directory[], start: number, name: Bytes, accept: Accept): Resolution {
    const perhaps: Place[] = [];
    let record: FileRecord | undefined;
    let position = start;
    for (; position < chain.length; position++) {
      const directory = chain[position];
      const found = directory === undefined ? undefined : this.fs.lookup(directory, name);
      if (directory === undefined || found === undefined || !accept(found)) continue;
      if (this.isDoubtful[position] !== true && this.canPass(directory, name)) {
        record = found;
        break;
      }
      perhaps.push({ record: found, position });
    }
    const absentIn = chain === this.chain ? this.stretch(start, position) : chain.slice(start, position);
    return { record, position: record === undefined ? NO_DIRECTORY : position, absentIn, perhaps };
  }

  /** A part of the chain; the same ones are asked for again and again. */
  private stretch(start: number, end: number): readonly Directory[] {
    const key = start * (this.chain.length + 1) + end;
    let found = this.stretches.get(key);
    if (found === undefined) {
      found = this.chain.slice(start, end);
      this.stretches.set(key, found);
    }
    return found;
  }

  /** Whether every directory that a `..` in the name leaves is there: the kernel walks them, we only fold text. */
  canPass(directory: Directory, name: Bytes): boolean {
    return (
      !name.includes("..") || passedDirectories(directory.path, name).every((path) => this.isThere(path))
    );
  }

  private isThere(path: Bytes): boolean {
    return !this.fs.isInside(path) || this.fs.hasDirectory(path);
  }
}

/** The same key means the same lookups. */
export function searchKey(invocation: CompileInvocation, family: Family, defined: number): string {
  const { quote, bracket, system, after, embed } = invocation.directories;
  return [
    family.id,
    defined,
    invocation.cwd,
    quote.join("\n"),
    bracket.join("\n"),
    system.join("\n"),
    after.join("\n"),
    embed.join("\n"),
    [...invocation.passed].join("\n"),
  ].join("\0");
}

function unique(paths: readonly Bytes[], without: ReadonlySet<Bytes>): Bytes[] {
  return [...new Set(paths)].filter((path) => !without.has(path));
}
