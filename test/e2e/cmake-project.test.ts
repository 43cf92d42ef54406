// A C++ project through CMake: fmt.

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
