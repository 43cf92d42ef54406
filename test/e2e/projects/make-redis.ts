// Debian's Redis through make: makes below makes, headers that parsing makes, dependency files, stamps of flags.

import { describe, expect } from "vitest";
import { testMakeProject } from "../make-project.ts";
import { runWith } from "../project.ts";

describe("Redis through make", () => {
  testMakeProject({
    name: "redis",
    attributes: `
      version = "7.0.15";
      makeFlags = [ "PREFIX=$(out)" "MALLOC=libc" "USE_SYSTEMD=no" ];
      # Otherwise it holds the name of the machine and the time.
      SOURCE_DATE_EPOCH = "1";`,
    shared: ["makeFlags", "SOURCE_DATE_EPOCH"],
    steps: 157,
    ownPath: [],
    edits: [
      {
        name: "body",
        file: "src/adlist.c",
        search: "list *listCreate(void)\n{",
        replace: "list *listCreate(void)\n{\n    /* empty */",
        steps: 8,
        make: 8,
      },
      {
        name: "header",
        file: "src/crc16_slottable.h",
        search: "#ifndef _CRC16_TABLE_H__",
        replace: "/* slots */\n#ifndef _CRC16_TABLE_H__",
        steps: 3,
        make: 3,
      },
    ],
    use: async ({ store, path }) => {
      const text = await runWith(store, path, `$package/bin/redis-server --version | cut -d ' ' -f 3 > $out`);
      expect(text).toBe("v=7.0.15\n");
    },
  });
});
