// Language families: which scanner reads a file and by which rules its names are looked up.

import type { Bytes } from "../bytes.ts";
import { type Directives, parseDirectives } from "./directives.ts";
import { parseFortran } from "./fortran.ts";
import type { Language } from "./language.ts";
import { parseLinkerScript } from "./linker-script.ts";
import { parseNasm } from "./nasm.ts";
import { parseProtobuf } from "./protobuf.ts";
import { parseQrc } from "./qrc.ts";
import { parseTablegen } from "./tablegen.ts";

export interface Family {
  /** Index of this family's directives in a file record. */
  readonly id: number;
  readonly parse: (contents: Bytes, intern: (slice: string) => Bytes) => Directives;
  /** When the directory of the including file is searched. */
  readonly ownDirectory: "first" | "last" | "never";
  /** The working directory is searched before the others, or only when no directory was given. */
  readonly workingDirectory: "first" | "default" | "never";
  /** Whether `#define` can name what is included. */
  readonly hasMacros: boolean;
}

const C: Family = {
  id: 0,
  parse: parseDirectives,
  ownDirectory: "first",
  workingDirectory: "never",
  hasMacros: true,
};
const FORTRAN: Family = { ...C, id: 1, parse: parseFortran };
const NASM: Family = {
  id: 2,
  parse: parseNasm,
  ownDirectory: "last",
  workingDirectory: "first",
  hasMacros: false,
};
const TABLEGEN: Family = { ...NASM, id: 3, parse: parseTablegen };
const PROTOBUF: Family = {
  ...NASM,
  id: 4,
  parse: parseProtobuf,
  ownDirectory: "never",
  workingDirectory: "default",
};
const QRC: Family = { ...NASM, id: 5, parse: parseQrc, ownDirectory: "first", workingDirectory: "never" };
const LINKER_SCRIPT: Family = { ...NASM, id: 6, parse: parseLinkerScript };

export function familyOf(language: Language): Family {
  switch (language) {
    case "fortran":
      return FORTRAN;
    case "nasm":
      return NASM;
    case "tablegen":
      return TABLEGEN;
    case "protobuf":
      return PROTOBUF;
    case "qrc":
      return QRC;
    case "linker-script":
      return LINKER_SCRIPT;
    default:
      return C;
  }
}
