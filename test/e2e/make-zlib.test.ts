// Debian's zlib through its own configure script and Makefile.

import { describe, expect } from "vitest";
import { testMakeProject } from "./make-project.ts";
import { runWith } from "./project.ts";

describe("zlib through make", () => {
  testMakeProject({
    name: "zlib",
    attributes: `version = "1.2.13";`,
    shared: [],
    steps: 42,
    ownPath: ["lib/pkgconfig/zlib.pc"],
    edits: [
      {
        name: "body",
        file: "adler32.c",
        search: "#define BASE",
        replace: "/* prime */\n#define BASE",
        steps: 2,
        make: 10,
      },
    ],
    use: async ({ store, path }) => {
      const text = await runWith(
        store,
        path,
        `
        cat > main.c << 'EOF'
        #include <stdio.h>
        #include <zlib.h>
        int main(void) { printf("%s %lx", zlibVersion(), adler32(1, (const unsigned char *)"unravel", 7)); }
        EOF
        cc -I $package/include main.c $package/lib/libz.a -o main
        ./main > $out`,
      );
      expect(text).toBe("1.2.13 c2402fe");
    },
  });
});
