// What is known of a kernel's modules beyond the text of recipes.

import { spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { writeFiles } from "./captured.ts";
import { type Line, load } from "./kernel-graph.ts";

const cat = (target: string, text: string): Line => ({
  target,
  prerequisites: ["FORCE"],
  command: `set -e;     { ${text} :; } > ${target}`,
});

describe("lists of modules", () => {
  test("are one step that writes what all of them say", () => {
    const { command, inputs, steps } = load([
      cat("fs/modules.order", "  echo fs/a.ko;"),
      cat("lib/modules.order", ""),
      cat("modules.order", "  cat fs/modules.order;   cat lib/modules.order;   echo b.ko;"),
    ]);
    expect(steps).toBe(1);
    expect(command("modules.order")).toBe("printf '%s\\n' fs/a.ko b.ko > modules.order");
    expect(inputs("modules.order")).toEqual([]);
  });

  test("of a kernel without modules are an empty file", () => {
    const { command } = load([
      cat("lib/modules.order", ""),
      cat("modules.order", "  cat lib/modules.order;"),
    ]);
    expect(command("modules.order")).toBe("printf '' > modules.order");
  });

  test("stay as they are when one of them is made in another way", () => {
    const { command, steps } = load([
      { target: "fs/modules.order", command: "set -e; ./list > fs/modules.order" },
      cat("modules.order", "  cat fs/modules.order;"),
    ]);
    expect(steps).toBe(2);
    expect(command("modules.order")).toBe("set -e;     {   cat fs/modules.order; :; } > modules.order");
  });
});

const genksyms = (object: string): string =>
  `set -e;     if nm ${object} 2>/dev/null | grep -q __ksymtab; then gcc -E -D__GENKSYMS__ ${object.replace(/o$/, "c")} | scripts/genksyms/genksyms -r /dev/null >> ${object.replace(/[^/]*$/, ".$&")}.cmd; fi`;

const kernel = (flags: string, lines: readonly Line[]): readonly Line[] => [
  ...lines,
  { target: "vmlinux.a", prerequisites: ["fs/b.o"], command: "set -e; ar cDPrST vmlinux.a fs/b.o" },
  { target: "vmlinux.o", prerequisites: ["vmlinux.a"], command: "set -e; ld -r -o vmlinux.o vmlinux.a" },
  {
    target: "Module.symvers",
    prerequisites: ["modules.order", "vmlinux.o"],
    also: [".vmlinux.export.c", "fs/a.mod.c"],
    command: `set -e;  sed 's/ko$/o/' modules.order | scripts/mod/modpost ${flags}-E -o Module.symvers -T - vmlinux.o`,
  },
];

test("modpost reads the modules' objects and makes their sources", () => {
  const { command, inputs, outputs } = load(
    kernel("", [
      { target: "fs/a.o", command: "set -e; gcc -c -o fs/a.o fs/a.c" },
      { target: "fs/b.o", command: "set -e; gcc -c -o fs/b.o fs/b.c" },
    ]),
  );
  expect(outputs("Module.symvers")).toEqual([".vmlinux.export.c", "fs/a.mod.c", "Module.symvers"]);
  expect(inputs("Module.symvers")).toEqual(["modules.order", "vmlinux.o", "fs/a.o"]);
  // What stands before modpost's own line refuses modules with a version.
  const check = (command("Module.symvers") ?? "").replace(/^set -e;[\s\S]*/m, "");
  const directory = writeFiles({
    "modules.order": "a.ko\nb.ko\n",
    "a.o": "x\0license=GPL\0srcversion=1\0",
    "b.o": "x\0version=1.0\0",
  });
  try {
    const run = (): string => spawnSync("sh", ["-c", check], { cwd: directory, encoding: "utf8" }).stderr;
    expect(run()).toBe(
      "b.o has a MODULE_VERSION, for which modpost reads sources: not supported, build it in (=y)\n",
    );
    writeFileSync(join(directory, "b.o"), "");
    expect(run()).toBe("");
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
});

test("with MODVERSIONS an object has its checksums beside it, and modpost those of all that it looks at", () => {
  const compiled = ["fs/a.o", "fs/b.o", "boot/c.o"].flatMap((object): readonly Line[] => [
    { target: object, command: `set -e; gcc -c -o ${object} ${object.replace(/o$/, "c")}` },
    { target: object, command: genksyms(object) },
  ]);
  const { command, inputs, outputs } = load(kernel("-m ", compiled));
  expect(outputs("fs/a.o")).toEqual(["fs/.a.o.cmd", "fs/a.o"]);
  expect(command("fs/a.o")).toContain("echo > fs/.a.o.cmd; set -e;     if nm fs/a.o");
  expect(inputs("Module.symvers")).toEqual([
    "modules.order",
    "vmlinux.o",
    "fs/a.o",
    "fs/a.mod",
    ".vmlinux.objs",
    "fs/.a.o.cmd",
    "fs/.b.o.cmd",
  ]);
});

test("a make that changes vmlinux after the link is part of the link's step", () => {
  const { command, inputs, outputs } = load([
    {
      target: "vmlinux",
      prerequisites: ["scripts/link-vmlinux.sh", "vmlinux.o"],
      command: "set -e; scripts/link-vmlinux.sh ld; make -f ./arch/x86/Makefile.postlink vmlinux",
    },
    { make: 2, target: "vmlinux", command: "true" },
    {
      make: 2,
      target: "vmlinux",
      command:
        "set -e; arch/x86/tools/relocs vmlinux > boot/vmlinux.relocs; arch/x86/tools/relocs --abs-relocs vmlinux",
    },
    { make: 2, target: "vmlinux", command: "set -e; objcopy --remove-section='.rela.*' vmlinux" },
    { target: "vmlinux.o", command: "set -e; ld -r -o vmlinux.o" },
    { target: "arch/x86/tools/relocs", command: "set -e; gcc -o arch/x86/tools/relocs" },
  ]);
  expect(outputs("vmlinux")).toEqual(["System.map", "vmlinux", "boot/vmlinux.relocs"]);
  expect(inputs("vmlinux")).toContain("arch/x86/tools/relocs");
  expect(command("vmlinux")).toBe(`(
make() { :; }
gmake() { :; }
: init/version-timestamp.o
export MAKE=:
set -e; ./scripts/link-vmlinux.sh ld; make -f ./arch/x86/Makefile.postlink vmlinux
test $? -eq 0 || exit 1
(
set -e; arch/x86/tools/relocs vmlinux > boot/vmlinux.relocs; arch/x86/tools/relocs --abs-relocs vmlinux
)
test $? -eq 0 || exit 1
(
set -e; objcopy --remove-section='.rela.*' vmlinux
)
)`);
});
