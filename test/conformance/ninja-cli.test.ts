// Ninja's command line and builder, case by case. The program is run in this process with one part replaced: the
// backend. Cases of the command line run their commands with /bin/sh instead of through Nix (test/ninja-cli.ts); traces
// of builds have a disk and commands of their own (trace.ts). Those through Nix are in test/e2e/unravel-ninja.test.ts.

import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { makeNinjaProject } from "../ninja-cli.ts";
import { type CliCase, cliCases, comparable, conformanceFolder, reasonToLeaveOut } from "./cli-cases.ts";
import { Replay, type TraceCase } from "./trace.ts";

/** How many cases the folder is known to have, for the message when it is not there. */
const knownCases = 114;

if (!existsSync(conformanceFolder)) {
  it(`conformance folder absent: ${knownCases} cases not run`, () => {
    expect(process.env["UNRAVEL_CONFORMANCE"], `no such folder: ${conformanceFolder}`).toBeUndefined();
  });
} else {
  describe("ninja's cli cases", () => {
    const cases = cliCases();
    let compared = 0;
    for (const c of cases.filter((one) => reasonToLeaveOut(one) === undefined)) {
      it(`${c.id} ${c.name} ${c.args.join(" ")}`, async () => {
        await compare(c);
        compared++;
      });
    }
    it("are all compared, but for those with a reason", () => {
      const left = cases.filter((one) => reasonToLeaveOut(one) !== undefined);
      expect(cases.length).toBeGreaterThan(0);
      expect(compared + left.length).toBe(cases.length);
    });
  });

  describe("ninja's build traces", () => {
    const file = resolve(conformanceFolder, "build_trace.json");
    const { cases } = JSON.parse(readFileSync(file, "utf8")) as { cases: TraceCase[] };
    let commands = 0;
    for (const c of cases) {
      it(`${c.id} ${c.name}`, async () => {
        commands += await new Replay(c).all();
      });
    }
    it("are all replayed, to the last command", () => {
      const told = cases.flatMap(({ events }) => events.filter(({ run }) => run !== undefined));
      expect(told.length).toBeGreaterThan(0);
      expect(commands).toBe(told.length);
    });
  });
}

async function compare(c: CliCase): Promise<void> {
  const project = makeNinjaProject({ "build.ninja": c.build_ninja });
  try {
    const here = (text: string): string => text.replaceAll("@CWD@", project.directory);
    const { code, out, err } = await project.run(c.args.map(here), { env: c.env ?? {} });
    const wanted = { code: c.rc, out: here(c.stdout), err: here(c.stderr) };
    expect(comparable(c, { code, out, err })).toEqual(comparable(c, wanted));
  } finally {
    project.remove();
  }
}
