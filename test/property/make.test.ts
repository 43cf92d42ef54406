// Any bytes are a dump or a located error; and what the reader makes of a random makefile, run in any order that the
// graph allows, gives what make gives.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { loadMake, loadMakeAt } from "../../generators/make/load-file.ts";
import { asBytes, fromBuffer, fromText } from "../../graph/bytes.ts";
import { InputError } from "../../graph/diagnostic.ts";
import { capture, replay, writeFiles } from "../unit/make/captured.ts";

const words = [
  ..."unravel make dump 1\n|capture\n|make 1\n|line 1\n|line 2\n|rule\n|shell 1\n|environment 1\n|result 1\n|end\n".split(
    "|",
  ),
  ..."\troot /r\n|\tdirectory /r\n|\tdirectory /r/s\n|\tshell sh\n|\tversion v\n|\tmode skim\n|\tline 0\n|\tline 1\n|\tmake 1\n".split(
    "|",
  ),
  ..."\ttarget a\n|\ttarget ../b/\n|\tprerequisite a\n|\tprerequisite \n|\torder-only /x\n|\tran make\n|\tran no\n|\tstatus 0\n".split(
    "|",
  ),
  ..."\tcommand cc -o a b\n|\tcommand mv a b > c\n|\tcommand \n|\tenvironment 0\n|\tset A=\\n\n|\tphony\n|\tmissing\n|\talso \n|\\|\0|\xff".split(
    "|",
  ),
];
const head =
  "unravel make dump 1\ncapture\n\tversion v\n\troot /r\n\tdirectory /r\n\tshell sh\n\tmode skim\nmake 1\n\tline 0\n\tdirectory /r\n";

function check(text: string): void {
  try {
    const graph = loadMake(asBytes(text), asBytes("d"));
    for (const step of graph.steps) graph.recipeOf(step);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    for (const { at } of error.diagnostics) {
      expect(at?.start).toBeLessThanOrEqual(at?.end ?? -1);
      expect(at?.end).toBeLessThanOrEqual(text.length);
    }
  }
}

describe("a dump", () => {
  it("of any bytes is read or refused with a place", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => check(fromBuffer(bytes))),
      { numRuns: 300 },
    );
  });

  it("of any records is read or refused with a place", () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.constantFrom(...words), { maxLength: 40 }), (whole, parts) =>
        check(whole ? `${head}${parts.join("")}end\n\tstatus 0\n` : parts.join("")),
      ),
      { numRuns: 2000 },
    );
  });

  it("of make --trace or kbuild is read or refused with a place", () => {
    const parts = [
      ..."M:1: target 'a' does not exist\n|M:2: update target 'b' due to: a\n|cc -o a b\n|tac \\\n|make[1]: x\n|make: *** x\n|# GNU Make 4.3\n".split(
        "|",
      ),
      ..."# Files\n|\na: b | c\n|#  Phony target\n|#  Also makes: a b\n|\tcc -o $@ $<\n|CURDIR := /r\n|SHELL = x\n|# Finished Make data base\n".split(
        "|",
      ),
      ..."cmd_a := cc -o a b\n|savedcmd_b := $$x $(pound)\n|source_a := c\n|deps_a := \\\n  x $(wildcard y) \\\n|cmd_d/a := $(\n|\0|\xff".split(
        "|",
      ),
    ];
    let read = 0;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...parts), { maxLength: 20 }), (chosen) => {
        const text = chosen.join("");
        try {
          const graph = loadMakeAt(asBytes(text), asBytes("d"), asBytes("/r"));
          for (const step of graph.steps) graph.recipeOf(step);
          read++;
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          for (const { at } of error.diagnostics) {
            expect(at?.start).toBeLessThanOrEqual(at?.end ?? -1);
            expect(at?.end).toBeLessThanOrEqual(text.length);
          }
        }
      }),
      { numRuns: 2000 },
    );
    expect(read).toBeGreaterThan(20);
  });

  it("may hold a line of 200 KB", () => {
    const text = `printf %s '${"x".repeat(200_000)}' > a`;
    const line = `line 1\n\tmake 1\n\tdirectory /r\n\ttarget a\n\tenvironment 0\n\tran no\n\tcommand ${text}\n`;
    const graph = loadMake(asBytes(`${head}${line}end\n\tstatus 0\n`), asBytes("d"));
    const [step] = graph.steps;
    expect(step === undefined ? "" : graph.recipeOf(step).command).toBe(text);
  });
});

interface Target {
  readonly directory: 0 | 1;
  readonly needs: readonly number[];
  readonly shape: number;
}

/** Target i reads the source and earlier targets of its directory; recipes are of many shapes, some run, some faked. */
function makefilesOf(targets: readonly Target[]): Readonly<Record<string, string>> {
  const files: Record<string, string> = { source: "one\ntwo\nthree\n", "sub/source": "four\nfive\n" };
  for (const directory of [0, 1] as const) {
    const own = targets.flatMap((target, index) =>
      target.directory === directory ? [{ ...target, index }] : [],
    );
    const names = own.map(({ index }) => `t${index}`).join(" ");
    const rules = own.map(({ needs, shape, index }) => {
      const before = needs
        .filter((need) => need < index && targets[need]?.directory === directory)
        .map((need) => `t${need}`);
      const read = `source ${before.join(" ")}`;
      const phony = shape % 7 === 3 ? ` p${index}` : "";
      const recipes = [
        `\tcat $^ > $@\n`,
        `\ttac $^ > $@\n`,
        `\t@tac $^ > $@.tmp\n\t@mv $@.tmp $@\n`,
        `\tcat $(filter-out p%,$^) > $@; tac source >> $@\n`,
        `\t-false $^\n\trev $^ > $@\n`,
        `\tsort $^ | rev > $@\n\techo $(words $^) >> $@\n`,
        `\t{ tac source; echo "$(V$@)"; } > $@\n`,
      ];
      return `t${index}: ${read}${phony}\n${recipes[shape % 7]}${phony === "" ? "" : `.PHONY: p${index}\np${index}: ${before.join(" ")}\n`}t${index}: export VAR = it's $(@)\n`;
    });
    const below = directory === 0 ? "\t$(MAKE) -C sub\n" : "";
    const text = `all: ${names}\n${below}.PHONY: all\n${rules.join("")}`;
    files[directory === 0 ? "Makefile" : "sub/Makefile"] = text;
  }
  return files;
}

const anyTarget: fc.Arbitrary<Target> = fc.record({
  directory: fc.constantFrom(0 as const, 1 as const),
  needs: fc.array(fc.nat(7), { maxLength: 3 }),
  shape: fc.nat(6),
});

function contents(directory: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const name of readdirSync(directory, { recursive: true, encoding: "utf8" }).sort()) {
    if (/(^|\/)t\d+$/.test(name) && statSync(join(directory, name)).isFile())
      found.set(name, readFileSync(join(directory, name), "latin1"));
  }
  return found;
}

it("replayed in a random order gives what make gives", () => {
  fc.assert(
    fc.property(
      fc.array(anyTarget, { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.nat(1000)),
      (targets, random) => {
        const files = makefilesOf(targets);
        const [made, replayed] = [writeFiles(files), writeFiles(files)];
        try {
          execFileSync("make", [], { cwd: made, stdio: "pipe" });
          const dump = capture(replayed);
          expect(contents(replayed)).toEqual(new Map());
          const graph = loadMakeAt(asBytes(dump), asBytes("make.dump"), fromText(replayed));
          replay(graph, replayed, (count) => (random.next().value ?? 0) % count);
          expect(contents(replayed)).toEqual(contents(made));
        } finally {
          for (const directory of [made, replayed]) rmSync(directory, { recursive: true, force: true });
        }
      },
    ),
    { numRuns: 15 },
  );
}, 120_000);
