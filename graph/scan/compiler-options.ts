// The options of gcc, clang and their linkers that are about files, as tables.

/** Options whose argument may be the next word. The value says what it means; "skip" is not about files. */
export const WITH_ARGUMENT: ReadonlyMap<string, string> = new Map([
  ..."-A -u -z -e -h -l -MT -MQ -framework -arch -target --target -dumpbase -dumpdir -dumpbase-ext --param -param"
    .split(" ")
    .map((name) => [name, "skip"] as const),
  ..."-mllvm -imultilib -iframework -F -Xassembler -wrapper -aux-info -main-file-name -G"
    .split(" ")
    .map((name) => [name, "skip"] as const),
  ["-o", "output"],
  ["--output", "output"],
  ["-x", "language"],
  ["--language", "language"],
  ["-I", "bracket"],
  ["--include-directory", "bracket"],
  ["-iquote", "quote"],
  ["-isystem", "system"],
  ["-cxx-isystem", "system"],
  ["-idirafter", "after"],
  ["--include-directory-after", "after"],
  ["-iprefix", "prefix"],
  ["-iwithprefix", "withprefix"],
  ["-iwithprefixbefore", "withprefixbefore"],
  ["-isysroot", "sysroot"],
  ["--sysroot", "sysroot"],
  ["--embed-dir", "embed"],
  ["-include", "forced"],
  ["--include", "forced"],
  ["-imacros", "macros"],
  ["--imacros", "macros"],
  ["-include-pch", "file"],
  ["-ivfsoverlay", "file"],
  ["-D", "define"],
  ["--define-macro", "define"],
  ["-U", "undefine"],
  ["--undefine-macro", "undefine"],
  ["-MF", "depfile"],
  ["-dependency-file", "depfile"],
  ["-B", "directory"],
  ["-L", "directory"],
  ["-T", "file"],
  ["-Xlinker", "linker"],
  ["-Xpreprocessor", "preprocessor"],
]);

/** Of these the argument may also be glued on; longest first so that `-include-pch` is not `-include`. */
const JOINED: readonly string[] = [
  "-iwithprefixbefore",
  "-iwithprefix",
  "-include-pch",
  "-cxx-isystem",
  "-idirafter",
  "-ivfsoverlay",
  "-iframework",
  "-imultilib",
  "-isystem",
  "-isysroot",
  "-include",
  "-imacros",
  "-iprefix",
  "-iquote",
  "-MF",
  "-MT",
  "-MQ",
  "-I",
  "-D",
  "-U",
  "-L",
  "-B",
  "-o",
  "-x",
  "-T",
  "-F",
  "-l",
  "-A",
  "-u",
  "-z",
];

/** By the letter after the dash, in their order. */
export const JOINED_BY_LETTER: ReadonlyMap<string, readonly string[]> = new Map(
  JOINED.map((name) => [name.charAt(1), JOINED.filter((other) => other.charAt(1) === name.charAt(1))]),
);

export type PassedTo = "preprocessor" | "assembler" | "linker";

/** What is passed on, separated by commas. */
export const PASSED: ReadonlyMap<string, PassedTo> = new Map([
  ["-Wp,", "preprocessor"],
  ["-Wa,", "assembler"],
  ["-Wl,", "linker"],
]);

/** Long options written `--name=value`, and single-dash ones written `-fname=file`. */
export const EQUALS: ReadonlyMap<string, string> = new Map([
  ["--sysroot", "sysroot"],
  ["--include-directory", "bracket"],
  ["--include-directory-after", "after"],
  ["--include", "forced"],
  ["--imacros", "macros"],
  ["--output", "output"],
  ["--define-macro", "define"],
  ["--undefine-macro", "undefine"],
  ["--language", "language"],
  ["--embed-dir", "embed"],
  ["-specs", "file"],
  ["--specs", "file"],
  ["-fplugin", "file"],
  ["-fpass-plugin", "file"],
  ["-fprofile-use", "either"],
  ["-fprofile-instr-use", "either"],
  ["-fprofile-sample-use", "either"],
  ["-fauto-profile", "file"],
  ["-fprofile-list", "file"],
  ["-fmodule-mapper", "file"],
  ["-fmodule-map-file", "file"],
  ["-fmodule-file", "module"],
  ["-fprebuilt-module-path", "directory"],
  ["-fsanitize-ignorelist", "file"],
  ["-fsanitize-blacklist", "file"],
  ["-fsanitize-coverage-allowlist", "file"],
  ["-fsanitize-coverage-ignorelist", "file"],
  ["-fxray-instruction-map", "file"],
  ["-fthinlto-index", "file"],
  ["-ftrivial-auto-var-init", "skip"],
  ["--config", "file"],
  ["-fuse-ld", "skip"],
]);

/** Letters after the dash of those. */
export const EQUALS_LETTERS: ReadonlySet<string> = new Set([...EQUALS.keys()].map((name) => name.charAt(1)));

/** Linker options that name a file, in their long form or as they are. */
export const LINKER_FILES: ReadonlySet<string> = new Set([
  "--version-script",
  "--dynamic-list",
  "--retain-symbols-file",
  "--script",
  "--default-script",
  "--just-symbols",
  "--symbol-ordering-file",
  "--section-ordering-file",
  "--export-dynamic-symbol-list",
  "--version-exports-section",
  "--in-implib",
  "-T",
  "-dT",
  "-R",
]);
