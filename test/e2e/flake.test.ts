// The flake and its templates as a person uses them, with real Nix. Where nixpkgs would be stands a flake of the same
// shape around the test's toolchain: nixpkgs itself cannot be had without its servers.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildStore, cacheDirectory, makeBuildStore, projectDirectory } from "./build-store.ts";

const minutes = 60_000;

const nixpkgs = `{
  outputs = { self }: {
    legacyPackages.x86_64-linux =
      let
        toolchain = import ./toolchain.nix;
        stdenv = import ./lib/stdenv.nix { inherit (toolchain) system toolchain; };
      in
      {
        inherit stdenv;
        inherit (toolchain) cmake ninja;
        # As nixpkgs' is: with npm.
        nodejs = toolchain.npm;
        rustc = toolchain.packages.rustc-web;
        cargo = toolchain.packages.cargo-web;
        mkShell = { packages }: stdenv.mkDerivation { name = "shell"; nativeBuildInputs = packages; buildCommand = "node --version > $out"; };
      };
  };
}
`;

interface ShownCommand {
  readonly command: string;
  readonly output: readonly string[];
}

/** What stands in the `console` blocks of a page. */
function shownCommands(page: string): readonly ShownCommand[] {
  return [...page.matchAll(/^```console\n([\s\S]*?)^```$/gm)]
    .flatMap(([, block = ""]) => block.split(/^\$ /m).slice(1))
    .map((text) => {
      const [command = "", ...output] = text.trimEnd().split("\n");
      return { command, output };
    });
}

/** All that is printed is shown, but for what dots stand for: these lines are there in this order, and end it. */
function missingLines(
  shown: readonly string[],
  { out, err }: { readonly out: string; readonly err: string },
): readonly string[] {
  const plain = (line: string): string => line.replace(/^\[\d+\/\d+\] /, "");
  if (!shown.includes("...")) return shown.join("\n") === out.trimEnd() ? [] : [...shown, "is not:", out];
  let rest = `${out}\n${err}`.trimEnd().split("\n").map(plain);
  const missing = shown.filter((line) => {
    if (line === "...") return false;
    const found = rest.indexOf(plain(line));
    rest = rest.slice(found + 1);
    return found < 0;
  });
  return shown.at(-1) === "..." ? missing : [...missing, ...rest];
}

describe("the flake", () => {
  let store: BuildStore;
  // Not below the store, which may lie in a git repository: there, Nix wants files that git knows.
  const projects = mkdtempSync(join(tmpdir(), "unravel-flakes-"));
  const at = (path: string): string => join(store.directory, path);
  const registry = (): readonly string[] => ["--option", "flake-registry", at("registry.json")];
  const nix = async (...args: readonly string[]): Promise<string> => {
    const { exitCode, out, err } = await store.run("nix", [...registry(), ...args]);
    if (exitCode !== 0) throw new Error(err);
    return out.trim();
  };
  const release = (): string => `path:${at("release")}`;

  beforeAll(async () => {
    store = await makeBuildStore();
    mkdirSync(at("release"));
    for (const path of ["flake.nix", "package.json", "templates"]) {
      cpSync(join(projectDirectory, path), at(`release/${path}`), { recursive: true });
    }
    execFileSync("node", ["scripts/bundle.mjs", "--builder", at("release/dist/builder")], {
      cwd: projectDirectory,
    });
    await bundle({
      absWorkingDir: projectDirectory,
      entryPoints: { unravel: "cli/main.ts", "unravel-ninja": "cli/ninja-main.ts" },
      outdir: at("release/dist"),
      outExtension: { ".js": ".mjs" },
      bundle: true,
      splitting: true,
      platform: "node",
      format: "esm",
      target: "node20",
      logLevel: "error",
      external: ["@npmcli/arborist", "node-gyp"],
      banner: {
        js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
      },
    });
    mkdirSync(at("nixpkgs"));
    writeFileSync(at("nixpkgs/flake.nix"), nixpkgs);
    const tools = readFileSync(join(cacheDirectory, "toolchain.nix"), "utf8")
      // Flakes are evaluated purely: a path is not looked at, it is only named.
      .replace("builtins.storePath path", "named path")
      .replace(
        "let\n",
        `let\n  named = path: builtins.appendContext path { \${path} = { path = true; }; };\n`,
      )
      .replace(/^ {2}(stdenv|runCommand) = .*$/gm, "");
    writeFileSync(at("nixpkgs/toolchain.nix"), tools);
    cpSync(join(projectDirectory, "templates/lib"), at("nixpkgs/lib"), { recursive: true });
    // What flake:nixpkgs and flake:unravel mean.
    const known = { nixpkgs: at("nixpkgs"), unravel: at("release") };
    const flakes = Object.entries(known).map(([id, path]) => ({
      from: { type: "indirect", id },
      to: { type: "path", path },
    }));
    writeFileSync(at("registry.json"), JSON.stringify({ version: 2, flakes }));
  }, 3 * minutes);
  afterAll(() => {
    rmSync(projects, { recursive: true, force: true });
    store?.remove();
  }, minutes);

  test("shows what it has", async () => {
    const shown = JSON.parse(await nix("flake", "show", "--json", release()));
    expect(Object.keys(shown).sort()).toEqual(
      expect.arrayContaining(["apps", "devShells", "lib", "overlays", "packages", "templates"]),
    );
    expect(Object.keys(shown.templates).sort()).toEqual([
      ...["cargo", "default", "graph", "make", "ninja", "npm"],
    ]);
  });

  test("is found right by nix flake check, its shell and its programs too", async () => {
    const { exitCode, err } = await store.run("nix", [...registry(), "flake", "check", release()]);
    expect(err).not.toMatch(/^(warning|error):/m);
    expect(err).toContain("all checks passed!");
    expect(exitCode).toBe(0);
    await nix("build", "--no-link", `${release()}#devShells.x86_64-linux.default`);
    const { version } = JSON.parse(readFileSync(join(projectDirectory, "package.json"), "utf8"));
    expect(await nix("run", release(), "--", "--version")).toBe(version);
    expect(await nix("run", `${release()}#unravel-ninja`, "--", "--version")).toMatch(/^\d+\.\d+/);
  });

  // Each begins with a template; what they show is what happens.
  test.each(["guides/ninja.md", "guides/make.md", "guides/npm.md", "guides/cargo.md", "graph-format.md"])(
    "has a template for docs/%s, whose commands do what is written there",
    async (page) => {
      const directory = join(projects, page.replace(/.*\/|\.md$/g, ""));
      mkdirSync(directory);
      const commands = shownCommands(readFileSync(join(projectDirectory, "docs", page), "utf8"));
      expect(commands[0]?.command).toMatch(/^nix flake init -t unravel#[a-z]+$/);
      expect(commands.length).toBeGreaterThan(3);
      for (const { command, output } of commands) {
        const ran = await store.run("bash", [
          "-c",
          'cd "$1" && export NIX_CONFIG="flake-registry = $2" && eval "$3"',
          ...["bash", directory, at("registry.json"), command],
        ]);
        expect(ran.exitCode, `${command}\n${ran.err}`).toBe(0);
        expect(missingLines(output, ran), `${command}\n${ran.err}`).toEqual([]);
      }
      const checked = await store.run("nix", [...registry(), "flake", "check", `path:${directory}`]);
      expect(checked.err).toContain("all checks passed!");
    },
    3 * minutes,
  );

  test(
    "has the command line as a package, and the functions as an overlay",
    async () => {
      const out = await nix("build", "--no-link", "--print-out-paths", release());
      const script = readFileSync(join(store.physical(out), "bin/unravel"), "utf8");
      expect(script).toMatch(
        /^#!\/nix\/store\/.*bash\nexec \/nix\/store\/.*\/bin\/node \/nix\/store\/.*unravel\.mjs "\$@"\n$/,
      );
      const help = execFileSync(
        "node",
        [join(store.physical(out), "lib/unravel/dist/unravel.mjs"), "--version"],
        { encoding: "utf8" },
      );
      const { version } = JSON.parse(readFileSync(join(projectDirectory, "package.json"), "utf8"));
      expect(help).toBe(`${version}\n`);
      writeFileSync(
        at("overlay.nix"),
        `let
        pkgs = (builtins.getFlake "path:${at("nixpkgs")}").legacyPackages.x86_64-linux;
        flake = (import ${at("release")}/flake.nix).outputs {
          self = { };
          nixpkgs.legacyPackages.x86_64-linux = pkgs;
        };
      in
      builtins.attrNames ((flake.overlays.default pkgs pkgs).unravel // flake.lib.withToolchain { inherit (pkgs) stdenv nodejs; })`,
      );
      const names = await nix("eval", "--json", "--impure", "-f", at("overlay.nix"));
      expect(JSON.parse(names)).toEqual(
        expect.arrayContaining([
          "cargo",
          "cli",
          "dynamic",
          "graph",
          "kernel",
          "layers",
          "make",
          "merkle",
          "ninja",
          "npm",
        ]),
      );
    },
    2 * minutes,
  );

  test("says what to do when the planner is not there", async () => {
    cpSync(at("release"), at("source"), { recursive: true });
    execFileSync("rm", ["-r", at("source/dist")]);
    const { exitCode, err } = await store.run("nix", [
      ...registry(),
      "build",
      "--no-link",
      `path:${at("source")}`,
    ]);
    expect(exitCode).not.toBe(0);
    expect(err).toContain("this source of unravel has no planner");
    expect(err).toContain("hint: use a release, or run `npm ci && npm run bundle` in a checkout");
  });
});
