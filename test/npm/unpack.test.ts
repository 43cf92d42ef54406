// Unpacking of tarballs, hostile ones too, beside the program that npm unpacks with (pacote).

import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { TarError } from "../../cli/npm/assembler/tar-reader.ts";
import { unpackTarball } from "../../cli/npm/assembler/unpack.ts";
import { compareTrees, readTree } from "../e2e/file-tree.ts";
import { paxEntry, type RawEntry, rawTar, rawTarball } from "./raw-tar.ts";

interface Pacote {
  readonly extract: (spec: string, to: string, options: object) => Promise<unknown>;
}
const pacote: Pacote = createRequire(import.meta.url)("pacote");

describe("unpacking a tarball", () => {
  let top: string;
  let number = 0;
  beforeAll(() => {
    top = mkdtempSync(join(tmpdir(), "unravel-unpack-"));
  });
  afterAll(() => rmSync(top, { recursive: true, force: true }));

  /** A directory inside another one, so that an escape is seen. */
  function place(): string {
    const directory = join(top, String(number++), "inner", "package");
    mkdirSync(directory, { recursive: true });
    return directory;
  }

  function ours(tarball: Buffer): { readonly directory: string; readonly warnings: readonly string[] } {
    const directory = place();
    const warnings: string[] = [];
    unpackTarball(tarball, directory, (message) => warnings.push(message));
    expect(readdirSync(join(directory, ".."))).toEqual(["package"]);
    expect(readdirSync(join(directory, "../.."))).toEqual(["inner"]);
    return { directory, warnings };
  }

  async function theirs(tarball: Buffer): Promise<string> {
    const directory = place();
    const file = join(top, `${number++}.tgz`);
    writeFileSync(file, tarball);
    await pacote.extract(`file:${file}`, directory, { cache: join(top, "cache"), umask: 0o022 });
    return directory;
  }

  async function expectAsNpm(entries: readonly RawEntry[]): Promise<readonly string[]> {
    const tarball = rawTarball([{ path: "package/package.json", contents: "{}" }, ...entries]);
    const { directory, warnings } = ours(tarball);
    const { differences } = compareTrees(readTree(directory), readTree(await theirs(tarball)));
    expect(differences).toEqual([]);
    return warnings;
  }

  it("drops the first directory, whatever it is called, and keeps who may run what", async () => {
    await expectAsNpm([
      { path: "package/lib/index.js", contents: "1" },
      { path: "other/bin/run", contents: "#!/bin/sh\n", mode: 0o755 },
      { path: "package/group-only", mode: 0o010 },
      { path: "./package/dot", contents: "below package/" },
      { path: "package/empty", type: "5", mode: 0o500 },
      { path: "alone", contents: "has no directory to drop" },
    ]);
  });

  it("makes .npmignore of .gitignore, unless there is one before it", async () => {
    await expectAsNpm([
      { path: "package/.gitignore", contents: "a" },
      { path: "package/x/.npmignore", contents: "b" },
      { path: "package/x/.gitignore", contents: "c" },
      { path: "package/y/.gitignore", contents: "d" },
      { path: "package/y/.npmignore", contents: "e" },
    ]);
  });

  it("leaves out links of both kinds, devices and pipes", async () => {
    const warnings = await expectAsNpm([
      { path: "package/link", type: "2", target: "../../../../etc/passwd" },
      { path: "package/link/file", contents: "not through the link" },
      { path: "package/hard", type: "1", target: "package/package.json" },
      { path: "package/device", type: "3" },
      { path: "package/block", type: "4" },
      { path: "package/pipe", type: "6" },
    ]);
    expect(warnings).toHaveLength(5);
    expect(warnings[0]).toBe('the link "package/link" is left out, as npm does');
    expect(warnings[2]).toBe('the device "package/device" is left out, as npm does');
  });

  it("leaves out what leads out of the package, and takes absolute paths for relative ones", async () => {
    const warnings = await expectAsNpm([
      { path: "package/../../../escaped", contents: "x" },
      { path: "package/a/../../b", contents: "x" },
      { path: "package/..\\..\\c", contents: "x" },
      { path: "../package/d", contents: "the first part is dropped" },
      { path: "/etc/passwd", contents: "x" },
      { path: "//package///e", contents: "x" },
      { path: "package/c:\\windows\\f", contents: "x" },
      { path: "package/C:/windows/g", contents: "x" },
    ]);
    expect(warnings[0]).toBe('"package/../../../escaped" leads out of the package and is left out');
    expect(existsSync("/etc/passwd.unravel")).toBe(false);
  });

  it("keeps names that differ in case only, and takes the last of those that are equal", async () => {
    await expectAsNpm([
      { path: "package/README", contents: "1" },
      { path: "package/readme", contents: "2" },
      { path: "package/same", contents: "long first contents", mode: 0o755 },
      { path: "package/same", contents: "short", mode: 0o644 },
    ]);
  });

  it("lets files and directories of one name stand in each other's way as npm does", async () => {
    await expectAsNpm([
      { path: "package/a", contents: "file" },
      { path: "package/a/b", contents: "below a file" },
      { path: "package/c/d", contents: "x" },
      { path: "package/c", contents: "in place of a directory" },
      { path: "package/e", contents: "file" },
      { path: "package/e", type: "5" },
      { path: "package/f", type: "5" },
      { path: "package/f", contents: "in place of an empty directory" },
    ]);
  });

  it("reads long names, and passes over damaged headers and headers that say too much", async () => {
    const long = `package/${"d/".repeat(60)}file`;
    await expectAsNpm([
      paxEntry({ path: long }),
      { path: "package/short", contents: "pax" },
      { path: "././@LongLink", type: "L", contents: `package/${"n".repeat(150)}\0` },
      { path: "package/n", contents: "gnu" },
      { path: "package/damaged", isDamaged: true },
      {
        path: "pax_global_header",
        type: "g",
        contents: "52 comment=0123456789012345678901234567890123456789\n",
      },
      { path: `package/${"x".repeat(80)}`, contents: "after a comment for all" },
      paxEntry({ path: `package/${"y".repeat(300)}` }),
      { path: "package/y", contents: "a name that no file can have" },
      paxEntry({ path: `package/${"z/".repeat(1100)}deep` }),
      { path: "package/z", contents: "too deep" },
      { path: "package/binary\u00e9", contents: "UTF-8" },
    ]);
  });

  it("takes a hundred thousand entries, and an archive that is not compressed", async () => {
    const many = Array.from({ length: 100_000 }, (_, i) => ({ path: `package/${i % 100}/${i % 1000}` }));
    expect([...readTree(ours(rawTarball(many)).directory).keys()]).toHaveLength(1100);
    await expectAsNpm(many.slice(0, 3000));
    const plain = rawTar([{ path: "package/package.json", contents: "{}" }]);
    expect(compareTrees(readTree(ours(plain).directory), readTree(await theirs(plain))).differences).toEqual(
      [],
    );
  }, 60_000);

  it("refuses what is no archive, ends too early, or cannot be uncompressed", async () => {
    const whole = rawTarball([{ path: "package/package.json", contents: "{}".repeat(5000) }]);
    const cases: readonly (readonly [Buffer, string])[] = [
      [Buffer.from("<html>not found</html>".repeat(100)), "it is no tar archive"],
      [Buffer.alloc(0), "it is no tar archive"],
      [Buffer.alloc(4096), "it is no tar archive"],
      [whole.subarray(0, whole.length - 20), "it cannot be uncompressed: unexpected end of file"],
      [
        rawTar([{ path: "package/a", contents: "x".repeat(600) }], Buffer.alloc(0)).subarray(0, 1024),
        'it ends within "package/a"',
      ],
    ];
    for (const [tarball, message] of cases) {
      expect(() => unpackTarball(tarball, place(), () => {})).toThrow(new TarError(message));
      await expect(theirs(tarball), message).rejects.toThrow();
    }
  });

  it("does with any entries what npm does", async () => {
    const part = fc.constantFrom(
      "a",
      "b",
      "A",
      "..",
      ".",
      "",
      ".gitignore",
      ".npmignore",
      "c:",
      "x\\y",
      "\u00e9",
    );
    const entry = fc.record({
      path: fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => `package/${parts.join("/")}`),
      type: fc.constantFrom("0", "0", "0", "\0", "1", "2", "5", "3", "7", "D", "Z"),
      contents: fc.constantFrom("", "text", "x".repeat(700)),
      mode: fc.constantFrom(0o644, 0o755, 0o000, 0o111),
      target: fc.constantFrom("", "a", "../../x", "/etc"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 12 }), async (entries) => {
        await expectAsNpm(entries);
      }),
      { numRuns: 150 },
    );
  }, 120_000);
});
