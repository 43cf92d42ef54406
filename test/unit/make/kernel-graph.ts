// A kernel's recipe lines as a dump, and the graph that becomes of it.

import { kernelDump } from "../../../generators/make/kernel.ts";
import { graphOfDump } from "../../../generators/make/load.ts";
import { parseDump } from "../../../generators/make/parse.ts";
import { asBytes } from "../../../graph/bytes.ts";

export interface Line {
  /** 2 is a make that the first line starts. */
  readonly make?: number;
  readonly target: string;
  readonly command: string;
  readonly prerequisites?: readonly string[];
  readonly also?: readonly string[];
}

function dumpOf(lines: readonly Line[]): string {
  const records = lines.map(({ make = 1, target, command, prerequisites = [], also = [] }, index) =>
    [
      `line ${index + 1}`,
      `\tmake ${make}`,
      "\tdirectory /src",
      `\ttarget ${target}`,
      ...prerequisites.map((name) => `\tprerequisite ${name}`),
      ...also.map((name) => `\talso ${name}`),
      "\tenvironment 0",
      `\tran ${command.includes("make -f") ? "make" : "no"}`,
      `\tcommand ${command}`,
    ].join("\n"),
  );
  return [
    "unravel make dump 1\ncapture\n\tversion GNU Make 4.3\n\troot /src\n\tdirectory /src\n\tshell /bin/sh\n\tmode skim",
    "make 1\n\tline 0\n\tdirectory /src\n\tflags \n\targument make",
    "make 2\n\tline 1\n\tdirectory /src\n\tflags \n\targument make\n\targument -f\n\targument ./arch/x86/Makefile.postlink\n\targument vmlinux",
    ...records,
    "end\n\tstatus 0\n",
  ].join("\n");
}

interface Loaded {
  readonly command: (path: string) => string | undefined;
  readonly inputs: (path: string) => readonly string[];
  readonly outputs: (path: string) => readonly string[];
  /** How many steps run something. */
  readonly steps: number;
}

/** What the graph of these lines says of a file's step; `wanted` files are asked for beside what make was asked for. */
export function load(lines: readonly Line[], wanted: readonly string[] = []): Loaded {
  const dump = parseDump(asBytes(dumpOf(lines)), asBytes("make.dump"));
  const graph = graphOfDump(kernelDump(dump, wanted.map(asBytes)));
  const step = (path: string) => {
    const file = graph.fileNamed(asBytes(path));
    return file === undefined ? undefined : graph.producerOf(file);
  };
  return {
    command: (path) => {
      const found = step(path);
      return found === undefined ? undefined : graph.recipeOf(found).command;
    },
    inputs: (path) => [...(step(path)?.inputs ?? [])].map((file) => graph.files[file] ?? ""),
    outputs: (path) => [...(step(path)?.outputs ?? [])].map((file) => graph.files[file] ?? ""),
    steps: graph.steps.filter(({ isPhony }) => !isPhony).length,
  };
}
