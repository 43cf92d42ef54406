// The arguments of gcc, clang and their relatives that decide which files are read (GCC manual, "Directory
// Options", "Preprocessor Options"; gcc/incpath.cc for the order).

import { asBytes, type Bytes } from "../bytes.ts";
import {
  EQUALS,
  EQUALS_LETTERS,
  JOINED_BY_LETTER,
  LINKER_FILES,
  PASSED,
  type PassedTo,
  WITH_ARGUMENT,
} from "./compiler-options.ts";
import { isForLinux } from "./foreign.ts";
import type { CompileAction, CompileInvocation, CompileSource } from "./invocation.ts";
import { type Language, languageNamed, languageOf } from "./language.ts";
import { baseOf, resolveFrom } from "./path.ts";
import { PathReader } from "./path-reader.ts";
import { splitResponseFile } from "./response-file.ts";

export interface ArgumentContext {
  readonly program: Bytes;
  readonly cwd: Bytes;
  /** `NAME=value` words in front of the command. */
  readonly environment: ReadonlyMap<Bytes, Bytes>;
  readonly readFile: (path: Bytes) => Bytes | undefined;
  readonly isLiteral: boolean;
  /** What comes through a pipe to a command that reads "-". */
  readonly piped?: PipedText;
}

/** Text that a line makes for a compiler: the headers that it names, and the file that the line is about. */
export interface PipedText {
  readonly includes: readonly Bytes[];
  readonly about: Bytes;
}

/** Reads the arguments after the program name; `undefined` when they name no source. */
export function parseCompilerArguments(
  words: readonly Bytes[],
  context: ArgumentContext,
): CompileInvocation | undefined {
  const reader = new ArgumentReader(context);
  // `-Xclang -include -Xclang x.h`: every word that is passed on has the option in front, arguments too.
  const all = reader.unfold(words, 0);
  reader.read(all.filter((word) => word !== "-Xclang"));
  const found = reader.finish();
  return found === undefined || (context.isLiteral && isForLinux(context.program, all))
    ? found
    : { ...found, isForeign: true };
}

class ArgumentReader {
  private readonly context: ArgumentContext;
  private readonly sources: CompileSource[] = [];
  private readonly lists = {
    quote: [] as Bytes[],
    bracket: [] as Bytes[],
    system: [] as Bytes[],
    after: [] as Bytes[],
    embed: [] as Bytes[],
  };
  /** The gcc driver passes every `-I` before `-iwithprefixbefore`, and what `-Wp,` holds last. */
  private readonly afterBracket: Bytes[] = [];
  private readonly forPreprocessor: Bytes[] = [];
  private readonly files = new Set<Bytes>();
  private readonly otherDirectories = new Set<Bytes>();
  private readonly forced: Bytes[] = [];
  private readonly macros: Bytes[] = [];
  private readonly undefines = new Set<Bytes>();
  private readonly defines = new Map<string, Bytes>();
  private language: Language = "none";
  private standard: Bytes | undefined;
  private prefix = "";
  private sysroot: Bytes | undefined;
  private headerSysroot: Bytes | undefined;
  private output: Bytes | undefined;
  private depfile: Bytes | undefined;
  private writesDepfile = false;
  private action: CompileAction = "link";
  private hasStandardDirectories = true;
  private pendingLinkerFile = false;

  private readonly paths: PathReader;

  constructor(context: ArgumentContext) {
    this.context = context;
    this.paths = new PathReader(context.cwd);
  }

  /** Puts the contents of `@file` in its place, nested; a file that cannot be read stays an argument. */
  unfold(words: readonly Bytes[], depth: number): readonly Bytes[] {
    if (!words.some((word) => word.startsWith("@"))) return words;
    const result: Bytes[] = [];
    for (const word of words) {
      if (!word.startsWith("@") || word.length === 1 || depth > 32) {
        result.push(word);
        continue;
      }
      const path = resolveFrom(this.context.cwd, asBytes(word.slice(1)));
      this.files.add(path);
      const text = this.context.readFile(path);
      if (text !== undefined) {
        for (const inner of this.unfold(splitResponseFile(text), depth + 1)) result.push(inner);
      }
    }
    return result;
  }

  read(words: readonly Bytes[]): void {
    for (let i = 0; i < words.length; i++) {
      const word = words[i];
      if (word === undefined) break;
      if (!word.startsWith("-") || word === "-") {
        this.operand(word);
        continue;
      }
      const next = words[i + 1];
      const meaning = WITH_ARGUMENT.get(word);
      if (meaning !== undefined) {
        // An option at the end has no argument.
        if (next === undefined) continue;
        this.apply(meaning, next);
        i++;
        continue;
      }
      this.option(word);
    }
  }

  private option(word: Bytes): void {
    if (this.flag(word)) return;
    const passed = word.startsWith("-W") ? PASSED.get(word.slice(0, 4)) : undefined;
    if (passed !== undefined) {
      this.passed(word.slice(4).split(",").map(asBytes), passed);
      return;
    }
    if (word.startsWith("-std=")) {
      this.standard = asBytes(word.slice(5));
      return;
    }
    // Mostly `-I`, `-D` and flags of no interest: the second letter says what it cannot be.
    const letter = word.charAt(1);
    const equals = EQUALS_LETTERS.has(letter) ? word.indexOf("=") : -1;
    const meaning = equals < 0 ? undefined : EQUALS.get(word.slice(0, equals));
    if (meaning !== undefined) {
      this.apply(meaning, asBytes(word.slice(equals + 1)));
      return;
    }
    const joined = JOINED_BY_LETTER.get(letter)?.find((name) => word.startsWith(name));
    if (joined === undefined) return;
    this.apply(WITH_ARGUMENT.get(joined) ?? "skip", asBytes(word.slice(joined.length)));
  }

  private flag(word: Bytes): boolean {
    switch (word) {
      case "-c":
        this.action = "assemble";
        return true;
      case "-S":
        this.action = "compile";
        return true;
      case "-E":
        this.action = "preprocess";
        return true;
      case "-fsyntax-only":
        if (this.action === "link") this.action = "compile";
        return true;
      case "-M":
      case "-MM":
        this.action = "dependencies";
        return true;
      case "-MD":
      case "-MMD":
        this.writesDepfile = true;
        return true;
      case "-nostdinc":
        this.hasStandardDirectories = false;
        return true;
      case "-I-":
        // Removed from GCC 4.0 on, still in old makefiles: what came before is for quotes only.
        this.lists.quote.push(...this.lists.bracket.splice(0));
        return true;
      default:
        // The rest of the options that begin like one with a glued argument.
        return word === "-undef";
    }
  }

  private passed(words: readonly Bytes[], target: PassedTo): void {
    if (target === "linker") {
      for (const word of words) this.linkerWord(word);
    } else if (target === "assembler") {
      words.forEach((word, i) => {
        if (word === "-I") this.apply("bracket", words[i + 1] ?? asBytes("."));
        else if (word.startsWith("-I")) this.apply("bracket", asBytes(word.slice(2)));
      });
    } else if (words[0] === "-MD" || words[0] === "-MMD") {
      // `-Wp,-MMD,file`: to the preprocessor proper this option has an argument.
      if (words[1] !== undefined) this.apply("depfile", words[1]);
      this.forPreprocessor.push(...words.slice(2));
    } else this.forPreprocessor.push(...words);
  }

  private linkerWord(word: Bytes): void {
    if (this.pendingLinkerFile) {
      this.pendingLinkerFile = false;
      this.addFile(word);
      return;
    }
    const equals = word.indexOf("=");
    const name = equals < 0 ? word : word.slice(0, equals);
    const long = name.startsWith("-") && !name.startsWith("--") && name.length > 2 ? `-${name}` : name;
    if (LINKER_FILES.has(name) || LINKER_FILES.has(long)) {
      if (equals < 0) this.pendingLinkerFile = true;
      else this.addFile(asBytes(word.slice(equals + 1)));
    } else if (word.startsWith("@")) this.addFile(asBytes(word.slice(1)));
  }

  private apply(meaning: string, value: Bytes): void {
    switch (meaning) {
      case "bracket":
      case "quote":
      case "system":
      case "after":
        this.lists[meaning].push(this.directory(value));
        return;
      case "embed":
        this.lists.embed.push(this.paths.search(value));
        return;
      case "prefix":
        this.prefix = value;
        return;
      case "withprefix":
        this.lists.system.push(this.paths.search(asBytes(this.prefix + value)));
        return;
      case "withprefixbefore":
        this.afterBracket.push(this.paths.search(asBytes(this.prefix + value)));
        return;
      case "forced":
        this.forced.push(value);
        return;
      case "macros":
        this.macros.push(value);
        return;
      case "define":
        this.defines.set(/^[^=(]*/.exec(value)?.[0] ?? value, value);
        return;
      case "undefine":
        this.defines.delete(value);
        this.undefines.add(value);
        return;
      case "sysroot":
        this.setSysroot(value);
        return;
      case "output":
        this.output = this.paths.file(value);
        return;
      case "depfile":
        this.depfile = this.paths.file(value);
        this.writesDepfile = true;
        return;
      case "language":
        this.language = languageNamed(value);
        return;
      case "directory":
        this.otherDirectories.add(this.paths.file(value));
        return;
      case "either":
        // A profile is a file or a directory of them.
        this.otherDirectories.add(this.paths.file(value));
        this.addFile(value);
        return;
      case "module":
        // `-fmodule-file=name=file`
        this.addFile(asBytes(value.slice(value.indexOf("=") + 1)));
        return;
      case "file":
        this.addFile(value);
        return;
      case "preprocessor":
        this.forPreprocessor.push(value);
        return;
      case "linker":
        this.linkerWord(value);
        return;
      default:
    }
  }

  private setSysroot(value: Bytes): void {
    this.sysroot = this.paths.file(value);
    this.headerSysroot = this.sysroot;
  }

  /** Keeps a leading `=` or `$SYSROOT` until the sysroot is known: it may come later on the line. */
  private directory(value: Bytes): Bytes {
    if (value.startsWith("=") || value.startsWith("$SYSROOT")) return value;
    return this.paths.search(value);
  }

  private addFile(value: Bytes): void {
    if (value !== "" && value !== "-") this.files.add(this.paths.file(value));
  }

  private operand(word: Bytes): void {
    if (word === "-" && this.language !== "none" && this.context.piped !== undefined) {
      this.sources.push({ path: this.context.piped.about, language: this.language });
      this.forced.push(...this.context.piped.includes);
    }
    if (word === "-" || word === "") return;
    const language = this.language === "none" ? languageOf(word) : this.language;
    const path = this.paths.file(word);
    if (language === undefined || language === "none" || language === "linker-script") this.files.add(path);
    else this.sources.push({ path, language });
  }

  finish(): CompileInvocation | undefined {
    const { context, lists } = this;
    if (this.sources.length === 0) return undefined;
    lists.bracket.push(...this.afterBracket.splice(0));
    this.read(this.forPreprocessor.splice(0));
    lists.bracket.push(...this.afterBracket);
    // The compiler's own directories move with the prefix.
    for (const own of this.prefix === "" ? [] : ["include", "include-fixed"]) {
      lists.system.push(this.paths.search(asBytes(this.prefix + own)));
    }
    this.environmentDirectories();
    const real = (path: Bytes): Bytes => {
      if (!path.startsWith("=") && !path.startsWith("$SYSROOT")) return path;
      const rest = path.slice(path.startsWith("=") ? 1 : 8);
      return this.paths.search(asBytes((this.headerSysroot ?? "") + rest));
    };
    if (this.headerSysroot !== undefined && this.hasStandardDirectories) {
      for (const standard of ["/usr/local/include", "/usr/include"]) {
        lists.system.push(this.paths.search(asBytes(this.headerSysroot + standard)));
      }
    }
    const depfile = this.depfile ?? (this.writesDepfile ? this.derivedDepfile() : undefined);
    return {
      tool: "compiler",
      program: context.program,
      cwd: context.cwd,
      // A program of this name only preprocesses, whatever else it is told.
      action: baseOf(context.program).includes("cpp") ? "preprocess" : this.action,
      sources: this.sources,
      directories: {
        quote: lists.quote.map(real),
        bracket: lists.bracket.map(real),
        system: lists.system.map(real),
        after: lists.after.map(real),
        embed: lists.embed,
      },
      forced: [...this.macros, ...this.forced],
      defines: [...this.defines.values()],
      ...(this.undefines.size === 0 ? {} : { undefines: [...this.undefines] }),
      ...(this.standard === undefined ? {} : { standard: this.standard }),
      ...(this.sysroot === undefined ? {} : { sysroot: this.sysroot }),
      hasStandardDirectories: this.hasStandardDirectories,
      ...(this.output === undefined ? {} : { output: this.output }),
      ...(depfile === undefined ? {} : { depfile }),
      files: [...this.files],
      passed: this.paths.passed,
      otherDirectories: [...this.otherDirectories],
      isLiteral: context.isLiteral,
    };
  }

  /** `CPATH` acts as `-I` after all others; the language-specific ones as `-isystem`. Empty means here. */
  private environmentDirectories(): void {
    for (const [name, value] of this.context.environment) {
      const list =
        name === "CPATH"
          ? this.lists.bracket
          : /^(?:C|CPLUS|OBJC|OBJCPLUS)_INCLUDE_PATH$/.test(name)
            ? this.lists.system
            : undefined;
      if (list === undefined || value === "") continue;
      for (const path of value.split(":")) list.push(this.paths.search(asBytes(path)));
    }
  }

  /** GCC: the output with its suffix replaced by `.d`, or the source's base name in the working directory. */
  private derivedDepfile(): Bytes | undefined {
    const from = this.output ?? this.sources[0]?.path;
    if (from === undefined) return undefined;
    const base = baseOf(from);
    const dot = base.lastIndexOf(".");
    const name = `${dot > 0 ? base.slice(0, dot) : base}.d`;
    return this.output === undefined
      ? this.paths.file(asBytes(name))
      : resolveFrom(this.output, asBytes(`../${name}`));
  }
}
