// dav1d through Meson: C and x86 assembly for two bit depths, generated headers. Needs nasm.

import { describe, expect } from "vitest";
import { runWith, testProject } from "../project.ts";

describe("dav1d", () => {
  testProject({
    name: "dav1d",
    attributes: `
      version = "1.0.0";
      nativeBuildInputs = [ e2e.toolchain.meson e2e.ninja e2e.toolchain.packages.nasm ];
      mesonBuildType = "release";
      mesonFlags = [ "-Denable_examples=false" "-Dxxhash_muxer=disabled" ];`,
    shared: ["nativeBuildInputs", "mesonBuildType", "mesonFlags"],
    ownPath: ["bin/dav1d", "lib/pkgconfig/dav1d.pc"],
    edits: [
      {
        name: "comment",
        file: "src/refmvs.c",
        search: "static void add_spatial_candidate(",
        replace: "/* near */ static void add_spatial_candidate(",
        steps: 1,
        ninja: 5,
      },
      {
        name: "body",
        file: "src/lib.c",
        search: "return DAV1D_VERSION;",
        replace: 'return DAV1D_VERSION "+";',
        steps: 4,
        ninja: 5,
      },
      {
        name: "comment in assembly",
        file: "src/x86/msac.asm",
        search: "cglobal msac_decode_hi_tok",
        replace: "; high\ncglobal msac_decode_hi_tok",
        steps: 1,
        ninja: 5,
        configures: true,
      },
    ],
    use: async ({ store, path }) => {
      expect(await runWith(store, path, "dav1d --version 2> $out")).toBe("1.0.0\n");
    },
  });
});
