// The command line as a whole: help, exit codes, broken pipes, interruption, bugs, colour.

import { afterAll, describe, expect, it } from "vitest";
import { makeProject, unravel } from "../../cli.ts";

const project = makeProject({
  "build.ninja": "rule copy\n  command = cp $in $out\nbuild a: copy b\n",
  b: "",
});
afterAll(project.remove);

describe("the command line", () => {
  it("shows help with examples for itself and for every command", async () => {
    const commands = [
      [],
      ["graph"],
      ["plan"],
      ["emit"],
      ["build"],
      ["drv"],
      ["drv", "show"],
      ["drv", "path"],
    ];
    for (const command of commands) {
      const { code, out, err } = await unravel([...command, "--help"]);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toMatch(new RegExp(`^Usage: unravel ${command.join(" ")}`));
      expect(out).toContain("\nExamples:\n  unravel ");
    }
  });

  it("prints its version", async () => {
    expect(await unravel(["--version"])).toEqual({ code: 0, out: "0.1.0\n", err: "" });
  });

  it("shows its commands and fails when none is given", async () => {
    for (const command of [[], ["drv"]]) {
      const { code, out, err } = await unravel(command);
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/^Usage: unravel/);
    }
  });

  it("ends quietly when the reader of its output is gone", async () => {
    const result = await project.run(["graph", "ninja", "build.ninja", "--json"], { outCloses: 0 });
    expect(result).toEqual({ code: 0, out: "", err: "" });
  });

  it("says that it was interrupted", async () => {
    const signal = AbortSignal.abort();
    const toolchain = "/nix/store/00000000000000000000000000000000-bash/bin";
    project.write({ "toolchain.json": JSON.stringify({ shell: `${toolchain}/bash`, path: [toolchain] }) });
    const { code, err } = await project.run(
      ["build", "ninja", "build.ninja", "--toolchain", "toolchain.json"],
      { signal, env: { NIX_REMOTE: `unix://${project.directory}/no-socket` } },
    );
    expect(code).toBe(130);
    expect(err).toBe("interrupted: what was finished is kept, run again to go on\n");
  });

  it("calls anything but a diagnostic a bug of its own, with the stack", async () => {
    const env = new Proxy<Record<string, string>>(
      {},
      {
        get: () => {
          throw new TypeError("a bug", { cause: new Error("its cause") });
        },
      },
    );
    const { code, err } = await project.run(["build", "ninja", "build.ninja"], { env });
    expect(code).toBe(70);
    expect(err).toMatch(/^TypeError: a bug\n {4}at /);
    expect(err).toContain("caused by: Error: its cause\n    at ");
    expect(err).toMatch(/this is a bug of unravel 0\.1\.0: please open an issue [\s\S]*\n$/);
  });

  it("colours errors on a terminal, and nowhere else", async () => {
    const args = ["plan", "ninja", "build.ninja", "none"];
    const plain = 'error: unknown target "none" [graph/no-such-target]\n';
    const errOf = async (options: object): Promise<string> => (await project.run(args, options)).err;
    expect(await errOf({})).toContain(plain);
    expect(await errOf({ isTerminal: true })).toContain(
      "\x1b[1m\x1b[31merror:\x1b[39m\x1b[22m unknown target",
    );
    expect(await errOf({ isTerminal: true, env: { NO_COLOR: "1" } })).toContain(plain);
    expect(await errOf({ isTerminal: true, env: { TERM: "dumb" } })).toContain(plain);
  });
});
