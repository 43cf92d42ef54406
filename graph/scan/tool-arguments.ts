// Arguments of the tools that are not C compilers but read files by inclusion: nasm, tablegen, protoc, rcc, as.
// Each is a small table: what takes an argument, which options are search directories.

import { asBytes, type Bytes } from "../bytes.ts";
import type { ArgumentContext } from "./compiler-arguments.ts";
import type { CompileInvocation, CompileSource, CompileTool } from "./invocation.ts";
import type { Language } from "./language.ts";
import { resolveFrom } from "./path.ts";
import { PathReader } from "./path-reader.ts";
import { splitResponseFile } from "./response-file.ts";

export interface ToolSyntax {
  readonly tool: CompileTool;
  readonly language: Language;
  /** Operands with another suffix than one of these are plain files; empty: every operand is a source. */
  readonly suffixes: readonly string[];
  readonly include: readonly string[];
  readonly forced: readonly string[];
  readonly output: readonly string[];
  readonly depfile: readonly string[];
  /** Options whose next word is not a file. */
  readonly skip: readonly string[];
  /** Search directories separated by `:`. */
  readonly splitsColons: boolean;
}

const PLAIN: ToolSyntax = {
  tool: "generator",
  language: "none",
  suffixes: [],
  include: ["-I"],
  forced: [],
  output: ["-o"],
  depfile: [],
  skip: [],
  splitsColons: false,
};

export const ASSEMBLER: ToolSyntax = {
  ...PLAIN,
  tool: "assembler",
  language: "assembler",
  depfile: ["--MD"],
  skip: ["--defsym", "-G", "--listing-lhs-width", "--listing-rhs-width"],
};

export const NASM: ToolSyntax = {
  ...PLAIN,
  tool: "assembler",
  language: "nasm",
  include: ["-I", "-i"],
  forced: ["-P", "-p", "--include"],
  depfile: ["-MD", "-MF"],
  skip: ["-f", "-D", "-d", "-U", "-u", "-l", "-L", "-X", "-F", "-MT", "-MQ", "-a", "-m", "-r", "-s"],
};

export const TABLEGEN: ToolSyntax = {
  ...PLAIN,
  language: "tablegen",
  suffixes: ["td"],
  depfile: ["-d"],
};

export const PROTOC: ToolSyntax = {
  ...PLAIN,
  language: "protobuf",
  suffixes: ["proto", "protodevel"],
  include: ["-I", "--proto_path"],
  output: ["-o", "--descriptor_set_out"],
  depfile: ["--dependency_out"],
  splitsColons: true,
};

export const RCC: ToolSyntax = {
  ...PLAIN,
  language: "qrc",
  suffixes: ["qrc"],
  depfile: ["-d", "--depfile"],
  skip: ["-name", "--name", "-root", "--root", "-compress", "--compress", "-threshold", "--threshold"],
};

/** Qt's moc reads a header and what it includes, with a compiler's `-I` and `-D`. */
export const MOC: ToolSyntax = {
  ...PLAIN,
  language: "c++",
  forced: ["--include"],
  depfile: ["--dep-file-path"],
  skip: ["-D", "-U", "-M", "-f", "-p", "-b", "-F"],
};

/** Reads the arguments after the program name; `undefined` when they name no source. */
export function parseToolArguments(
  words: readonly Bytes[],
  syntax: ToolSyntax,
  context: ArgumentContext,
): CompileInvocation | undefined {
  const { cwd } = context;
  const paths = new PathReader(cwd);
  const sources: CompileSource[] = [];
  const directories: Bytes[] = [];
  const forced: Bytes[] = [];
  const files = new Set<Bytes>();
  let output: Bytes | undefined;
  let depfile: Bytes | undefined;
  const all = words.flatMap((word) => unfold(word, context, files));
  const argumentAt = (names: readonly string[], i: number): { value: Bytes; used: number } | undefined => {
    const word = all[i] ?? "";
    for (const name of names) {
      if (word === name) return { value: all[i + 1] ?? asBytes(""), used: 2 };
      if (!word.startsWith(name)) continue;
      const rest = word.slice(name.length);
      if (name.startsWith("--")) {
        if (rest.startsWith("=")) return { value: asBytes(rest.slice(1)), used: 1 };
      } else if (name === "-I" || name === "-i" || (name.length === 2 && !/^[a-zA-Z]{3,}/.test(rest))) {
        return { value: asBytes(rest.replace(/^=/, "")), used: 1 };
      }
    }
    return undefined;
  };
  for (let i = 0; i < all.length; ) {
    const word = all[i] ?? asBytes("");
    const include = argumentAt(syntax.include, i);
    const pre = argumentAt(syntax.forced, i);
    const out = argumentAt(syntax.output, i);
    const dep = argumentAt(syntax.depfile, i);
    const taken = include ?? pre ?? out ?? dep;
    if (include !== undefined) {
      const parts = syntax.splitsColons ? include.value.split(":") : [include.value];
      for (const part of parts) directories.push(paths.search(asBytes(part.replace(/^[^=/]*=/, ""))));
    } else if (pre !== undefined) forced.push(pre.value);
    else if (out !== undefined) output = paths.file(out.value);
    else if (dep !== undefined) depfile = paths.file(dep.value);
    else if (!word.startsWith("-")) {
      const path = paths.file(word);
      const isSource =
        syntax.suffixes.length === 0 || syntax.suffixes.includes(word.slice(word.lastIndexOf(".") + 1));
      if (!isSource) files.add(path);
      else sources.push({ path, language: syntax.language });
    }
    i += taken?.used ?? (syntax.skip.includes(word) ? 2 : 1);
  }
  if (sources.length === 0) return undefined;
  return {
    tool: syntax.tool,
    program: context.program,
    cwd,
    action: "assemble",
    sources,
    directories: { quote: [], bracket: directories, system: [], after: [], embed: [] },
    forced,
    defines: [],
    hasStandardDirectories: false,
    ...(output === undefined ? {} : { output }),
    ...(depfile === undefined ? {} : { depfile }),
    files: [...files],
    passed: paths.passed,
    otherDirectories: [],
    isLiteral: context.isLiteral,
  };
}

function unfold(word: Bytes, context: ArgumentContext, files: Set<Bytes>): readonly Bytes[] {
  if (!word.startsWith("@") || word.length === 1) return [word];
  const path = resolveFrom(context.cwd, asBytes(word.slice(1)));
  files.add(path);
  const text = context.readFile(path);
  return text === undefined ? [] : splitResponseFile(text);
}
