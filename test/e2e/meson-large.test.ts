// dav1d through Meson, not optimised: many edges for little time. As it is released, it is in bench/.

import { beforeAll, describe, expect } from "vitest";
import { setUpPackages } from "./build-store.ts";
import { runWith, testProject } from "./project.ts";

describe("dav1d, not optimised", () => {
  beforeAll(() => setUpPackages(["nasm"]));

  testProject({
    name: "dav1d",
    attributes: `
      version = "1.0.0";
      nativeBuildInputs = [ e2e.toolchain.meson e2e.ninja e2e.toolchain.packages.nasm ];
      mesonBuildType = "plain";
      mesonFlags = [ "-Dbitdepths=8" "-Denable_examples=false" "-Dxxhash_muxer=disabled" ];`,
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
    ],
    use: async ({ store, path }) => {
      expect(await runWith(store, path, "dav1d --version 2> $out")).toBe("1.0.0\n");
    },
  });
});
