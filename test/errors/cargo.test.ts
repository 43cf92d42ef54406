// The exact words about Cargo projects that cannot be used: lockfiles through the command line, the rest as the
// stages say it.

import { afterAll, describe, expect, it } from "vitest";
import { askCargo } from "../../cli/cargo/ask-cargo.ts";
import { writeLock } from "../../cli/cargo/lock-file.ts";
import { deriveCargo } from "../../emit/cargo/derive.ts";
import { planCargo } from "../../emit/cargo/plan.ts";
import { configuredTarget } from "../../generators/cargo/config.ts";
import { parseFields } from "../../generators/cargo/json-fields.ts";
import { parseCargoLock } from "../../generators/cargo/lock.ts";
import { lockedCrates } from "../../generators/cargo/registry.ts";
import { toolchainMismatch } from "../../generators/cargo/toolchain-file.ts";
import { loadUnitGraph } from "../../generators/cargo/unit-graph.ts";
import { asBytes, fromText } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { cargoAnswers, cargoContext, emptyTree } from "../cargo/answers.ts";
import { makeProject, type Project } from "../cli.ts";

const projects: Project[] = [];
afterAll(() => {
  for (const project of projects) project.remove();
});

async function told(lock: string): Promise<string> {
  const project = makeProject({ "Cargo.lock": lock });
  projects.push(project);
  const { err, code } = await project.run(["graph", "cargo", "Cargo.lock"]);
  return `${err}exit ${code}`;
}

/** What an InputError says, a line for each diagnostic and its hint. */
function said(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return error.diagnostics
      .map(({ code, message, hint }) => `${message} [${code}]\n  hint: ${hint}`)
      .join("\n");
  }
  throw new Error("nothing is wrong");
}

const index = "registry+https://index.example/index";
const sum = "ab".repeat(32);

function locked(entry: string): string {
  return `version = 4\n\n[[package]]\n${entry}\n`;
}

describe("lockfiles", () => {
  it("cargo/lock-version: newer than anything known", async () => {
    expect(await told('version = 5\n\n[[package]]\nname = "a"\nversion = "1.0.0"\n')).toMatchInlineSnapshot(`
      "Cargo.lock:1:1: error: the lockfile has version 5, and 1 to 4 are known [cargo/lock-version]
        1 | version = 5
          | ^^^^^^^
        hint: let a cargo of that version write it, or use a newer unravel
      exit 1"
    `);
  });

  it("cargo/toml: broken text, at its place", async () => {
    expect(await told('version = 4\n\n[[package]]\nname = = "a"\n')).toMatchInlineSnapshot(`
      "Cargo.lock:4:8: error: expected "'", "'''", "0", "0b", "0o", "0x", "[", "\\"", "\\"\\"\\"", "false", "inf", "nan", "true", "{", [ \\t], [+\\-], [0-9], or [1-9] but "=" found [cargo/toml]
        4 | name = = "a"
          |        ^
        hint: correct the file; cargo refuses it, too
      exit 1"
    `);
  });

  it("cargo/lock: a package twice, one without a name, one that would leave its directory", async () => {
    expect(
      await told(
        'version = 4\n[[package]]\nname = "a"\nversion = "1.0.0"\n[[package]]\nname = "a"\nversion = "1.0.0"\n[[package]]\nversion = "1.0.0"\n[[package]]\nname = "../../etc"\nversion = "1.0.0"\n',
      ),
    ).toMatchInlineSnapshot(`
      "Cargo.lock:3:8: error: the package "a 1.0.0" stands there twice [cargo/lock]
        3 | name = "a"
          |        ^^^
        hint: let cargo write the lockfile again: cargo generate-lockfile
      Cargo.lock:2:1: error: a package has no name or no version [cargo/lock]
        2 | [[package]]
          | ^^^^^^^^^^^
        hint: let cargo write the lockfile again: cargo generate-lockfile
      Cargo.lock:11:8: error: "../../etc" "1.0.0" is no name and version of a crate [cargo/lock]
        11 | name = "../../etc"
           |        ^^^^^^^^^^^
        hint: let cargo write the lockfile again: cargo generate-lockfile
      exit 1"
    `);
  });

  it("cargo/lock: packages that are no list", async () => {
    expect(await told("version = 4\npackage = 1\n")).toMatchInlineSnapshot(`
      "Cargo.lock:2:1: error: "package" is no list of tables [cargo/lock]
        2 | package = 1
          | ^^^^^^^
        hint: let cargo write the lockfile again: cargo generate-lockfile
      exit 1"
    `);
  });

  it("cargo/no-checksum", async () => {
    expect(await told(locked(`name = "a"\nversion = "1.0.0"\nsource = "${index}"`))).toMatchInlineSnapshot(`
      "Cargo.lock:4:8: error: "a" 1.0.0 has no checksum, and cannot be fetched without one [cargo/no-checksum]
        4 | name = "a"
          |        ^^^
        hint: let cargo write the lockfile anew, or vendor the package
      exit 1"
    `);
  });

  it("cargo/source: a source of no kind that is known", async () => {
    expect(
      await told(locked('name = "a"\nversion = "1.0.0"\nsource = "svn+https://code.example/a"')),
    ).toMatchInlineSnapshot(`
      "Cargo.lock:6:11: error: "a" 1.0.0 comes from "svn+https://code.example/a", which is neither a registry nor a git commit [cargo/source]
        6 | source = "svn+https://code.example/a"
          |           ^^^^^^^^^^^^^^^^^^^^^^^^^^
        hint: depend on a published version, a commit, or a directory of the tree
      exit 1"
    `);
  });
});

function cratesOf(entry: string, registries: readonly (readonly [string, string])[] = []): unknown {
  const lock = parseCargoLock(fromText(locked(entry)), asBytes("Cargo.lock"));
  return lockedCrates(lock, {
    registries: new Map(registries.map(([name, template]) => [fromText(name), fromText(template)])),
    checkouts: new Map(),
  });
}

describe("no lockfile", () => {
  it("cargo/no-lock", () => {
    expect(said(() => writeLock("", "/nowhere", "Cargo.lock", "/nowhere/copy"))).toMatchInlineSnapshot(`
      "the project has no Cargo.lock, so nothing says what to fetch [cargo/no-lock]
        hint: run cargo generate-lockfile and commit the file, or give cargoLock.lockFile"
    `);
  });
});

describe("sources", () => {
  const fromRegistry = `name = "a"\nversion = "1.0.0"\nsource = "${index}"\nchecksum = "${sum}"`;

  it("cargo/no-registry: nobody says where it keeps packages", () => {
    expect(said(() => cratesOf(fromRegistry))).toMatchInlineSnapshot(`
      "it is not known where the registry "https://index.example/index" keeps its packages [cargo/no-registry]
        hint: give the "dl" of the index's config.json: registries."https://index.example/index" = "https://…";"
    `);
  });

  it("cargo/bad-url: a template that leads nowhere", () => {
    expect(
      said(() => cratesOf(fromRegistry, [["https://index.example/index", "ssh://packages.example"]])),
    ).toMatchInlineSnapshot(`
      ""a" is to be fetched from "ssh://packages.example/a/1.0.0/download", which is no http or https address [cargo/bad-url]
        hint: correct the registry's entry in registries"
    `);
  });

  it("cargo/no-checkout: a commit that nobody fetched", () => {
    const commit = "0123456789abcdef0123456789abcdef01234567";
    expect(
      said(() =>
        cratesOf(
          `name = "a"\nversion = "1.0.0"\nsource = "git+https://code.example/a?branch=main#${commit}"`,
        ),
      ),
    ).toMatchInlineSnapshot(`
      ""a" comes from "https://code.example/a", and there is no checkout of 0123456789abcdef0123456789abcdef01234567 [cargo/no-checkout]
        hint: let Nix read the lockfile while it evaluates (src or cargoLock.lockFile as a path), or give gitSources"
    `);
  });
});

const request = { profile: asBytes("dev"), target: undefined, rustflags: undefined, read: () => undefined };

describe("what cargo answers", () => {
  it("cargo/output: a unit graph of another version", () => {
    const answers = { ...cargoAnswers(), unitGraph: asBytes('{"version":2,"units":[],"roots":[]}') };
    expect(said(() => loadUnitGraph(answers, request))).toMatchInlineSnapshot(`
      "what cargo printed has no "version" that is 1 [cargo/output]
        hint: use a cargo between 1.77 and the newest that docs/cargo.md names"
    `);
  });

  it("cargo/outside-tree: a path dependency beside the source", () => {
    const answers = cargoAnswers({ directory: "/elsewhere/a" });
    expect(said(() => loadUnitGraph(answers, request))).toMatchInlineSnapshot(`
      ""/elsewhere/a" lies outside the source tree [cargo/outside-tree]
        hint: let src be a directory that holds every path dependency, and name the part to build with cargoRoot"
    `);
  });

  it("cargo/targets: more than one in the configuration", () => {
    const config = parseFields(asBytes('{"build":{"target":["a-b-c","d-e-f"]}}'), "configuration");
    expect(said(() => configuredTarget(config))).toMatchInlineSnapshot(`
      "cargo's configuration names several targets: "a-b-c", "d-e-f" [cargo/targets]
        hint: name one with target, and build a package for each"
    `);
  });

  it("cargo/toolchain: another rustc than the project's", () => {
    const wrong = (text: string, file = "rust-toolchain.toml"): unknown =>
      toolchainMismatch(fromText(text), asBytes(file), asBytes("rustc 1.85.0\nrelease: 1.85.0\n"));
    expect(wrong('[toolchain]\nchannel = "1.80.1"\n')).toMatchInlineSnapshot(`
      {
        "at": {
          "end": 29,
          "file": "rust-toolchain.toml",
          "start": 23,
        },
        "code": "cargo/toolchain",
        "hint": "give rustc and cargo of that version, or checkToolchain = false to use these all the same",
        "message": "the project asks for rustc "1.80.1", and it is 1.85.0",
      }
    `);
    expect(wrong("nightly-2026-01-31\n", "rust-toolchain")).toMatchObject({
      message: 'the project asks for rustc "nightly-2026-01-31", and it is 1.85.0',
    });
  });

  it("cargo/mode: documentation", () => {
    expect(said(() => loadUnitGraph(cargoAnswers({ mode: "doc" }), request))).toMatchInlineSnapshot(`
      "cargo wants to "doc", which makes no file [cargo/mode]
        hint: ask for what cargo build or cargo test do"
    `);
  });

  it("cargo/missing-crate: not vendored", () => {
    const graph = loadUnitGraph(
      cargoAnswers({ directory: "/build/vendor/11/a-1.0.0", source: index }),
      request,
    );
    expect(
      said(() => deriveCargo(planCargo(graph, "build"), cargoContext(), emptyTree)),
    ).toMatchInlineSnapshot(`
      ""a" is not in the vendored directory, where "11/a-1.0.0" should be [cargo/missing-crate]
        hint: vendor again: cargo vendor"
    `);
  });
});

describe("programs", () => {
  const question = {
    directory: "/",
    home: "/",
    command: "build",
    arguments: [],
    target: undefined,
    rustflags: undefined,
  } as const;

  it("cargo/no-cargo", () => {
    expect(said(() => askCargo({ ...question, path: "/nowhere" }))).toMatchInlineSnapshot(`
      "cargo cannot be run: spawnSync cargo ENOENT [cargo/no-cargo]
        hint: give rustc and cargo as packages with bin/rustc and bin/cargo"
    `);
  });

  it("cargo/refused and cargo/out-of-date: cargo's own words", () => {
    const asked = (words: string): string => {
      const project = makeProject({ "bin/cargo": { program: `#!/bin/sh\n${words}\nexit 101\n` } });
      projects.push(project);
      return said(() => askCargo({ ...question, path: `${project.directory}/bin` }));
    };
    expect(asked('echo "error: no targets specified in the manifest" >&2')).toMatchInlineSnapshot(`
      "cargo metadata says: no targets specified in the manifest [cargo/refused]
        hint: cargo says the same in the project itself"
    `);
    // As cargo 1.95 prints it.
    const cycle = [
      "error: cyclic package dependency: package `kit v1.0.0 (/build/source/kit)` depends on itself. Cycle:",
      "package `kit v1.0.0 (/build/source/kit)`",
      "    ... which satisfies path dependency `kit` (locked to 1.0.0) of package `helper v1.0.0 (/build/source/helper)`",
      "    ... which satisfies path dependency `helper` (locked to 1.0.0) of package `kit v1.0.0 (/build/source/kit)`",
    ];
    expect(asked(`printf '%s\\n' ${cycle.map((line) => `'${line}'`).join(" ")} >&2`)).toMatchInlineSnapshot(`
      "cargo metadata says: cyclic package dependency: package \`kit v1.0.0 (/build/source/kit)\` depends on itself. Cycle: package \`kit v1.0.0 (/build/source/kit)\`, which satisfies path dependency \`kit\` (locked to 1.0.0) of package \`helper v1.0.0 (/build/source/helper)\`, which satisfies path dependency \`helper\` (locked to 1.0.0) of package \`kit v1.0.0 (/build/source/kit)\` [cargo/refused]
        hint: cargo says the same in the project itself"
    `);
    expect(
      asked(
        'echo "error: cannot update the lock file /build/source/Cargo.lock because --locked was passed to prevent this" >&2',
      ),
    ).toMatchInlineSnapshot(`
      "cargo metadata says: cannot update the lock file /build/source/Cargo.lock because --locked was passed to prevent this [cargo/out-of-date]
        hint: Cargo.lock does not fit the manifests: run cargo update --workspace, and commit the lockfile"
    `);
  });
});
