// The script that runs one step: layout, command, checks, outputs.

import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { runStep, type StepCase } from "./step-run.ts";

/** Runs a step that must succeed; what its first output holds. */
function made(step: StepCase): Readonly<Record<string, string>> | undefined {
  const ran = runStep(step);
  expect([ran.code, ran.err]).toEqual([0, ""]);
  return ran.outputs["out"];
}

describe.each(["link", "copy"] as const)("with inputs as it wants them: %s", (layout) => {
  it("lays sources and made files out together", () => {
    const step: StepCase = {
      layout,
      sources: { "src/a.c": "a", "src/deep/b.c": "b", "run.sh": { program: "echo run" } },
      inputs: [
        { "build/gen/x.h": "x", "build/gen/tool": { program: "echo tool" } },
        { "build/gen/y.h": "y", "src/z.h": "z" },
      ],
      command: "(cat ../src/a.c ../src/deep/b.c gen/x.h gen/y.h ../src/z.h; ../run.sh; gen/tool) > x",
    };
    expect(made(step)).toEqual({ "build/x": "abxyzrun\ntool\n" });
  });

  it("keeps links that steps made relative, and their targets", () => {
    const step: StepCase = {
      layout,
      inputs: [
        { "build/l.so.1.2": "lib" },
        { "build/l.so.1": { link: "l.so.1.2" } },
        {
          "build/l.so": { link: "l.so.1" },
          "build/dir": { link: "../build" },
          "build/none": { link: "no/such" },
        },
      ],
      command: "readlink l.so l.so.1 dir none > x && cat l.so dir/l.so.1 >> x",
    };
    expect(made(step)).toEqual({ "build/x": "l.so.1\nl.so.1.2\n../build\nno/such\nliblib" });
  });

  it("has links that configure made, as they are", () => {
    const step: StepCase = {
      layout,
      sources: { "a.c": "" },
      inputs: [{ "build/l.so.1.2": "library" }],
      links: { "build/l.so": "l.so.1", "build/l.so.1": "l.so.1.2" },
      command: "cat l.so > x; readlink l.so >> x",
    };
    expect(made(step)).toEqual({ "build/x": "libraryl.so.1\n" });
  });

  it("keeps executable bits", () => {
    const step: StepCase = {
      layout,
      sources: { "p.sh": { program: "" }, "q.sh": "" },
      inputs: [{ "build/-p q": { program: "" }, "build/plain": "" }],
      command: 'for f in ../p.sh ../q.sh "./-p q" plain; do test -x "$f" && echo yes || echo no; done > x',
    };
    expect(made(step)).toEqual({ "build/x": "yes\nno\nyes\nno\n" });
  });

  it("lays out names of any bytes", () => {
    const names = [
      "with space",
      "it's",
      'quo"te',
      "$HOME",
      "new\nline",
      "caf\xe9",
      "-dash",
      "`x`",
      "*",
      "a\\b",
    ];
    const step: StepCase = {
      layout,
      sources: Object.fromEntries(names.map((name) => [`src/${name}`, "s"])),
      inputs: [Object.fromEntries(names.map((name) => [`build/in/${name}`, "i"]))],
      command: "cat ../src/* in/* > x; (cd in; for f in *; do printf '%s|' \"$f\"; done) >> x",
    };
    const expected = `${"s".repeat(names.length)}${"i".repeat(names.length)}`;
    const content = made(step)?.["build/x"] ?? "";
    expect(content.startsWith(expected)).toBe(true);
    expect(content.slice(expected.length).split("|").slice(0, -1).sort()).toEqual([...names].sort());
  });

  it("lays out sources that travel together, of which two groups have some", () => {
    const step: StepCase = {
      layout,
      sources: { "include/a.h": "1" },
      together: [{ "include/b.h": "2" }, { "include/b.h": "2", "include/deep/c.h": "3" }],
      inputs: [{ "include/d.h": "4" }],
      command: "cat ../include/*.h ../include/deep/*.h > x",
    };
    expect(made(step)).toEqual({ "build/x": "1243" });
  });

  it("lays out many files of many steps", () => {
    const entries = (prefix: string): Record<string, string> =>
      Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`build/${prefix}${"n".repeat(200)}${i}`, "1"]));
    const step: StepCase = {
      layout,
      inputs: Array.from({ length: 25 }, (_, i) => entries(`i${i}-`)),
      command: "ls | grep -c nnn > x",
    };
    expect(made(step)?.["build/x"]?.trim()).toBe("200");
  });
});

describe("what a tool sees", () => {
  it("are links into the store, so that a real path is never one of the build", () => {
    const step: StepCase = {
      sources: { "a.c": "" },
      inputs: [{ "build/b": "" }],
      command: "test -L ../a.c && test -L b && echo links > x",
    };
    expect(made(step)).toEqual({ "build/x": "links\n" });
  });

  it("are copies for a command, which may look beside itself and write in place", () => {
    const step: StepCase = {
      layout: "copy",
      sources: {
        "tool/main.sh": '. "$(dirname "$(readlink -f "$0")")/module.sh"',
        "tool/module.sh": "echo found",
      },
      inputs: [{ "build/b": "old" }],
      command: "sh ../tool/main.sh > x && echo new >> b && cat b >> x && echo more >> ../tool/module.sh",
    };
    expect(made(step)).toEqual({ "build/x": "found\noldnew\n" });
  });

  it("is the environment of configure", () => {
    const environment = "export PATH=/usr/bin:/bin\nexport GREETING=$'it\\'s\\n\\xe9'\n";
    expect(made({ environment, command: 'printf %s "$GREETING" > x' })).toEqual({ "build/x": "it's\n\xe9" });
  });

  it("is not what the script itself knows: no input, none of its variables", () => {
    const command = 'cat > x; printf "%s" "$label$recipe$status$outputs" >> x';
    expect(made({ command })).toEqual({ "build/x": "" });
  });

  it("has directories that the plan names, empty ones too", () => {
    const step: StepCase = {
      directories: ["build/out/deep", "in clude", "$x"],
      command: "ls -d out/deep \"../in clude\" '../$x' > x",
    };
    expect(made({ ...step, directories: [...(step.directories ?? []), "build"] })?.["build/x"]).toContain(
      "out/deep",
    );
  });
});

describe("the command", () => {
  it("may be longer than an argument can be", () => {
    const words = Array.from({ length: 25_000 }, (_, i) => `word${i}`).join(" ");
    const command = `printf '%s\\n' ${words} | tail -n 1 > x`;
    expect(command.length).toBeGreaterThan(200_000);
    expect(made({ command })).toEqual({ "build/x": "word24999\n" });
  });

  it("is read as /bin/sh reads it, byte for byte", () => {
    const command = `printf '%s' 'caf\xe9' "a\tb" $((1 + 2)) \\
  "$(printf "x'y")" > x # a comment`;
    expect(made({ command })).toEqual({ "build/x": "caf\xe9a\tb3x'y" });
  });

  it("fails the step with its own text and exit code", () => {
    const { code, err } = runStep({ label: "CC a.o", command: "echo broken >&2; exit 7" });
    expect(code).toBe(1);
    expect(err).toBe(`broken
unravel: CC a.o: the command failed with exit code 7
  command: echo broken >&2; exit 7
  hint: files that the command reads without declaring them are not here; extraInputs grants them
`);
  });

  const asked = (command: string): string =>
    runStep({ command, outputs: { out: "build/gen/x.h" } })
      .err.split("\n")
      .slice(3)
      .join("\n");
  const named = (path: string): string => `  missing: "${path}", which the step does not declare
  hint: a file of the source: extraInputs = [ { outputs = "build/gen/x.h"; files = [ "${path}" ]; } ];
  hint: a file that another step makes: name it as an output there and as an input here
`;

  it.each([
    ["cat ../data/table.txt", "data/table.txt"],
    ["cat '../data/a table.txt'", "data/a table.txt"],
    [`python3 -c 'open("../data/table.txt")'`, "data/table.txt"],
    ["python3 ../tools/gen.py", "tools/gen.py"],
    ["python3 -c 'import tables'", "build/tables.py"],
    ["perl ../tools/gen.pl", "tools/gen.pl"],
    ["sh < ../tools/gen.sh", "tools/gen.sh"],
    [". ./more.sh", "build/more.sh"],
    ["echo '#include \"more.h\"' > x.c; gcc -c x.c", "build/more.h"],
    ["gcc -c ../src/x.c", "src/x.c"],
    ["echo 'CMake Error: Error processing file: ../cmake/gen.cmake'; false", "cmake/gen.cmake"],
  ])("that misses a file names it, and the line that grants it: %s", (command, path) => {
    const [tool = ""] = /^(python3|perl|gcc)/.exec(command) ?? [];
    if (tool !== "" && spawnSync(tool, ["--version"]).error !== undefined) throw new Error(`no ${tool} here`);
    expect(`${asked(command).slice(asked(command).indexOf("  missing:"))}`).toBe(named(path));
  });

  it("that misses a file is read from where it goes, and the name is written for Nix", () => {
    const { err } = runStep({
      command: `cd sub && cat '../../a\${b}\\c'`,
      directories: ["build", "build/sub"],
    });
    expect(err).toContain(`files = [ "a\\\${b}\\\\c" ]`);
  });

  it("that misses a program names it", () => {
    expect(asked("no-such-compiler -c x.c")).toBe(
      '  hint: there is no program "no-such-compiler"; add its package to nativeBuildInputs\n',
    );
  });

  it("is shown in part when it is very long", () => {
    const { err } = runStep({ command: `false ${"y".repeat(50_000)}` });
    expect(err.length).toBeLessThan(4500);
    expect(err).toContain("exit code 1");
  });

  it("that is killed by a signal fails the step", () => {
    expect(runStep({ command: "kill -9 $$" }).err).toContain("exit code 137");
  });

  it("may name what looks like a format", () => {
    const { err } = runStep({ label: "100%s %d", command: "exit 3 # %s %n" });
    expect(err).toContain(
      "unravel: 100%s %d: the command failed with exit code 3\n  command: exit 3 # %s %n\n",
    );
  });
});

describe("a response file", () => {
  it("has its content, in a directory that may not be there yet", () => {
    const step: StepCase = {
      responseFile: { path: "deep/er/it's $x.rsp", content: "-o 'a b'\n\xe9 no newline" },
      command: 'cat "deep/er/it\'s \\$x.rsp" > x',
    };
    expect(made(step)).toEqual({ "build/x": "-o 'a b'\n\xe9 no newline" });
  });

  it("may be written again by the command", () => {
    const step: StepCase = {
      responseFile: { path: "x.rsp", content: "1" },
      command: "echo 2 >> x.rsp && cat x.rsp > x",
    };
    expect(made(step)).toEqual({ "build/x": "12\n" });
  });
});

describe("outputs", () => {
  it("have each their own tree, with the path that the file has", () => {
    const { code, outputs } = runStep({
      command: "mkdir -p sub && echo 1 > x && echo 2 > sub/y && echo 3 > ../top && echo 4 > undeclared",
      outputs: { out: "build/x", y: "build/sub/y", top: "top" },
    });
    expect([code, outputs]).toEqual([
      0,
      { out: { "build/x": "1\n" }, y: { "build/sub/y": "2\n" }, top: { top: "3\n" }, done: undefined },
    ]);
  });

  it("may be programs, links and directories", () => {
    const { outputs, err } = runStep({
      command:
        "printf p > p && chmod 755 p && ln -s nowhere l && mkdir -p d/e && echo f > d/e/f && ln -s e/f d/g && printf q > d/q && chmod +x d/q",
      outputs: { out: "build/p", l: "build/l", d: "build/d" },
    });
    expect(err).toBe("");
    expect(outputs).toMatchObject({
      out: { "build/p": "p x" },
      l: { "build/l": "-> nowhere" },
      d: { "build/d/e/f": "f\n", "build/d/g": "-> e/f", "build/d/q": "q x" },
    });
  });

  it("may have any name", () => {
    const { outputs, err } = runStep({
      command: "for f in ./-x 'a b' \"it's\" '$y' 'new\nline' 'caf\xe9'; do echo 1 > \"$f\"; done",
      outputs: {
        out: "build/-x",
        a_b: "build/a b",
        it_s: "build/it's",
        y: "build/$y",
        n: "build/new\nline",
        caf_: "build/caf\xe9",
      },
    });
    expect(err).toBe("");
    expect(Object.values(outputs).flatMap((entries) => Object.keys(entries ?? {}))).toEqual([
      "build/-x",
      "build/a b",
      "build/it's",
      "build/$y",
      "build/new\nline",
      "build/caf\xe9",
    ]);
  });

  it("that were not made fail the step by name", () => {
    const { code, err } = runStep({ label: "GEN", command: "true", outputs: { out: "build/gen/parser.h" } });
    expect([code, err]).toEqual([
      1,
      `unravel: GEN: the command succeeded but did not make "build/gen/parser.h"
  hint: the graph declares this output; correct the rule, or the path it writes to
`,
    ]);
  });

  it("that nobody reads may be missing", () => {
    const { code, outputs } = runStep({
      command: "echo 1 > y",
      outputs: { out: "build/check?", y: "build/y?" },
    });
    expect([code, outputs["out"], outputs["y"]]).toEqual([0, {}, { "build/y": "1\n" }]);
  });

  it("do not depend on what the file system adds: modes are those of umask 022", () => {
    expect(made({ command: "touch x && chmod 600 x" })).toEqual({ "build/x": "" });
  });
});

describe("a depfile", () => {
  const depfile = (text: string): ReturnType<typeof runStep> =>
    runStep({
      label: "CC x",
      depfile: "x.d",
      command: `echo 1 > x; R=\${PWD%/build}; printf '${text}' "$R" > x.d`,
    });

  it("that names files of the tree and the store is fine", () => {
    expect(depfile("x: %s/a.c rel.h \\\n /nix/store/abc-gcc/include/stdio.h\n").err).toBe("");
    expect(depfile("").err).toBe("");
  });

  it("that names a file of the machine fails the step", () => {
    const { code, err } = depfile(
      "x: a.c \\\n /usr/include/stdio.h \\\n  /etc/passwd %s/x.h\n\n/usr/include/stdio.h:\n",
    );
    expect([code, err]).toEqual([
      1,
      `unravel: CC x: read a file outside the tree and the store: /usr/include/stdio.h /etc/passwd
  hint: take it from a package in buildInputs, or copy it into the source tree
`,
    ]);
  });

  it("is read to its last line, with or without a newline", () => {
    expect(depfile("x: a.c /usr/include/last.h").err).toContain("/usr/include/last.h");
  });

  it("tells a neighbour of the tree from the tree", () => {
    expect(depfile("x: %s-other/x.h\n").err).toContain("-other/x.h");
  });

  it("need not be written, and may be in a directory of its own", () => {
    expect(made({ depfile: "none.d", command: "echo 1 > x" })).toEqual({ "build/x": "1\n" });
    expect(made({ depfile: "deps/x.d", command: "echo 1 > x; echo 'x: a.c' > deps/x.d" })).toEqual({
      "build/x": "1\n",
    });
  });
});

describe("commands that follow a step", () => {
  const followers = [
    {
      command: "ln -sf l.so.1 sub/l.so && echo more >> l.so.1",
      label: "LINK l.so",
      makes: ["l.so", "build/sub/l.so"],
    },
    { command: "cp l.so.1 copy", label: "COPY", makes: ["copy", "build/copy"] },
  ] as const;

  it("read what it made, one after the other, and change nothing of that", () => {
    const { code, outputs } = runStep({
      command: "echo lib > l.so.1",
      outputs: { out: "build/l.so.1" },
      followers,
    });
    expect([code, outputs["out"], outputs["l.so"], outputs["copy"]]).toEqual([
      0,
      { "build/l.so.1": "lib\n" },
      { "build/sub/l.so": "-> l.so.1" },
      { "build/copy": "lib\nmore\n" },
    ]);
  });

  it("fail by their own names", () => {
    const broken = [{ command: "cp none copy", label: "COPY", makes: ["copy", "build/copy"] }] as const;
    const { code, err } = runStep({ command: "echo lib > x", followers: broken });
    expect(code).toBe(1);
    expect(err).toContain("unravel: COPY: the command failed with exit code 1\n  command: cp none copy\n");
    expect(err).toContain('extraInputs = [ { outputs = "build/copy"; files = [ "build/none" ]; } ];');
    const idle = [{ command: "true", label: "NOTHING", makes: ["copy", "build/copy"] }] as const;
    expect(runStep({ command: "echo lib > x", followers: idle }).err).toContain(
      'unravel: NOTHING: the command succeeded but did not make "build/copy"\n',
    );
  });

  it("do not run when the step failed", () => {
    const { err } = runStep({
      command: "echo lib > l.so.1; exit 3",
      outputs: { out: "build/l.so.1" },
      label: "LINK",
      followers,
    });
    expect(err).toContain("unravel: LINK: the command failed with exit code 3\n");
    expect(err).not.toContain("COPY");
  });
});
