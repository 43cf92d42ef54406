// Tools and dry runs beside real ninja, byte by byte where the machine's ninja and ours are of one mind: ninja 1.11
// prints fewer entries with `-t compdb`, and other usage texts.

import { spawnSync } from "node:child_process";
import { afterAll, describe, expect, it } from "vitest";
import { numbered } from "../../conformance/cli-cases.ts";
import { makeNinjaProject } from "../../ninja-cli.ts";

const manifest = `builddir = state
pool two
  depth = 2
rule cc
  command = cc -MF $out.d @$out.rsp -c $in -o $out
  description = CC \${out} of $in
  depfile = $out.d
  rspfile = $out.rsp
  rspfile_content = $in_newline $flags
rule link
  command = ld $in -o $out
  pool = two
rule gen
  command = gen $in > $out
  restat = 1
  generator = 1
build a.o | a.extra: cc a.c | gen.h || all-headers
  flags = -DA="b c"
build b$ b.o: cc b.c
build state/deep/app: link a.o b$ b.o |@ check
build check: link a.o
build gen.h: gen gen.in
build all-headers: phony gen.h other.h
build everything: phony state/deep/app check
default everything
`;

const sources = ["a.c", "b.c", "gen.in", "other.h"];
const project = makeNinjaProject({
  "build.ninja": manifest,
  ...Object.fromEntries(sources.map((name) => [name, ""])),
});
afterAll(() => project.remove());

/** What is wrong, without the usage that follows it: later versions of ninja have more options. */
function complaintOf(text: string): string {
  return text.replace(/^usage: [\s\S]*/m, "usage");
}

const commandLines: readonly (readonly string[])[] = [
  ["-t", "targets"],
  ["-t", "targets", "all"],
  ["-t", "targets", "depth", "0"],
  ["-t", "targets", "depth", "2"],
  ["-t", "targets", "rule"],
  ["-t", "targets", "rule", "cc"],
  ["-t", "targets", "al"],
  ["-t", "rules"],
  ["-t", "rules", "-d"],
  ["-t", "commands"],
  ["-t", "commands", "-s", "a.o", "check"],
  ["-t", "commands", "nosuch"],
  ["-t", "commands", "a.c^"],
  ["-t", "query", "a.o", "gen.h", "check"],
  ["-t", "query"],
  ["-t", "graph", "state/deep/app"],
  ["-t", "compdb", "nosuch"],
  ["-n", "-t", "clean"],
  ["-t", "clean", "-r"],
  ["-t", "clean", "-r", "nosuch"],
  ["-t", "clean", "nosuch"],
  ["-t", "deps"],
  ["-t", "deps", "a.o"],
  ["-t", "missingdeps"],
  ["-t", "comands"],
  ["-t", "xyzzy"],
  ["-d", "list"],
  ["-d", "explan"],
  ["-j", "x"],
  ["-k", "x"],
  ["-l", "x"],
  ["-z"],
  ["-j"],
  ["--ver"],
  ["--verbose=1"],
  ["-C", "/nonexistent"],
  ["-f", "nosuch.ninja"],
  [""],
  ["clean"],
  ["help"],
  ["chek"],
  ["-n", "state/deep/app", "-v"],
  ["-nvj1", "--", "check"],
];

describe("the ninja command line", () => {
  for (const args of commandLines) {
    it(`answers ${JSON.stringify(args.join(" "))} as ninja does`, async () => {
      const oracle = spawnSync("ninja", args, { cwd: project.directory, encoding: "utf8" });
      expect(oracle.error).toBeUndefined();
      const ran = await project.run(args);
      const isDry = args.some((arg) => arg.startsWith("-n"));
      // Two that are ready come in the order of how much waits for them, which ninja 1.11 does not know.
      const order = (text: string): string =>
        isDry
          ? text
              .replace(/^\[\d+/gm, "[")
              .split("\n")
              .sort()
              .join("\n")
          : numbered(text);
      expect({ code: ran.code, out: order(ran.out), err: complaintOf(ran.err) }).toEqual({
        code: oracle.status,
        out: order(oracle.stdout),
        err: complaintOf(oracle.stderr),
      });
    });
  }

  it("prints a version that generators accept", async () => {
    expect(await project.run(["--version"])).toEqual({ code: 0, out: "1.14.0\n", err: "" });
  });

  it("refuses the tools that it has not, by name", async () => {
    for (const tool of ["browse", "urtle"]) {
      const { code, err } = await project.run(["-t", tool]);
      expect([code, err]).toEqual([1, expect.stringMatching(`^ninja: fatal: the tool '${tool}' `)]);
    }
  });
});
