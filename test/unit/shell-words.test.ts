// The shell splitter against the shell.

import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asBytes, fromBuffer } from "../../graph/bytes.ts";
import { type ShellCommand, splitShell, splitWords } from "../../graph/shell-words.ts";

function commands(line: string): readonly ShellCommand[] {
  return splitShell(asBytes(line)).filter((item) => item.kind === "command");
}

function texts(line: string): readonly (readonly string[])[] {
  return commands(line).map((command) => command.words.map((word) => word.text));
}

const piece = fc.constantFrom(
  "a",
  "-I",
  "x=y",
  " ",
  "  ",
  "\t",
  "'",
  "''",
  "'q r'",
  '"',
  '"a b"',
  '"\\""',
  '"\\x\\\\"',
  "\\ ",
  "\\'",
  '\\"',
  "\\\\",
  "\\\n",
  "#",
  "b#c",
  '-DX=\\"s\\"',
  "'\"'",
  "{",
  "é",
);

test("words are split as the shell splits them", () => {
  const lines: string[] = [];
  for (const line of fc.sample(fc.array(piece, { maxLength: 14 }), { numRuns: 400, seed: 11 })) {
    lines.push(`p ${line.join("")}`);
  }
  let compared = 0;
  for (const line of lines) {
    let truth: readonly string[];
    try {
      execFileSync("/bin/sh", ["-n", "-c", Buffer.from(line, "latin1").toString("latin1")], {
        stdio: "ignore",
      });
      const script = `p() { for w in "$@"; do printf '%s\\0' "$w"; done; }\n${line}\n`;
      const out = execFileSync("/bin/sh", ["-s"], {
        input: Buffer.from(script, "latin1"),
        stdio: ["pipe", "pipe", "ignore"],
      });
      truth = fromBuffer(out).split("\0").slice(0, -1);
    } catch {
      continue;
    }
    const [first] = texts(line);
    expect(first?.slice(1), JSON.stringify(line)).toEqual(truth);
    compared++;
    if (compared === 60) break;
  }
  expect(compared).toBeGreaterThan(40);
});

describe("a command line", () => {
  test("is cut at its operators", () => {
    expect(texts("a 1 && b|c;d & e\nf || g |& h")).toEqual([
      ["a", "1"],
      ["b"],
      ["c"],
      ["d"],
      ["e"],
      ["f"],
      ["g"],
      ["h"],
    ]);
    expect(commands("a && b | c; d").map(({ after }) => after)).toEqual(["", "&&", "|", ";"]);
  });

  test("keeps assignments and redirections apart from words", () => {
    const [command] = commands("A=1 B='x y' cc a.c >out 2>&1 <in -c 2>/dev/null");
    expect(command?.assignments.map(({ name, value }) => [name, value.text])).toEqual([
      ["A", "1"],
      ["B", "x y"],
    ]);
    expect(command?.words.map(({ text }) => text)).toEqual(["cc", "a.c", "-c"]);
    expect(command?.redirects.map(({ operator, target }) => [operator, target.text])).toEqual([
      [">", "out"],
      [">&", "1"],
      ["<", "in"],
      [">", "/dev/null"],
    ]);
  });

  test("says which words the shell would change", () => {
    const [command] = commands("cc $CFLAGS \"a$b\" '$c' \\$d *.c ~/x `pwd`/y $(cd z; pwd) a~");
    expect(command?.words.filter(({ isLiteral }) => !isLiteral).map(({ text }) => text)).toEqual([
      "$CFLAGS",
      "a$b",
      "*.c",
      "~/x",
      "`pwd`/y",
      "$(cd z; pwd)",
    ]);
    expect(command?.words.filter(({ isLiteral }) => isLiteral).map(({ text }) => text)).toEqual([
      "cc",
      "$c",
      "$d",
      "a~",
    ]);
  });

  test("marks subshells, drops reserved words, skips comments and here-documents", () => {
    expect(splitShell(asBytes("(cd a) && b")).map(({ kind }) => kind)).toEqual([
      "open",
      "command",
      "close",
      "command",
    ]);
    expect(texts("if test -f x; then cc a.c; else b; fi # cc c.c")).toEqual([
      ["test", "-f", "x"],
      ["cc", "a.c"],
      ["b"],
    ]);
    expect(texts("cat <<EOF\ncc a.c\nEOF\nb")).toEqual([["cat"], ["b"]]);
  });
});

test("any text is split without an error", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      expect(Array.isArray(splitWords(fromBuffer(bytes)))).toBe(true);
    }),
    { numRuns: 2000, seed: 1 },
  );
});
