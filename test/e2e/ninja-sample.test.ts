// The Ninja sample through the whole pipeline, beside what ninja makes of it in the same sandbox.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildResult, type BuildStore, countOf, makeBuildStore, type Stage } from "./build-store.ts";
import { compareTrees, copySource, readTree, type TreeEntry } from "./file-tree.ts";
import { copySample, quillExpression, sampleDirectory } from "./quill.ts";

const minutes = 60_000;

/** Objects of the sample: what `ninja` makes and the root leaves out. */
const everything: readonly string[] = ["all", "check", ...objects()];

describe("the Ninja sample", () => {
  let store: BuildStore;
  let first: BuildResult;

  beforeAll(async () => {
    store = await makeBuildStore();
    copySample(store);
    first = await store.mustBuild(quillExpression(), ["package"]);
  }, 5 * minutes);
  afterAll(() => store?.remove(), minutes);

  const at = (path: string | undefined): string => store.physical(path ?? "");

  test("is built by one derivation per edge, between the stages of planning", () => {
    const { steps } = JSON.parse(readFileSync(join(sampleDirectory, "edits.json"), "utf8")) as {
      steps: { all: number };
    };
    expect(countOf(first, "step")).toBe(steps.all);
    // Once to find what generated headers include, and once with them.
    const stages = { skeleton: 1, configured: 1, plan: 2, generated: 1, package: 1, other: 0 } as const;
    const counted = Object.keys(stages).map((stage) => [stage, countOf(first, stage as Stage)]);
    expect(Object.fromEntries(counted)).toEqual(stages);
  });

  test(
    "is not built again when nothing changed",
    async () => {
      const again = await store.mustBuild(quillExpression(), ["package"]);
      expect(again.built).toEqual([]);
      expect(again.paths).toEqual(first.paths);
    },
    minutes,
  );

  test(
    "gives the root and the package that ninja gives, byte by byte",
    async () => {
      const { paths } = await store.mustBuild(quillExpression(), ["package", "root", "oracle"]);
      const [packagePath, root, oracle] = paths.map(at);
      const rootTree = readTree(root ?? "");
      const ninjaTree = readTree(join(oracle ?? "", "tree"));
      const inRoot = compareTrees(rootTree, ninjaTree, { partial: true });
      expect(inRoot.differences).toEqual([]);
      expect(inRoot.compared).toBeGreaterThan(12);
      const installed = compareTrees(
        readTree(packagePath ?? ""),
        readTree(join(oracle ?? "", "installed/out")),
        {
          normalise: withStandIn(paths[0] ?? "", ninjaTree),
        },
      );
      expect(installed.differences).toEqual([]);
      expect(installed.compared).toBe(10);
    },
    3 * minutes,
  );

  test(
    "gives every file that ninja makes, objects and tests too",
    async () => {
      const { paths } = await store.mustBuild(quillExpression(everything), ["root", "oracle"]);
      const [root, oracle] = paths.map(at);
      const rootTree = readTree(root ?? "");
      const ninjaTree = readTree(join(oracle ?? "", "tree"));
      expect(compareTrees(rootTree, ninjaTree, { partial: true }).differences).toEqual([]);
      const missing = [...ninjaTree.keys()].filter((path) => isMade(path, ninjaTree) && !rootTree.has(path));
      expect(missing).toEqual([]);
    },
    3 * minutes,
  );

  test(
    "runs, in the sandbox, on its expected output",
    async () => {
      const check = `ran = e2e.runCommand "ran" { inherit package; } ''
      cd \${./quill}
      for command in "sample.html html --contents tests/sample.md" "sample.txt text --width 60 tests/sample.md" \\
        "sample.man man tests/sample.md" "outline.txt outline tests/sample.md"; do
        set -- $command
        file=$1; shift
        $package/bin/quill "$@" | cmp - expected/$file
      done
      mkdir $out
    '';`;
      const { paths } = await store.mustBuild(quillExpression([], "./quill", check), ["ran"]);
      expect(paths.length).toBe(1);
    },
    minutes,
  );

  test(
    "can be used by another derivation, as an input and by its path",
    async () => {
      const user = `user = e2e.stdenv.mkDerivation {
      name = "user";
      buildInputs = [ package ];
      nativeBuildInputs = [ package ];
      buildCommand = ''
        printf '%s\\n' '#include <quill/quill.h>' 'int main(void) { return quill_version() == 0; }' > main.c
        grep -q quill_version \${package}/include/quill/quill.h
        cc -o main main.c $LDFLAGS -lquill
        ./main
        mkdir $out
        quill text \${./quill}/tests/sample.md --width 60 > $out/text
        cp main $out/
      '';
    };`;
      const { paths, built } = await store.mustBuild(quillExpression([], "./quill", user), ["user"]);
      expect(readFileSync(join(at(paths[0]), "text"), "utf8")).toBe(
        readFileSync(join(sampleDirectory, "expected/sample.txt"), "utf8"),
      );
      expect(built.map((derivation) => derivation.stage)).toEqual(["other"]);
      const references = await store.run("nix-store", ["-q", "--references", paths[0] ?? ""]);
      expect(references.out.split("\n")).toContain(first.paths[0]);
    },
    minutes,
  );

  test(
    "is what `nix build -f` gives",
    async () => {
      const file = join(store.directory, "default.nix");
      writeFileSync(file, `let e2e = import ./e2e.nix; in\n${quillExpression()}\n`);
      const result = await store.run("nix", [
        "build",
        "-f",
        file,
        "package",
        "--no-link",
        "--print-out-paths",
      ]);
      expect(result.out.trim()).toBe(first.paths[0]);
    },
    minutes,
  );

  test(
    "passes `nix flake check` in a flake, which builds nothing again",
    async () => {
      const flake = join(store.directory, "flake");
      copySource(sampleDirectory, join(flake, "quill"));
      // --impure: the expressions of the tests and the toolchain are not parts of the flake.
      const outputs = `let e2e = import ${store.directory}/e2e.nix; quill = ${quillExpression()}; in {
        packages.x86_64-linux.default = quill.package;
        checks.x86_64-linux.quill = quill.package;
      }`;
      writeFileSync(join(flake, "flake.nix"), `{ outputs = { self }: ${outputs}; }\n`);
      const checked = await store.run("nix", ["flake", "check", "--impure", "-L", `path:${flake}`]);
      expect([checked.exitCode, checked.err]).toEqual([0, expect.not.stringContaining("error")]);
      const built = await store.run("nix", [
        ...["build", "--impure", "--no-link", "--print-out-paths", `path:${flake}`],
      ]);
      expect(built.out.trim()).toBe(first.paths[0]);
    },
    2 * minutes,
  );

  test(
    "has no path of the machine or of the build in its closure",
    async () => {
      const { out } = await store.run("nix-store", ["-qR", first.paths[0] ?? ""]);
      const names = out
        .trim()
        .split("\n")
        .map((path) => path.slice(44));
      expect(names.toSorted()).toEqual(["quill-1.2.3", "toolchain"]);
    },
    minutes,
  );
});

function objects(): readonly string[] {
  const listed = readFileSync(join(sampleDirectory, "sources.list"), "utf8");
  const units = [...listed.matchAll(/^[a-z]+ (\S+)\.c$/gm)].map((match) => match[1]);
  const rest = [
    "tools/mkentities",
    "tools/hash",
    "tools/embed",
    "tools/outfile",
    "gen/entity_table",
    "gen/default_css",
  ];
  return [...units, ...rest].map((unit) => `obj/${unit}.o`);
}

/** Made by an edge: not by configure, not ninja's own records, not a source. */
function isMade(path: string, tree: ReadonlyMap<string, TreeEntry>): boolean {
  if (!path.startsWith("build/") || tree.get(path)?.kind === "directory") return false;
  return !/^build\/(\.ninja_(log|deps)|build\.ninja|config\.(h|log|status)|.*\.rsp)$/.test(path);
}

/** The package has its own hash where ninja's tree has the stand-in. */
function withStandIn(path: string, ninjaTree: ReadonlyMap<string, TreeEntry>): (bytes: string) => string {
  const manifest = ninjaTree.get("build/build.ninja");
  const prefix = manifest?.kind === "file" ? /^prefix = (\S+)$/m.exec(manifest.bytes)?.[1] : undefined;
  const [own, standIn] = [path, prefix ?? ""].map((name) => name.slice(11, 43));
  return (bytes) => bytes.replaceAll(own ?? "", standIn ?? "");
}
