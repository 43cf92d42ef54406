// The package: layers over each other, the install command, and the package's own paths in the place of stand-ins.

import { mkdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { entriesOf } from "../cli/stages.ts";
import { type Entry, makeReadOnly, temporaryDirectory, writeEntries } from "../emit/temporary.ts";
import { runPhases } from "./phases.ts";
import type { Ran } from "./step-run.ts";

interface Installed extends Ran {
  readonly top: string;
  readonly out: string;
  /** What is at the package's own paths, by output. */
  readonly outputs: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly own: (output: string) => string;
  readonly standIn: (output: string) => string;
}

interface InstallCase {
  readonly layers?: {
    readonly source?: Readonly<Record<string, Entry>>;
    readonly configured?: Readonly<Record<string, Entry>>;
    readonly built?: Readonly<Record<string, Entry>>;
  };
  readonly command?: string;
  readonly phases: string;
  readonly outputs?: readonly string[];
}

function install({ layers = {}, command = "", phases, outputs = ["out"] }: InstallCase): Installed {
  const directory = temporaryDirectory();
  const add = (name: string, entries: Readonly<Record<string, Entry>>): string => {
    const path = join(directory, name);
    mkdirSync(path);
    writeEntries(path, entries);
    makeReadOnly(path);
    return path;
  };
  // As the root of an emission in shards or phases is: a link to the tree.
  const linked = (name: string, tree: string): string => {
    const path = join(directory, name);
    symlinkSync(tree, path);
    return path;
  };
  writeEntries(directory, { "install-command": command, "store/": "" });
  const suffix = (output: string): string => (output === "out" ? "p-1.0" : `p-1.0-${output}`);
  const own = (output: string): string =>
    join(directory, `store/${output.charAt(0).repeat(32)}-${suffix(output)}`);
  const standIn = (output: string): string =>
    join(directory, `store/${output.charAt(0).toUpperCase().repeat(32)}-${suffix(output)}`);
  const variables = Object.fromEntries(outputs.map((output) => [output, own(output)]));
  const ran = runPhases("install.sh", phases, directory, {
    source: add("source", layers.source ?? { "build/": "" }),
    configured: add("configured", layers.configured ?? {}),
    built: linked("built", add("built-tree", layers.built ?? {})),
    installCommand: join(directory, "install-command"),
    buildDirectory: "build",
    prefixes: outputs.map((output) => `${output}=${standIn(output)}`).join(" "),
    ...variables,
  });
  const made = outputs.flatMap((output) => {
    try {
      return [[output, entriesOf(own(output))] as const];
    } catch {
      return [];
    }
  });
  return { ...ran, top: join(directory, "top"), outputs: Object.fromEntries(made), own, standIn };
}

describe("laying layers", () => {
  it("takes later ones over earlier ones, with modes, times and links", () => {
    const installed = install({
      layers: {
        source: { "a.c": "1", run: { program: "1" }, "b.h": "1", l: { link: "a.c" }, "d/x": "1" },
        configured: { "build/config.h": "2", "b.h": "2", "d/y": "2" },
        built: { "build/app": { program: "3" }, "build/l.so": { link: "l.so.1" } },
      },
      phases: "unravelLay; pwd; touch ../b.h",
    });
    expect([installed.code, installed.err]).toEqual([0, ""]);
    expect(installed.out).toBe(`${join(installed.top, "source/build")}\n`);
    expect(entriesOf(join(installed.top, "source"))).toEqual({
      "a.c": "1",
      "b.h": "2",
      "build/app": "3 x",
      "build/config.h": "2",
      "build/l.so": "-> l.so.1",
      "d/x": "1",
      "d/y": "2",
      l: "-> a.c",
      run: "1 x",
    });
  });

  it("puts a file in the place of a link, and a link in the place of a file", () => {
    const installed = install({
      layers: {
        source: { real: "1", link: { link: "real" }, file: "1", "build/x": "1" },
        configured: { link: "2", file: { link: "real" } },
      },
      phases: "unravelLay",
    });
    expect(installed.err).toBe("");
    expect(entriesOf(join(installed.top, "source"))).toMatchObject({ real: "1", link: "2", file: "-> real" });
  });

  it("puts a file or a link in the place of a directory, and a directory in the place of a file", () => {
    const installed = install({
      layers: {
        source: { "d/x": "1", "e/x": "1", f: "1", "build/x": "1" },
        configured: { d: "2", e: { link: "f" }, "f/x": "2", ".unravel-removed": "d/x\0e/x\0f\0" },
      },
      phases: "unravelLay",
    });
    expect(installed.err).toBe("");
    expect(entriesOf(join(installed.top, "source"))).toEqual({
      "build/x": "1",
      d: "2",
      e: "-> f",
      "f/x": "2",
    });
  });

  it("leaves out what configure removed", () => {
    const installed = install({
      layers: {
        source: { a: "1", "d/-b c": "1", "build/x": "1" },
        configured: { ".unravel-removed": "a\0d/-b c\0" },
      },
      phases: "unravelLay",
    });
    expect(installed.err).toBe("");
    expect(entriesOf(join(installed.top, "source"))).toEqual({ "build/x": "1", "d/": "" });
  });
});

describe("the install command", () => {
  it("runs as the graph wrote it, under sh", () => {
    const ran = install({
      command: "printf '%s ' \"a b\" $((1+1)) && case $0 in */install-command) echo ok;; esac",
      phases: "unravelInstall",
    });
    expect([ran.code, ran.out]).toEqual([0, "a b 2 ok\n"]);
  });

  it("that fails ends the build", () => {
    expect(install({ command: "exit 3", phases: "unravelInstall" }).code).toBe(3);
  });

  it("must be there", () => {
    const { code, err } = install({ phases: "unravelInstall" });
    expect([code, err]).toEqual([
      1,
      "unravel: the build graph has no install target\n  hint: give installPhase\n",
    ]);
  });
});

/** A command that installs these below the stand-in of an output. */
const installTo = (output: string, commands: string): string =>
  `for pair in $prefixes; do [[ \${pair%%=*} != ${output} ]] || p=\${pair#*=}; done; mkdir -p "$p"; cd "$p"; ${commands}`;

describe("the package's own path", () => {
  it("stands where configure wrote the stand-in: in text, in binaries, in links", () => {
    const installed = install({
      phases: `${installTo("out", 'mkdir bin; echo "prefix=$p; $p/lib:$p" > text; printf \'no newline at %s\' "$p" > last; printf \'\\0\\xff%s\\0%s/x\\0\' "$p" "$p" > bin/app; chmod 755 bin/app; ln -s "$p/bin/app" abs; ln -s bin/app rel; ln -s "$p/none" dangling')}
unravelMove`,
    });
    expect([installed.code, installed.err]).toEqual([0, ""]);
    const out = installed.own("out");
    expect(installed.outputs["out"]).toEqual({
      abs: `-> ${out}/bin/app`,
      "bin/app": `\0\xff${out}\0${out}/x\0 x`,
      dangling: `-> ${out}/none`,
      last: `no newline at ${out}`,
      rel: "-> bin/app",
      text: `prefix=${out}; ${out}/lib:${out}\n`,
    });
  });

  it("is told apart from those of other outputs", () => {
    const installed = install({
      outputs: ["out", "dev"],
      phases: `o=$out; d=$dev
${installTo("out", "echo lib > lib")}; one=$p
${installTo("dev", 'echo "$one $p" > both; ln -s "$one/lib" l')}
unravelMove`,
    });
    expect(installed.err).toBe("");
    const [out, dev] = [installed.own("out"), installed.own("dev")];
    expect(installed.outputs).toEqual({
      out: { lib: "lib\n" },
      dev: { both: `${out} ${dev}\n`, l: `-> ${out}/lib` },
    });
  });

  it("may have been written to directly", () => {
    const installed = install({ phases: `mkdir -p "$out"; echo "$prefixes" > "$out/x"; unravelMove` });
    expect(installed.outputs["out"]).toEqual({ x: `out=${installed.own("out")}\n` });
  });

  it("may hold names of any bytes and files that nobody may write", () => {
    const commands =
      "mkdir -p 'a b' && printf %s \"$p\" > 'a b/it'\\''s' && printf %s \"$p\" > $'caf\\xe9' && chmod 444 $'caf\\xe9' && ln -s \"$p\" $'new\\nline' && chmod 555 'a b'";
    const installed = install({ phases: `${installTo("out", commands)}\nunravelMove` });
    expect(installed.err).toBe("");
    const out = installed.own("out");
    expect(installed.outputs["out"]).toEqual({ "a b/it's": out, "caf\xe9": out, "new\nline": `-> ${out}` });
  });

  it("keeps files as they are that do not name it", () => {
    const installed = install({
      phases: `${installTo("out", "echo x > x; chmod 755 x; touch -d 2001-02-03 x; echo $p > y")}\nunravelMove`,
    });
    const { mode, mtimeMs } = statSync(join(installed.own("out"), "x"));
    expect([mode & 0o777, new Date(mtimeMs).getFullYear()]).toEqual([0o755, 2001]);
  });

  it("must have been installed to", () => {
    const { code, err } = install({ phases: "unravelMove" });
    expect([code, err]).toEqual([
      1,
      "unravel: the install phase installed nothing\n  hint: it must write to $out or to the prefix that configure was given\n",
    ]);
  });
});
