// Patches to packages, beside the program that writes them (git).

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { applyPatch } from "../../cli/npm/assembler/patch.ts";
import { patchPackageFiles, usesPatchPackage } from "../../cli/npm/patch-package.ts";
import { compareTrees, readTree } from "../e2e/file-tree.ts";

type Files = Readonly<Record<string, string | { readonly contents: string; readonly mode: number }>>;

describe("a patch", () => {
  let top: string;
  let number = 0;
  beforeAll(() => {
    top = mkdtempSync(join(tmpdir(), "unravel-patch-"));
  });
  afterAll(() => rmSync(top, { recursive: true, force: true }));

  function write(name: string, files: Files): string {
    const directory = join(top, String(number), name);
    mkdirSync(directory, { recursive: true });
    for (const [path, file] of Object.entries(files)) {
      const { contents, mode } = typeof file === "string" ? { contents: file, mode: 0o644 } : file;
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), contents, { mode });
    }
    return directory;
  }

  function diff(): Buffer {
    const args = ["diff", "--no-index", "--no-color", "-M", "a", "b"];
    return spawnSync("git", args, { cwd: join(top, String(number)), env: { PATH: process.env["PATH"] } })
      .stdout;
  }

  function expectPatched(before: Files, after: Files): void {
    number++;
    const package_ = write("a", before);
    const wanted = write("b", after);
    // `git diff --no-index a b` puts a/ and b/ before the names, which are a/… and b/… themselves.
    const patch = Buffer.from(
      diff()
        .toString("latin1")
        .replace(/\b([ab])\/[ab]\//g, "$1/")
        .replace(/^(rename (?:from|to)) [ab]\//gm, "$1 "),
      "latin1",
    );
    if (patch.length > 0) expect(applyPatch(patch, package_, "node_modules/x")).toBeUndefined();
    expect(compareTrees(readTree(package_), readTree(wanted)).differences).toEqual([]);
  }

  it("changes, adds, removes and renames files, and makes programs of them", () => {
    const long = Array.from({ length: 40 }, (_, i) => `line ${i}\n`).join("");
    expectPatched(
      { "a.js": long, "gone.js": "x\n", "old/name.js": long, "run.sh": "#!/bin/sh\n" },
      {
        "a.js": long.replace("line 3\n", "line three\n").replace("line 30\n", ""),
        "new.js": "y\n",
        "new/name.js": long.replace("line 7\n", "line seven\n"),
        "run.sh": { contents: "#!/bin/sh\n", mode: 0o755 },
      },
    );
  });

  it("keeps a missing newline at the end, and adds or removes one", () => {
    expectPatched({ a: "1\n2", b: "1\n2\n", c: "1\n2" }, { a: "0\n1\n2", b: "1\n2", c: "1\n2\n" });
  });

  it("gives what git's own diff was made of", () => {
    const line = fc.constantFrom("a\n", "b\n", "c\n", "\u00e9\n", "\n", "+\n", "-- x\n");
    const text = fc.array(line, { minLength: 1, maxLength: 20 }).map((lines) => lines.join(""));
    fc.assert(
      fc.property(text, text, fc.boolean(), (before, after, isCut) => {
        expectPatched(
          { "lib/x.js": before, y: "y\n" },
          { "lib/x.js": isCut ? `${after}end` : after, y: "y\n" },
        );
      }),
      { numRuns: 60 },
    );
  });

  it("of patch-package, which names files from the top of the project, finds the package's", () => {
    number++;
    const package_ = write("a", { "index.js": "1\n" });
    const patch = `diff --git a/node_modules/x/index.js b/node_modules/x/index.js
index 1..2 100644
--- a/node_modules/x/index.js
+++ b/node_modules/x/index.js
@@ -1 +1 @@
-1
+2
`;
    expect(applyPatch(Buffer.from(patch), package_, "node_modules/x")).toBeUndefined();
    expect([...readTree(package_).values()]).toMatchObject([{ bytes: "2\n" }]);
  });

  it("is refused where it does not fit or leaves the package", () => {
    number++;
    const package_ = write("a", { "index.js": "1\n" });
    symlinkSync(top, join(package_, "link"));
    const change = (from: string, to: string, body = "@@ -1 +1 @@\n-1\n+2\n"): string | undefined =>
      applyPatch(Buffer.from(`--- ${from}\n+++ ${to}\n${body}`), package_, "node_modules/x");
    expect(change("a/index.js", "b/index.js", "@@ -1 +1 @@\n-other\n+2\n")).toBe(
      '"index.js" has other lines than the patch expects',
    );
    expect(change("a/none.js", "b/none.js")).toBe('"none.js" is not in the package');
    expect(change("/dev/null", "b/../../escaped", "@@ -0,0 +1 @@\n+x\n")).toBe(
      '"../../escaped" leads out of the package',
    );
    expect(change("/dev/null", "b/link/escaped", "@@ -0,0 +1 @@\n+x\n")).toBe(
      '"link/escaped" leads through a link',
    );
    expect(change("a/index.js", "b/index.js", "@@ -1,3 +1 @@\n-1\n")).toBe("a hunk ends too early (line 3)");
    expect(applyPatch(Buffer.from("nothing"), package_, "node_modules/x")).toBe("it names no file");
    const binary = "diff --git a/x b/x\nGIT binary patch\nliteral 0\n";
    expect(applyPatch(Buffer.from(binary), package_, "node_modules/x")).toBe("it holds a binary file");
    cpSync(package_, join(top, "kept"), { recursive: true, verbatimSymlinks: true });
    expect(execFileSync("ls", [top], { encoding: "utf8" })).not.toContain("escaped");
  });
});

it("patch-package's file names say which package they are for", () => {
  const files = patchPackageFiles([
    "left-pad+1.3.0.patch",
    "@scope+name+2.0.0-rc.1.patch",
    "a++@s+b+1.0.0.patch",
    "c+1.0.0+002+second.patch",
    "c+1.0.0+001+first.patch",
    "README.md",
  ]);
  expect(Object.fromEntries(files)).toEqual({
    "node_modules/left-pad": ["patches/left-pad+1.3.0.patch"],
    "node_modules/@scope/name": ["patches/@scope+name+2.0.0-rc.1.patch"],
    "node_modules/a/node_modules/@s/b": ["patches/a++@s+b+1.0.0.patch"],
    "node_modules/c": ["patches/c+1.0.0+001+first.patch", "patches/c+1.0.0+002+second.patch"],
  });
});

it("only a project that runs patch-package has its patches", () => {
  expect(usesPatchPackage({ scripts: { postinstall: "patch-package --error-on-fail" } })).toBe(true);
  expect(usesPatchPackage({ scripts: { postinstall: "husky && npx patch-package" } })).toBe(true);
  expect(usesPatchPackage({ scripts: { test: "patch-package" } })).toBe(false);
  expect(usesPatchPackage({ scripts: { postinstall: "my-patch-packager" } })).toBe(false);
});
