// RE2, with Abseil: each through unravel.ninja, the second as an input of the first.

import { describe, expect } from "vitest";
import { fetchDebian, runWith, testProject } from "../project.ts";

/** Abseil is of the same year as RE2: the machine's own suite may have one without the other. */
const suite = ["--suite", "trixie"];
const standard = '"-DCMAKE_CXX_STANDARD=17"';

describe("Abseil", () => {
  testProject({
    name: "abseil",
    attributes: `
      version = "20240722.0";
      nativeBuildInputs = [ e2e.cmake e2e.ninja ];
      cmakeFlags = [ ${standard} "-DABSL_PROPAGATE_CXX_STD=ON" ];`,
    shared: ["nativeBuildInputs", "cmakeFlags"],
    fetch: (directory) => fetchDebian("abseil", directory, suite),
    ownPath: [],
    edits: [
      {
        name: "comment",
        file: "absl/strings/numbers.cc",
        search: "SimpleAtod(absl::string_view str,",
        replace: "SimpleAtod(absl::string_view str, // strict",
        steps: 1,
        ninja: 2,
      },
    ],
    use: async () => {},
  });
});

describe("RE2", () => {
  testProject({
    name: "re2",
    attributes: `
      version = "20240702";
      nativeBuildInputs = [ e2e.cmake e2e.ninja ];
      buildInputs = [
        (e2e.unravel.ninja {
          pname = "abseil";
          version = "20240722.0";
          src = ./abseil;
          nativeBuildInputs = [ e2e.cmake e2e.ninja ];
          cmakeFlags = [ ${standard} "-DABSL_PROPAGATE_CXX_STD=ON" ];
        })
      ];
      cmakeFlags = [ ${standard} ];`,
    shared: ["nativeBuildInputs", "buildInputs", "cmakeFlags"],
    fetch: (directory) => {
      fetchDebian("re2", directory, suite);
      fetchDebian("abseil", `${directory}/../abseil`, suite);
    },
    ownPath: [],
    edits: [
      {
        name: "comment",
        file: "re2/parse.cc",
        search: "bool Regexp::ParseState::PushCaret() {",
        replace: "bool Regexp::ParseState::PushCaret() {  // ^",
        steps: 1,
        ninja: 2,
      },
    ],
    use: async ({ store, path }) => {
      expect(await runWith(store, path, "ls $package > $out")).toContain("lib");
    },
  });
});
