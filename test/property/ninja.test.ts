// What holds for every manifest, depfile and path, however broken.

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { applyDyndep } from "../../generators/ninja/dyndep.ts";
import { factsOf } from "../../generators/ninja/facts.ts";
import { loadNinja } from "../../generators/ninja/load.ts";
import { asBytes, type Bytes, fromBuffer, toBuffer } from "../../graph/bytes.ts";
import { parseDepfile } from "../../graph/depfile.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { shellQuote } from "../../graph/shell-quote.ts";

/** Pieces that are likely to mean something, so that random manifests get past their first line. */
const WORDS = [
  "rule cc\n  command = cc $in > $out\n",
  "rule cc\n",
  "  command = $depfile\n  depfile = $command\n",
  "build a: cc b\n",
  "build p: phony a || p\n",
  "build x$y | z: cc $in | c || dd |@ v\n  dyndep = dd\n  y = 1\n",
  "pool q\n  depth = 2\n",
  "  pool = q\n",
  "default a\n",
  "include inner\n",
  "subninja inner\n",
  "ninja_required_version = 1.14\n",
  "ninja_dyndep_version = 1\nbuild x1: dyndep | n\n  restat = 1\n",
  "v = $v$v$$ $: $\n  w\n",
  "$^",
  "\r\n",
  "\t",
  "\0",
  "# c\n",
  "\n",
  "  ",
  ":",
  "||",
];
const anyBytes = fc.uint8Array({ maxLength: 40 }).map(fromBuffer);
const anyManifest: fc.Arbitrary<Bytes> = fc
  .array(fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...WORDS) }, { weight: 1, arbitrary: anyBytes }), {
    maxLength: 12,
  })
  .map((pieces) => asBytes(pieces.join("")));
const anyPath: fc.Arbitrary<Bytes> = fc
  .array(fc.oneof(fc.constantFrom("/", "..", ".", "a", "../", "./", "//"), anyBytes), { maxLength: 8 })
  .map((pieces) => asBytes(pieces.join("")));

/** Runs; anything but a value or an InputError fails the property. */
function survives(run: () => unknown): boolean {
  try {
    run();
    return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const { at } of error.diagnostics) {
      if (at !== undefined) expect(at.start).toBeLessThanOrEqual(at.end);
    }
    return false;
  }
}

describe("any bytes", () => {
  it("are a manifest or an InputError", () => {
    let loaded = 0;
    fc.assert(
      fc.property(anyManifest, anyManifest, anyManifest, (entry, inner, dyndep) => {
        const files = new Map([
          ["build.ninja", entry],
          ["inner", inner],
          ["dd", dyndep],
        ]);
        const readFile = (path: Bytes) => files.get(path);
        const isLoaded = survives(() => {
          const manifest = loadNinja(asBytes("build.ninja"), { readFile });
          survives(() => manifest.steps.map((step) => manifest.recipeOf(step)));
          survives(() => JSON.parse([...factsOf(manifest)].join("")));
          survives(() => applyDyndep(manifest, asBytes("dd"), readFile).defaults);
        });
        if (isLoaded) loaded++;
      }),
      { numRuns: 2000 },
    );
    // The generator is no good when it never gets to a graph.
    expect(loaded).toBeGreaterThan(50);
  });

  it("are a depfile or an InputError", () => {
    const anyDepfile = fc
      .array(fc.oneof(fc.constantFrom("a", ":", " ", "\\", "\n", "$", "#", "\\\n", "\0"), anyBytes))
      .map((pieces) => asBytes(pieces.join("")));
    fc.assert(fc.property(anyDepfile, (text) => void survives(() => parseDepfile(text))));
  });
});

describe("canonicalizePath", () => {
  it("changes a canonical path no more", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const once = canonicalizePath(path);
        expect(canonicalizePath(once)).toBe(once);
      }),
    );
  });

  it("keeps absolute paths absolute and relative ones relative", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        expect(canonicalizePath(path).startsWith("/")).toBe(path.startsWith("/"));
      }),
    );
  });
});

describe("shellQuote", () => {
  it("gives words that a shell takes apart again", () => {
    fc.assert(
      fc.property(anyBytes, (text) => {
        fc.pre(text !== "");
        const quoted = shellQuote(text);
        const unquoted = quoted.startsWith("'") ? quoted.slice(1, -1).replaceAll("'\\''", "'") : quoted;
        expect(unquoted).toBe(text);
      }),
    );
  });
});

describe("a graph", () => {
  it("is the same however its paths are spelled", () => {
    const spelled = fc.array(fc.constantFrom("", "./", "x/../", ".//"), { minLength: 3, maxLength: 3 });
    fc.assert(
      fc.property(spelled, ([a, b, c]) => {
        const text = `rule r\n  command = r $in $out\nbuild ${a}o: r ${b}i | ${c}i\ndefault ./${b}o\n`;
        const load = (manifest: string) => {
          const graph = loadNinja(asBytes("build.ninja"), { readFile: () => toBuffer(asBytes(manifest)) });
          return [...factsOf(graph)].join("");
        };
        expect(load(text)).toBe(load("rule r\n  command = r $in $out\nbuild o: r i | i\ndefault o\n"));
      }),
    );
  });
});
