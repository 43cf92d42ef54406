// Fortran modules through CMake, whose dyndep files are made from a scan of preprocessed sources. Needs gfortran, and a CMake that
// declares which modules a target has: 3.25 lets another target read a file that no step declares.

import { join } from "node:path";
import { describe, expect } from "vitest";
import { copySource } from "../file-tree.ts";
import { runWith, testProject } from "../project.ts";

describe("Fortran modules", () => {
  testProject({
    name: "heat",
    // A tree of its own has no C library: the specs of the toolchain's gcc say where that is.
    attributes: `
      nativeBuildInputs = [ e2e.cmake e2e.ninja e2e.toolchain.packages.gfortran ];
      buildInputs = [ e2e.toolchain.packages.gfortran ];
      preConfigure = ''
        specs=$(echo \${e2e.toolchain.toolchain}/usr/lib/gcc/*/*/specs)
        start=$(echo \${e2e.toolchain.toolchain}/usr/lib/*/crt1.o)
        export FFLAGS="-specs=$specs -B''\${start%/*}"
      '';`,
    shared: ["nativeBuildInputs", "buildInputs", "preConfigure"],
    fetch: (directory) => copySource(join(import.meta.dirname, "fortran"), directory),
    showsBodies: true,
    ownPath: [],
    edits: [
      {
        name: "comment",
        file: "solver.f90",
        search: "contains",
        replace: "contains ! one procedure",
        steps: 2,
        ninja: 5,
      },
      {
        name: "number written in another way",
        file: "solver.f90",
        search: "- 2 * heat",
        replace: "- 2.0 * heat",
        steps: 2,
        ninja: 5,
      },
      {
        name: "constant that all units use",
        file: "constants.f90",
        search: "0.25",
        replace: "0.2",
        steps: 6,
        ninja: 7,
      },
    ],
    use: async ({ store, path }) => {
      expect(await runWith(store, path, "heat > $out")).toBe(" 100.000  45.312  12.500   1.562   0.000\n");
    },
  });
});
