// `unravel build`, host mode, with real Nix: the sample beside ninja, and what goes wrong.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type BuildStore, makeBuildStore, projectDirectory } from "./build-store.ts";
import { compareTrees, copySource, readTree, type TreeEntry } from "./file-tree.ts";
import { type HostProject, type HostTools, hostTools } from "./host.ts";
import { copySample, quillExpression } from "./quill.ts";

const minutes = 60_000;

/** Rules that the small projects share. */
const rules = `rule copy
  command = cp $in $out
  description = COPY $out
rule cat
  command = cat -- $in > $out
rule fail
  command = echo "$in:1:1: error: no such thing" >&2; exit 3
  description = CC $out
rule idle
  command = :
rule slow
  command = echo started; sleep 300; cp $in $out
`;

describe("unravel build", () => {
  let store: BuildStore;
  let host: HostTools;
  const projects: HostProject[] = [];

  beforeAll(async () => {
    store = await makeBuildStore();
    host = hostTools(store);
  }, 5 * minutes);
  afterAll(() => {
    for (const project of projects) project.remove();
    store?.remove();
  }, minutes);

  function project(files: Parameters<HostTools["project"]>[0], name?: string): HostProject {
    const made = host.project(files, name);
    projects.push(made);
    return made;
  }

  const read = (made: HostProject, path: string): string =>
    readFileSync(join(made.directory, path), "latin1");

  describe("on the sample", () => {
    let sample: HostProject;
    let oracle: ReadonlyMap<string, TreeEntry>;
    const args = ["all", "check"];
    const options = { manifest: "build/build.ninja" };
    const countsOf = async (): Promise<unknown> => {
      const { code, out, err } = await sample.build([...args, "--json"], options);
      expect([code, err]).toEqual([0, ""]);
      return JSON.parse(out);
    };

    beforeAll(async () => {
      copySample(store);
      const extra = "configured = package.passthru.configured.out;";
      const { paths } = await store.mustBuild(quillExpression(args, "./quill", extra), [
        "configured",
        "oracle",
      ]);
      const [configured, ninja] = paths.map(store.physical);
      sample = project({}, "quill");
      copySource(join(store.directory, "quill"), sample.directory);
      cpSync(configured ?? "", sample.directory, { recursive: true, verbatimSymlinks: true });
      // Read now: a garbage collection is among the tests.
      oracle = readTree(join(ninja ?? "", "tree"));
    }, 5 * minutes);

    test(
      "leaves in the build directory what ninja leaves there, byte by byte",
      async () => {
        const { code, out, err } = await sample.build(args, options);
        expect([code, out]).toEqual([0, ""]);
        expect(err).toMatch(/^\[1\/\d+\] \S/);
        expect(err).toMatch(/\[73\/73\] .*\nbuilt 73 of 73 steps, \d+ files copied\n$/);
        const ours = new Map(
          [...readTree(sample.directory)].filter(
            ([path, { kind }]) => !path.startsWith("build/.unravel") && kind !== "directory",
          ),
        );
        const found = compareTrees(ours, oracle, { partial: true });
        expect(found.differences).toEqual([]);
        const made = [
          "bin/quill",
          "lib/libquill.so",
          "lib/libtable.a",
          "share/man/man1/quill.1",
          "tests/unit.stamp",
        ];
        for (const path of made.slice(0, 4)) expect(ours.has(`build/${path}`), path).toBe(true);
        expect(statSync(join(sample.directory, "build/bin/quill")).mode & 0o111).not.toBe(0);
        expect(readlinkSync(join(sample.directory, "build/lib/libquill.so"))).toBe("libquill.so.1");
      },
      3 * minutes,
    );

    test("does nothing the second time, and reads none of the built files", async () => {
      const { code, err } = await sample.build(args, options);
      expect([code, err]).toEqual([0, "nothing to do\n"]);
    });

    test("puts back what is missing or was changed, and touches nothing else", async () => {
      const at = (path: string): string => join(sample.directory, "build", path);
      const before = { inode: statSync(at("tools/embed")).ino, text: read(sample, "build/gen/usage.h") };
      rmSync(at("lib/libquill.so.1"));
      writeFileSync(at("gen/usage.h"), "changed");
      expect(await countsOf()).toEqual({ steps: 73, built: 0, cutOff: 0, copied: 2 });
      expect(readlinkSync(at("lib/libquill.so.1"))).toBe("libquill.so.1.2.3");
      expect(read(sample, "build/gen/usage.h")).toBe(before.text);
      expect(statSync(at("tools/embed")).ino).toBe(before.inode);
      rmSync(at(".unravel"), { recursive: true });
      expect(await countsOf()).toEqual({ steps: 73, built: 0, cutOff: 0, copied: 0 });
    });

    test("runs one step for a comment in a source, and none when it is taken back", async () => {
      const file = join(sample.directory, "lib/text/strbuf.c");
      const before = readFileSync(file);
      writeFileSync(file, Buffer.concat([Buffer.from("/* a comment */ "), before]));
      expect(await countsOf()).toMatchObject({ built: 1, copied: 0 });
      writeFileSync(file, before);
      expect(await countsOf()).toEqual({ steps: 73, built: 0, cutOff: 0, copied: 0 });
    });

    test(
      "keeps what --out-link links to through a garbage collection",
      async () => {
        const { code } = await sample.build([...args, "--out-link", "result"], options);
        expect(code).toBe(0);
        const target = readlinkSync(join(sample.directory, "result"));
        expect(target).toMatch(/^\/nix\/store\/\w{32}-quill-r-root$/);
        expect((await store.run("nix-store", ["--gc"])).exitCode).toBe(0);
        const tree = readTree(store.physical(target));
        expect(compareTrees(tree, oracle, { partial: true }).differences).toEqual([]);
        expect(tree.has("build/bin/quill")).toBe(true);
      },
      2 * minutes,
    );
  });

  test("builds a tree whose commands and configured files name the checkout, and copies nothing when told", async () => {
    const made = project({
      "src/main.c": '#include "config.h"\nint main(void) { return VALUE; }\n',
      "include/x.h": "",
    });
    made.write({
      "build/config.h": "#define VALUE 7\n",
      "build/list.txt": `${made.directory}/src/main.c\n`,
      "build/build.ninja": `rule cc
  command = cc -I${made.directory}/build -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule link
  command = cc $in -o $out
rule where
  command = cat $$(cat list.txt) list.txt > $out
build main.o: cc ${made.directory}/src/main.c
build ${made.directory}/build/app: link main.o
build where.txt: where list.txt | ../src/main.c
`,
    });
    const options = { manifest: "build/build.ninja" };
    const { code, err } = await made.build(["--no-link-out"], options);
    expect([code, err.split("\n").at(-2)]).toEqual([0, "built 3 of 3 steps"]);
    expect(existsSync(join(made.directory, "build/app"))).toBe(false);
    expect((await made.build([], options)).err).toBe("built 0 of 3 steps, 2 files copied\n");
    expect(statSync(join(made.directory, "build/app")).mode & 0o111).not.toBe(0);
    expect(read(made, "build/where.txt")).toBe(`${read(made, "src/main.c")}/build/source/src/main.c\n`);
  });

  test("scans generated headers as soon as they are there, and plans what includes them", async () => {
    const made = project({
      "build.ninja": `rule cc
  command = cc -I. -c $in -o $out
rule gen
  command = sh $in > $out
build a.o: cc a.c || made.h
build made.h: gen make.sh
`,
      "a.c": '#include "made.h"\nint a = INNER;\n',
      "make.sh": "echo '#include \"inner.h\"'\n",
      "inner.h": "#define INNER 1\n",
    });
    const { code, err } = await made.build();
    expect([code, err]).toEqual([0, "[1/1] made.h\n[2/2] a.o\nbuilt 2 of 2 steps, 2 files copied\n"]);
    made.write({ "inner.h": "#define INNER 2\n" });
    expect((await made.build()).err).toBe("[1/1] a.o\nbuilt 1 of 2 steps, 1 up to date, 1 file copied\n");
  });

  test("cli/step-failed: ends with what the failing command printed", async () => {
    const made = project({
      "build.ninja": `${rules}build ok: copy x\nbuild x.o: fail x\nbuild app: copy x.o\n`,
      x: "1",
    });
    const { code, out, err } = await made.build(["-j1"]);
    expect([code, out]).toEqual([1, ""]);
    expect(err.slice(err.indexOf("error:"))).toBe(
      `error: CC x.o: the command failed with exit code 3 [cli/step-failed]
  hint: files that the command reads without declaring them are not here; --extra-inputs grants them
echo "x:1:1: error: no such thing" >&2; exit 3
x:1:1: error: no such thing
`,
    );
    expect(existsSync(join(made.directory, "x.o"))).toBe(false);
  });

  test("goes on past failures with -k, and keeps what was built", async () => {
    const made = project({
      "build.ninja": `${rules}build one: copy x
build bad: fail x
build two: copy one
build lost: copy bad
build worse: idle x
`,
      x: "1",
    });
    const { code, err } = await made.build(["-k", "--json"]);
    expect(code).toBe(1);
    const { diagnostics } = JSON.parse(err) as { diagnostics: { message: string }[] };
    diagnostics.sort((a, b) => (a.message < b.message ? -1 : 1));
    expect({ diagnostics }).toEqual({
      diagnostics: [
        {
          code: "cli/step-failed",
          message: "CC bad: the command failed with exit code 3",
          hint: expect.stringContaining("--extra-inputs"),
          output: 'echo "x:1:1: error: no such thing" >&2; exit 3\nx:1:1: error: no such thing\n',
        },
        {
          code: "cli/step-failed",
          message: 'worse: the command succeeded but did not make "worse"',
          hint: "the graph declares this output; correct the rule, or the path it writes to",
          output: ":\n",
        },
      ],
    });
    expect([read(made, "one"), read(made, "two")]).toEqual(["1", "1"]);
    const again = await made.build(["-k"]);
    expect(again.err).toContain("built 0 steps, 2 failed, 1 not run because of that\n");
    expect(again.err).toMatch(/^\[\d\/3\] FAILED CC bad$/m);
  });

  test("shows what a step that succeeded has to say", async () => {
    const made = project({
      "build.ninja": "rule warn\n  command = echo 'x:1: warning: hm'; cp $in $out\nbuild a: warn x\n",
      x: "",
    });
    expect((await made.build()).err).toBe("[1/1] a\nx:1: warning: hm\nbuilt 1 of 1 step, 1 file copied\n");
  });

  test("builds files of any name", async () => {
    const latin1 = Buffer.from("caf\xe9.txt", "latin1");
    const names = [
      "two words",
      "it's",
      'say "hi"',
      "dollar $x",
      "back\\slash",
      "__proto__",
      "-dash",
      "a&b;c",
      "*",
      "ü",
    ];
    const quote = (name: string): string => name.replace(/[$ :]/g, "$$$&");
    const lines = names.map(
      (name, index) => `build out/${quote(name)}: cat ${quote(name)}\n  n = ${index}\n`,
    );
    const made = project({ ...Object.fromEntries(names.map((name) => [name, `<${name}>`])) });
    const top = Buffer.from(`${made.directory}/`);
    writeFileSync(Buffer.concat([top, latin1]), "bytes");
    const manifest = Buffer.concat([
      Buffer.from(`${rules}${lines.join("")}build out/`),
      latin1,
      Buffer.from(": cat "),
      latin1,
      Buffer.from("\n"),
    ]);
    writeFileSync(join(made.directory, "build.ninja"), manifest);
    const { code, err } = await made.build();
    expect([code, err.split("\n").at(-2)]).toEqual([0, "built 11 of 11 steps, 11 files copied"]);
    for (const name of names)
      expect(read(made, `out/${name}`)).toBe(Buffer.from(`<${name}>`).toString("latin1"));
    expect(readFileSync(Buffer.concat([top, Buffer.from("out/"), latin1]), "utf8")).toBe("bytes");
  });

  test("runs a command of 200 KiB, which no argument could hold", async () => {
    const text = "word ".repeat(40_000);
    const made = project({
      "build.ninja": `rule print\n  command = printf %s '${text}' > $out\nbuild a: print\n`,
    });
    const { code } = await made.build();
    expect(code).toBe(0);
    expect(read(made, "a")).toBe(text);
  });

  test("links 3,000 objects", async () => {
    const count = 3000;
    const objects = Array.from({ length: count }, (_, index) => `parts/unit-${index}.o`);
    const made = project({
      "build.ninja": `rule cc
  command = cc -c $in -o $out
rule link
  command = cc -o $out @$out.rsp
  rspfile = $out.rsp
  rspfile_content = $in
build empty.o: cc empty.c
build main.o: cc main.c
build app: link main.o ${objects.join(" ")}
default empty.o
`,
      "empty.c": "",
      "main.c": "int main(void) { return 0; }\n",
    });
    expect((await made.build()).code).toBe(0);
    mkdirSync(join(made.directory, "parts"));
    for (const object of objects) cpSync(join(made.directory, "empty.o"), join(made.directory, object));
    const { code, err } = await made.build(["app"]);
    expect([code, err.split("\n").at(-2)]).toEqual([0, "built 2 of 2 steps, 1 file copied"]);
    expect(statSync(join(made.directory, "app")).mode & 0o111).not.toBe(0);
  });

  test("is interrupted by Ctrl-C, ends its builds, and goes on where it was", async () => {
    const made = project({
      "build.ninja": `${rules}build first: copy x\nbuild last: slow first\n`,
      x: "ctrl-c",
    });
    const interrupt = new AbortController();
    const result = await made.build([], {
      signal: interrupt.signal,
      isTerminal: true,
      onErr: (text) => {
        // The slow step runs: it is shown when it starts.
        if (text.includes("[1/2] last")) setTimeout(() => interrupt.abort(), 300);
      },
    });
    expect(result.code).toBe(130);
    expect(result.err).toContain("interrupted: what was finished is kept, run again to go on\n");
    expect(await runningBuilds(store)).toEqual([]);
    made.write({ "build.ninja": `${rules}build first: copy x\nbuild last: cat first\n` });
    expect((await made.build()).err).toBe("[1/1] last\nbuilt 1 of 2 steps, 1 up to date, 2 files copied\n");
    expect(read(made, "last")).toBe("ctrl-c");
  });

  test("is killed in the middle and goes on where it was", async () => {
    const made = project({
      "build.ninja": `${rules}build first: copy x\nbuild last: slow first\n`,
      x: "killed",
    });
    // The program looks for the templates above itself: it must lie in the working tree.
    mkdirSync(join(projectDirectory, ".cache"), { recursive: true });
    const place = mkdtempSync(join(projectDirectory, ".cache/program-"));
    onTestFinished(() => rmSync(place, { recursive: true, force: true }));
    const program = await bundleProgram(place);
    const args = [program, "build", "ninja", "build.ninja", "--root", ".", "--toolchain", host.toolchain];
    const child = spawn(process.execPath, args, { cwd: made.directory, env: { ...host.env }, stdio: "pipe" });
    await untilPrinted(child, "[1/2] COPY first");
    await until(async () => (await runningBuilds(store)).length > 0);
    child.kill("SIGKILL");
    await until(async () => (await runningBuilds(store)).length === 0);
    made.write({ "build.ninja": `${rules}build first: copy x\nbuild last: cat first\n` });
    expect((await made.build()).err).toBe("[1/1] last\nbuilt 1 of 2 steps, 1 up to date, 2 files copied\n");
    expect(read(made, "last")).toBe("killed");
    expect(readdirSync(made.directory).filter((name) => name.startsWith(".unravel-"))).toEqual([]);
  });

  test("builds the same twice at the same time", async () => {
    const lines = Array.from(
      { length: 6 },
      (_, index) => `build ${index}: copy ${index === 0 ? "x" : index - 1}\n`,
    );
    const made = project({ "build.ninja": rules + lines.join(""), x: "both" });
    const results = await Promise.all([made.build(), made.build()]);
    expect(results.map(({ code }) => code)).toEqual([0, 0]);
    expect(read(made, "5")).toBe("both");
  });

  test("nix/feature-off: names the setting that is missing", async () => {
    const made = project({ "build.ninja": `${rules}build a: copy x\n`, x: "feature" });
    const env = { ...host.env, NIX_CONFIG: "experimental-features = nix-command" };
    expect(await made.build([], { env })).toEqual({
      code: 3,
      out: "",
      err: `error: the experimental feature ca-derivations of Nix is off [nix/feature-off]
  hint: add to nix.conf, the daemon's too: extra-experimental-features = ca-derivations
`,
    });
  });

  test("nix/missing: says what was looked for", async () => {
    const made = project({ "build.ninja": `${rules}build a: copy x\n`, x: "" });
    expect(await made.build([], { env: { PATH: made.directory } })).toEqual({
      code: 3,
      out: "",
      err: `error: no Nix daemon behind the program "nix-daemon": it does not exist [nix/missing]
  hint: install Nix 2.34 or newer, or set NIX_REMOTE to the store that is meant
`,
    });
  });

  test("says so when a toolchain is not in the store, before anything is built", async () => {
    const made = project({ "build.ninja": `${rules}build a: copy x\n`, x: "" });
    const gone = "/nix/store/00000000000000000000000000000000-gone";
    made.write({ "t.json": JSON.stringify({ shell: `${gone}/bin/bash`, path: [`${gone}/bin`] }) });
    const { code, err } = await made.build(["--toolchain", "t.json"]);
    expect(code).not.toBe(0);
    expect(err).toContain(`"${gone}", which is not in the store [store/missing-reference]`);
  });

  // Only root may mount a small disk.
  test.skipIf(process.getuid?.() !== 0)(
    "says that the disk is full, and goes on when it is not",
    async () => {
      const made = project({ "build.ninja": `${rules}build out/a: copy x\n`, x: "full ".repeat(60_000) });
      const disk = join(made.directory, "out");
      mkdirSync(disk);
      execFileSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]);
      try {
        const { code, err } = await made.build();
        expect(code).toBe(3);
        expect(err.slice(err.indexOf("error:"))).toBe(
          `error: cannot write "out/a": no space left on the device [cli/cannot-write]
  hint: make room and run again: what was finished is kept
`,
        );
        expect(readdirSync(disk)).toEqual([]);
      } finally {
        execFileSync("umount", [disk]);
      }
      expect((await made.build()).err).toBe("built 0 of 1 step, 1 file copied\n");
    },
  );

  test("emits into the store what nix-store then builds, the same derivations as a build", async () => {
    const made = project({
      "build.ninja": `${rules}build a: copy x\nbuild dir/b: cat a a\n`,
      x: "emitted\n",
    });
    const args = ["emit", "ninja", "build.ninja", "--root", ".", "--toolchain", host.toolchain, "--to"];
    const emitted = await made.run([...args, "daemon"], { env: host.env });
    expect([emitted.code, emitted.err]).toEqual([0, ""]);
    const [root = ""] = emitted.out.split("\n");
    const built = await store.run("nix-store", ["-r", root]);
    expect(built.exitCode, built.err).toBe(0);
    const tree = store.physical(built.out.trim());
    expect(readFileSync(join(tree, "dir/b"), "utf8")).toBe("emitted\nemitted\n");
    // Nix remembers only what it was asked for: one step may have to be looked at again.
    expect((await made.build()).err).toMatch(/^built 0 of 2 steps, (1 cut off, )?2 files copied\n$/);
    // Without a daemon the same derivations go to files.
    expect((await made.run([...args, "files"])).out).toBe(emitted.out);
    const text = readFileSync(join(made.directory, "files", root), "latin1");
    expect(text).toBe(readFileSync(store.physical(root), "latin1"));
    const shown = await made.run(["drv", "show", root], { env: host.env });
    const byNix = await store.run("nix", ["derivation", "show", root]);
    expect(JSON.parse(shown.out)).toEqual(JSON.parse(byNix.out));
  });

  test("says what is in the way of a file that is copied out", async () => {
    const made = project({ "build.ninja": `${rules}build out/a: copy x\n`, x: "blocked" });
    writeFileSync(join(made.directory, "out"), "");
    const { code, err } = await made.build();
    expect(code).toBe(3);
    expect(err).toContain('error: cannot write "out/a": ');
    expect(err).toContain("a file is where a directory has to be: move it away\n");
    rmSync(join(made.directory, "out"));
    expect((await made.build()).err).toBe("built 0 of 1 step, 1 file copied\n");
    expect(lstatSync(join(made.directory, "out/a")).isFile()).toBe(true);
  });
});

/** Commands that run in a sandbox of this store now: Nix keeps a directory per build. */
async function runningBuilds(store: BuildStore): Promise<readonly string[]> {
  const { out } = await store.run("ps", ["-eo", "args"]);
  return out.split("\n").filter((line) => line === "sleep 300");
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let left = 100; !(await isTrue()); left--) {
    if (left === 0) throw new Error("it did not become true in 10 s");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function untilPrinted(child: ChildProcess, text: string): Promise<void> {
  let seen = "";
  return new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error(`it does not say "${text}":\n${seen}`)), 30_000).unref();
    child.stderr?.setEncoding("utf8").on("data", (more: string) => {
      seen += more;
      if (seen.includes(text)) resolve();
    });
    child.on("close", () => reject(new Error(`it ended early:\n${seen}`)));
  });
}

async function bundleProgram(directory: string): Promise<string> {
  await bundle({
    absWorkingDir: projectDirectory,
    entryPoints: { unravel: "cli/main.ts" },
    // Inside the project, where it finds its templates.
    outdir: join(directory, "program"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "warning",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  return join(directory, "program/unravel.mjs");
}
