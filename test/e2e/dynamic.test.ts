// Nix code evaluated inside a builder: what it builds must be what the same code builds when a person evaluates it.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type BuildResult,
  type BuildStore,
  cacheDirectory,
  makeBuildStore,
  projectDirectory,
} from "./build-store.ts";

const minutes = 60_000;
const recursive = {
  "experimental-features": "nix-command flakes ca-derivations dynamic-derivations recursive-nix",
};

const expression = (changes = ""): string => `
let
  toolchain = import ${cacheDirectory}/toolchain.nix;
  args = {
    inherit (toolchain) toolchain;
    words = [ "pear" "apple" "fig" ];
    greeting = "it's \\"quoted\\" \\\${text}";
  };
  nix = import ${projectDirectory}templates/lib/debian/nix.nix {
    inherit (toolchain) toolchain system;
    tree = ${cacheDirectory}/nix;
  };
  call = { name = "words"; expression = "\${./code}/inner.nix"; inherit nix args; } // { ${changes} };
in
{
  words = e2e.unravel.dynamic call;
  root = builtins.unsafeDiscardOutputDependency (e2e.unravel.dynamic call).entry.outPath;
  direct = import ./code/inner.nix args;
  sample = import ${projectDirectory}samples/dynamic { unravel = e2e.unravel; inherit toolchain nix; };
}`;

describe("unravel.dynamic", () => {
  let store: BuildStore;
  let first: BuildResult;

  beforeAll(async () => {
    store = await makeBuildStore();
    cpSync(join(projectDirectory, "samples/dynamic"), join(store.directory, "code"), { recursive: true });
    first = await store.mustBuild(expression(), ["words"]);
  }, 3 * minutes);
  afterAll(() => store?.remove(), minutes);

  const inner = (result: BuildResult): readonly string[] =>
    result.built.map(({ name }) => name).filter((name) => /^words-(\d|r-root)/.test(name));
  const edit = (file: string, change: (text: string) => string): void => {
    const path = join(store.directory, "code", file);
    writeFileSync(path, change(readFileSync(path, "utf8")));
  };
  const wordsIn = (path: string | undefined): string =>
    readFileSync(join(store.physical(path ?? ""), "words.txt"), "utf8");

  test("builds a derivation for each that the code makes", () => {
    expect([...inner(first)].sort()).toEqual(
      ["1-fixed.txt", "1-upper-apple", "1-upper-fig", "1-upper-pear", "2-sorted", "r-root"].map(
        (name) => `words-${name}`,
      ),
    );
  });

  test("gives what the code gives when it is evaluated directly", async () => {
    const { paths } = await store.mustBuild(expression(), ["words", "direct", "sample"]);
    expect(paths[0]).toBe(first.paths[0]);
    expect(paths[2]).toBe(first.paths[0]);
    expect(wordsIn(paths[0])).toBe(wordsIn(paths[1]));
    expect(wordsIn(paths[0])).toMatch(/APPLE\nFIG\nPEAR\none line\nit's "quoted" \$\{text\}\n$/);
  });

  test("registers what each emitted object refers to", async () => {
    const root = first.built.find(({ name }) => name === "words-r-root")?.path ?? "";
    const { out } = await store.run("nix-store", ["-q", "--references", root]);
    const names = out
      .trim()
      .split("\n")
      .map((path) => path.slice(path.indexOf("-") + 1))
      .sort();
    expect(names).toEqual([
      "toolchain",
      "words-0-data.txt",
      "words-0-title.txt",
      "words-1-fixed.txt",
      "words-2-sorted",
    ]);
  });

  test("builds nothing but the evaluation for a comment in the code", async () => {
    edit("inner.nix", (text) => `# One more line.\n${text}`);
    const again = await store.mustBuild(expression(), ["words"]);
    expect(again.built.map(({ name }) => name)).toEqual(["words-evaluated"]);
    expect(again.paths).toEqual(first.paths);
  });

  test("builds what an edit of the code changes, and what depends on that", async () => {
    edit("inner.nix", (text) => text.replace("sort $parts", "sort -r $parts"));
    const again = await store.mustBuild(expression(), ["words"]);
    expect([...inner(again)].sort()).toEqual(["words-2-sorted", "words-r-root"]);
    edit("data.txt", () => "other\n");
    expect(inner(await store.mustBuild(expression(), ["words"]))).toEqual(["words-r-root"]);
  });

  test("makes the same derivations with recursive-nix", async () => {
    const delivered = await store.mustBuild(expression('sink = "recursive-nix";'), ["words"], {
      settings: recursive,
    });
    expect(inner(delivered).filter((name) => name !== "words-r-root.drv")).toEqual([]);
    const emitted = await store.mustBuild(expression(), ["words"]);
    expect(emitted.paths).toEqual(delivered.paths);
  });

  test(
    "emits hundreds of derivations in parts",
    async () => {
      const code = `{ toolchain, ... }:
        let
          run = name: attributes: script: derivation ({
            inherit name; system = "x86_64-linux"; builder = "\${toolchain}/bin/bash"; args = [ "-c" script ];
          } // attributes);
          part = n: run "part-\${toString n}" { inherit n; } "echo $n > $out";
        in run "all" { parts = builtins.genList part 120; } "for part in $parts; do read -r n < $part; echo $n; done > $out"`;
      writeFileSync(join(store.directory, "code/many.nix"), code);
      const result = await store.mustBuild(expression(`name = "many"; expression = "\${./code}/many.nix";`), [
        "words",
      ]);
      const numbers = Array.from({ length: 120 }, (_, n) => `${n}\n`).join("");
      expect(readFileSync(store.physical(result.paths[0] ?? ""), "utf8")).toBe(numbers);
      expect(result.built.filter(({ stage }) => stage === "shard").length).toBeGreaterThan(1);
    },
    2 * minutes,
  );

  describe("says what is wrong", () => {
    const failureOf = async (code: string, changes = ""): Promise<string> => {
      writeFileSync(join(store.directory, "code/bad.nix"), code);
      const { exitCode, log } = await store.build(
        expression(`expression = "\${./code}/bad.nix"; args = { }; ${changes}`),
        ["words"],
      );
      expect(exitCode).not.toBe(0);
      return log.replace(/\n {7}/g, "\n");
    };

    test("with code that does not evaluate", async () => {
      const log = await failureOf("{ }: { a = 1; \n  b = }");
      expect(log).toMatch(/error: Nix cannot evaluate "\/nix\/store\/[^"]+-code\/bad\.nix":/);
      expect(log).toContain("syntax error, unexpected '}'");
      expect(log).toContain("[dynamic/evaluation]");
    });

    test("with code that must build something to go on", async () => {
      const log = await failureOf(
        '{ }: import (derivation { name = "x"; system = "x86_64-linux"; builder = "/bin/sh"; })',
      );
      expect(log).toContain("allow-import-from-derivation");
      expect(log).toContain("nothing can be built while it runs");
    });

    test("with code that gives two derivations", async () => {
      const log = await failureOf(
        '{ }: map (name: derivation { inherit name; system = "x"; builder = "/bin/sh"; }) [ "a" "b" ]',
      );
      expect(log).toContain(
        "gives 2 derivations, and one is wanted [dynamic/several]\n  hint: choose one with attribute = ...",
      );
    });

    test("with attributes that are not there, missing or of a wrong type", async () => {
      expect(await failureOf("", "expresion = 1;")).toContain(
        'unravel.dynamic: there is no attribute "expresion" [plan/settings]\n  hint: did you mean expression? attributes: args, attribute, expression, features, meta, name, nix, outputs, passthru, sink',
      );
      expect(await failureOf("", 'outputs = [ "out" 1 ];')).toContain(
        "unravel.dynamic: outputs must be a list, each element a string, not a list [plan/settings]",
      );
      expect(await failureOf("", 'sink = "daemon";')).toContain(
        'unravel.dynamic: sink must be one of "outputs", "recursive-nix", not "daemon" [plan/settings]',
      );
    });
  });
});
