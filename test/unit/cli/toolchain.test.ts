// What steps run with, and which refusals of Nix a setting changes.

import { describe, expect, it } from "vitest";
import { settingFor } from "../../../cli/host/refusal.ts";
import { storeObjectsIn } from "../../../cli/host/step-context.ts";
import { parseToolchain } from "../../../cli/host/toolchain.ts";
import { asBytes } from "../../../graph/bytes.ts";

const bash = "/nix/store/00000000000000000000000000000000-bash";

describe("a toolchain file", () => {
  it("gives shell, PATH and variables, and a date for tools that write one", () => {
    const text = JSON.stringify({
      shell: `${bash}/bin/bash`,
      path: [`${bash}/bin`, "/nix/store/11111111111111111111111111111111-gcc/bin"],
      env: { CC: "gcc", ["__proto__"]: "kept" },
      system: "riscv64-linux",
    });
    const { shell, system, variables } = parseToolchain(text, "t.json");
    expect([shell, system]).toEqual([`${bash}/bin/bash`, "riscv64-linux"]);
    expect(new Map<string, string>(variables)).toEqual(
      new Map([
        ["CC", "gcc"],
        ["__proto__", "kept"],
        ["PATH", `${bash}/bin:/nix/store/11111111111111111111111111111111-gcc/bin`],
        ["SOURCE_DATE_EPOCH", "315532800"],
      ]),
    );
  });
});

describe("store paths in a text", () => {
  it("are found wherever they stand, each once, without what follows the name", () => {
    const text = asBytes(
      `-I${bash}/include:${bash}/lib "${bash}-2" /nix/store/short /nix/store/${"e".repeat(32)}-x`,
    );
    expect(storeObjectsIn(text)).toEqual([bash, `${bash}-2`]);
  });
});

describe("refusals of Nix that a setting changes", () => {
  it("name the setting", () => {
    const words =
      "experimental Nix feature 'ca-derivations' is disabled; add '--extra-experimental-features ca-derivations' to enable it";
    expect(settingFor(words)).toEqual({
      code: "nix/feature-off",
      message: "the experimental feature ca-derivations of Nix is off",
      hint: "add to nix.conf, the daemon's too: extra-experimental-features = ca-derivations",
    });
  });

  it("tell a full disk from others", () => {
    expect(settingFor("writing to file: No space left on device")).toEqual({
      code: "nix/no-space",
      message: "no space is left for the Nix store (writing to file: No space left on device)",
      hint: "make room, for instance with `nix-collect-garbage`, and run again: what was finished is kept",
    });
    expect(settingFor("builder failed with exit code 1")).toBeUndefined();
  });
});
