// A small workspace that has a bit of everything (test/golden/cargo/all-targets.json), on real Nix: every run of rustc
// and of a build script beside cargo's own, with what build scripts say in both spellings; and what a package holds.

import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { invocationsBelow, scriptEnvironments } from "../cargo/invocations.ts";
import { type BuildStore, makeBuildStore, projectDirectory } from "./build-store.ts";
import { setUpRust } from "./cargo-project.ts";

const minutes = 60_000;

/** Says everything that a build script can say; `mark` is ":" or "::". */
function speaking(mark: string, more: readonly string[]): string {
  const lines = [
    "rustc-cfg=made",
    'rustc-cfg=valued="a b"',
    "rustc-check-cfg=cfg(made)",
    "rustc-env=MADE=a=b  c",
    "rustc-link-search=native=/opt/x",
    "rustc-link-search=/opt/y",
    "rustc-link-lib=static=z",
    "rustc-link-lib=q",
    "rustc-flags=-L /opt/z -lw -l v",
    "rustc-link-arg=-Wl,all",
    "rustc-link-arg-cdylib=-Wl,cdylib",
    "warning=it is only a test",
    "rerun-if-changed=src",
    "rerun-if-env-changed=HOME",
    ...more,
  ];
  return lines.map((line) => `println!(r#"cargo${mark}${line}"#);`).join("\n");
}

const packages: Readonly<Record<string, readonly string[]>> = {
  app: ["for-scripts", "kit", "mac", "native-sys", "shared"],
  "for-scripts": [],
  kit: ["native-sys"],
  mac: ["native-sys"],
  "native-sys": [],
  shared: [],
};

function projectFiles(): Readonly<Record<string, string>> {
  const golden = join(projectDirectory, "test/golden/cargo/all-targets.json");
  const { files } = JSON.parse(readFileSync(golden, "utf8")) as { files: Record<string, string> };
  const versionOf = (name: string): string =>
    name === "app"
      ? "1.2.3-beta.4+build.5"
      : (/^version = "(.*)"/m.exec(files[`${name}/Cargo.toml`] ?? "")?.[1] ?? "");
  const entries = Object.entries(packages).map(([name, needs]) => {
    const list =
      needs.length === 0 ? "" : `dependencies = [\n${needs.map((need) => ` "${need}",\n`).join("")}]\n`;
    return `[[package]]\nname = "${name}"\nversion = "${versionOf(name)}"\n${list}`;
  });
  return {
    ...files,
    "Cargo.lock": `version = 4\n\n${entries.join("\n")}`,
    "kit/Cargo.toml": `${files["kit/Cargo.toml"]}\n[dependencies]\nnative-sys = { path = "../native-sys" }\n`,
    // The older spelling: what is unknown is metadata.
    "native-sys/build.rs": `fn main() {\n${speaking(":", ["rustc-cdylib-link-arg=-Wl,older", "some-root=/r", "metadata=m"])}\n}\n`,
    "app/make.rs": `fn main() {
for_scripts::host();
for (name, value) in [("SOME_ROOT", "/r"), ("METADATA", "m")] {
  assert_eq!(std::env::var(format!("DEP_ODD_THING_{name}")).as_deref(), Ok(value));
}
${speaking("::", [
  "rustc-link-arg-bins=-Wl,bins",
  "rustc-link-arg-bin=second=-Wl,second",
  "rustc-link-arg-tests=-Wl,tests",
  "rustc-link-arg-benches=-Wl,benches",
  "rustc-link-arg-examples=-Wl,examples",
  "metadata=key=value",
])}
}
`,
  };
}

function filesBelow(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(directory.length + 1))
    .sort();
}

function write(directory: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
}

let store: BuildStore;

beforeAll(async () => {
  setUpRust();
  store = await makeBuildStore();
}, 10 * minutes);
afterAll(() => store?.remove(), minutes);

describe("a workspace with every kind of target", () => {
  beforeAll(() => write(join(store.directory, "everything"), projectFiles()));

  const settings = { "max-jobs": "2", cores: "1" };
  const quoted = (words: readonly string[]): string => words.map((word) => JSON.stringify(word)).join(" ");

  test.each([
    {
      name: "all targets of a debug build",
      attributes: `buildType = "debug"; buildFeatures = [ "app/extra" ];`,
      flags: ["--workspace", "--all-targets"],
      cargo: ["build", "--features", "app/extra"],
      least: 25,
    },
    {
      name: "a target without an operating system, whose linker and flags the configuration names",
      attributes: `target = "wasm32-unknown-unknown";`,
      flags: ["--workspace", "--exclude", "for-scripts"],
      cargo: ["build", "--release", "--target", "wasm32-unknown-unknown"],
      least: 10,
      // The endings are those of the target.
      files: ["bin/app.wasm", "bin/second.wasm", "lib/kit.wasm"],
    },
    {
      name: "a release for the host by its name: link time optimisation, no unwinding, RUSTFLAGS",
      attributes: `target = "x86_64-unknown-linux-gnu"; buildNoDefaultFeatures = true; RUSTFLAGS = "-Cforce-frame-pointers=yes --cfg noted";`,
      flags: [
        ...["--config", 'profile.release.lto="fat"', "--config", 'profile.release.panic="abort"'],
        ...["--config", "profile.release.strip=true", "-p", "app", "-p", "kit"],
      ],
      cargo: ["build", "--release", "--target", "x86_64-unknown-linux-gnu", "--no-default-features"],
      least: 8,
    },
  ])("is compiled as cargo does it: $name", async ({ attributes, flags, cargo, least, files = [] }) => {
    const [ours, theirs, made] = (
      await store.mustBuild(
        `rec {
          arguments = {
            pname = "everything";
            src = ./everything;
            inherit (e2e.rust) cargo;
            rustc = e2e.rust.loggingRustc;
            doCheck = false;
            cargoBuildFlags = [ ${quoted(flags)} ];
            ${attributes}
          };
          package = e2e.unravel.cargo arguments;
          inherit (package) units;
          oracle = e2e.rust.cargoOracle {
            inherit package;
            inherit (arguments) rustc;
            arguments = [ ${quoted([...cargo, ...flags])} ];
            rustflags = arguments.RUSTFLAGS or "";
          };
        }`,
        ["units", "oracle", "package"],
        { settings },
      )
    ).paths.map((path) => store.physical(path));
    const follow = (path: string): string => store.physical(readlinkSync(path));
    const original = invocationsBelow(theirs ?? "", follow);
    expect(original.length).toBeGreaterThan(least);
    expect(invocationsBelow(ours ?? "", follow)).toEqual(original);
    expect(scriptEnvironments(ours ?? "", follow)).toEqual(scriptEnvironments(theirs ?? "", follow));
    expect(filesBelow(made ?? "")).toEqual(expect.arrayContaining(files));
  });
});

// cargo's own tests of such a project pass, too: the doc example, the binary's, and the one that is skipped would fail.
describe("a package", () => {
  beforeAll(() => {
    write(join(store.directory, "shape"), {
      "Cargo.lock":
        'version = 4\n\n[[package]]\nname = "engine"\nversion = "1.0.0"\ndependencies = [\n "ten-sys",\n]\n\n[[package]]\nname = "other"\nversion = "1.0.0"\n\n[[package]]\nname = "ten-sys"\nversion = "1.0.0"\n',
      "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["engine", "other", "ten-sys"]\n',
      ".cargo/config.toml":
        '[target.x86_64-unknown-linux-gnu.ticks]\nrustc-cfg = ["overridden"]\nrustc-env = { TICKS = "12" }\n[env]\nFROM_CONFIG = "config"\nFROM_PACKAGE = "config"\nBOTH = { value = "config", force = true }\n[build]\nrustc-wrapper = "no-such-wrapper"\n',
      "other/Cargo.toml": '[package]\nname = "other"\nversion = "1.0.0"\nedition = "2021"\n',
      "other/src/main.rs": "fn main() {}\n",
      "engine/Cargo.toml":
        '[package]\nname = "engine"\nversion = "1.0.0"\nedition = "2021"\nlinks = "ticks"\n[lib]\ncrate-type = ["lib", "cdylib", "staticlib"]\n[lints.rust]\nunexpected_cfgs = "allow"\n[dev-dependencies]\nten-sys = { path = "../ten-sys" }\n',
      // A shared library that is made while building, and looked for when tests run.
      "ten-sys/Cargo.toml":
        '[package]\nname = "ten-sys"\nversion = "1.0.0"\nedition = "2021"\nlinks = "ten"\n',
      "ten-sys/ten.c": "unsigned ten(void) { return 10; }\n",
      "ten-sys/build.rs": `fn main() {
  let out = std::env::var("OUT_DIR").unwrap();
  let arguments = ["-shared", "-fPIC", "-o", &format!("{out}/libten.so"), "ten.c"];
  assert!(std::process::Command::new("cc").args(arguments).status().unwrap().success());
  println!("cargo::rustc-link-search=native={out}");
  println!("cargo::rustc-link-lib=dylib=ten");
}
`,
      "ten-sys/src/lib.rs": 'extern "C" { pub fn ten() -> u32; }\n',
      "engine/build.rs": 'fn main() { panic!("the configuration speaks in its place") }\n',
      "engine/src/lib.rs": `/// Adds one.
/// \`\`\`
/// assert_eq!(engine::next(1), 2);
/// println!("ran in {:?}", std::env::current_dir().unwrap());
/// \`\`\`
#[no_mangle]
pub extern "C" fn next(a: u32) -> u32 { a + 1 }
pub const TICKS: &str = env!("TICKS");
#[cfg(not(overridden))]
compile_error!("not overridden");
`,
      "engine/src/main.rs": 'fn main() { println!("{} {}", engine::next(1), engine::TICKS); }\n',
      "engine/examples/shown.rs": "fn main() {}\n",
      "engine/tests/own.rs": `#[test]
fn knows_its_surroundings() {
    let values = ["FROM_CONFIG", "FROM_PACKAGE", "BOTH", "TICKS"].map(|name| std::env::var(name).unwrap());
    assert_eq!(values, ["config", "package", "config", "12"]);
    assert!(std::path::Path::new(env!("CARGO")).exists());
    assert_eq!(unsafe { ten_sys::ten() }, 10);
}
#[test]
fn fails() { panic!("it was not skipped"); }
`,
      "engine/engine.1": "a manual page\n",
    });
  });

  const expression = (more = ""): string => `rec {
    package = e2e.unravel.cargo {
      pname = "engine";
      src = ./shape;
      inherit (e2e.rust) rustc cargo;
      buildAndTestSubdir = "engine";
      buildType = "debug";
      checkFlags = [ "--skip=fails" ];
      FROM_PACKAGE = "package";
      BOTH = "package";
      postInstall = ''
        install -D -m 644 engine/engine.1 "$out/share/man/man1/engine.1"
      '';
      ${more}
    };
    run = e2e.runCommand "run" { } "\${package}/bin/engine > $out";
  }`;

  test("holds programs, libraries for other languages and what hooks install, once its tests and examples pass", async () => {
    const { paths, log } = await store.mustBuild(expression(), ["package", "run"]);
    const [made, run] = paths.map((path) => store.physical(path));
    expect(filesBelow(made ?? "")).toEqual([
      "bin/engine",
      "lib/libengine.a",
      "lib/libengine.so",
      "share/man/man1/engine.1",
    ]);
    expect(readFileSync(run ?? "", "utf8")).toBe("2 12\n");
    expect(log).toContain("test knows_its_surroundings ... ok");
    expect(log).toMatch(/test engine\/src\/lib\.rs - next \(line 2\) \.\.\. ok/);
    expect(log).not.toContain("test fails");
  });

  test("fails with an example in its documentation that does", async () => {
    const file = join(store.directory, "shape/engine/src/lib.rs");
    const before = readFileSync(file, "utf8");
    writeFileSync(file, before.replace("next(1), 2", "next(1), 3"));
    const { exitCode, log } = await store.build(expression(), ["package"]);
    writeFileSync(file, before);
    expect(exitCode).not.toBe(0);
    expect(log).toContain(
      "engine 1.0.0 (lib engine): examples in the documentation failed with exit code 101",
    );
  });

  test("is planned with cargo's own variables for profiles, and for a target among its flags", async () => {
    const more = `
      CARGO_PROFILE_DEV_OPT_LEVEL = 2;
      CARGO_PROFILE_DEV_DEBUG_ASSERTIONS = false;
      cargoBuildFlags = [ "--target=wasm32-unknown-unknown" ];`;
    const { paths } = await store.mustBuild(expression(more), ["package.graph"]);
    const graph = readFileSync(join(store.physical(paths[0] ?? ""), "graph.json"), "utf8");
    expect(JSON.parse(graph)).toMatchObject({
      units: expect.arrayContaining([
        expect.objectContaining({
          platform: "wasm32-unknown-unknown",
          profile: expect.objectContaining({ optLevel: "2", debugAssertions: false }),
        }),
      ]),
      targetCfg: expect.arrayContaining(['target_family="wasm"']),
      hostCfg: expect.arrayContaining(["unix"]),
    });
  });

  test("is not built with another rustc than the project's, unless that is wanted", async () => {
    const file = join(store.directory, "shape/rust-toolchain.toml");
    writeFileSync(file, '[toolchain]\nchannel = "1.70.0"\n');
    const { exitCode, log } = await store.build(expression(), ["package"]);
    expect(exitCode).not.toBe(0);
    expect(log).toContain('error: the project asks for rustc "1.70.0", and it is 1.85.0 [cargo/toolchain]');
    await store.mustBuild(expression("checkToolchain = false;"), ["package.graph"]);
    rmSync(file);
  });
});
