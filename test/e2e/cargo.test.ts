// The cargo sample (a workspace of seven members and 77 crates) on real Nix: built, tested, edited; and every run of
// rustc and of a build script beside those that cargo itself starts.

import { appendFileSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { invocationsBelow, scriptEnvironments } from "../cargo/invocations.ts";
import { type BuildResult, type BuildStore, makeBuildStore } from "./build-store.ts";
import { type CargoProject, cargoArguments, makeCargoProject, setUpRust } from "./cargo-project.ts";

const minutes = 60_000;
const settings = { "max-jobs": "2", cores: "1" };

describe("unravel.cargo", () => {
  let store: BuildStore;
  let project: CargoProject;
  let first: BuildResult;

  // Without debugging information it takes a fifth less.
  const attributes = (doCheck: boolean): string => `
    cargoBuildFlags = [ "--config" "profile.dev.debug=false" ];
    cargoTestFlags = [ "--workspace" "--config" "profile.dev.debug=false" ];
    doCheck = ${doCheck};`;
  const expression = (doCheck = true): string => `rec {
    package = e2e.unravel.cargo ${cargoArguments(project, attributes(doCheck))};
    run = e2e.runCommand "run" { inherit package; } ''
      mkdir tree
      printf one > tree/a
      export PATH=$package/bin:$PATH
      {
        cairn about
        cairn take tree before
        printf two > tree/a
        printf three > tree/b
        cairn take tree after --without b
        cairn compare before after --format csv || echo "exit $?"
        cairn show after --format toml
        cairn-sum tree/a
      } > $out
    '';
  }`;

  beforeAll(async () => {
    setUpRust();
    store = await makeBuildStore();
    project = await makeCargoProject(store);
    first = await store.mustBuild(expression(), ["package", "run"], { settings });
  }, 12 * minutes);
  afterAll(async () => {
    await project?.remove();
    store?.remove();
  }, minutes);

  /** Names of what rustc, build scripts and tests were run for. */
  const unitsOf = ({ built }: BuildResult): readonly string[] =>
    built
      .flatMap(({ name }) => /^cargo-\d+-(.+)-[0-9a-f]{7}(-run)?$/.exec(name)?.slice(1, 3).join("") ?? [])
      .sort();

  test("builds and tests a workspace, each crate fetched once", () => {
    const fetched = project.registry.asked;
    expect(fetched.length).toBe(new Set(fetched).size);
    expect(fetched.length).toBeGreaterThan(70);
    expect(unitsOf(first).length).toBeGreaterThan(130);
    expect(unitsOf(first).filter((name) => name.endsWith("-run") && !name.endsWith("script-run"))).toEqual([
      "cairn-0.4.1-test-cairn-run",
      "cairn-0.4.1-test-cairn-sum-run",
      "cairn-0.4.1-test-program-run",
      "cairn-core-0.4.1-test-cairn_core-run",
      "cairn-macros-0.4.1-test-cairn_macros-run",
      "cairn-report-0.4.1-test-cairn_report-run",
      "cairn-scan-0.4.1-test-cairn_scan-run",
      "cairn-store-0.4.1-test-cairn_store-run",
      "rolling-sys-0.4.1-test-rolling_sys-run",
    ]);
    expect(first.log).toContain("test a_change_is_told ... ok");
  });

  // What the program says that cargo itself builds.
  test("makes a program that works", () => {
    expect(readFileSync(store.physical(first.paths[1] ?? ""), "utf8")).toBe(
      [
        "cairn 0.4.1 (debug)",
        "1 files, 3 bytes",
        "1 files, 3 bytes",
        "kind,path",
        "Changed,a",
        "exit 1",
        "[[entries]]",
        'path = "a"',
        "size = 3",
        "sum = 45875547",
        'digest = "dc770fff53f50835f8cc957e01c0d5731d3c2ed544c375493a28c09be5e09763"',
        "02bc015b tree/a",
        "",
      ].join("\n"),
    );
  });

  describe("after an edit", () => {
    const rebuilt = async (file: string, edit: (text: string) => string): Promise<readonly string[]> => {
      const path = join(project.directory, file);
      const before = readFileSync(path, "utf8");
      const after = edit(before);
      expect(after).not.toBe(before);
      writeFileSync(path, after);
      const result = await store.mustBuild(expression(false), ["package"], { settings });
      writeFileSync(path, before);
      return unitsOf(result);
    };

    test("of a comment in a program, that program alone is compiled", async () => {
      expect(await rebuilt("crates/cairn/src/main.rs", (text) => `${text}// That is all.\n`)).toEqual([
        "cairn-0.4.1-bin-cairn",
      ]);
    });

    test("of a member's README, nothing is", async () => {
      expect(await rebuilt("crates/cairn/README.md", (text) => `${text}More.\n`)).toEqual([]);
    });

    test("of a file that a macro includes, those who see it are", async () => {
      expect(await rebuilt("crates/report/src/header.txt", (text) => text.toUpperCase())).toEqual([
        "cairn-0.4.1-bin-cairn",
        "cairn-0.4.1-bin-cairn-sum",
        "cairn-report-0.4.1-lib",
      ]);
    });

    test("of C code, the build script runs again, and what links it is compiled", async () => {
      expect(
        await rebuilt("crates/rolling-sys/c/rolling.c", (text) =>
          text.replace("a = (a + bytes[i])", "a = (bytes[i] + a)"),
        ),
      ).toContain("rolling-sys-0.4.1-script-run");
    });

    test("of the manifest alone, nothing that rustc sees is", async () => {
      expect(await rebuilt("Cargo.toml", (text) => `# A workspace.\n${text}`)).toEqual([]);
    });
  });

  // The other shapes of a build, on a workspace that is compared in seconds: test/e2e/cargo-package.test.ts.
  test("starts rustc as cargo does for tests of the whole workspace", async () => {
    const [ours, theirs] = (
      await store.mustBuild(
        `rec {
          arguments = ${cargoArguments(project, `cargoTestFlags = [ "--workspace" ];`)} // { rustc = e2e.rust.loggingRustc; };
          package = e2e.unravel.cargo arguments;
          units = package.testUnits;
          oracle = e2e.rust.cargoOracle {
            inherit package;
            inherit (arguments) rustc nativeBuildInputs buildInputs;
            arguments = [ "test" "--no-run" "--workspace" ];
          };
        }`,
        ["units", "oracle"],
        { settings },
      )
    ).paths.map((path) => store.physical(path));
    const follow = (path: string): string => store.physical(readlinkSync(path));
    const original = invocationsBelow(theirs ?? "", follow);
    expect(original.length).toBeGreaterThan(110);
    expect(invocationsBelow(ours ?? "", follow)).toEqual(original);
    const scripts = scriptEnvironments(theirs ?? "", follow);
    expect(scripts.length).toBeGreaterThan(20);
    expect(scriptEnvironments(ours ?? "", follow)).toEqual(scripts);
  });

  test("says what is wrong, and where", async () => {
    const lock = join(project.directory, "Cargo.lock");
    const good = readFileSync(lock, "utf8");
    const failing = async (text: string): Promise<string> => {
      writeFileSync(lock, text);
      const { exitCode, log } = await store.build(expression(false), ["package"], { settings });
      writeFileSync(lock, good);
      expect(exitCode).not.toBe(0);
      return log;
    };
    const wrongSum = good.replace(/(name = "walkdir"\n.*\n.*\nchecksum = ")[0-9a-f]+/, `$1${"0".repeat(64)}`);
    expect(await failing(wrongSum)).toMatch(
      /hash mismatch in fixed-output derivation '.*walkdir-2\.3\.2\.crate/,
    );
    const unknown = good
      .replace(/(name = "walkdir"\nversion = ")[^"]+/, "$199.0.0")
      .replace(/(name = "walkdir"\n.*\n.*\nchecksum = ")[0-9a-f]+/, `$1${"1".repeat(64)}`);
    expect(await failing(unknown)).toMatch(/unable to download '.*walkdir\/99\.0\.0\.crate'/);
    // As a person edits a manifest and forgets the lockfile.
    const manifest = join(project.directory, "crates/core/Cargo.toml");
    const before = readFileSync(manifest, "utf8");
    appendFileSync(manifest, '\n[build-dependencies]\nlog = "0.4"\n');
    const disagreed = await failing(good);
    writeFileSync(manifest, before);
    expect(disagreed).toContain("[cargo/out-of-date]");
    expect(disagreed).toContain("hint: Cargo.lock does not fit the manifests");
  });
});
