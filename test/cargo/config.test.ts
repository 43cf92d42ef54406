// What of cargo's configuration reaches units, and which compiler a project asks for.

import { describe, expect, test } from "vitest";
import {
  configuredTarget,
  configVariables,
  platformSettings,
  scriptOverride,
} from "../../generators/cargo/config.ts";
import { parseFields } from "../../generators/cargo/json-fields.ts";
import { toolchainMismatch } from "../../generators/cargo/toolchain-file.ts";
import { asBytes, fromText } from "../../graph/bytes.ts";

const configOf = (value: unknown) => parseFields(fromText(JSON.stringify(value)), "configuration");
const triple = asBytes("x86_64-unknown-linux-gnu");
const linux = ["unix", 'target_os="linux"'].map(asBytes);

describe("the configuration", () => {
  test("gives the target that is built for when nobody names one", () => {
    expect(configuredTarget(configOf({ build: { target: "a-b-c" } }))).toBe("a-b-c");
    expect(configuredTarget(configOf({ build: { target: ["a-b-c"] } }))).toBe("a-b-c");
    expect(configuredTarget(configOf({}))).toBeUndefined();
  });

  test("gives flags, linker and runner for a triple, and for conditions that hold", () => {
    const config = configOf({
      build: { rustflags: ["--cfg", "of_build"] },
      target: {
        "cfg(unix)": { rustflags: "--cfg of_unix", runner: ["qemu", "-L", "/x"] },
        "cfg(windows)": { rustflags: "--cfg of_windows", runner: "wine" },
        [triple]: { linker: "ld.x" },
      },
    });
    expect(platformSettings(config, triple, linux, undefined)).toEqual({
      flags: ["--cfg", "of_unix"],
      linker: "ld.x",
      runner: ["qemu", "-L", "/x"],
    });
    expect(platformSettings(config, asBytes("w"), [], undefined)).toEqual({
      flags: ["--cfg", "of_build"],
      linker: undefined,
      runner: [],
    });
    expect(platformSettings(config, triple, linux, [asBytes("-O")]).flags).toEqual(["-O"]);
  });

  test("has variables that give way to the environment's, and others that do not", () => {
    const env = {
      A: "1",
      B: { value: "2", force: true },
      C: { value: "d/e", relative: true },
      D: { value: 3 },
    };
    expect(configVariables(configOf({ env }), asBytes("/build/source"))).toEqual([
      { name: "A", value: "1", isForced: false },
      { name: "B", value: "2", isForced: true },
      { name: "C", value: "/build/source/d/e", isForced: false },
    ]);
  });

  // cargo 1.95 gave rustc: -L /opt -L /tmp -L native=/usr -l dl -l m --cfg x="y", and a dependent DEP_ZZ_SOME_KEY=v.
  test("speaks in the place of a build script", () => {
    const zz = {
      "rustc-link-lib": ["m"],
      "rustc-link-search": ["/tmp", "native=/usr"],
      "rustc-flags": "-L /opt -l dl",
      "rustc-cfg": ['x="y"'],
      "rustc-env": { ZENV: "1" },
      "some-key": "v",
    };
    const config = configOf({ target: { [triple]: { zz } } });
    expect(scriptOverride(config, triple, asBytes("zz"))).toEqual([
      'cargo:rustc-cfg=x="y"',
      "cargo:rustc-env=ZENV=1",
      "cargo:rustc-flags=-L /opt -l dl",
      "cargo:rustc-link-lib=m",
      "cargo:rustc-link-search=/tmp",
      "cargo:rustc-link-search=native=/usr",
      "cargo:some-key=v",
    ]);
    expect(scriptOverride(config, triple, asBytes("other"))).toBeUndefined();
    expect(scriptOverride(config, asBytes("w"), asBytes("zz"))).toBeUndefined();
  });
});

describe("a toolchain file that asks for", () => {
  const fits = (text: string, release: string, file = "rust-toolchain.toml"): boolean =>
    toolchainMismatch(fromText(text), asBytes(file), fromText(`rustc\nrelease: ${release}\n`)) === undefined;
  const channel = (name: string): string => `[toolchain]\nchannel = "${name}"\ncomponents = ["clippy"]\n`;

  test.each([
    ["1.85.0", "1.85.0", true],
    ["1.85", "1.85.0", true],
    ["1.8", "1.85.0", false],
    ["1.85.0-x86_64-unknown-linux-gnu", "1.85.0", true],
    ["stable", "1.85.0", true],
    ["stable", "1.97.0-nightly", false],
    ["nightly-2026-01-31", "1.97.0-nightly", true],
    ["nightly", "1.85.0", false],
    ["beta", "1.97.0-beta.3", true],
    ["1.97.0", "1.97.0-nightly", false],
    ["my-own", "1.85.0", false],
  ])("%s takes rustc %s: %s", (name, release, expected) => {
    expect(fits(channel(name), release)).toBe(expected);
  });

  test("one word is the older form, and no channel asks for nothing", () => {
    expect(fits("1.85.0\n", "1.85.0", "rust-toolchain")).toBe(true);
    expect(fits("1.84.0\n", "1.85.0", "rust-toolchain")).toBe(false);
    expect(fits(channel("1.84.0"), "1.85.0", "rust-toolchain")).toBe(false);
    expect(fits('[toolchain]\ncomponents = ["clippy"]\n', "1.85.0")).toBe(true);
  });
});
