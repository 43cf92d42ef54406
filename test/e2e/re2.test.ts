// RE2 with Abseil: each through unravel.ninja, the second as an input of the first. Not optimised, for time.

import { describe } from "vitest";
import { fetchDebian, testProject } from "./project.ts";

/** Versions that fit each other, whatever the machine's own suite has. */
const suite = ["--suite", "trixie"];
const cmake = `
  nativeBuildInputs = [ e2e.cmake e2e.ninja ];
  cmakeBuildType = "None";
  cmakeFlags = [ "-DCMAKE_CXX_STANDARD=17" ];`;

describe("RE2", () => {
  testProject({
    name: "re2",
    attributes: `
      version = "20240702";
      ${cmake}
      buildInputs = [
        (e2e.unravel.ninja {
          pname = "abseil";
          version = "20240722.0";
          src = ./abseil;
          ${cmake}
        })
      ];`,
    shared: ["nativeBuildInputs", "buildInputs", "cmakeBuildType", "cmakeFlags"],
    fetch: (directory) => {
      fetchDebian("re2", directory, suite);
      fetchDebian("abseil", `${directory}/../abseil`, suite);
    },
    ownPath: ["lib/pkgconfig/re2.pc"],
    edits: [
      {
        name: "comment",
        file: "re2/parse.cc",
        search: "bool Regexp::ParseState::PushCaret() {",
        replace: "bool Regexp::ParseState::PushCaret() {  // ^",
        steps: 1,
        ninja: 2,
      },
      {
        name: "body",
        file: "re2/bitstate.cc",
        search: "bool BitState::ShouldVisit(int id, const char* p) {",
        replace: "bool BitState::ShouldVisit(int id, const char* p) { if (id < 0) return false;",
        steps: 2,
        ninja: 2,
      },
    ],
    check: {
      attributes: `
        doCheck = true;
        checkPhase = ''
          {
            echo '#include <re2/re2.h>'
            echo '#include <cstdio>'
            echo 'int main() { std::string s = "a1b22"; RE2::GlobalReplace(&s, "[0-9]+", "#"); std::puts(s.c_str()); }'
          } > main.cc
          archives=$(echo \${builtins.head buildInputs}/lib/*.a)
          c++ -std=c++17 -I.. main.cc libre2.a -Wl,--start-group $archives -Wl,--end-group -o main
          ./main
        '';`,
      log: /^a#b#$/m,
    },
    // A library: what uses it is in `check`.
    use: async () => {},
  });
});
