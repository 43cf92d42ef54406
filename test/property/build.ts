// Random builds: sources that include each other, and edges over them. Each edge is a text of its own, so that they
// can be put in any order, left out and added to.

import fc from "fast-check";
import { rules } from "../unit/plan/plan-case.ts";

export interface Edge {
  readonly text: string;
  readonly output: string;
}

export interface Build {
  readonly sources: Readonly<Record<string, string>>;
  readonly edges: readonly Edge[];
}

const tools = `${rules}rule thin
  command = ar crsT $out $in
rule shared
  command = cc -shared -o $out $in
rule ln
  command = ln -sf $in $out
rule named
  command = sh ../gen.sh --in=$in --other=$other > $out
`;

type EdgeKind = "ar" | "cc" | "gen" | "link" | "ln" | "named" | "phony" | "shared" | "thin";

interface Draw {
  readonly kind: EdgeKind;
  readonly folder: string;
  readonly picks: readonly number[];
  readonly after: readonly number[];
  readonly implicit: readonly number[];
  readonly isDouble: boolean;
}

const kinds: readonly EdgeKind[] = [
  "cc",
  "cc",
  "cc",
  "ar",
  "thin",
  "link",
  "shared",
  "ln",
  "gen",
  "named",
  "phony",
];
const folders = ["", "lib/", "lib/net/", "caf\xe9/", "tools/x y/"];

const indexes = (max: number): fc.Arbitrary<readonly number[]> => fc.array(fc.nat(1000), { maxLength: max });

const draw: fc.Arbitrary<Draw> = fc.record({
  kind: fc.constantFrom(...kinds),
  folder: fc.constantFrom(...folders),
  picks: fc.array(fc.nat(1000), { minLength: 1, maxLength: 4 }),
  after: indexes(2),
  implicit: indexes(2),
  isDouble: fc.boolean(),
});

const suffixes: Readonly<Record<EdgeKind, string>> = {
  ar: ".a",
  cc: ".o",
  gen: ".txt",
  link: "",
  ln: ".so.1",
  named: ".txt",
  phony: "-group",
  shared: ".so",
  thin: ".a",
};

const ninjaPath = (path: string): string =>
  path.replaceAll("$", "$$").replaceAll(" ", "$ ").replaceAll(":", "$:");

/** `prefix` keeps the names of two builds apart. */
export function anyBuild(prefix: string, maxEdges = 14): fc.Arbitrary<Build> {
  return fc
    .tuple(
      fc.array(fc.array(fc.nat(1000), { maxLength: 3 }), { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(fc.constantFrom("src/", "src/net/", "a b/", ""), indexes(3)), {
        minLength: 1,
        maxLength: 6,
      }),
      fc.array(draw, { minLength: 1, maxLength: maxEdges }),
    )
    .map(([headers, units, draws]) => buildOf(prefix, headers, units, draws));
}

function buildOf(
  prefix: string,
  headers: readonly (readonly number[])[],
  units: readonly (readonly [string, readonly number[]])[],
  draws: readonly Draw[],
): Build {
  const sources: Record<string, string> = {};
  const header = (i: number): string => `${prefix}h${i % headers.length}.h`;
  headers.forEach((includes, i) => {
    sources[`include/${header(i)}`] = includes.map((other) => `#include "${header(other)}"\n`).join("");
  });
  const paths = units.map(([folder, includes], i) => {
    const path = `${folder}${prefix}u${i}.c`;
    sources[path] = includes.map((other) => `#include "${header(other)}"\n`).join("");
    return `../${path}`;
  });
  const made: { readonly kind: EdgeKind; readonly path: string }[] = [];
  const edges = draws.map((one, i): Edge => {
    const pick = (from: readonly string[], n: number): readonly string[] => {
      const path = from[n % Math.max(1, from.length)];
      return path === undefined ? [] : [path];
    };
    const all = made.map(({ path }) => path);
    const usable = made
      .filter(({ kind }) => kind !== "phony" && kind !== "gen" && kind !== "named")
      .map(({ path }) => path);
    const inputs =
      one.kind === "cc"
        ? pick(paths, one.picks[0] ?? 0)
        : one.kind === "ln"
          ? pick(usable, one.picks[0] ?? 0)
          : one.picks.flatMap((n) =>
              pick(["ar", "link", "shared", "thin"].includes(one.kind) ? usable : [...paths, ...all], n),
            );
    const kind = inputs.length === 0 ? "gen" : one.kind;
    const output = `${one.folder}${prefix}e${i}${suffixes[kind]}`;
    const second = kind === "gen" && one.isDouble ? ` | ${ninjaPath(output)}.log` : "";
    const list = (separator: string, numbers: readonly number[]): string => {
      const chosen = new Set(numbers.flatMap((n) => pick(all, n)));
      return chosen.size === 0 ? "" : ` ${separator} ${[...chosen].map(ninjaPath).join(" ")}`;
    };
    const isCompile = kind === "cc";
    const text =
      `build ${ninjaPath(output)}${second}: ${kind} ${[...new Set(inputs)].map(ninjaPath).join(" ")}` +
      `${isCompile ? "" : list("|", one.implicit)}${list("||", one.after)}\n` +
      (kind === "named" ? `  other = ${pick(paths, one.implicit[0] ?? 0).join("")}\n` : "");
    made.push({ kind, path: output });
    return { text, output };
  });
  return { sources, edges };
}

/** The files of a build; `wanted` is what the default target holds, in that order. */
export function filesOf(
  build: Build,
  wanted: readonly Edge[],
  written: readonly Edge[],
): Readonly<Record<string, string>> {
  const all = `build all: phony ${wanted.map(({ output }) => ninjaPath(output)).join(" ")}\ndefault all\n`;
  const manifest = tools + written.map(({ text }) => text).join("") + all;
  return { ...build.sources, "gen.sh": "", "build/build.ninja": manifest };
}

/** A permutation that follows from a seed. */
export function shuffled<T>(list: readonly T[], seed: number): readonly T[] {
  const result = [...list];
  let state = seed + 1;
  for (let i = result.length - 1; i > 0; i--) {
    state = (state * 48_271) % 2_147_483_647;
    const j = state % (i + 1);
    [result[i], result[j]] = [result[j] as T, result[i] as T];
  }
  return result;
}
