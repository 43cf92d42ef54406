// Debian's Lua: makes below makes, and libtool.

import { describe, expect } from "vitest";
import { testMakeProject } from "./make-project.ts";
import { runWith } from "./project.ts";

describe("Lua through make", () => {
  testMakeProject({
    name: "lua",
    source: "lua5.4",
    attributes: `
      version = "5.4.4";
      buildFlags = [ "linux" ];
      installFlags = [ "INSTALL_TOP=$(out)" ];`,
    shared: ["buildFlags", "installFlags"],
    steps: 37,
    ownPath: [],
    edits: [],
    use: async ({ store, path }) => {
      const text = await runWith(store, path, `$package/bin/lua -e 'print(2^53)' > $out`);
      expect(text).toBe("9.007199254741e+15\n");
    },
  });
});
