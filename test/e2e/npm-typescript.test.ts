// unravel.npm with a TypeScript solution: a derivation per project, beside what `tsc -b` makes of it.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildResult, type BuildStore, makeBuildStore, projectDirectory } from "./build-store.ts";
import { compareTrees, readTree } from "./file-tree.ts";
import { builtNames, configuredRegistry, treeOf } from "./npm.ts";

const minutes = 60_000;

/** TypeScript as the sample locks it. */
const compiler = JSON.parse(readFileSync(join(projectDirectory, "samples/npm/package-lock.json"), "utf8"))
  .packages["node_modules/typescript"];

const member = (name: string, more: object = {}): object => ({
  name: `@p/${name}`,
  version: "1.0.0",
  ...more,
});
const library = { main: "dist/index.js", types: "dist/index.d.ts" };
/** What makes the compiler quick: nothing of browsers, and no look at its own declarations. */
const quick = { lib: ["es2022"], skipLibCheck: true, types: [] };
const project = (references: readonly string[], more: object = {}): object => ({
  extends: ["@p/config/base.json", "../../tsconfig.base"],
  compilerOptions: { rootDir: "src", outDir: "dist" },
  include: ["src"],
  references: references.map((path) => ({ path })),
  ...more,
});

const members = ["packages/config", "packages/words", "packages/journal", "apps/notes", "apps/check"];
const top = {
  name: "solution",
  version: "1.0.0",
  private: true,
  workspaces: ["packages/*", "apps/*"],
  scripts: { build: "tsc -b --verbose apps/notes" },
  devDependencies: { typescript: compiler.version },
};

const files: Readonly<Record<string, string | object>> = {
  "package.json": top,
  "tsconfig.json": { files: [], references: [{ path: "apps/notes" }, { path: "apps/check/tsconfig.json" }] },
  "tsconfig.base.json": `{
  // With what only people write: comments, and a comma too many.
  "compilerOptions": { "declarationMap": true, "sourceMap": true, },
}`,
  "packages/config/package.json": member("config"),
  "packages/config/base.json": {
    compilerOptions: { ...quick, composite: true, strict: true, module: "nodenext", target: "es2022" },
  },
  "packages/words/package.json": member("words", library),
  "packages/words/tsconfig.json": project([], { exclude: ["src/*.test.ts"] }),
  "packages/words/src/index.ts":
    'import type { Count } from "./count.js";\nexport function count(text: string): Count {\n  return { text, words: text.split(" ").length };\n}\n',
  "packages/words/src/count.ts": "export interface Count {\n  text: string;\n  words: number;\n}\n",
  "packages/words/src/globals.d.ts": "declare const separator: string;\n",
  "packages/words/src/index.test.ts": "nothing that compiles\n",
  "packages/journal/package.json": member("journal", { ...library, dependencies: { "@p/words": "1.0.0" } }),
  "packages/journal/tsconfig.json": project(["../words"]),
  "packages/journal/src/index.ts":
    'import { count } from "@p/words";\n\nexport const lines = (text: string) => text.split("\\n").map(count);\n',
  "apps/notes/package.json": member("notes"),
  "apps/notes/tsconfig.json": project(["../../packages/journal", "../../packages/words/tsconfig.json"]),
  // A type by the place of its source, for which the compiler reads the declaration.
  "apps/notes/src/main.ts":
    'import { lines } from "@p/journal";\nimport type { Count } from "../../../packages/words/src/count.js";\n\ndeclare const console: { log(text: unknown): void };\nfor (const { words } of lines("a b") satisfies Count[]) console.log(words);\n',
  "apps/check/package.json": member("check"),
  // Lists nothing, and makes nothing.
  "apps/check/tsconfig.json": {
    extends: "../../tsconfig.base.json",
    compilerOptions: { ...quick, noEmit: true, declarationMap: false, strict: true, module: "nodenext" },
    files: ["check.ts"],
    references: [{ path: "../../packages/words" }],
  },
  "apps/check/check.ts":
    'import "./besides.js";\nimport { count } from "@p/words";\n\nconst { words }: { words: number } = count("");\nvoid words;\n',
  "apps/check/besides.ts": "export {};\n",
};

function lockfile(): object {
  const packages = {
    "": top,
    ...Object.fromEntries(members.map((path) => [path, files[`${path}/package.json`]])),
    ...Object.fromEntries(
      members.map((path) => [`node_modules/@p/${path.replace(/.*\//, "")}`, { resolved: path, link: true }]),
    ),
    "node_modules/typescript": compiler,
  };
  return { name: "solution", version: "1.0.0", lockfileVersion: 3, requires: true, packages };
}

const expression = `rec {
  package = e2e.unravel.npm {
    pname = "solution";
    version = "1";
    src = ./solution;
    typescript = "tsconfig.json";
    registry = ${JSON.stringify(configuredRegistry())};
    dontPatchShebangs = true;
    installPhase = ''
      mkdir $out
      node apps/notes/dist/main.js > $out/notes
      cp -R packages apps $out
    '';
  };
  nodeModules = package.nodeModules;
  # What the projects are compiled to, without the package.
  projects = e2e.rootOf {
    name = "projects";
    passthru.root = package.passthru.typescript.root;
  };
  # As docs/npm.md has it, with the compiler for something that takes long.
  groups = e2e.unravel.graph {
    pname = "groups";
    src = ./groups;
    graph = {
      schema = "unravel.graph/1";
      steps = map (files: {
        inputs = map (name: "\${name}.ts") files;
        outputs = map (name: "dist/\${name}.js") files;
        command = [
          "\${e2e.toolchain.nodejs}/bin/node"
          "\${nodeModules}/node_modules/typescript/bin/tsc"
          "--isolatedModules"
          "--noCheck"
          "--outDir"
          "dist"
        ] ++ map (name: "\${name}.ts") files;
      }) [ [ "a" "b" ] [ "c" "d" ] ];
    };
    installPhase = "cp -R dist $out";
  };
}`;

describe("a TypeScript solution", () => {
  let store: BuildStore;
  let directory: string;
  let first: BuildResult;

  function write(path: string, contents: string | object): void {
    const file = join(directory, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof contents === "string" ? contents : `${JSON.stringify(contents, null, 2)}\n`);
  }

  /** The projects that are compiled again for changed files. */
  async function compiledFor(
    edits: Readonly<Record<string, (text: string) => string>>,
  ): Promise<readonly string[]> {
    const before = Object.keys(edits).map(
      (path) => [path, readFileSync(join(directory, path), "utf8")] as const,
    );
    for (const [path, text] of before) {
      const after = edits[path]?.(text) ?? text;
      expect(after).not.toBe(text);
      writeFileSync(join(directory, path), after);
    }
    try {
      return compiled(await store.mustBuild(expression, ["projects"]));
    } finally {
      for (const [path, text] of before) writeFileSync(join(directory, path), text);
    }
  }

  const compiled = (result: Pick<BuildResult, "built">): readonly string[] =>
    builtNames(result).flatMap((name) => /^solution-(\d-.*)$/.exec(name)?.[1] ?? []);

  beforeAll(async () => {
    store = await makeBuildStore();
    directory = join(store.directory, "solution");
    for (const [path, contents] of Object.entries(files)) write(path, contents);
    write("package-lock.json", lockfile());
    first = await store.mustBuild(expression, ["package", "nodeModules"]);
  }, 5 * minutes);
  afterAll(() => store?.remove(), minutes);

  test("is compiled to what tsc -b makes, by a derivation per project", () => {
    expect(compiled(first)).toEqual([
      "1-packages+words",
      "2-apps+check",
      "2-packages+journal",
      "3-apps+notes",
    ]);
    const oracle = join(store.directory, "oracle");
    cpSync(directory, oracle, { recursive: true });
    const modules = join(treeOf(store, first.paths[1] ?? ""), "node_modules");
    cpSync(modules, join(oracle, "node_modules"), { recursive: true, verbatimSymlinks: true });
    execFileSync(process.execPath, [join(oracle, "node_modules/typescript/bin/tsc"), "-b"], { cwd: oracle });
    // Our own run of it knows nothing of a project that is not incremental.
    rmSync(join(oracle, "apps/check/tsconfig.tsbuildinfo"), { force: true });
    const built = store.physical(first.paths[0] ?? "");
    for (const part of ["packages", "apps"]) {
      const ours = new Map(readTree(join(built, part)));
      ours.delete("check/tsconfig.tsbuildinfo");
      const { compared, differences } = compareTrees(ours, readTree(join(oracle, part)));
      expect(differences).toEqual([]);
      expect(compared).toBeGreaterThanOrEqual(8);
    }
    expect(readFileSync(join(built, "notes"), "utf8")).toBe("2\n");
  });

  test("is up to date for the project's own tsc -b", () => {
    for (const path of ["packages/words", "packages/journal", "apps/notes"])
      expect(first.log).toMatch(new RegExp(`Project '${path}/tsconfig.json' is up to date`));
    expect(first.log).not.toMatch(/Building project '.*(?:words|journal|notes)/);
  });

  test(
    "is compiled again as far as declarations change",
    async () => {
      const body = await compiledFor({
        "packages/words/src/index.ts": (text) => text.replace('" "', "/\\s+/"),
        // What the compiler is not given, and what it does not look at.
        "packages/words/src/index.test.ts": (text) => `${text}more\n`,
        "package.json": (text) => text.replace("--verbose", "--verbose --pretty"),
      });
      expect(body).toEqual(["1-packages+words"]);
      const type = await compiledFor({
        "packages/words/src/count.ts": (text) => text.replace("{", "{\n  more?: number;"),
      });
      expect(type).toEqual(["1-packages+words", "2-apps+check", "2-packages+journal", "3-apps+notes"]);
      const besides = await compiledFor({ "apps/check/besides.ts": (text) => `${text}\n` });
      expect(besides).toEqual(["2-apps+check"]);
    },
    5 * minutes,
  );

  test(
    "may be compiled in groups of files, each a step",
    async () => {
      const source = (name: string): string => join(store.directory, `groups/${name}.ts`);
      mkdirSync(join(store.directory, "groups"));
      for (const name of ["a", "b", "c", "d"]) writeFileSync(source(name), `const ${name}: number = 1;\n`);
      const { paths, built } = await store.mustBuild(expression, ["groups"]);
      expect(readFileSync(join(store.physical(paths[0] ?? ""), "d.js"), "utf8")).toMatch(
        /^(?:var|const) d = 1;$/m,
      );
      const steps = (all: BuildResult["built"]): number => all.filter(({ stage }) => stage === "step").length;
      expect(steps(built)).toBe(2);
      writeFileSync(source("c"), "const c: number = 2;\n");
      expect(steps((await store.mustBuild(expression, ["groups"])).built)).toBe(1);
    },
    5 * minutes,
  );

  test(
    "names the project that does not compile, and the reference that leads nowhere",
    async () => {
      const build = async (path: string, edit: (text: string) => string): Promise<string> => {
        const file = join(directory, path);
        const before = readFileSync(file, "utf8");
        writeFileSync(file, edit(before));
        const { exitCode, log } = await store.build(expression, ["projects"]);
        writeFileSync(file, before);
        expect(exitCode).not.toBe(0);
        return log;
      };
      const wrong = await build("packages/journal/src/index.ts", (text) => `${text}lines(1);\n`);
      expect(wrong).toContain("packages/journal/src/index.ts(4,7): error TS2345");
      expect(wrong).toContain("unravel: packages/journal/tsconfig.json: tsc failed with exit code 2");
      const nowhere = await build("apps/notes/tsconfig.json", (text) =>
        text.replace("packages/journal", "packages/no"),
      );
      expect(nowhere).toContain(
        '"apps/notes/tsconfig.json": the reference "../../packages/no" leads to no configuration [npm/typescript]',
      );
    },
    5 * minutes,
  );
});
