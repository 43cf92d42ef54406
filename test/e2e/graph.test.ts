// Graphs in JSON through the whole pipeline: the sample must be what its commands make when they run one by one.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Ran, unravel } from "../cli.ts";
import {
  type BuildResult,
  type BuildStore,
  countOf,
  makeBuildStore,
  projectDirectory,
} from "./build-store.ts";
import { compareTrees, readTree } from "./file-tree.ts";

const minutes = 60_000;

/** Runs every command of the graph in order, in one place, as a plain build would. */
const runner = `
const { readFileSync, mkdirSync } = require("node:fs");
const { execFileSync } = require("node:child_process");
const { dirname } = require("node:path");
for (const { outputs, command } of JSON.parse(readFileSync("graph.json")).steps) {
  for (const output of outputs) mkdirSync(dirname(output), { recursive: true });
  if (typeof command === "string") execFileSync("sh", ["-c", command], { stdio: "inherit" });
  else execFileSync(command[0], command.slice(1), { stdio: "inherit" });
}
`;

const expression = `
let
  list = import ./list.nix;
in
{
  site = import ./site { inherit (e2e) unravel; };
  oracle = e2e.runCommand "oracle" { nativeBuildInputs = [ e2e.toolchain.nodejs ]; src = ./site; run = ./run.cjs; } ''
    cp -R $src source
    chmod -R u+w source
    cd source
    bash plan.sh > graph.json
    node $run
    mkdir $out
    cp -r out $out/share
  '';
  # Nothing but Nix: the graph as an attribute set that names a package.
  inNix = e2e.unravel.graph {
    pname = "list";
    src = ./site;
    graph = {
      schema = "unravel.graph/1";
      steps = [
        { outputs = [ "all" ]; inputs = [ "pages.txt" "tools.txt" ]; command = [ "\${e2e.toolchain.toolchain}/bin/cat" "pages.txt" "tools.txt" ]; }
      ];
    } // list;
    installPhase = "mkdir $out; cp all.txt $out";
  };
}`;

describe("unravel.graph", () => {
  let store: BuildStore;
  let first: BuildResult;
  const at = (path: string): string => join(store.directory, path);
  const edit = (file: string, change: (text: string) => string): void =>
    writeFileSync(at(`site/${file}`), change(readFileSync(at(`site/${file}`), "utf8")));
  const steps = (result: BuildResult): readonly string[] =>
    result.built.filter(({ stage }) => stage === "step").map(({ name }) => name.replace(/^.*-/, ""));
  const listOf = (steps: string): void => writeFileSync(at("list.nix"), steps);

  beforeAll(async () => {
    store = await makeBuildStore();
    cpSync(join(projectDirectory, "samples/graph"), at("site"), { recursive: true });
    writeFileSync(at("run.cjs"), runner);
    listOf("{ }");
    first = await store.mustBuild(expression, ["site"]);
  }, 3 * minutes);
  afterAll(() => store?.remove(), minutes);

  const expectSame = async (): Promise<void> => {
    const { paths } = await store.mustBuild(expression, ["site", "oracle"]);
    const [site, oracle] = paths.map((path) => readTree(store.physical(path)));
    if (site === undefined || oracle === undefined) throw new Error("nothing was built");
    const { differences, compared } = compareTrees(site, oracle);
    expect(differences).toEqual([]);
    expect(compared).toBeGreaterThanOrEqual(7);
  };

  test("builds a derivation per step, and what the commands make one by one", async () => {
    expect(countOf(first, "step")).toBe(6);
    await expectSame();
  });

  test("builds again what an edit changes", async () => {
    edit("pages/buoy.txt", (text) => `${text}More.\n`);
    expect(steps(await store.mustBuild(expression, ["site"]))).toEqual(["buoy.html"]);
    edit("pages/buoy.txt", (text) => text.replace("Buoys", "Some buoys"));
    expect(steps(await store.mustBuild(expression, ["site"]))).toEqual(["buoy.html", "index.html"]);
    edit("tools/words.h", (text) => text.replace("#define", "/* Blank. */\n#define"));
    expect(steps(await store.mustBuild(expression, ["site"]))).toEqual(["words.o"]);
    edit("render.awk", (text) => text.replace("words</footer>", "words in all</footer>"));
    expect(steps(await store.mustBuild(expression, ["site"])).toSorted()).toEqual(
      ["anchor", "buoy", "compass"].map((page) => `${page}.html`),
    );
    await expectSame();
  });

  test("takes a graph that is written in Nix and names packages", async () => {
    listOf(`{
      steps = [
        { outputs = [ "all.txt" ]; inputs = [ "pages/anchor.txt" "pages/compass.txt" ];
          command = "\${(import ${process.env["UNRAVEL_CACHE"] ?? join(projectDirectory, ".cache")}/toolchain.nix).toolchain}/bin/cat pages/anchor.txt pages/compass.txt > all.txt"; }
      ];
    }`);
    const { paths } = await store.mustBuild(expression, ["inNix"]);
    const page = (name: string): string => readFileSync(at(`site/pages/${name}.txt`), "utf8");
    expect(readFileSync(join(store.physical(paths[0] ?? ""), "all.txt"), "utf8")).toBe(
      page("anchor") + page("compass"),
    );
  });

  test("can be followed while Nix builds it", async () => {
    await store.mustBuild(expression, ["site"]);
    const run = async (): Promise<Ran> => {
      const { out } = await store.run("bash", [
        "-c",
        "nix-build default.nix -A site --no-out-link --log-format internal-json 2>&1",
      ]);
      return unravel(["follow"], { stdin: out });
    };
    edit("pages/anchor.txt", (text) => `${text}Heavy indeed.\n`);
    const { code, err } = await run();
    expect(code).toBe(0);
    expect(err).toMatch(/^\[\d+\/\d+\] site-3-out-.*anchor\.html$/m);
    expect(err).toMatch(/^\/nix\/store\/.*-site-1\.0$/m);
    expect(err).not.toContain("@nix");
    edit("render.awk", (text) => `${text}{ broken\n`);
    const failed = await run();
    expect(failed.code).toBe(1);
    expect(failed.err).toContain("the command failed with exit code");
  });

  describe("says what is wrong with a graph, and where", () => {
    const failureOf = async (steps: string): Promise<string> => {
      listOf(`{ steps = [ ${steps} ]; }`);
      const { exitCode, log } = await store.build(expression, ["inNix"]);
      expect(exitCode).not.toBe(0);
      return log;
    };

    test("when it leaves the tree", async () => {
      const log = await failureOf('{ outputs = [ "a" ]; inputs = [ "../../etc/passwd" ]; command = "x"; }');
      expect(log).toMatch(
        /graph\.json:1:\d+: error: "\.\.\/\.\.\/etc\/passwd" is outside the source tree \[json\/path\]\n.*\n.*\^{18}/,
      );
    });

    test("when steps wait for each other", async () => {
      const log = await failureOf(
        '{ outputs = [ "a" ]; inputs = [ "b" ]; command = "x"; } { outputs = [ "b" ]; inputs = [ "a" ]; command = "x"; }',
      );
      expect(log).toMatch(/graph\.json:1:\d+: error: dependency cycle: "a" -> "b" -> "a" \[graph\/cycle\]/);
    });

    test("when an input is nowhere", async () => {
      const log = await failureOf('{ outputs = [ "a" ]; inputs = [ "pages/gone.txt" ]; command = "x"; }');
      expect(log).toMatch(/graph\.json:1:\d+: error: "pages\/gone\.txt", needed by "a", is missing/);
    });

    test("when an attribute of the call has a wrong type", async () => {
      const { log } = await store.build(
        '{ x = e2e.unravel.graph { pname = "x"; src = ./site; targets = "all"; }; }',
        ["x"],
      );
      expect(log).toContain(
        'unravel.graph: targets must be a list, each element a string, not "all" [plan/settings]',
      );
    });
  });
});
