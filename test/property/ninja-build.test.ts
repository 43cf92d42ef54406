// Builds of generated graphs, edit after edit, beside real ninja: the same commands run, the same builds fail. Commands
// run with /bin/sh in both (test/ninja-cli.ts): what is compared is which of them run, not how.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { makeNinjaProject } from "../ninja-cli.ts";

const rules = `pool p
  depth = 1
rule cat
  command = cat $in > $out
rule restat
  command = cat $in > $out.t; cmp -s $out.t $out || cp $out.t $out; rm -f $out.t
  restat = 1
rule depfile
  command = cat $in > $out && echo '$out: $header' > $out.d
  depfile = $out.d
rule deps
  command = cat $in > $out && echo '$out: $header' > $out.d
  depfile = $out.d
  deps = gcc
rule fail
  command = cat $in > $out; test ! -s $in
rule response
  command = cat $out.rsp > $out
  rspfile = $out.rsp
  rspfile_content = $in
`;

const sources = ["s0", "s1", "empty", "h0", "h1"];

type Random = (below: number) => number;

/** A linear congruence: the same numbers everywhere. */
function randomFrom(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    return (state >> 8) % below;
  };
}

function generate(random: Random): { readonly manifest: string; readonly outputs: readonly string[] } {
  const outputs: string[] = [];
  let manifest = rules;
  for (let i = 3 + random(12); i > 0; i--) {
    const files = [...sources.slice(0, 3), ...outputs];
    const some = (most: number): string =>
      [...new Set(Array.from({ length: random(most + 1) }, () => files[random(files.length)]))].join(" ");
    const kinds = ["cat", "cat", "cat", "restat", "depfile", "deps", "phony", "response", "fail"];
    const kind = kinds[random(kinds.length)] ?? "cat";
    const output = `o${outputs.length}`;
    manifest += `build ${output}: ${kind} ${kind === "phony" ? some(3) : `${files[random(files.length)]} ${some(2)}`}`;
    if (random(3) === 0) manifest += ` | ${some(2)}`;
    if (random(3) === 0) manifest += ` || ${some(2)}`;
    manifest += "\n";
    if (kind !== "phony" && random(5) === 0) manifest += "  pool = p\n";
    if (kind.startsWith("dep")) manifest += `  header = h${random(2)}\n`;
    outputs.push(output);
  }
  return { manifest, outputs };
}

/** Commands in byte order, without their counters: which of those that are ready comes first is ninja's own affair. */
function commandsOf(output: string): readonly string[] {
  return output
    .split("\n")
    .filter((line) => /^\[\d+\/\d+\] /.test(line))
    .map((line) => line.replace(/^\[\d+\/\d+\] /, ""))
    .sort();
}

describe("a build", () => {
  for (let seed = 1; seed <= 6; seed++) {
    it(`runs what ninja runs, whatever is edited (graph ${seed})`, async () => {
      const random = randomFrom(seed * 7919);
      const { manifest, outputs } = generate(random);
      const ours = makeNinjaProject({ "build.ninja": manifest });
      const theirs = mkdtempSync(join(tmpdir(), "unravel-ninja-oracle-"));
      const inBoth = (change: (directory: string) => void): void => {
        change(ours.directory);
        change(theirs);
      };
      const write = (file: string, text: string): void => inBoth((at) => writeFileSync(join(at, file), text));
      try {
        write("build.ninja", manifest);
        for (const file of sources) write(file, file === "empty" ? "" : file);
        for (let round = 0; round < 7; round++) {
          const target = random(3) === 0 ? [outputs[random(outputs.length)] ?? ""] : [];
          const args = ["-v", "-j1", "-k0", ...target];
          const ran = await ours.run(args);
          const oracle = spawnSync("ninja", args, { cwd: theirs, encoding: "utf8" });
          expect(oracle.error).toBeUndefined();
          expect(commandsOf(ran.out), `round ${round} of\n${manifest}`).toEqual(commandsOf(oracle.stdout));
          expect([ran.code === 0, ran.err]).toEqual([oracle.status === 0, oracle.stderr]);
          // Ninja compares times, which are only so fine.
          await pause(12);
          for (let edits = 1 + random(2); edits > 0; edits--) {
            const [source, output] = [sources[random(5)] ?? "", outputs[random(outputs.length)] ?? ""];
            switch (random(5)) {
              case 0:
                inBoth((at) => rmSync(join(at, output), { force: true }));
                break;
              case 1:
                write(output, "somebody else's");
                break;
              default:
                write(source, source === "empty" && random(3) > 0 ? "" : `round ${round}`);
            }
            await pause(6);
          }
        }
      } finally {
        ours.remove();
        rmSync(theirs, { recursive: true, force: true });
      }
    });
  }
});
