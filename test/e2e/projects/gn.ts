// A project through GN, with Chromium's ways: thin archives and response files, an action that runs a tool made here
// by a Python script with a module beside it, copies, stamps, relative paths only.

import { join } from "node:path";
import { describe, expect } from "vitest";
import { copySource } from "../file-tree.ts";
import { runWith, testProject } from "../project.ts";

describe("GN", () => {
  testProject({
    name: "gn",
    attributes: `
      nativeBuildInputs = [ e2e.toolchain.packages.generate-ninja e2e.ninja e2e.toolchain.python3 ];
      configurePhase = ''
        runHook preConfigure
        gn gen build --script-executable=python3
        runHook postConfigure
      '';
      installPhase = ''
        runHook preInstall
        mkdir -p $prefix/bin
        cp app libshared.so $prefix/bin
        runHook postInstall
      '';`,
    shared: ["nativeBuildInputs", "configurePhase", "installPhase"],
    fetch: (directory) => copySource(join(import.meta.dirname, "gn"), directory),
    ownPath: [],
    edits: [
      {
        name: "comment in the tool",
        file: "maker.c",
        search: "/* maker",
        replace: "/* Usage: maker",
        steps: 1,
        ninja: 9,
      },
      {
        name: "body in a thin archive",
        file: "lib/two.c",
        search: "return 2",
        replace: "return 3",
        steps: 4,
        ninja: 4,
      },
      {
        name: "module beside the script",
        file: "tools/sibling.py",
        search: "return arguments",
        replace: "return list(arguments)",
        steps: 1,
        ninja: 0,
        configures: true,
      },
    ],
    use: async ({ store, path }) => {
      expect(await runWith(store, path, "app > $out")).toBe("4 2 beta\n");
    },
  });
});
