// `unravel-ninja` with real Nix: ninja's own cases that run commands, and the sample in a checkout, beside ninja.

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cliCases, comparable, conformanceFolder, reasonAgainstNix } from "../conformance/cli-cases.ts";
import { type BuildStore, makeBuildStore } from "./build-store.ts";
import { hostTools } from "./host.ts";
import { type NinjaProgram, ninjaProgram } from "./ninja-program.ts";
import { copySample } from "./quill.ts";

const minutes = 60_000;

describe("unravel-ninja", () => {
  let store: BuildStore;
  let program: NinjaProgram;
  beforeAll(async () => {
    store = await makeBuildStore();
    program = ninjaProgram(hostTools(store));
  }, 5 * minutes);
  afterAll(() => store?.remove(), minutes);

  describe.runIf(existsSync(conformanceFolder))("on ninja's cases that run commands", () => {
    const cases = existsSync(conformanceFolder) ? cliCases() : [];
    const through = cases.filter((one) => reasonAgainstNix(one) === undefined);

    test("are all but those with a reason", () => {
      const left = new Set(cases.map(reasonAgainstNix).filter((reason) => reason !== undefined));
      expect(through.length).toBeGreaterThan(0);
      expect(left).toEqual(
        new Set([
          "runs no command",
          "runs a program of the machine",
          "reads a file that its command does not make",
        ]),
      );
    });

    for (const c of through) {
      test(`prints what ninja prints: ${c.id} ${c.args.join(" ")}`, async () => {
        const directory = mkdtempSync(join(store.directory, "case-"));
        writeFileSync(join(directory, "build.ninja"), c.build_ninja);
        const ran = await program.run(directory, c.args, c.env);
        const wanted = { code: c.rc, out: c.stdout, err: c.stderr };
        expect(comparable(c, ran)).toEqual(comparable(c, wanted));
        rmSync(directory, { recursive: true });
      });
    }
  });

  describe("on the sample", () => {
    let build: string;
    let run: (args: readonly string[]) => ReturnType<NinjaProgram["run"]>;
    const ninja = (...args: readonly string[]): string =>
      execFileSync("ninja", ["-C", build, ...args], { encoding: "utf8", maxBuffer: 1 << 26 });
    const commandsOf = (out: string): readonly string[] =>
      out.split("\n").filter((line) => /^\[\d+\/\d+\] /.test(line));

    beforeAll(() => {
      const source = copySample(store);
      build = join(source, "build");
      const prefix = join(store.directory, "prefix");
      const variables = { UNRAVEL_ROOT: source, DESTDIR: join(store.directory, "stage") };
      run = (args) => program.run(build, args, variables);
      execFileSync("sh", [
        "-c",
        `mkdir "$1" && cd "$1" && sh ../configure --prefix="$2"`,
        "sh",
        build,
        prefix,
      ]);
    });

    test(
      "builds everything, and then has no work",
      async () => {
        const { code, out, err } = await run(["all", "check"]);
        expect([code, err]).toEqual([0, ""]);
        expect(commandsOf(out)).toHaveLength(73);
        expect(out).toContain("[73/73] ");
        expect(out).toContain("47 passed, 0 failed\n");
        expect(statSync(join(build, "bin/quill")).mode & 0o111).not.toBe(0);
        expect(await run(["all", "check"])).toEqual({ code: 0, out: "ninja: no work to do.\n", err: "" });
        // Nothing is planned or sent: there is no Nix to ask.
        const alone = await program.run(build, ["check"], {
          UNRAVEL_ROOT: "..",
          NIX_REMOTE: "unix:///nowhere",
        });
        expect(alone.out).toBe("ninja: no work to do.\n");
      },
      2 * minutes,
    );

    test("does nothing for a touch, and one command for a comment", async () => {
      const file = join(build, "../lib/text/strbuf.c");
      utimesSync(file, new Date(), new Date());
      expect((await run(["all", "check"])).out).toBe("ninja: no work to do.\n");
      const before = readFileSync(file, "utf8");
      const object = statSync(join(build, "obj/lib/text/strbuf.o")).mtimeMs;
      await pause(60);
      writeFileSync(file, `/* a comment */ ${before}`);
      const { out } = await run(["all", "check"]);
      expect(commandsOf(out).map((line) => line.replace(/^\[1\/\d+\] /, ""))).toEqual([
        "CC obj/lib/text/strbuf.o",
      ]);
      // The object came out the same, and was left alone.
      expect(statSync(join(build, "obj/lib/text/strbuf.o")).mtimeMs).toBe(object);
    });

    test("makes again what is missing or was changed", async () => {
      rmSync(join(build, "bin/quill"));
      writeFileSync(join(build, "gen/usage.h"), "somebody else's");
      const { code, out } = await run([]);
      expect(code).toBe(0);
      expect(out).toContain("LINK bin/quill\n");
      expect(readFileSync(join(build, "gen/usage.h"), "utf8")).not.toContain("somebody");
      expect((await run([])).out).toBe("ninja: no work to do.\n");
    });

    test("shows a failure as ninja shows it, with the places of the checkout", async () => {
      const file = join(build, "../src/main.c");
      const before = readFileSync(file, "utf8");
      await pause(60);
      writeFileSync(file, `${before}int x = ;\n`);
      const { code, out } = await run([]);
      expect(code).toBe(1);
      expect(out).toMatch(
        /^FAILED: \[code=1\] obj\/src\/main\.o \ncc .* -c \.\.\/src\/main\.c -o obj\/src\/main\.o\n/m,
      );
      expect(out).toMatch(/^\.\.\/src\/main\.c:\d+:9: error: /m);
      expect(out).toMatch(/\nninja: build stopped: subcommand failed\.\n$/);
      writeFileSync(file, before);
      expect((await run([])).code).toBe(0);
    });

    test("runs `install` on this machine, and the generator when what it reads has changed", async () => {
      const installed = await run(["install"]);
      expect([installed.code, installed.err]).toEqual([0, ""]);
      expect(existsSync(join(store.directory, "stage", store.directory, "prefix/bin/quill"))).toBe(true);
      writeFileSync(join(build, "../VERSION"), "1.2.4\n");
      const { code, out } = await run([]);
      expect([code, out]).toEqual([0, expect.stringContaining("LINK lib/libquill.so.1.2.4\n")]);
      expect((await run([])).out).toBe("ninja: no work to do.\n");
    });

    test("answers tools as ninja does", async () => {
      for (const args of [
        ["-t", "targets", "all"],
        ["-t", "targets", "depth", "3"],
        ["-t", "rules"],
        ["-t", "commands"],
        ["-t", "query", "bin/quill", "gen/usage.h"],
      ]) {
        expect((await run(args)).out, args.join(" ")).toBe(ninja(...args));
      }
      const recorded = (await run(["-t", "deps", "obj/src/main.o"])).out;
      expect(recorded).toMatch(
        /^obj\/src\/main\.o: #deps \d+, deps mtime \d+ \(VALID\)\n {4}\.\.\/src\/main\.c\n/,
      );
      expect(recorded).not.toMatch(/\/$/m);
      expect((await run(["-t", "clean"])).out).toMatch(/^Cleaning\.\.\. \d+ files\.\n$/);
      expect(existsSync(join(build, "bin/quill"))).toBe(false);
    });
  });
});
