// Ninja itself through CMake, a C++ project built with link-time optimisation; what a compiler optimises before that is
// left out, for time.

import { describe, expect } from "vitest";
import { runWith, testProject } from "./project.ts";

describe("ninja", () => {
  testProject({
    name: "ninja-build",
    attributes: `
      version = "1.11.1";
      nativeBuildInputs = [ e2e.cmake e2e.ninja ];
      cmakeBuildType = "None";
      # It is built with -flto, for which GCC names sections at random.
      NIX_CFLAGS_COMPILE = "-frandom-seed=ninja";`,
    shared: ["nativeBuildInputs", "cmakeBuildType", "NIX_CFLAGS_COMPILE"],
    ownPath: [],
    edits: [
      {
        name: "comment",
        file: "src/graph.cc",
        search: "AllInputsReady() const {",
        replace: "AllInputsReady() const { // now",
        steps: 1,
        ninja: 2,
      },
      {
        name: "body",
        file: "src/json.cc",
        search: "in.length() * 1.2",
        replace: "in.length() * 1.5",
        steps: 2,
        ninja: 2,
      },
      {
        name: "comment in a private header",
        file: "src/edit_distance.h",
        search: "int EditDistance(const StringPiece& s1,",
        replace: "int EditDistance(const StringPiece& s1, // from",
        steps: 3,
        ninja: 4,
      },
    ],
    use: async ({ store, path }) => {
      const text = await runWith(
        store,
        path,
        `
        printf 'rule upper\\n  command = tr a-z A-Z < $in > $out\\nbuild b: upper a\\n' > build.ninja
        echo built by ninja > a
        ninja
        { ninja --version; cat b; ninja -n; } > $out`,
      );
      expect(text).toBe("1.11.1\nBUILT BY NINJA\nninja: no work to do.\n");
    },
  });
});
