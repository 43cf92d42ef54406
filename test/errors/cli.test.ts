// The exact standard error and exit code of what a command line gets wrong, and of graphs that cannot be planned.

import { dirname } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { makeProject, type Project, type Ran, type RunOptions, unravel } from "../cli.ts";

const toolchain = JSON.stringify({
  shell: "/nix/store/00000000000000000000000000000000-bash/bin/bash",
  path: ["/nix/store/00000000000000000000000000000000-bash/bin"],
});

const projects: Project[] = [];
afterAll(() => {
  for (const project of projects) project.remove();
});

function project(manifest: string, files: Readonly<Record<string, string>> = {}): Project {
  const made = makeProject({ "build.ninja": manifest, "toolchain.json": toolchain, ...files });
  projects.push(made);
  return made;
}

const copy = "rule copy\n  command = cp $in $out\n";

/** Standard error with the project's directory as DIR and the one above as UP, then the exit code. */
function told({ err, code }: Ran, directory = "/not-there/at-all"): string {
  return `${err.replaceAll(directory, "DIR").replaceAll(dirname(directory), "UP")}exit ${code}`;
}

async function planning(manifest: string, args: readonly string[] = [], files = {}): Promise<string> {
  const made = project(manifest, files);
  return told(await made.run(["plan", "ninja", "build.ninja", ...args]), made.directory);
}

async function complaint(args: readonly string[], options?: RunOptions): Promise<string> {
  return told(await unravel(args, options));
}

describe("cli/usage", () => {
  it("suggests the command that was meant", async () => {
    expect(await complaint(["biuld"])).toBe(
      'error: unknown command "biuld" [cli/usage]\n  hint: did you mean build?\nexit 2',
    );
  });

  it("suggests the option that was meant", async () => {
    expect(await complaint(["graph", "ninja", "build.ninja", "--jsn"])).toBe(
      'error: unknown option "--jsn" [cli/usage]\n  hint: did you mean --json?\nexit 2',
    );
  });

  it("names the help of the right command when nothing is close", async () => {
    expect(await complaint(["drv", "show", "x.drv", "--zzz"])).toBe(
      'error: unknown option "--zzz" [cli/usage]\n  hint: `unravel drv show --help` shows what it takes\nexit 2',
    );
  });

  it("names an argument that is missing", async () => {
    expect(await complaint(["plan", "ninja"])).toBe(
      'error: missing required argument "file" [cli/usage]\n  hint: `unravel plan --help` shows what it takes\nexit 2',
    );
  });

  it("refuses a number of jobs that is none", async () => {
    expect(await complaint(["build", "ninja", "f", "-j", "0"])).toBe(
      'error: option "-j, --jobs <n>" argument "0" is invalid. It must be a number from 1 [cli/usage]\n' +
        "  hint: `unravel build --help` shows what it takes\nexit 2",
    );
  });

  it("refuses warnings that it does not know", async () => {
    expect(await complaint(["graph", "ninja", "f", "-w", "dupbuild=err"])).toBe(
      'error: option "-w <flag>" argument "dupbuild=err" is invalid. It must be phonycycle=warn or phonycycle=err [cli/usage]\n' +
        "  hint: `unravel graph --help` shows what it takes\nexit 2",
    );
  });

  it("refuses extra inputs without a glob, and ones that leave the tree", async () => {
    const hint =
      "  hint: globs and files are relative to the root: --extra-inputs 'gen/**=tools,data/names.txt'\nexit 2";
    for (const text of ["tools", "=tools", "gen/**=", "gen/**=../x", "gen/**=/etc/passwd", "a=b/../../c"]) {
      expect(await planning(copy, ["--extra-inputs", text])).toBe(
        `error: --extra-inputs takes GLOB=FILE,..., not "${text}" [cli/usage]\n${hint}`,
      );
    }
  });

  it("refuses a root that does not hold the build directory", async () => {
    const made = project(copy, { "other/file": "" });
    expect(told(await made.run(["plan", "ninja", "build.ninja", "--root", "other"]), made.directory)).toBe(
      'error: the build directory "DIR" is not inside the root "DIR/other" [cli/usage]\n' +
        "  hint: give a root that holds sources and build directory\nexit 2",
    );
  });

  it("refuses directories that are not there", async () => {
    expect(await planning(copy, ["--root", "none"])).toBe(
      'error: "none", given with --root, is not a directory [cli/usage]\n  hint: check the path\nexit 2',
    );
    expect(await planning(copy, ["-C", "build.ninja"])).toBe(
      'error: "build.ninja", given with -C, is not a directory [cli/usage]\n  hint: check the path\nexit 2',
    );
  });

  it("prints the same as JSON when JSON was asked for", async () => {
    const { err, code } = await unravel(["graph", "ninja", "--json"]);
    expect(JSON.parse(err)).toEqual({
      diagnostics: [
        {
          code: "cli/usage",
          message: 'missing required argument "file"',
          hint: "`unravel graph --help` shows what it takes",
        },
      ],
    });
    expect(code).toBe(2);
  });

  it("wants a name for a derivation without a file", async () => {
    expect(await complaint(["drv", "path", "-"])).toBe(
      "error: a derivation on standard input has no name [cli/usage]\n  hint: give it with --name\nexit 2",
    );
  });

  it("wants a place to emit to", async () => {
    const made = project(`${copy}build a: copy b\n`, { b: "" });
    const args = ["emit", "ninja", "build.ninja", "--toolchain", "toolchain.json", "--to"];
    expect(told(await made.run([...args, ""]))).toBe(
      "error: --to is empty [cli/usage]\n  hint: --to takes a directory, daemon, or cache:DIR\nexit 2",
    );
    expect(told(await made.run([...args, "cache:"]))).toBe(
      "error: --to cache: names no directory [cli/usage]\n  hint: for instance --to cache:drvs\nexit 2",
    );
  });
});

describe("other errors of a command line", () => {
  it("cli/unknown-frontend: lists the ones there are", async () => {
    expect(await complaint(["graph", "bazel", "BUILD"])).toBe(
      'error: there is no frontend "bazel" [cli/unknown-frontend]\n  hint: frontends: ninja, make, json, cargo, npm\nexit 2',
    );
  });

  it.each([
    ["build"],
    ["plan"],
    ["emit", "--to", "out"],
    ["why"],
    ["log"],
    ["shell"],
    ["cache", "--to", "out"],
  ])(
    "cli/unknown-frontend: %s says where lockfiles are built and shown, before anything else",
    async (command, ...flags) => {
      expect(await complaint([command, "npm", "package-lock.json", "path", ...flags])).toBe(
        'error: "npm" has packages and no steps that could be planned here [cli/unknown-frontend]\n' +
          "  hint: unravel.npm builds it in Nix; `unravel graph npm FILE` shows a lockfile. Here, frontends: ninja, make, json\nexit 2",
      );
    },
  );

  it("cli/no-such-file: says why it cannot be read", async () => {
    expect(await complaint(["graph", "ninja", "/absent/build.ninja"])).toBe(
      'error: cannot read "/absent/build.ninja": no such file or directory [cli/no-such-file]\n' +
        "  hint: check the path; it is relative to the working directory\nexit 1",
    );
    expect(await complaint(["drv", "path", "etc", "--name", "x"])).toBe(
      'error: cannot read "etc": it is a directory [cli/no-such-file]\n' +
        "  hint: check the path; it is relative to the working directory\nexit 1",
    );
  });

  it("cli/no-toolchain: tells the two ways to get one", async () => {
    const made = project(copy);
    const hint =
      "  hint: run inside `nix develop` or `nix-shell`, or name a toolchain with --toolchain FILE.json\nexit 3";
    expect(told(await made.run(["build", "ninja", "build.ninja"], { env: { PATH: "/usr/bin:/bin" } }))).toBe(
      `error: no directory of PATH is in the Nix store, so there is no toolchain for the sandbox [cli/no-toolchain]\n${hint}`,
    );
    const env = { PATH: "/nix/store/00000000000000000000000000000000-not-there/bin:/bin" };
    expect(told(await made.run(["build", "ninja", "build.ninja"], { env }))).toBe(
      `error: no directory of PATH that is in the Nix store holds bash [cli/no-toolchain]\n${hint}`,
    );
  });

  it("cli/toolchain: names the field that is wrong", async () => {
    const made = project(copy);
    const hint =
      '  hint: it holds { "shell": "/nix/store/.../bin/bash", "path": ["/nix/store/.../bin"], "env": { "CC": "gcc" } }\nexit 1';
    const good = JSON.parse(toolchain) as object;
    const cases: readonly (readonly [unknown, string])[] = [
      [[], "it is not an object"],
      [{ ...good, shell: "/bin/bash" }, 'shell is "/bin/bash", which is not in the Nix store'],
      [{ ...good, shell: 1 }, "shell is not a string"],
      [{ ...good, path: "x" }, "path is not a list"],
      [{ ...good, path: ["/usr/bin"] }, 'path[0] is "/usr/bin", which is not in the Nix store'],
      [{ ...good, env: { "A B": "" } }, 'env: "A B" is not the name of a variable'],
      [{ ...good, env: { CC: 1 } }, "env.CC is not a string"],
      [{ ...good, paths: [] }, 'there is no field "paths"'],
      [{ ...good, system: 7 }, "system is not a string"],
    ];
    for (const [value, message] of cases) {
      made.write({ "t.json": JSON.stringify(value) });
      expect(told(await made.run(["build", "ninja", "build.ninja", "--toolchain", "t.json"]))).toBe(
        `error: "t.json": ${message} [cli/toolchain]\n${hint}`,
      );
    }
    made.write({ "t.json": "{" });
    expect(told(await made.run(["build", "ninja", "build.ninja", "--toolchain", "t.json"]))).toMatch(
      /^error: "t.json": it is not JSON \(.*\) \[cli\/toolchain\]\n/,
    );
  });

  it("cli/cannot-write: says what is in the way", async () => {
    const made = project(`${copy}build a: copy b\n`, { b: "", taken: "" });
    const args = ["emit", "ninja", "build.ninja", "--toolchain", "toolchain.json", "--to"];
    expect(told(await made.run([...args, "taken/below"]))).toBe(
      'error: cannot write "taken/below": a part of the path is not a directory [cli/cannot-write]\n' +
        "  hint: a file is where a directory has to be: move it away\nexit 3",
    );
  });

  it("store/not-canonical: shows where the text leaves Nix's form", async () => {
    const made = project(copy, {
      "x.drv": 'Derive([("out","","","")],[],[],"s","/b",[],[("b",""),("a","")])',
    });
    expect(told(await made.run(["drv", "path", "x.drv"]))).toBe(
      `x.drv:1:48: error: the text is not as Nix writes it: here it would have "a\\",\\"\\"),(\\"b\\",\\"\\")])" [store/not-canonical]
  1 | Derive([("out","","","")],[],[],"s","/b",[],[("b",""),("a","")])
    |                                                ^
  hint: lists are sorted and nothing is escaped that need not be; a tool other than Nix wrote or edited this
exit 1`,
    );
  });

  it("a manifest's error names the file as seen from the working directory", async () => {
    const made = project("", {
      "sub/build.ninja": "include inner.ninja\n",
      "sub/inner.ninja": "build a: nope b\n",
    });
    expect(told(await made.run(["graph", "ninja", "sub/build.ninja"]))).toMatch(
      /^sub\/inner\.ninja:1:\d+: error: unknown (build )?rule "nope" \[ninja\/unknown-rule\]\n {2}1 \| build a: nope b\n/,
    );
  });
});

describe("graphs that cannot be planned", () => {
  it("graph/cycle: names the way round", async () => {
    expect(
      await planning(`${copy}build a: copy b\nbuild b: copy c\nbuild c: copy a\nbuild d: copy a\n`, ["d"]),
    ).toBe(
      `build.ninja:3:1: error: dependency cycle: "a" -> "b" -> "c" -> "a" [graph/cycle]
  3 | build a: copy b
    | ^^^^^^^^
  hint: remove one of these inputs
exit 1`,
    );
  });

  it("graph/no-such-target: suggests near names", async () => {
    expect(await planning(`${copy}build program: copy b\n`, ["programm"], { b: "" })).toBe(
      'error: unknown target "programm" [graph/no-such-target]\n  hint: did you mean "program"?\nexit 1',
    );
  });

  it("plan/missing-source: names who needs it", async () => {
    expect(await planning(`${copy}build a: copy b\n`)).toBe(
      `build.ninja:3:1: error: "b", needed by "a", is missing and no step makes it [plan/missing-source]
  3 | build a: copy b
    | ^^^^^^^^
  hint: check the path, or add the file to the source (files that git does not track are not in a flake's source)
exit 1`,
    );
  });

  it("plan/outside-tree: says how to name the tree, unless it was named", async () => {
    const manifest = `${copy}build a: copy ../b\n`;
    const text = `build.ninja:3:1: error: "UP/b" is outside the source tree "DIR" [plan/outside-tree]
  3 | build a: copy ../b
    | ^^^^^^^^
`;
    expect(await planning(manifest)).toBe(
      `${text}  hint: name the directory that holds sources and build directory with --root\nexit 1`,
    );
    expect(await planning(manifest, ["--root", "."])).toBe(
      `${text}  hint: copy it into the tree, or take it from a package in buildInputs so that it is in the Nix store\nexit 1`,
    );
  });

  it("plan/outside-tree: an output cannot leave the tree either", async () => {
    expect(await planning(`${copy}build ../a: copy b\n`, ["--root", "."], { b: "" })).toContain(
      '"DIR" [plan/outside-tree]',
    );
  });
});
