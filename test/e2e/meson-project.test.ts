// FriBidi through Meson: programs that are built, run, and print headers and tables that others include, some of
// which the source has as well.

import { describe, expect } from "vitest";
import { runWith, testProject } from "./project.ts";

describe("FriBidi", () => {
  testProject({
    name: "fribidi",
    attributes: `
      version = "1.0.8";
      nativeBuildInputs = [ e2e.toolchain.meson e2e.toolchain.python3 e2e.ninja ];
      postPatch = "patchShebangs test";
      mesonFlags = [ "-Ddocs=false" ];`,
    shared: ["nativeBuildInputs", "mesonFlags"],
    ownPath: ["bin/fribidi", "lib/pkgconfig/fribidi.pc"],
    edits: [
      {
        name: "comment",
        file: "lib/fribidi-mirroring.c",
        search: "register FriBidiChar result;",
        replace: "register FriBidiChar result; /* or ch */",
        steps: 1,
        ninja: 3,
      },
      {
        name: "body",
        file: "lib/fribidi-mirroring.c",
        search: "(len == 0 || !str) return;",
        replace: "(len <= 0 || !str) return;",
        steps: 3,
        ninja: 3,
      },
      {
        name: "comment in a private header",
        file: "lib/run.h",
        search: "struct _FriBidiRunStruct\n{",
        replace: "struct _FriBidiRunStruct /* a list */\n{",
        steps: 2,
        ninja: 4,
      },
      {
        name: "comment that six generators print into tables",
        file: "gen.tab/packtab.c",
        search: `fprintf (f, "/* *IND" "ENT-ON* */\\n\\n");`,
        replace: `fprintf (f, "/* *IND" "ENT-ON* */\\n");`,
        steps: 18,
        ninja: 18,
      },
    ],
    check: {
      attributes: `doCheck = true; checkPhase = "meson test --no-rebuild --print-errorlogs";`,
      log: /^Ok: +8 *$/m,
    },
    use: async ({ store, path }) => {
      const text = await runWith(
        store,
        path,
        `echo 'THIS is HEBREW' | fribidi --charset CapRTL --clean --nopad --nobreak > $out`,
      );
      expect(text).toBe("WERBEH is SIHT\n");
    },
  });
});
