// What real projects do and small ones leave out, in one CMake project (features/): a tool that is built and run with
// its shared library, absolute rpaths, a directory as an output, stamps, `restat`, a generated script, undeclared
// reads, thin and large archives, a precompiled header, unity builds, LTO, .dwo, .gcno; and several outputs.

import { join } from "node:path";
import { describe, expect } from "vitest";
import { projectDirectory } from "./build-store.ts";
import { copySource } from "./file-tree.ts";
import { runWith, testProject } from "./project.ts";

describe("a project with every feature", () => {
  testProject({
    name: "features",
    attributes: `
      version = "2.1.0";
      outputs = [ "out" "dev" "lib" ];
      nativeBuildInputs = [ e2e.cmake e2e.ninja ];
      extraInputs = [ { outputs = "build/joined.stamp"; files = [ "hidden" ]; } ];
      preConfigure = ''
        cmakeFlags="$cmakeFlags -DCMAKE_INSTALL_INCLUDEDIR=$dev/include -DCMAKE_INSTALL_LIBDIR=$lib/lib"
      '';
      meta.description = "everything";
      passthru.answer = 42;`,
    shared: ["nativeBuildInputs", "preConfigure"],
    fetch: (directory) => copySource(join(projectDirectory, "test/e2e/features"), directory),
    outputs: ["out", "dev", "lib"],
    ownPath: ["bin/app", "bin/maker", "lib/libcore.so.2.1.0"],
    beside: ["build/CMakeFiles/split.dir/split.c.dwo", "build/CMakeFiles/covered.dir/split.c.gcno"],
    random: ["build/CMakeFiles/app.dir/cmake_pch.hxx.gch"],
    edits: [
      {
        name: "comment in the tool, which comes out the same",
        file: "maker.c",
        search: "/* maker table",
        replace: "/* Usage: maker table",
        steps: 1,
        ninja: 4,
      },
      {
        name: "word that leaves the header as it was",
        file: "words.txt",
        search: "gamma",
        replace: "delta",
        steps: 6,
        ninja: 4,
        configures: true,
        // A directory's time says nothing about what is in its files.
        stale: ["build/book.txt"],
      },
      {
        name: "member of a thin archive",
        file: "thin/slimmer.c",
        search: "x * 2",
        replace: "x * 3",
        steps: 3,
        ninja: 3,
      },
      {
        name: "shared library",
        file: "core/core.c",
        search: "a + b",
        replace: "b - -a + 0",
        // The programs are linked again only by ninja.
        steps: 5,
        ninja: 7,
      },
    ],
    check: { attributes: "doCheck = true;", log: /100% tests passed, 0 tests failed out of 2/ },
    use: async ({ store, path }) => {
      const text = await runWith(
        store,
        path,
        `
        { app; join.sh $package/share/features/book.txt; } > $out
        readelf -d $package/bin/app | sed -n 's/.*R.*PATH.*\\[\\(.*\\)\\]/\\1/p' >> $out`,
      );
      expect(text).toMatch(
        /^324 3 words, first alpha\n0 alpha\n1 beta\n2 gamma\n.*:\/nix\/store\/[0-9a-z]{32}-features-2.1.0-lib\/lib\n$/,
      );
    },
  });
});

describe("a Meson project with a versioned library", () => {
  testProject({
    name: "links",
    attributes: `
      version = "1.2.3";
      nativeBuildInputs = [ e2e.toolchain.meson e2e.toolchain.python3 e2e.toolchain.pkg-config e2e.ninja ];`,
    shared: ["nativeBuildInputs"],
    fetch: (directory) => copySource(join(projectDirectory, "test/e2e/features-meson"), directory),
    ownPath: ["bin/app", "bin/tool"],
    edits: [
      {
        name: "body of the library",
        file: "x.c",
        search: "return 7",
        replace: "return 8",
        // The programs are not linked again, but what one of them prints is made again: ninja leaves it as it was.
        steps: 6,
        ninja: 3,
        stale: ["build/app", "build/gen.h"],
      },
    ],
    use: async ({ store, path }) => {
      expect(await runWith(store, path, "app > $out; test -L $package/lib/libx.so.1")).toBe("7 7\n");
    },
  });
});
