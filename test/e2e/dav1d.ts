// dav1d through Meson, C and x86 assembly, in the sizes in which it is tested. Needs nasm.

import { expect } from "vitest";
import { type Project, type ProjectEdit, runWith } from "./project.ts";

const edits: readonly ProjectEdit[] = [
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
];

/** `options`: of Meson, beside what leaves out the examples. */
export function dav1d(
  buildType: "plain" | "release",
  options: readonly string[],
  more: readonly ProjectEdit[],
): Project {
  const flags = [...options, "-Denable_examples=false", "-Dxxhash_muxer=disabled"];
  return {
    name: "dav1d",
    attributes: `
      version = "1.0.0";
      nativeBuildInputs = [ e2e.toolchain.meson e2e.ninja e2e.toolchain.packages.nasm ];
      mesonBuildType = "${buildType}";
      mesonFlags = [ ${flags.map((flag) => `"${flag}"`).join(" ")} ];`,
    shared: ["nativeBuildInputs", "mesonBuildType", "mesonFlags"],
    ownPath: ["bin/dav1d", "lib/pkgconfig/dav1d.pc"],
    edits: [...edits, ...more],
    use: async ({ store, path }) => {
      expect(await runWith(store, path, "dav1d --version 2> $out")).toBe("1.0.0\n");
    },
  };
}
