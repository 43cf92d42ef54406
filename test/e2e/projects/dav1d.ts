// dav1d through Meson as it is released: two bit depths, optimised.

import { describe } from "vitest";
import { dav1d } from "../dav1d.ts";
import { testProject } from "../project.ts";

describe("dav1d", () => {
  testProject(
    dav1d(
      "release",
      [],
      [
        {
          name: "comment in assembly",
          file: "src/x86/msac.asm",
          search: "cglobal msac_decode_hi_tok",
          replace: "; high\ncglobal msac_decode_hi_tok",
          steps: 1,
          ninja: 5,
          configures: true,
        },
      ],
    ),
  );
});
