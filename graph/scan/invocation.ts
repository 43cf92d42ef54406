// What a compile command says about the files it reads, plain data. Paths are absolute and normalised except
// where a search decides what they mean.

import type { Bytes } from "../bytes.ts";
import type { Language } from "./language.ts";

export interface CompileSource {
  readonly path: Bytes;
  readonly language: Language;
}

/** In the order they are searched. */
export interface IncludeDirectories {
  /** `-iquote` */
  readonly quote: readonly Bytes[];
  /** `-I`, then `CPATH` */
  readonly bracket: readonly Bytes[];
  /** `-isystem`, then `*_INCLUDE_PATH`, then those of a `--sysroot` */
  readonly system: readonly Bytes[];
  /** `-idirafter` */
  readonly after: readonly Bytes[];
  /** `--embed-dir` */
  readonly embed: readonly Bytes[];
}

/** "dependencies" is `-M` or `-MM`; "link" compiles and links at once. */
export type CompileAction = "preprocess" | "compile" | "assemble" | "dependencies" | "link";

/** What kind of program it is; "generator" for one that makes sources (moc, rcc, protoc, tablegen). */
export type CompileTool = "compiler" | "assembler" | "generator";

export interface CompileInvocation {
  readonly tool: CompileTool;
  /** As it is spelled. */
  readonly program: Bytes;
  readonly cwd: Bytes;
  readonly action: CompileAction;
  readonly sources: readonly CompileSource[];
  readonly directories: IncludeDirectories;
  /** `-imacros`, then `-include`, each in order, as spelled: looked for in `cwd`, then like a quoted include. */
  readonly forced: readonly Bytes[];
  /** Headers that others, from outside, may include at any time; looked for in the same way. */
  readonly shadows?: readonly Bytes[];
  /** `-D` arguments that are in force at the end, in order: `NAME`, `NAME=value`. */
  readonly defines: readonly Bytes[];
  /** `-U`: what is not defined at the start, whatever the compiler has it for. */
  readonly undefines?: readonly Bytes[];
  /** Of `-std=`. */
  readonly standard?: Bytes;
  /** It may compile for another system than Linux. */
  readonly isForeign?: true;
  readonly sysroot?: Bytes;
  /** False after `-nostdinc`. */
  readonly hasStandardDirectories: boolean;
  readonly output?: Bytes;
  /** Where `-MD` and its relatives write; given or derived as GCC does. */
  readonly depfile?: Bytes;
  /** Other files the command names: specs, plugins, profiles, modules, version scripts, objects, `@files`. */
  readonly files: readonly Bytes[];
  /**
   * Directories that the spelling of a path above leaves by `..`: `a/b` for `a/b/../c`. Without them the path means
   * nothing to the kernel. Search directories have theirs under their name, all others under "".
   */
  readonly passed: ReadonlyMap<Bytes, readonly Bytes[]>;
  /** Directories other than those searched for headers: `-B`, `-L`, `-fprofile-use=`. */
  readonly otherDirectories: readonly Bytes[];
  /** False when the shell would have changed a word: the lists hold what could be read. */
  readonly isLiteral: boolean;
}
