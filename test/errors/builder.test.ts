// What scripts that run inside builders say about a project: the whole text.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, it } from "vitest";
import { unravel } from "../cli.ts";
import { scripts } from "../unit/builder/attributes.ts";
import { writeFiles } from "../unit/make/captured.ts";

const open: string[] = [];
afterEach(() => {
  for (const directory of open.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function project(files: Readonly<Record<string, string>>): string {
  const directory = writeFiles(files);
  open.push(directory);
  return directory;
}

function bash(cwd: string, args: readonly string[], more: Readonly<Record<string, string>> = {}) {
  const env = { PATH: process.env["PATH"], ...more };
  const { status, stderr } = spawnSync("bash", [...args], { cwd, encoding: "latin1", env });
  return { status, stderr };
}

/** Captures with the real make. */
function capture(files: Readonly<Record<string, string>>, ...args: readonly string[]) {
  const directory = project(files);
  const output = join(directory, ".unravel/make.dump");
  const result = bash(directory, [join(scripts, "make-capture.sh"), "--output", output, "--", ...args]);
  return { ...result, hasDump: existsSync(output) };
}

const rule = "all: a\na: ; tac Makefile > $@\n";
const flagsHint =
  "  hint: steps know -e, -u, -x, -v, -f, -a, -b, -E and -o NAME: .SHELLFLAGS := -eu -o pipefail -c\n";

it("make/shell, with the place, also below another make", () => {
  const files = {
    Makefile: "all: ; $(MAKE) -C sub\n",
    "sub/Makefile": "include more.mk\n",
    "sub/more.mk": `P = perl\nSHELL = $(P)\n${rule}`,
  };
  expect(capture(files)).toEqual({
    status: 1,
    stderr:
      'unravel: sub/more.mk:2: recipes are for the shell "perl", and steps run them in sh [make/shell]\n' +
      "  hint: set SHELL to sh or bash, and start the other program in the recipe\n",
    hasDump: false,
  });
});

it("make/shell, for flags that are no options of set", () => {
  expect(capture({ Makefile: `.SHELLFLAGS := -O globstar -c\n${rule}` })).toEqual({
    status: 1,
    stderr: `unravel: Makefile:1: .SHELLFLAGS is "-O globstar -c", which is more than options of \`set\` and -c [make/shell]\n${flagsHint}`,
    hasDump: false,
  });
});

it("make/shell, for a shell of some targets", () => {
  // Make gives the lines of such targets to no other shell: whether others are recorded or not.
  for (const more of ["", "all: b\nb: ; tac Makefile > $@\n"]) {
    expect(capture({ Makefile: `${rule}a: SHELL = bash\n${more}` })).toEqual({
      status: 1,
      stderr:
        "unravel: Makefile:3: SHELL is set for some targets alone [make/shell]\n" +
        "  hint: set it for the whole makefile, or start the other shell in the recipe\n",
      hasDump: false,
    });
  }
});

it("make/shell, given on the command line", () => {
  expect(capture({ Makefile: rule }, "SHELL=zsh").stderr).toBe(
    'unravel: argument of make: recipes are for the shell "zsh", and steps run them in sh [make/shell]\n' +
      "  hint: set SHELL to sh or bash, and start the other program in the recipe\n",
  );
});

it("make/shell is nothing that sh, bash and their usual forms have", () => {
  for (const line of [
    "SHELL = /bin/sh",
    "SHELL := /usr/bin/env bash",
    ".SHELLFLAGS = -c",
    "MY_SHELL = zsh",
    // automake: a variable's value over several lines
    "TESTS_ENVIRONMENT = x \\\n  SHELL='$(SHELL)' \\\n  y",
  ]) {
    expect([line, capture({ Makefile: `${line}\n${rule}` })]).toEqual([
      line,
      { status: 0, stderr: "", hasDump: true },
    ]);
  }
});

it("make/long-line, for what make can start and a shell cannot be given", () => {
  const long = "x".repeat(200).concat(" ").repeat(1000).trim();
  const { status, stderr } = capture({ Makefile: `out: in\n\t@ls -d in ${long}\n`, in: "" });
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr:
      'unravel: Makefile:2: a line of the recipe of "out" is longer than the 128 KiB that a shell can be given [make/long-line]\n' +
      "  hint: write its words into a file ($(file >FILE,WORDS)), or keep what `make -Bnp --trace` prints instead of a capture\n",
  });
});

it("make/stopped: a make below that fails is shown by the capture, and is the place in the dump", async () => {
  const files = {
    Makefile: "all: out\n\t$(MAKE) -C sub\nout: ; tac Makefile > $@\n",
    "sub/Makefile": "a: gone.txt ; tac gone.txt > $@\n",
  };
  const directory = project(files);
  const output = join(directory, ".unravel/make.dump");
  const { status, stderr } = bash(directory, [join(scripts, "make-capture.sh"), "--output", output, "--"]);
  expect(status).toBe(1);
  expect(stderr).toContain("  make: make[1]: *** No rule to make target 'gone.txt', needed by 'a'.  Stop.\n");
  expect(stderr).toContain("unravel: make ended with exit code 2 while it was captured\n  hint: ");
  const read = await unravel(["plan", "make", ".unravel/make.dump"], { cwd: directory });
  expect(read).toEqual({
    code: 1,
    out: "",
    err: `.unravel/make.dump:20:1: error: make ended with exit code 2 while it was captured at the target "all" [make/stopped]
  20 | line 2
     | ^^^^^^
  hint: its message was printed by the capture; lines after this are not known
`,
  });
});

it("plan/missing-source: a recipe reads a file that is gone since the capture", async () => {
  const directory = project({ Makefile: "out: in ; tac in > $@\n", in: "" });
  const output = join(directory, ".unravel/make.dump");
  bash(directory, [join(scripts, "make-capture.sh"), "--output", output, "--"]);
  rmSync(join(directory, "in"));
  const { code, err } = await unravel(["plan", "make", ".unravel/make.dump"], { cwd: directory });
  expect({ code, err }).toEqual({
    code: 1,
    err: `.unravel/make.dump:13:1: error: "in", needed by "out", is missing and no step makes it [plan/missing-source]
  13 | line 1
     | ^^^^^^
  hint: check the path, or add the file to the source (files that git does not track are not in a flake's source)
`,
  });
});

it("kernel/config", () => {
  // A tree whose makefile answers as kbuild's does: what depends on BASE is dropped while that is off.
  const directory = project({
    Makefile:
      "tinyconfig: ; @echo '# CONFIG_BASE is not set' > .config\nolddefconfig: ; @grep -q CONFIG_BASE=y .config || sed -i /CONFIG_NEEDS/d .config\nsyncconfig: ; @touch synced\n",
    "scripts/kconfig/merge_config.sh": 'shift 3\ncat "$@" > merged\nmv merged .config\n',
    "scripts/basic/x": "",
    fragment: "CONFIG_NEEDS_A=y\nCONFIG_PLAIN=m\nCONFIG_NEEDS_B=14\n# CONFIG_OFF is not set\n",
  });
  mkdirSync(join(directory, "tmp"));
  const variables = { defconfig: "tinyconfig", fragments: "fragment", TMPDIR: join(directory, "tmp") };
  const script = ["-e", join(scripts, "kernel-config.sh")];
  expect(bash(directory, script, variables)).toEqual({
    status: 1,
    stderr:
      "unravel: kbuild does not follow all that config asks for [kernel/config]:\n" +
      "  CONFIG_NEEDS_A is n, not y\n" +
      "  CONFIG_NEEDS_B is n, not 14\n" +
      "  hint: turn on what these options depend on, or ask for what kbuild gives (make menuconfig: /NAME)\n",
  });
  expect(existsSync(join(directory, "synced"))).toBe(false);
  const fine = project({ ok: "CONFIG_BASE=y\n" });
  expect(bash(directory, script, { ...variables, fragments: `fragment ${join(fine, "ok")}` })).toEqual({
    status: 0,
    stderr: "",
  });
});
