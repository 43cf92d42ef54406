// The status line: on a terminal, where it is written over, and in every form that can be asked for.

import { afterEach, describe, expect, it } from "vitest";
import { elideMiddle, stripEscapes } from "../../../cli/ninja/elide.ts";
import { asBytes } from "../../../graph/bytes.ts";
import { makeNinjaProject, type NinjaProject } from "../../ninja-cli.ts";

const manifest = `rule touch
  command = touch $out
  description = TOUCH $out
rule fail
  command = echo whoops; exit 3
rule red
  command = printf '\\033[31mred\\033[0m'
build a: touch
build b: touch a
build bad: fail
build worse: fail
build colour: red
build both: phony bad worse
default b
`;

describe("the status line", () => {
  let project: NinjaProject | undefined;
  const open = (): NinjaProject => {
    project = makeNinjaProject({ "build.ninja": manifest });
    return project;
  };
  afterEach(() => project?.remove());

  it("is written over on a terminal, at the start of a command and at its end", async () => {
    const { out } = await open().run([], { columns: 80 });
    const lines = ["[0/2] TOUCH a", "[1/2] TOUCH a", "[1/2] TOUCH b", "[2/2] TOUCH b"];
    expect(out).toBe(`${lines.map((line) => `\r${line}\x1b[K`).join("")}\n`);
  });

  it("loses its middle where the terminal is narrow", async () => {
    const { out } = await open().run([], { columns: 10 });
    expect(out).toContain("\r[1/...CH a\x1b[K");
  });

  it("shows a failure in red on a terminal, with code, outputs, command and output", async () => {
    const { code, out } = await open().run(["bad"], { columns: 80 });
    expect(code).toBe(3);
    expect(out).toContain("\n\x1b[31mFAILED: [code=3] \x1b[0mbad \necho whoops; exit 3\nwhoops\n");
    expect(out).toMatch(/ninja: build stopped: subcommand failed\.\n$/);
  });

  it("takes colours out of what commands print when nobody sees them", async () => {
    const plain = await open().run(["colour"]);
    expect(plain.out).toBe("[1/1] printf '\\033[31mred\\033[0m'\nred\n");
    const forced = await open().run(["colour"], { env: { CLICOLOR_FORCE: "1" } });
    expect(forced.out).toContain("\x1b[31mred\x1b[0m\n");
  });

  it("goes on after failures for as long as -k allows, and says how it ended", async () => {
    const made = open();
    expect((await made.run(["-k2", "-j1", "both"])).out).toMatch(/build stopped: subcommands failed\.\n$/);
    expect((await made.run(["-k3", "-j1", "both"])).out).toMatch(
      /build stopped: cannot make progress due to previous errors\.\n$/,
    );
    expect((await made.run(["-k0", "-j1", "both"])).out).toMatch(
      /cannot make progress due to previous errors/,
    );
  });

  it("takes every letter of NINJA_STATUS", async () => {
    const format = "%s %t %r %u %f%% %p %o %c %e %E %w %W %P|";
    const { out } = await open().run(["-j1"], { env: { NINJA_STATUS: format } });
    const number = "\\d+\\.\\d";
    const line = new RegExp(
      `^1 2 1 1 1%  50% (${number}|inf) [?] \\d\\.\\d{3} \\d\\.\\d{3} 00:0\\d 00:0\\d  50%[|]TOUCH a$`,
      "m",
    );
    expect(out).toMatch(line);
  });

  it("refuses a letter and a variable that it does not know", async () => {
    const made = open();
    expect((await made.run([], { env: { NINJA_STATUS: "%z" } })).err).toBe(
      "ninja: fatal: unknown placeholder '%z' in $NINJA_STATUS\n",
    );
    expect((await made.run(["--status", "$nonsense"])).err).toBe(
      "ninja: fatal: unknown variable 'nonsense' in --status format\n",
    );
  });

  it("ends at an interrupt with code 130, and removes what a command may have half written", async () => {
    const made = makeNinjaProject({
      "build.ninja": "rule slow\n  command = touch $out; sleep 20\nbuild half: slow\n",
    });
    project = made;
    const interrupt = new AbortController();
    setTimeout(() => interrupt.abort(), 300);
    const { code, out } = await made.run([], { signal: interrupt.signal });
    expect([code, out]).toEqual([130, "ninja: build stopped: interrupted by user.\n"]);
    expect((await made.run(["-n"])).out).toContain("[1/1]");
  });
});

describe("a line that is too long", () => {
  const elide = (text: string, width: number): string => elideMiddle(asBytes(text), width);

  it("keeps both ends", () => {
    expect(elide("01234567890123456789", 10)).toBe("012...6789");
    expect(elide("01234567890123456789", 19)).toBe("01234567...23456789");
    expect([3, 2, 0].map((width) => elide("012345", width))).toEqual(["...", "..", ""]);
  });

  it("keeps its colours", () => {
    const [red, plain] = ["\x1b[31m", "\x1b[0m"];
    expect(elide(`${red}0123${plain}456789`, 10)).toBe(`${red}0123${plain}456789`);
    expect(elide(`${red}0123456789${plain}abcdefghij`, 10)).toBe(`${red}012...${plain}ghij`);
  });

  it("can lose its escapes", () => {
    expect(stripEscapes(asBytes("\x1b[31mred\x1b[0m \x1bx\x1b"))).toBe("red x");
  });
});
