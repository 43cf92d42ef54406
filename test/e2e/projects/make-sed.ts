// GNU sed through autoconf and automake: makes below makes, gnulib's generated headers.

import { describe, expect } from "vitest";
import { testMakeProject } from "../make-project.ts";
import { runWith } from "../project.ts";

describe("sed through make", () => {
  testMakeProject({
    name: "sed",
    attributes: `
      version = "4.9";
      # So that make knows about headers.
      dontAddDisableDepTrack = true;`,
    shared: ["dontAddDisableDepTrack"],
    steps: 135,
    // Where its messages are.
    ownPath: ["bin/sed"],
    edits: [
      {
        name: "body",
        file: "sed/execute.c",
        search: "read_pattern_space (struct input *input,",
        replace: "/* one line */\nread_pattern_space (struct input *input,",
        steps: 3,
        make: 5,
      },
      {
        name: "header",
        file: "sed/utils.h",
        search: "enum exit_codes",
        replace: "enum other_codes { NONE = 77 };\nenum exit_codes",
        steps: 9,
        make: 11,
      },
    ],
    use: async ({ store, path }) => {
      const text = await runWith(store, path, `echo make | $package/bin/sed -E 's/(.)(.*)/\\2\\1/' > $out`);
      expect(text).toBe("akem\n");
    },
  });
});
