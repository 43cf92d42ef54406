// What is kept of a configure run: the files that it made, changed and removed, and its environment.

import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bytesOfContents } from "../../../emit/nar.ts";
import { openTree } from "../../../emit/sink/tree.ts";
import { asBytes } from "../../../graph/bytes.ts";
import { entriesOf } from "../cli/stages.ts";
import { type Entry, makeReadOnly, temporaryDirectory, writeEntries } from "../emit/temporary.ts";
import { shell } from "./attributes.ts";
import { runPhases } from "./phases.ts";

const source: Readonly<Record<string, Entry>> = {
  "a.c": "a",
  "old.h": "old",
  link: { link: "a.c" },
  configure: { program: "#!/bin/sh\n" },
  "dir/x.c": "x",
  "dir/sub/y.c": "y",
};

interface Configured {
  readonly skeleton: string;
  readonly tree: string;
  readonly entries: Readonly<Record<string, string>>;
  readonly environment: string;
  readonly prefix: string;
}

const standIn = (name: string): string => `/nix/store/${"s".repeat(32)}-${name}`;

function configure(commands: string, variables: Readonly<Record<string, string>> = {}): Configured {
  const directory = temporaryDirectory();
  const skeleton = join(directory, "skeleton");
  mkdirSync(skeleton);
  writeEntries(skeleton, source);
  makeReadOnly(skeleton);
  const [tree, environment] = [join(directory, "tree"), join(directory, "environment")];
  const ran = runPhases("capture-environment.sh", `unravelUnpack\n${commands}\nunravelCapture`, directory, {
    skeleton,
    out: tree,
    environment,
    prefixes: `out=${standIn("p")} dev=${standIn("p-dev")}`,
    ownAttributes: "skeleton prefixes ownAttributes environment",
    ...variables,
  });
  expect([ran.code, ran.err]).toEqual([0, ""]);
  return {
    skeleton,
    tree,
    entries: entriesOf(tree),
    environment: join(environment, "environment.sh"),
    prefix: ran.out,
  };
}

/** A variable as it is after a step has sourced the environment. */
function variableOf(configured: Configured, name: string): string {
  const script = `. "$1"; printf '%s' "\${!2-unset}"`;
  return execFileSync(shell, ["-c", script, "sh", configured.environment, name], {
    encoding: "latin1",
    env: {},
  });
}

describe("what configure made", () => {
  it("is new and changed files with their modes, and new links", () => {
    const { entries } = configure(`mkdir -p build/deep
echo new > build/deep/config.h
printf '#!/bin/sh\\n' > build/run; chmod +x build/run
ln -s ../a.c build/a.c
echo more >> a.c`);
    expect(entries).toEqual({
      "a.c": "amore\n",
      "build/a.c": "-> ../a.c",
      "build/deep/config.h": "new\n",
      "build/run": "#!/bin/sh\n x",
    });
  });

  it("is found whatever time it was given, and old files are not taken for it", () => {
    const { entries } = configure(
      "echo 1 > one && touch -d 1980-01-01 one && cp -p a.c two && touch -d 1970-01-01 a.c.tmp",
    );
    expect(Object.keys(entries)).toEqual(["a.c.tmp", "one", "two"]);
  });

  it("is nothing when nothing was made", () => {
    expect(configure(":").entries).toEqual({});
  });

  it("lacks what was removed and renamed, and has it under its new name", () => {
    const { entries } = configure("rm old.h link && mv dir folder && mv configure a.c folder");
    expect(entries).toEqual({
      ".unravel-removed": "a.c\0configure\0dir/sub/y.c\0dir/x.c\0link\0old.h\0",
      "folder/a.c": "a",
      "folder/configure": "#!/bin/sh\n x",
      "folder/sub/y.c": "y",
      "folder/x.c": "x",
    });
  });

  it("holds directories that are still empty", () => {
    expect(configure("mkdir -p 'build/CMakeFiles/z z.dir' ./-x").entries).toEqual({
      "-x/": "",
      "build/CMakeFiles/z z.dir/": "",
    });
  });

  it("may have any names", () => {
    const { entries } = configure(
      "for f in -x 'a b' \"it's\" '$y' $'new\\nline' $'caf\\xe9'; do echo 1 > \"./$f\"; done; rm ./dir/x.c",
    );
    expect(Object.keys(entries).sort()).toEqual(
      ["$y", "-x", ".unravel-removed", "a b", "caf\xe9", "it's", "new\nline"].sort(),
    );
  });

  it("laid over the source is the tree that configure left", () => {
    const { skeleton, tree } = configure(
      "rm old.h && mv dir folder && ln -sf dir2 link && mkdir dir && echo 2 > dir/x.c && echo 3 > a.c",
    );
    const layers = openTree([skeleton, tree], asBytes("/build/source"));
    const read = (path: string): string | undefined => {
      const node = layers.nodeAt(asBytes(path));
      return node?.kind === "file" ? Buffer.from(bytesOfContents(node.contents)).toString() : undefined;
    };
    expect(layers.filesBelow(asBytes("")).map((path) => `${path} ${read(path)}`)).toEqual([
      "a.c 3\n",
      "configure #!/bin/sh\n",
      "dir/x.c 2\n",
      "folder/sub/y.c y",
      "folder/x.c x",
    ]);
  });
});

describe("the environment of configure", () => {
  it("has stand-ins for the package's own paths, which steps do not get", () => {
    const configured = configure('echo "$out $dev $prefix $outputDev"');
    expect(configured.prefix).toBe(`${standIn("p")} ${standIn("p-dev")} ${standIn("p")} dev\n`);
    expect([
      variableOf(configured, "out"),
      variableOf(configured, "prefix"),
      variableOf(configured, "dev"),
    ]).toEqual(["unset", "unset", "unset"]);
  });

  it("is kept byte for byte, with what phases exported", () => {
    const value = 'it\'s "$x"\n`y`\\ \t';
    const configured = configure("export LATE=late BYTES=$'\\xe9\\xff'; LOCAL=local", {
      CFLAGS: value,
      EMPTY: "",
    });
    expect(variableOf(configured, "BYTES")).toBe("\xe9\xff");
    expect(variableOf(configured, "CFLAGS")).toBe(value);
    expect([
      variableOf(configured, "LATE"),
      variableOf(configured, "EMPTY"),
      variableOf(configured, "LOCAL"),
    ]).toEqual(["late", "", "unset"]);
    expect(variableOf(configured, "PATH")).toBe("/usr/bin:/bin");
  });

  it("has nothing that belongs to this derivation, or that Nix sets anew", () => {
    const configured = configure(":", {
      NIX_BUILD_CORES: "8",
      HOME: "/homeless-shelter",
      name: "n",
      builder: "b",
    });
    for (const name of [
      "NIX_BUILD_TOP",
      "TMPDIR",
      "NIX_BUILD_CORES",
      "HOME",
      "name",
      "builder",
      "skeleton",
      "environment",
      "prefixes",
    ])
      expect([name, variableOf(configured, name)]).toEqual([name, "unset"]);
  });

  it("does not name the configure derivation, by path or by seed", () => {
    const directory = configure('export FLAGS="-frandom-seed=abc123xyz -I$tree/include"');
    expect(variableOf(directory, "FLAGS")).toBe(`-frandom-seed=unravel -I${standIn("p")}/include`);
  });

  it("is the same file whatever order variables came in", () => {
    const [one, two] = [configure("export A=1; export B=2"), configure("export B=2; export A=1")];
    expect(entriesOf(join(two.environment, ".."))).toEqual(entriesOf(join(one.environment, "..")));
  });
});
