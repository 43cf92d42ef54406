// Debian's zlib through CMake and Ninja, beside what an ordinary derivation with the same stdenv makes of it.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type BuildResult,
  type BuildStore,
  countOf,
  makeBuildStore,
  projectDirectory,
} from "./build-store.ts";
import { compareTrees, copySource, readTree } from "./file-tree.ts";

const minutes = 60_000;

/** `more`: further attributes of the package. */
function expression(more = ""): string {
  return `rec {
  arguments = {
    pname = "zlib";
    version = "1.2.13";
    src = ./zlib;
    nativeBuildInputs = [ e2e.cmake e2e.ninja ];
    # Debian leaves the files for Windows out, and CMakeLists.txt names one that it does not use here.
    postPatch = "mkdir -p win32; : > win32/zlib1.rc";
    ${more}
  };
  package = e2e.unravel.ninja arguments;
  root = e2e.rootOf package;
  oracle = e2e.ninjaOracle { inherit package; inherit (arguments) nativeBuildInputs; };
}`;
}

describe("zlib", () => {
  let store: BuildStore;
  let first: BuildResult;
  let oracle: BuildResult;

  beforeAll(async () => {
    const fetched = execFileSync(join(projectDirectory, "scripts/fetch-source.sh"), ["zlib"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
    store = await makeBuildStore();
    copySource(fetched.trim(), join(store.directory, "zlib"));
    first = await store.mustBuild(expression(), ["package"]);
    oracle = await store.mustBuild(expression(), ["oracle"]);
  }, 5 * minutes);
  afterAll(() => store?.remove(), minutes);

  const ninjaDirectory = (): string => store.physical(oracle.paths[0] ?? "");

  test("is built by one derivation per command that ninja runs", () => {
    const commands = /^\[(\d+)\/\1\]/m.exec(oracle.log)?.[1];
    expect(Number(commands)).toBeGreaterThan(30);
    expect(countOf(first, "step")).toBe(Number(commands));
  });

  test(
    "gives the files that ninja gives, objects and examples too",
    async () => {
      const expected = readTree(join(ninjaDirectory(), "tree"));
      const objects = [...expected.keys()].filter((path) => path.endsWith(".o"));
      const targets = ["all", ...objects.map((path) => path.slice("build/".length))];
      const listed = targets.map((target) => JSON.stringify(target)).join(" ");
      const { paths } = await store.mustBuild(expression(`targets = [ ${listed} ];`), ["root"]);
      const compared = compareTrees(readTree(store.physical(paths[0] ?? "")), expected, { partial: true });
      expect(compared.differences).toEqual([]);
      // The objects, two libraries, four programs and two links.
      expect(compared.compared).toBe(objects.length + 8);
    },
    2 * minutes,
  );

  test("gives the package that ninja gives, but for the package's own path in zlib.pc", () => {
    const path = first.paths[0] ?? "";
    const expected = readTree(join(ninjaDirectory(), "installed/out"));
    const actual = readTree(store.physical(path));
    expect(compareTrees(actual, expected).differences).toEqual([
      expect.stringContaining("share/pkgconfig/zlib.pc: "),
    ]);
    const settings = expected.get("share/pkgconfig/zlib.pc");
    const standIn = settings?.kind === "file" ? /^prefix=(\S+)$/m.exec(settings.bytes)?.[1] : undefined;
    const normalised = compareTrees(actual, expected, {
      normalise: (bytes) => bytes.replaceAll(path, standIn ?? ""),
    });
    expect(normalised).toEqual({ compared: 8, differences: [] });
  });

  test(
    "passes its own tests, run by ctest where they were built",
    async () => {
      const check = `doCheck = true; checkPhase = "ctest --output-on-failure | tee $NIX_BUILD_TOP/log; grep 'tests passed' $NIX_BUILD_TOP/log";`;
      const result = await store.mustBuild(expression(check), ["package"]);
      expect(result.log).toContain("100% tests passed");
      expect(countOf(result, "step")).toBe(0);
    },
    2 * minutes,
  );

  test(
    "compiles two objects again for a comment in a source that two libraries have, and links nothing",
    async () => {
      const file = join(store.directory, "zlib/adler32.c");
      const before = readFileSync(file, "latin1");
      writeFileSync(
        file,
        before.replace("#define BASE", "/* The largest prime below 65536. */\n#define BASE"),
      );
      const { built, paths } = await store.mustBuild(expression(), ["package"]);
      writeFileSync(file, before);
      expect(built.filter(({ stage }) => stage === "step").map(({ name }) => /adler32/.test(name))).toEqual([
        true,
        true,
      ]);
      expect(built.map(({ stage }) => stage)).not.toContain("configured");
      expect(built.map(({ stage }) => stage)).not.toContain("plan");
      expect(paths).toEqual(first.paths);
    },
    2 * minutes,
  );
});
