// LLVM's llvm-tblgen and FileCheck through CMake, not optimised, for time. A first tblgen is built, which makes headers
// that the second includes; of the rest of LLVM there is what configure asks for.

import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { describe, expect } from "vitest";
import { fetchDebian, runWith, testProject } from "../project.ts";

/** Without LLVM's tests and documentation, which are most of it. */
const parts = [
  "cmake",
  "llvm/CMakeLists.txt",
  "llvm/LICENSE.TXT",
  ...["cmake", "include", "lib", "projects", "tools", "utils"].map((folder) => `llvm/${folder}`),
];

const off = [
  ...["EXAMPLES", "DOCS", "TESTS", "BENCHMARKS", "RUNTIMES"].map((part) => `LLVM_INCLUDE_${part}`),
  ...["ZLIB", "ZSTD", "LIBXML2", "BINDINGS"].map((part) => `LLVM_ENABLE_${part}`),
];

const install = ["llvm-tblgen", "FileCheck"].map(
  (component) => `cmake -DCMAKE_INSTALL_COMPONENT=${component} -P cmake_install.cmake`,
);

describe("LLVM", () => {
  testProject({
    name: "llvm",
    attributes: `
      version = "19.1.7";
      nativeBuildInputs = [ e2e.cmake e2e.ninja e2e.toolchain.python3 ];
      cmakeDir = "../llvm";
      cmakeFlags = [
        "-DCMAKE_C_FLAGS_RELEASE=-DNDEBUG"
        "-DCMAKE_CXX_FLAGS_RELEASE=-DNDEBUG"
        "-DLLVM_TARGETS_TO_BUILD="
        "-DLLVM_INSTALL_UTILS=ON"
        ${off.map((option) => `"-D${option}=OFF"`).join(" ")}
      ];
      installPhase = ''
        runHook preInstall
        ${install.join("\n        ")}
        runHook postInstall
      '';`,
    shared: ["nativeBuildInputs", "cmakeDir", "cmakeFlags", "installPhase"],
    targets: ["llvm-tblgen", "FileCheck"],
    fetch: (directory) => {
      fetchDebian(
        "llvm-toolchain-19",
        directory,
        parts.flatMap((part) => ["--only", part]),
      );
      // Two thirds of what is left.
      const targets = readdirSync(join(directory, "llvm/lib/Target"), { withFileTypes: true });
      for (const target of targets) {
        if (target.isDirectory()) rmSync(join(target.parentPath, target.name), { recursive: true });
      }
    },
    ownPath: [],
    minutes: 90,
    edits: [
      {
        name: "comment",
        file: "llvm/lib/Support/CommandLine.cpp",
        search: "raw_ostream &OS = outs();\n#ifdef PACKAGE_VENDOR",
        replace: "raw_ostream &OS = outs(); // a stream\n#ifdef PACKAGE_VENDOR",
        steps: 1,
        ninja: 27,
      },
      {
        name: "body",
        file: "llvm/lib/Support/CommandLine.cpp",
        search: '"LLVM (http://llvm.org/):',
        replace: '"LLVM (https://llvm.org/):',
        steps: 27,
        ninja: 27,
      },
      {
        name: "comment in a private header",
        file: "llvm/utils/TableGen/X86ModRMFilters.h",
        search: "class DumbFilter : public ModRMFilter {",
        replace: "class DumbFilter : public ModRMFilter { // all",
        steps: 3,
        ninja: 4,
      },
      {
        name: "word of a .td file",
        file: "llvm/include/llvm/IR/Attributes.td",
        search: '"mustprogress"',
        replace: '"mustproceed"',
        steps: 1,
        ninja: 1,
      },
    ],
    use: async ({ store, path }) => {
      const text = await runWith(
        store,
        path,
        `
        {
          llvm-tblgen --version
          FileCheck --version
        } | grep version > versions
        printf 'class Shape<int n> { int Corners = n; }\\ndef Square : Shape<4>;\\n' > shapes.td
        llvm-tblgen --print-records shapes.td > records
        printf 'CHECK: def Square\\nCHECK-NEXT: int Corners = [[#CORNERS:]];\\n' > right
        printf 'CHECK: int Corners = 5;\\n' > wrong
        FileCheck right < records
        if FileCheck wrong < records 2> complaint; then exit 1; fi
        { cat versions; grep -c 'expected string not found' complaint; } > $out`,
      );
      expect(text).toBe("  LLVM version 19.1.7\n  LLVM version 19.1.7\n1\n");
    },
  });
});
