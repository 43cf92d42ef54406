// Which language a source is in, from its suffix or `-x`, and which scanner reads it.

import type { Bytes } from "../bytes.ts";
import { baseOf, suffixOf } from "./path.ts";

export type Language =
  | "c"
  | "c++"
  | "assembler-with-cpp"
  | "assembler"
  | "fortran"
  | "nasm"
  | "tablegen"
  | "protobuf"
  | "qrc"
  | "linker-script"
  | "none";

/** Case counts: `.C` is C++, `.S` is preprocessed, `.F` is preprocessed. The names are those of GCC's manual. */
const BY_SUFFIX: ReadonlyMap<string, Language> = new Map<string, Language>([
  ...pairs("c", "c", "rc", "i", "m", "mi", "h", "def", "cl", "inc"),
  ...pairs(
    "c++",
    "cc",
    "cp",
    "cxx",
    "cpp",
    "CPP",
    "c++",
    "C",
    "ii",
    "mm",
    "M",
    "mii",
    "hh",
    "H",
    "hp",
    "hxx",
  ),
  ...pairs(
    "c++",
    "hpp",
    "HPP",
    "h++",
    "tcc",
    "inl",
    "ipp",
    "ixx",
    "cppm",
    "cxxm",
    "c++m",
    "ccm",
    "mpp",
    "cu",
  ),
  ...pairs("c++", "cuh", "hip", "txx", "ixx", "ino", "pch"),
  ...pairs("assembler-with-cpp", "S", "sx", "spp"),
  ...pairs("assembler", "s", "as"),
  ...pairs("fortran", "f", "for", "ftn", "F", "FOR", "fpp", "FPP", "FTN", "f90", "f95", "f03", "f08"),
  ...pairs("fortran", "F90", "F95", "F03", "F08", "f18", "F18"),
  ...pairs("nasm", "asm", "nasm", "nas", "yasm", "mac", "ASM"),
  ...pairs("tablegen", "td"),
  ...pairs("protobuf", "proto", "protodevel"),
  ...pairs("qrc", "qrc"),
  ...pairs("linker-script", "ld", "lds", "x", "ldscript", "lcs"),
]);

function pairs(language: Language, ...suffixes: readonly string[]): readonly (readonly [string, Language])[] {
  return suffixes.map((suffix) => [suffix, language] as const);
}

/** What a file is by its name; `undefined` when the suffix says nothing (objects, archives, data). */
export function languageOf(path: Bytes): Language | undefined {
  return BY_SUFFIX.get(suffixOf(baseOf(path)));
}

/** A `-x` argument; "none" goes back to suffixes. */
export function languageNamed(name: string): Language {
  if (name === "none") return "none";
  if (name === "assembler") return "assembler";
  if (name === "assembler-with-cpp") return "assembler-with-cpp";
  if (name.startsWith("f77") || name.startsWith("f95")) return "fortran";
  if (name.startsWith("c++") || name.startsWith("objective-c++") || name === "cuda" || name === "hip")
    return "c++";
  return "c";
}
