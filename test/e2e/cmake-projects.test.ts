// C++ projects through CMake: fmt, and ninja itself.

import { describe, expect } from "vitest";
import { fetchDebian, runWith, testProject } from "./project.ts";

describe("fmt", () => {
  testProject({
    name: "fmt",
    // Debian leaves out the copy of GoogleTest that the tests need.
    attributes: `
      version = "9.1.0";
      nativeBuildInputs = [ e2e.cmake e2e.ninja ];
      cmakeFlags = [ "-DFMT_TEST=OFF" "-DFMT_DOC=OFF" ];`,
    shared: ["nativeBuildInputs", "cmakeFlags"],
    fetch: (directory) => fetchDebian("fmtlib", directory),
    ownPath: ["lib/pkgconfig/fmt.pc"],
    edits: [
      {
        name: "comment",
        file: "src/format.cc",
        search: "FMT_BEGIN_NAMESPACE",
        replace: "FMT_BEGIN_NAMESPACE // once",
        steps: 1,
        ninja: 2,
      },
      {
        name: "body",
        file: "src/os.cc",
        search: "cannot create pipe",
        replace: "cannot create the pipe",
        steps: 2,
        ninja: 2,
      },
      {
        name: "comment in a header that one unit reads",
        file: "include/fmt/os.h",
        search: "FMT_BEGIN_NAMESPACE",
        replace: "FMT_BEGIN_NAMESPACE // Files and pipes",
        steps: 1,
        ninja: 2,
      },
    ],
    use: async ({ store, path }) => {
      const text = await runWith(
        store,
        path,
        `
        cat > main.cc << 'EOF'
        #include <fmt/core.h>
        #include <fmt/os.h>
        int main() { fmt::output_file("text").print("{:>8}|{:#x}|{}", "fmt", 48879, 0.1 + 0.2); }
        EOF
        c++ -std=c++17 -I $package/include main.cc $package/lib/libfmt.a -o main
        ./main
        cp text $out`,
      );
      expect(text).toBe("     fmt|0xbeef|0.30000000000000004");
    },
  });
});

describe("ninja", () => {
  testProject({
    name: "ninja-build",
    attributes: `
      version = "1.11.1";
      nativeBuildInputs = [ e2e.cmake e2e.ninja ];
      # It is built with -flto, for which GCC names sections at random.
      NIX_CFLAGS_COMPILE = "-frandom-seed=ninja";`,
    shared: ["nativeBuildInputs", "NIX_CFLAGS_COMPILE"],
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
