// A program and its tests, compiled for WebAssembly with a system interface and run by Node: what runs while building
// is of the host, and everything else of the target.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildStore, makeBuildStore } from "../build-store.ts";

const minutes = 60_000;

const files: Readonly<Record<string, string>> = {
  "Cargo.toml": '[workspace]\nresolver = "2"\nmembers = ["app", "mac", "base"]\ndefault-members = ["app"]\n',
  "Cargo.lock": `version = 4\n
[[package]]\nname = "app"\nversion = "1.0.0"\ndependencies = [\n "base",\n "mac",\n]\n
[[package]]\nname = "base"\nversion = "1.0.0"\n
[[package]]\nname = "mac"\nversion = "1.0.0"\ndependencies = [\n "base",\n]\n`,
  ".cargo/config.toml": `[build]\ntarget = "wasm32-wasip1"\n
[target.wasm32-wasip1]\nlinker = "wasm-ld"\nrunner = ["node", "--no-warnings", "run-wasi.mjs"]\n`,
  "base/Cargo.toml": '[package]\nname = "base"\nversion = "1.0.0"\nedition = "2021"\n',
  "base/src/lib.rs": "pub const BITS: u32 = usize::BITS;\n",
  "mac/Cargo.toml":
    '[package]\nname = "mac"\nversion = "1.0.0"\nedition = "2021"\n[lib]\nproc-macro = true\n[dependencies]\nbase = { path = "../base" }\n',
  "mac/src/lib.rs":
    "#[proc_macro]\npub fn bits_of_macros(_: proc_macro::TokenStream) -> proc_macro::TokenStream { base::BITS.to_string().parse().unwrap() }\n",
  "app/Cargo.toml":
    '[package]\nname = "app"\nversion = "1.0.0"\nedition = "2021"\n[dependencies]\nbase = { path = "../base" }\nmac = { path = "../mac" }\n[build-dependencies]\nbase = { path = "../base" }\n',
  "app/build.rs": `fn main() {
  println!("cargo::rustc-env=BITS_OF_SCRIPT={}", base::BITS);
  println!("cargo::rustc-env=TARGET_OF_SCRIPT={}", std::env::var("TARGET").unwrap());
}
`,
  "app/src/lib.rs": `pub fn say() -> String {
  format!("{} {} {} {}", base::BITS, mac::bits_of_macros!(), env!("BITS_OF_SCRIPT"), env!("TARGET_OF_SCRIPT"))
}
#[test]
fn is_compiled_for_the_target() { assert_eq!(usize::BITS, 32); assert!(cfg!(target_os = "wasi")); }
`,
  "app/src/main.rs": 'fn main() { println!("{}", app::say()); }\n',
  "app/tests/whole.rs": '#[test]\nfn says_all() { assert_eq!(app::say(), "32 64 64 wasm32-wasip1"); }\n',
  "app/run-wasi.mjs": `import { readFile } from "node:fs/promises";
import { WASI } from "node:wasi";
const [, , program, ...args] = process.argv;
const wasi = new WASI({ version: "preview1", args: [program, ...args], env: process.env, preopens: { ".": "." } });
const module = await WebAssembly.compile(await readFile(program));
process.exitCode = wasi.start(await WebAssembly.instantiate(module, wasi.getImportObject()));
`,
};

describe("a workspace whose configuration names another target", () => {
  let store: BuildStore;

  beforeAll(async () => {
    store = await makeBuildStore();
    for (const [name, text] of Object.entries(files)) {
      const file = join(store.directory, "wasm", name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
  }, 10 * minutes);
  afterAll(() => store?.remove(), minutes);

  test("is built for it, and tested by its runner", async () => {
    const { paths, log } = await store.mustBuild(
      `let
        tools = e2e.toolchain.packages;
        std = "\${tools.libstd-rust-dev-wasm32}/usr/lib/rustlib/wasm32-wasip1/lib";
      in rec {
        package = e2e.unravel.cargo {
          pname = "app";
          src = ./wasm;
          inherit (tools) rustc cargo;
          # Debian has the standard library in a package of its own.
          RUSTFLAGS = "-L \${std} -L native=\${std}/self-contained";
          nativeBuildInputs = [ tools.lld e2e.toolchain.nodejs ];
        };
        run = e2e.runCommand "run" { nativeBuildInputs = [ e2e.toolchain.nodejs ]; } ''
          node --no-warnings \${./wasm/app/run-wasi.mjs} \${package}/bin/app.wasm > $out
        '';
      }`,
      ["run", "package"],
      { settings: { "max-jobs": "2", cores: "1" } },
    );
    expect(readFileSync(store.physical(paths[0] ?? ""), "utf8")).toBe("32 64 64 wasm32-wasip1\n");
    expect(log).toContain("test is_compiled_for_the_target ... ok");
    expect(log).toContain("test says_all ... ok");
  });
});
