// Where crates come from beside the public registry: a commit of a git repository whose packages inherit from their
// workspace, a private sparse registry, a patch in the tree; and what build scripts may not do.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CrateRegistry, packCrate, serveCrates, sha256Of } from "../cargo/crates.ts";
import { type BuildStore, makeBuildStore } from "./build-store.ts";
import { setUpRust } from "./cargo-project.ts";

const minutes = 60_000;

function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
}

function manifest(name: string, more = ""): string {
  return `[package]\nname = "${name}"\nversion = "1.0.0"\nedition = "2021"\n${more}`;
}

describe("a Cargo project", () => {
  let store: BuildStore;
  let registry: CrateRegistry;

  beforeAll(async () => {
    setUpRust();
    store = await makeBuildStore();
    write(store.directory, {
      "repository/Cargo.toml":
        '[workspace]\nmembers = ["crates/*"]\n[workspace.package]\nversion = "1.0.0"\nedition = "2021"\n[workspace.dependencies]\nbeside = { path = "crates/beside" }\n',
      "repository/crates/wanted/Cargo.toml":
        '[package]\nname = "wanted"\nversion.workspace = true\nedition.workspace = true\n[dependencies]\nbeside.workspace = true\n',
      "repository/crates/wanted/src/lib.rs":
        'pub fn say() -> String { format!("git{} and {}", include_str!("../below/said.txt"), beside::say()) }\n',
      "repository/crates/beside/Cargo.toml": manifest("beside"),
      "repository/crates/beside/src/lib.rs": 'pub fn say() -> &\'static str { "what it needs" }\n',
      "repository/crates/tagged/Cargo.toml": manifest("tagged"),
      "repository/crates/tagged/src/lib.rs": 'pub const SAY: &str = "a tag";\n',
      "repository/crates/fixed/Cargo.toml": manifest("fixed"),
      "repository/crates/fixed/src/lib.rs": 'pub const SAY: &str = "a commit";\n',
      "submodule/said.txt": " with a submodule",
      "private/kept-1.0.0/Cargo.toml": manifest("kept"),
      "private/kept-1.0.0/src/lib.rs": 'pub const SAY: &str = concat!("kept ", env!("CARGO_PKG_VERSION"));\n',
    });
    packCrate(join(store.directory, "private"), "kept-1.0.0", join(store.directory, "crates"));
    registry = await serveCrates(join(store.directory, "crates"));
  }, 5 * minutes);
  afterAll(async () => {
    await registry?.close();
    store?.remove();
  }, minutes);

  const expression = (project: string, more = ""): string => `rec {
    package = e2e.unravel.cargo {
      pname = "app";
      src = ./${project};
      inherit (e2e.rust) rustc cargo;
      buildType = "debug";
      doCheck = false;
      ${more}
    };
    run = e2e.runCommand "run" { } "\${package}/bin/app > $out";
  }`;

  const git = (directory: string, ...args: readonly string[]): string => {
    const settings = ["user.name=a", "user.email=a@example.org", "protocol.file.allow=always"];
    const options = settings.flatMap((setting) => ["-c", setting]);
    return execFileSync("git", [...options, ...args], { cwd: directory, encoding: "utf8" }).trim();
  };
  const commitAll = (directory: string): void => {
    git(directory, "add", ".");
    git(directory, "commit", "-q", "-m", "All");
  };

  test("is built from git with a submodule, a private registry and a patch", async () => {
    const repository = join(store.directory, "repository");
    const submodule = join(store.directory, "submodule");
    for (const directory of [submodule, repository]) git(directory, "init", "-q", "-b", "main");
    commitAll(submodule);
    git(repository, "submodule", "--quiet", "add", `file://${submodule}`, "crates/wanted/below");
    commitAll(repository);
    git(repository, "tag", "v1");
    const commit = git(repository, "rev-parse", "HEAD");
    const [locked, tagged, fixed] = ["branch=main", "tag=v1", `rev=${commit.slice(0, 10)}`].map(
      (reference) => `git+file://${repository}?${reference}#${commit}`,
    );
    const index = "sparse+https://packages.example/index/";
    const checksum = sha256Of(join(store.directory, "crates/kept-1.0.0.crate"));
    write(join(store.directory, "app"), {
      "Cargo.toml": manifest(
        "app",
        `[dependencies]\nwanted = { git = "file://${repository}", branch = "main" }\ntagged = { git = "file://${repository}", tag = "v1" }\nfixed = { git = "file://${repository}", rev = "${commit.slice(0, 10)}" }\nkept = { version = "1", registry = "private" }\npatched = "1"\n[patch.crates-io]\npatched = { path = "patched" }\n`,
      ),
      ".cargo/config.toml": `[registries.private]\nindex = "${index}"\n`,
      "src/main.rs":
        'fn main() { println!("{}, {}, {}, {}, {}", wanted::say(), tagged::SAY, fixed::SAY, kept::SAY, patched::SAY); }\n',
      "patched/Cargo.toml": manifest("patched"),
      "patched/src/lib.rs": 'pub const SAY: &str = "patched";\n',
      "Cargo.lock": `version = 4\n
[[package]]\nname = "app"\nversion = "1.0.0"\ndependencies = [\n "fixed",\n "kept",\n "patched",\n "tagged",\n "wanted",\n]\n
[[package]]\nname = "beside"\nversion = "1.0.0"\nsource = "${locked}"\n
[[package]]\nname = "fixed"\nversion = "1.0.0"\nsource = "${fixed}"\n
[[package]]\nname = "kept"\nversion = "1.0.0"\nsource = "${index}"\nchecksum = "${checksum}"\n
[[package]]\nname = "patched"\nversion = "1.0.0"\n
[[package]]\nname = "tagged"\nversion = "1.0.0"\nsource = "${tagged}"\n
[[package]]\nname = "wanted"\nversion = "1.0.0"\nsource = "${locked}"\ndependencies = [\n "beside",\n]\n`,
    });
    const more = `registries."https://packages.example/index/" = ${JSON.stringify(registry.template)};
      registries.${JSON.stringify(index)} = ${JSON.stringify(registry.template)};`;
    const built = await store.mustBuild(expression("app", more), ["run"]);
    expect(readFileSync(store.physical(built.paths[0] ?? ""), "utf8")).toBe(
      "git with a submodule and what it needs, a tag, a commit, kept 1.0.0, patched\n",
    );
    expect(registry.asked).toEqual(["/ke/pt/kept/1.0.0.crate"]);

    // Another project with the same package: it is neither fetched, unpacked nor compiled again.
    write(join(store.directory, "second"), {
      "Cargo.toml": manifest("second", '[dependencies]\nkept = { version = "1", registry = "private" }\n'),
      ".cargo/config.toml": `[registries.private]\nindex = "${index}"\n`,
      "src/main.rs": 'fn main() { println!("{}", kept::SAY); }\n',
      "Cargo.lock": `version = 4\n
[[package]]\nname = "kept"\nversion = "1.0.0"\nsource = "${index}"\nchecksum = "${checksum}"\n
[[package]]\nname = "second"\nversion = "1.0.0"\ndependencies = [\n "kept",\n]\n`,
    });
    const second = await store.mustBuild(expression("second", more), ["package"]);
    const named = second.built.map(({ name }) => name).filter((name) => /kept|second-1/.test(name));
    expect(named).toEqual([expect.stringMatching(/^cargo-2-second-1\.0\.0-bin-second-[0-9a-f]{7}$/)]);
    expect(registry.asked.length).toBe(1);
  });

  // Version 4 is that of all other lockfiles here.
  test.each([1, 2, 3])(
    "with a lockfile of version %i is planned, as cargo --locked takes it",
    async (version) => {
      const index = "https://packages.example/older-index-of-git";
      const id = `registry+${index}`;
      const checksum = sha256Of(join(store.directory, "crates/kept-1.0.0.crate"));
      const kept = `[[package]]\nname = "kept"\nversion = "1.0.0"\nsource = "${id}"\n`;
      const needs = version === 1 ? `kept 1.0.0 (${id})` : "kept";
      const app = `[[package]]\nname = "app"\nversion = "1.0.0"\ndependencies = [\n "${needs}",\n]\n`;
      const sum = version === 1 ? "" : `checksum = "${checksum}"\n`;
      const end = version === 1 ? `\n[metadata]\n"checksum kept 1.0.0 (${id})" = "${checksum}"\n` : "";
      write(join(store.directory, "older"), {
        "Cargo.toml": manifest("app", '[dependencies]\nkept = { version = "1", registry = "older" }\n'),
        ".cargo/config.toml": `[registries.older]\nindex = "${index}"\n`,
        "src/main.rs": "fn main() {}\n",
        "Cargo.lock": `${version === 3 ? "version = 3\n\n" : ""}${app}\n${kept}${sum}${end}`,
      });
      const more = `registries.${JSON.stringify(index)} = ${JSON.stringify(registry.template)};`;
      const { paths } = await store.mustBuild(expression("older", more), ["package.graph"]);
      const graph = readFileSync(join(store.physical(paths[0] ?? ""), "graph.json"), "utf8");
      expect(JSON.parse(graph)).toMatchObject({ packages: [{ name: "app" }, { name: "kept", source: id }] });
    },
  );

  test("whose crate is an attack is refused with the crate's name", async () => {
    const index = "sparse+https://packages.example/index/";
    mkdirSync(join(store.directory, "evil/evil-1.0.0"), { recursive: true });
    writeFileSync(join(store.directory, "evil/evil-1.0.0/Cargo.toml"), manifest("evil"));
    writeFileSync(join(store.directory, "evil/evil-1.0.0/x"), "");
    const file = join(store.directory, "crates/evil-1.0.0.crate");
    const rename = "--transform=s,evil-1.0.0/x,evil-1.0.0/../../x,";
    execFileSync("tar", ["-czPf", file, rename, "-C", join(store.directory, "evil"), "evil-1.0.0"]);
    write(join(store.directory, "attacked"), {
      "Cargo.toml": manifest("app", '[dependencies]\nevil = { version = "1", registry = "private" }\n'),
      ".cargo/config.toml": `[registries.private]\nindex = "${index}"\n`,
      "src/main.rs": "fn main() {}\n",
      "Cargo.lock": `version = 4\n
[[package]]\nname = "app"\nversion = "1.0.0"\ndependencies = [\n "evil",\n]\n
[[package]]\nname = "evil"\nversion = "1.0.0"\nsource = "${index}"\nchecksum = "${sha256Of(file)}"\n`,
    });
    const more = `registries.${JSON.stringify(index)} = ${JSON.stringify(registry.template)};`;
    const { exitCode, log } = await store.build(expression("attacked", more), ["package"]);
    expect(exitCode).not.toBe(0);
    expect(log).toContain(
      'unravel: evil 1.0.0: the archive holds "evil-1.0.0/../../x", which lies outside "evil-1.0.0/"',
    );
  });

  test("with everything vendored in its tree fetches nothing", async () => {
    const before = registry.asked.length;
    const index = "sparse+https://packages.example/index/";
    const gone = "file:///nowhere/gone";
    const checksum = sha256Of(join(store.directory, "crates/kept-1.0.0.crate"));
    write(join(store.directory, "vendored"), {
      "Cargo.toml": manifest(
        "app",
        `[dependencies]\nkept = { version = "1", registry = "private" }\ngone = { git = "${gone}", branch = "main" }\n`,
      ),
      // The part about sources is as cargo vendor prints it.
      ".cargo/config.toml": `[registries.private]\nindex = "${index}"\n
[source."git+${gone}?branch=main"]\ngit = "${gone}"\nbranch = "main"\nreplace-with = "vendored-sources"\n
[source."${index}"]\nregistry = "${index}"\nreplace-with = "vendored-sources"\n
[source.vendored-sources]\ndirectory = "vendor"\n`,
      "src/main.rs": 'fn main() { println!("{}, {}", kept::SAY, gone::SAY); }\n',
      "vendor/kept/Cargo.toml": manifest("kept"),
      "vendor/kept/src/lib.rs": 'pub const SAY: &str = concat!("vendored ", env!("CARGO_PKG_VERSION"));\n',
      "vendor/kept/.cargo-checksum.json": JSON.stringify({ files: {}, package: checksum }),
      "vendor/gone/Cargo.toml": manifest("gone"),
      "vendor/gone/src/lib.rs": "mod deep;\npub use deep::SAY;\n",
      "vendor/gone/src/deep.rs": "pub const SAY: &str = file!();\n",
      "vendor/gone/.cargo-checksum.json": JSON.stringify({ files: {}, package: null }),
      "Cargo.lock": `version = 4\n
[[package]]\nname = "app"\nversion = "1.0.0"\ndependencies = [\n "gone",\n "kept",\n]\n
[[package]]\nname = "gone"\nversion = "1.0.0"\nsource = "git+${gone}?branch=main#${"0123456789".repeat(4)}"\n
[[package]]\nname = "kept"\nversion = "1.0.0"\nsource = "${index}"\nchecksum = "${checksum}"\n`,
    });
    const built = await store.mustBuild(expression("vendored"), ["run"]);
    expect(readFileSync(store.physical(built.paths[0] ?? ""), "utf8")).toBe(
      "vendored 1.0.0, /build/source/vendor/gone/src/deep.rs\n",
    );
    expect(registry.asked.length).toBe(before);
  });

  test("whose registry is down fails with the address and the package that it wanted", async () => {
    const index = "sparse+https://down.example/index/";
    write(join(store.directory, "down"), {
      "Cargo.toml": manifest("app", '[dependencies]\nfar = { version = "1", registry = "down" }\n'),
      ".cargo/config.toml": `[registries.down]\nindex = "${index}"\n`,
      "src/main.rs": "fn main() {}\n",
      "Cargo.lock": `version = 4\n
[[package]]\nname = "app"\nversion = "1.0.0"\ndependencies = [\n "far",\n]\n
[[package]]\nname = "far"\nversion = "1.2.0"\nsource = "${index}"\nchecksum = "${"ab".repeat(32)}"\n`,
    });
    // Nobody listens on port 1.
    const more = `registries.${JSON.stringify(index)} = "http://127.0.0.1:1";`;
    const { exitCode, log } = await store.build(expression("down", more), ["package"], {
      settings: { "download-attempts": "1" },
    });
    expect(exitCode).not.toBe(0);
    expect(log).toMatch(/unable to download 'http:\/\/127\.0\.0\.1:1\/far\/1\.2\.0\/download'/);
    expect(log).toMatch(/far-1\.2\.0\.crate\.drv/);
  });

  test.each([
    [
      "reaches for the network",
      'std::net::TcpStream::connect("198.51.100.1:80").expect("the network");',
      /the network: Os \{ code: \d+.*\n(?:.*\n)*.*hint: it has no network, and writes to OUT_DIR only/,
    ],
    [
      "says what cargo does not know",
      'println!("cargo::rustc-magic=1");',
      /said cargo::rustc-magic, which cargo does not know either/,
    ],
    [
      "lets rustc pass for nightly",
      'println!("cargo:rustc-env=RUSTC_BOOTSTRAP=1");',
      /app 1\.0\.0 \(build script\): said rustc-env=RUSTC_BOOTSTRAP=1, which no crate may set for itself/,
    ],
    [
      "reports an error",
      'println!("cargo::error=no compiler for it");',
      /error: app 1\.0\.0 \(build script\): no compiler for it/,
    ],
  ])("with a build script that %s is refused", async (name, code, message) => {
    const project = `script-${name.replaceAll(" ", "-")}`;
    write(join(store.directory, project), {
      "Cargo.toml": manifest("app"),
      "Cargo.lock": 'version = 4\n\n[[package]]\nname = "app"\nversion = "1.0.0"\n',
      "build.rs": `fn main() { ${code} }\n`,
      "src/main.rs": "fn main() {}\n",
    });
    const { exitCode, log } = await store.build(expression(project), ["package"]);
    expect(exitCode).not.toBe(0);
    expect(log).toMatch(message);
  });

  test("with a build script that writes beside OUT_DIR is built, and the file is nowhere", async () => {
    write(join(store.directory, "writes"), {
      "Cargo.toml": manifest("app"),
      "Cargo.lock": 'version = 4\n\n[[package]]\nname = "app"\nversion = "1.0.0"\n',
      "build.rs": 'fn main() { std::fs::write("src/made.txt", "made").unwrap(); }\n',
      "src/main.rs": 'fn main() { println!("{}", std::path::Path::new("src/made.txt").exists()); }\n',
    });
    const built = await store.mustBuild(expression("writes"), ["run"]);
    expect(readFileSync(store.physical(built.paths[0] ?? ""), "utf8")).toBe("false\n");
  });

  test("with a dependency on a program, which cargo keeps for nightly, is refused in cargo's words", async () => {
    write(join(store.directory, "artifact"), {
      "Cargo.toml": manifest("app", '[dependencies]\na = { path = "a", artifact = "bin" }\n'),
      "Cargo.lock": 'version = 4\n\n[[package]]\nname = "app"\nversion = "1.0.0"\n',
      "src/main.rs": "fn main() {}\n",
      "a/Cargo.toml": manifest("a"),
      "a/src/main.rs": "fn main() {}\n",
    });
    const { exitCode, log } = await store.build(expression("artifact"), ["package"]);
    expect(exitCode).not.toBe(0);
    expect(log).toMatch(/`artifact = .*` requires `-Z bindeps` \(a\).* \[cargo\/refused\]/);
  });

  test("with two packages that link one library is refused in cargo's words", async () => {
    write(join(store.directory, "links"), {
      "Cargo.toml": manifest("app", '[dependencies]\na = { path = "a" }\nb = { path = "b" }\n'),
      "Cargo.lock":
        'version = 4\n\n[[package]]\nname = "a"\nversion = "1.0.0"\n\n[[package]]\nname = "app"\nversion = "1.0.0"\ndependencies = [\n "a",\n "b",\n]\n\n[[package]]\nname = "b"\nversion = "1.0.0"\n',
      "src/main.rs": "fn main() {}\n",
      ...Object.fromEntries(
        ["a", "b"].flatMap((name) => [
          [`${name}/Cargo.toml`, `${manifest(name)}links = "z"\nbuild = "build.rs"\n`],
          [`${name}/build.rs`, "fn main() {}\n"],
          [`${name}/src/lib.rs`, ""],
        ]),
      ),
    });
    const { exitCode, log } = await store.build(expression("links"), ["package"]);
    expect(exitCode).not.toBe(0);
    expect(log).toMatch(/links to the native library `z`/);
    expect(log).toContain("[cargo/refused]");
  });
});
