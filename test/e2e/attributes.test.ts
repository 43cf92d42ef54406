// What `unravel.ninja` gives to Nix code, evaluated and not built: an ordinary package with the usual ways to change it.

import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildStore, makeBuildStore, projectDirectory } from "./build-store.ts";
import { hostTools } from "./host.ts";

const minutes = 60_000;

describe("the package as a value", () => {
  let store: BuildStore;
  let env: Readonly<Record<string, string>>;
  const evaluate = (expression: string): unknown => {
    const file = join(store.directory, "value.nix");
    writeFileSync(
      file,
      `let e2e = import ./e2e.nix;
  package = e2e.unravel.ninja {
    pname = "p";
    version = "1";
    src = ./p;
    outputs = [ "out" "dev" ];
    meta = { description = "a package"; mainProgram = "p"; };
    passthru.answer = 42;
    GREETING = "hello";
  };
  drv = p: builtins.unsafeDiscardStringContext p.drvPath;
in ${expression}\n`,
    );
    const words = ["--eval", "--read-write-mode", "--strict", "--json", file];
    return JSON.parse(
      execFileSync("nix-instantiate", words, { cwd: store.directory, env, encoding: "utf8" }),
    );
  };

  beforeAll(async () => {
    store = await makeBuildStore();
    env = hostTools(store).env;
    mkdirSync(join(store.directory, "p"));
    writeFileSync(join(store.directory, "p/configure"), "");
  }, 2 * minutes);
  afterAll(() => store?.remove(), minutes);

  test("has a name, outputs, meta and passthru", () => {
    expect(
      evaluate(
        '{ inherit (package) type name pname version outputs meta answer; dev = package.dev.outputName; parts = map (n: builtins.hasAttr n package) [ "source" "skeleton" "configured" "plan" "entry" "root" ]; }',
      ),
    ).toMatchObject({
      type: "derivation",
      name: "p-1",
      pname: "p",
      version: "1",
      outputs: ["out", "dev"],
      meta: { description: "a package", mainProgram: "p" },
      answer: 42,
      dev: "dev",
      parts: [true, true, true, true, true, true],
    });
  });

  test("is another package with other arguments, given or made of the old ones, again and again", () => {
    expect(
      evaluate(`let
  other = package.override { version = "2"; };
  longer = other.override (old: { pname = old.pname + old.version; });
in [ other.name longer.name longer.answer (drv (package.override { }) == drv package) (drv other == drv package)
  (package.override { targets = [ "all" ]; }).plan.settings ]`),
    ).toEqual(["p-2", "p2-2", 42, true, false, expect.stringContaining('"targets":["all"]')]);
  });

  test("can have its installation changed without another plan", () => {
    expect(
      evaluate(`let changed = package.overrideAttrs (old: { postInstall = "echo"; });
in [ (drv changed == drv package) (drv changed.plan == drv package.plan) changed.postInstall changed.name ]`),
    ).toEqual([false, true, "echo", "p-1"]);
  });

  test("keeps meta and installation out of what is planned", () => {
    expect(
      evaluate(`let
  plan = change: drv (package.override change).plan;
  same = map (change: plan change == plan { }) [
    { meta = { }; }
    { passthru = { }; }
    { postInstall = "echo"; }
    { fixupPhase = "echo"; }
  ];
  other = map (change: plan change == plan { }) [
    { GREETING = "bye"; }
    { preConfigure = "echo"; }
    { targets = [ "x" ]; }
    { extraInputs = [ { outputs = "x"; files = [ "y" ]; } ]; }
  ];
in { inherit same other; }`),
    ).toEqual({ same: [true, true, true, true], other: [false, false, false, false] });
  });

  test("can be had by callPackage, whatever else is called so there", () => {
    expect(
      evaluate(`let
  pkgs = {
    inherit (e2e) stdenv;
    inherit (e2e.toolchain) nodejs;
    planner = throw "a program to plan projects";
    npm = throw "npm by itself";
  };
  callPackage = path: given: let f = import path; in f (builtins.intersectAttrs (builtins.functionArgs f) pkgs // given);
  unravel = callPackage ${projectDirectory}default.nix { plannerBundle = ./planner; };
  arguments = { pname = "p"; version = "1"; src = ./p; };
in [ (builtins.attrNames unravel)
  (drv (unravel.make arguments) == drv ((import ${projectDirectory}default.nix { inherit (pkgs) stdenv nodejs; plannerBundle = ./planner; }).make arguments)) ]`),
    ).toEqual([["cargo", "dynamic", "graph", "kernel", "layers", "make", "merkle", "ninja", "npm"], true]);
  });

  test("does not look at the hashes that nixpkgs' functions want", () => {
    expect(
      evaluate(`let
  npm = more: drv (e2e.unravel.npm ({ pname = "p"; src = ./p; } // more));
  cargo = more: drv (e2e.unravel.cargo ({ pname = "p"; src = ./p; rustc = e2e.stdenv.cc; cargo = e2e.stdenv.cc; } // more));
in [ (npm { npmDepsHash = "sha256-x"; } == npm { }) (cargo { cargoHash = "sha256-x"; } == cargo { }) (npm { OTHER = "x"; } == npm { }) ]`),
    ).toEqual([true, true, false]);
  });

  test("keeps both ways to change it, whatever was changed, for each build tool", () => {
    expect(
      evaluate(`let
  same = { pname = "p"; src = ./p; };
  calls = {
    inherit (e2e.unravel) ninja make graph npm;
    cargo = given: e2e.unravel.cargo (given // { rustc = e2e.stdenv.cc; cargo = e2e.stdenv.cc; });
  };
in builtins.mapAttrs (_: call:
  let changed = ((call same).overrideAttrs (_: { postInstall = "echo"; })).override { version = "3"; };
  in [ changed.name changed.postInstall (changed ? override) ]) calls`),
    ).toEqual(
      Object.fromEntries(
        ["cargo", "graph", "make", "ninja", "npm"].map((name) => [name, ["p-3", "echo", true]]),
      ),
    );
  });

  test("is what the pages show, in every call of theirs", () => {
    const pages = ["docs", "docs/guides"].flatMap((folder) =>
      readdirSync(join(projectDirectory, folder))
        .filter((name) => name.endsWith(".md"))
        .map((name) => join(projectDirectory, folder, name)),
    );
    const calls = pages.flatMap((page) =>
      [...readFileSync(page, "utf8").matchAll(/^```nix\n([\s\S]*?)^```$/gm)].map(([, call = ""]) => call),
    );
    expect(calls.length).toBeGreaterThan(10);
    // Names of packages that they use, and where functions come from.
    const names = evaluate(`let
  tool = e2e.stdenv.cc;
  unravel = e2e.unravel // { lib.forPackages = _: e2e.unravel; };
  notebook = package // { shellHook = ""; };
  packages = builtins.listToAttrs (map (name: { inherit name; value = tool; })
    [ "bc" "bison" "cargo" "cmake" "count" "cpio" "flex" "greet" "kmod" "libelf" "meson" "ninja" "nix" "nodejs" "perl" "pkg-config" "python3" "rustc" "zlib" ]);
  pkgs = packages // { inherit (e2e) stdenv; callPackage = _: _: e2e.unravel; mkShell = given: { name = builtins.seq (builtins.length given.packages) "shell"; }; };
in with packages; map (package: package.name) [ ${calls.map((call) => `(${call})`).join("\n")} ]`);
    expect(names).toHaveLength(calls.length);
    expect(names).toEqual(expect.arrayContaining(["quill-1.2.3", "zlib-1.3.1", "cairn-0.4.1", "linux-6.1"]));
  });
});
