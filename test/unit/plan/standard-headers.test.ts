// A project's own headers with standard names, which system headers include where no scan looks.

import { expect, it } from "vitest";
import { planOf, sourcesOf, stepMaking } from "./plan-case.ts";

const files = {
  "a.c": "#include <stdlib.h>\n",
  "lib/alloca.h": '#include "more.h"\n',
  "lib/more.h": "",
  "lib/other.h": "",
  "lib/asm-generic/bitsperlong.h": "",
  "build/build.ninja":
    "rule cc\n  command = gcc $flags -c $in -o $out\nbuild a.o: cc ../a.c\n  flags = -I../lib\nbuild b.o: cc ../a.c\n  flags = -nostdinc -I../lib\nbuild c.o: cc ../a.c\n",
};

it("are inputs where they are searched for, with what they include", () => {
  const plan = planOf({ files });
  const read = (path: string): readonly string[] => sourcesOf(plan, stepMaking(plan, path));
  expect(read("build/a.o")).toEqual(["a.c", "lib/alloca.h", "lib/asm-generic/bitsperlong.h", "lib/more.h"]);
  expect(read("build/b.o")).toEqual(["a.c"]);
  expect(read("build/c.o")).toEqual(["a.c"]);
});
