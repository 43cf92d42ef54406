// The include scanner over a synthetic tree shaped like LLVM: 3,000 units, about 160 project headers each, 300
// distinct sets of flags, system headers that no root has. Fixed seed. Prints CPU milliseconds per unit.
// Run: node bench/run.mjs scan

import { asBytes, type Bytes } from "../graph/bytes.ts";
import { parseCompile } from "../graph/scan/command.ts";
import { createScanner } from "../graph/scan/scan.ts";
import { skeletonOf } from "../graph/scan/skeleton.ts";

const UNITS = 3000;
const HEADERS = 6000;
const LIBRARIES = 150;
const FLAG_SETS = 300;
/** Characters of code per header and per source: LLVM reads 253 MB in 8,036 files. */
const BODY = 28_000;

function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

interface Tree {
  readonly files: Map<Bytes, Bytes>;
  readonly directories: Map<Bytes, Set<Bytes>>;
  readonly commands: readonly Bytes[];
}

function makeTree(): Tree {
  const random = randomFrom(42);
  const pick = (n: number): number => Math.floor(random() * n);
  const files = new Map<Bytes, Bytes>();
  const directories = new Map<Bytes, Set<Bytes>>();
  const body = makeBody(random);
  const add = (path: string, contents: string): void => {
    files.set(asBytes(path), asBytes(contents));
    for (let at = path.lastIndexOf("/"); at > 0; at = path.lastIndexOf("/", at - 1)) {
      const directory = asBytes(path.slice(0, at));
      const names = directories.get(directory) ?? new Set<Bytes>();
      directories.set(directory, names.add(asBytes(path.slice(at + 1).split("/")[0] ?? "")));
    }
  };
  const system = (n: number): string =>
    Array.from({ length: n }, () => `#include <sys${pick(120)}.h>\n`).join("");
  // A header includes a few of lower number, half of them near: a graph with a closure of some 160.
  const headerName = (i: number): string => `llvm/Part${i % 40}/Header${i}.h`;
  for (let i = 0; i < HEADERS; i++) {
    const lines: string[] = [];
    const count = i < 100 ? pick(3) : 1 + pick(6);
    for (let k = 0; k < count; k++)
      lines.push(`#include "${headerName(pick(Math.min(i, 100 + pick(120))) || 0)}"\n`);
    if (i > 250) lines.push(`#include "${headerName(pick(250))}"\n`);
    const offset = pick(body.length - BODY);
    add(
      `/p/include/${headerName(i)}`,
      `#ifndef H${i}\n#define H${i}\n${lines.join("")}${system(3)}${body.slice(offset, offset + BODY)}#endif\n`,
    );
  }
  const commands: Bytes[] = [];
  for (let i = 0; i < UNITS; i++) {
    const library = i % LIBRARIES;
    const lines = [`#include "private.h"\n`];
    for (let k = 0; k < 14; k++) lines.push(`#include "${headerName(pick(HEADERS))}"\n`);
    const offset = pick(body.length - BODY);
    add(
      `/p/lib/L${library}/Unit${i}.cpp`,
      `${lines.join("")}${system(4)}${body.slice(offset, offset + BODY)}`,
    );
    const set = i % FLAG_SETS;
    commands.push(
      asBytes(
        `/usr/bin/c++ -DGTEST_HAS_RTTI=0 -D_GNU_SOURCE -I/p/build/lib/L${library} -I/p/lib/L${library} -I/p/build/include ` +
          `-I/p/build/set${set} -I/p/include -fPIC -Wall -O3 -DNDEBUG -std=c++17 -MD -MT lib/L${library}/Unit${i}.cpp.o ` +
          `-MF lib/L${library}/Unit${i}.cpp.o.d -o lib/L${library}/Unit${i}.cpp.o -c /p/lib/L${library}/Unit${i}.cpp`,
      ),
    );
  }
  for (let library = 0; library < LIBRARIES; library++) add(`/p/lib/L${library}/private.h`, "#pragma once\n");
  return { files, directories, commands };
}

function makeBody(random: () => number): string {
  const lines: string[] = [];
  for (let size = 0; size < 400_000; ) {
    const kind = random();
    const line =
      kind < 0.02
        ? `#define MACRO${Math.floor(random() * 1000)}(x) ((x) + 1)\n`
        : kind < 0.04
          ? "#if defined(A) && B > 3\n#endif\n"
          : kind < 0.3
            ? "  // A comment about what the module import does in this include.\n"
            : kind < 0.4
              ? "\n"
              : `  auto value${Math.floor(random() * 1e6)} = call(first->second, *third); // ...\n`;
    lines.push(line);
    size += line.length;
  }
  return lines.join("");
}

function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const tree = makeTree();
/** As many generated files as LLVM has; asked about, never found. */
const made = new Set(Array.from({ length: 489 }, (_, i) => asBytes(`/p/build/include/llvm/Gen${i}.inc`)));
const times: number[] = [];
let sizes = 0;
for (let round = 0; round < 3; round++) {
  const start = cpu();
  const scanner = createScanner({
    roots: [asBytes("/p")],
    listDirectory: (path) => tree.directories.get(path),
    readFile: (path) => tree.files.get(path),
    isGenerated: (path) => made.has(path),
  });
  sizes = 0;
  for (const command of tree.commands) {
    const invocation = parseCompile(command, asBytes("/p/build"), () => undefined);
    if (invocation !== undefined) sizes += scanner.scan(invocation).files.length;
  }
  times.push((cpu() - start) / tree.commands.length);
}
const bytes = [...tree.files.values()].reduce((sum, text) => sum + text.length, 0);
const startSkeletons = cpu();
let kept = 0;
for (const [path, contents] of tree.files) kept += skeletonOf(path, contents).length;
const skeletons = cpu() - startSkeletons;
times.sort((a, b) => a - b);
console.log(
  [
    `units ${UNITS}, files ${tree.files.size}, ${(bytes / 1e6).toFixed(0)} MB, ${(sizes / UNITS).toFixed(0)} files a unit`,
    `scan: min ${times[0]?.toFixed(2)} ms, median ${times[1]?.toFixed(2)} ms CPU a unit`,
    `skeletons: ${(bytes / 1e3 / skeletons).toFixed(0)} MB/s, kept ${((100 * kept) / bytes).toFixed(1)} %`,
    `peak RSS ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`,
  ].join("\n"),
);
