// Recipe lines of a real kernel, and what is left of them for a step.

import { describe, expect, test } from "vitest";
import { plainCommand } from "../../../generators/make/kernel.ts";
import { asBytes } from "../../../graph/bytes.ts";

const traps = ["HUP", "INT"]
  .map((signal) => `trap 'rm -f a.o; trap - ${signal}; kill -s ${signal} $$' ${signal}; `)
  .join(" ");
const plain = (text: string): string => plainCommand(asBytes(text));

describe("a kbuild recipe line", () => {
  test("loses its traps, its name and the notes for the next make", () => {
    expect(
      plain(
        `set -e;  echo '  CC      a.o';   ${traps}gcc -c -o a.o a.c   ; ./tools/objtool/objtool a.o; scripts/basic/fixdep .a.o.d a.o 'gcc -c -o a.o a.c' > .a.o.cmd; rm -f .a.o.d`,
      ),
    ).toBe("set -e; gcc -c -o a.o a.c   ; ./tools/objtool/objtool a.o");
    expect(plain(`set -e; rm -f a.a; ar cDPrST a.a b.o; printf '%s\\n' 'cmd_a.a := rm' > .a.a.cmd`)).toBe(
      "set -e; rm -f a.a; ar cDPrST a.a b.o",
    );
  });

  test.each([
    `set -e;     ${traps}`,
    ":",
    "set -e;     { echo ; echo 'a.o: $(wildcard ./tools/objtool/objtool)' ; } >> .a.o.cmd",
    "sh ./scripts/checksyscalls.sh gcc -Wall",
    "./scripts/remove-stale-files",
  ])("is idle if nothing else is in it: %s", (line) => {
    expect(plain(line)).toBe(":");
  });

  test("keeps what it prints into a file", () => {
    const line = `set -e; mkdir -p include/; { echo '#define A'; } > include/a.h`;
    expect(plain(line)).toBe(line);
  });

  test("writes a file without a way through directories that hold nothing", () => {
    expect(plain("set -e; nm vmlinux > arch/x86/boot/compressed/../voffset.h")).toBe(
      "set -e; nm vmlinux > arch/x86/boot/voffset.h",
    );
  });
});
