// popt through autoconf, automake and libtool: makes below makes, objects in two kinds, a library in three files.

import { describe, expect } from "vitest";
import { testMakeProject } from "./make-project.ts";
import { runWith } from "./project.ts";

describe("popt through make", () => {
  testMakeProject({
    name: "popt",
    attributes: `
      version = "1.19";
      configureFlags = [ "--disable-nls" ];
      # So that make knows about headers.
      dontAddDisableDepTrack = true;`,
    shared: ["dontAddDisableDepTrack", "configureFlags"],
    steps: 14,
    // Where its configuration is looked for.
    ownPath: ["lib/libpopt.la", "lib/libpopt.so.0.0.2", "lib/pkgconfig/popt.pc"],
    edits: [
      {
        name: "body",
        file: "src/popthelp.c",
        search: "void poptPrintUsage(",
        replace: "/* for people */\nvoid poptPrintUsage(",
        steps: 6,
        make: 8,
      },
      {
        name: "header",
        file: "src/poptint.h",
        search: "#ifndef H_POPTINT\n",
        replace: "#ifndef H_POPTINT\nenum { OF_ITS_OWN = 1 };\n",
        steps: 9,
        make: 11,
      },
    ],
    use: async ({ store, path }) => {
      const text = await runWith(
        store,
        path,
        `
        cat > main.c << 'EOF'
        #include <popt.h>
        #include <stdio.h>
        int main(int argc, const char **argv) {
          int level = 0;
          struct poptOption options[] = {{"level", 'l', POPT_ARG_INT, &level, 0, 0, 0}, POPT_TABLEEND};
          poptContext context = poptGetContext("main", argc, argv, options, 0);
          while (poptGetNextOpt(context) >= 0) {}
          printf("%d %s", level, poptGetArg(context));
        }
        EOF
        cc -I $package/include main.c -L $package/lib -Wl,-rpath,$package/lib -lpopt -o main
        ./main --level=7 rest > $out`,
      );
      expect(text).toBe("7 rest");
    },
  });
});
