// The library as its users have it: installed, imported by name, from a program of theirs.

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { unravel } from "../cli.ts";

const project = join(import.meta.dirname, "../..");
const toolchain = JSON.stringify({
  shell: "/nix/store/00000000000000000000000000000000-bash/bin/bash",
  path: ["/nix/store/00000000000000000000000000000000-tools/bin"],
});

describe("a program on top of the library", () => {
  let directory = "";
  const at = (path: string): string => join(directory, path);

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), "unravel-library-"));
    const installed = at("node_modules/unravel");
    mkdirSync(installed, { recursive: true });
    for (const name of ["package.json", "templates"])
      cpSync(join(project, name), join(installed, name), { recursive: true });
    execFileSync("node", ["scripts/bundle.mjs", "--library", join(installed, "dist")], { cwd: project });
    cpSync(join(project, "samples/library"), directory, { recursive: true });
    writeFileSync(at("toolchain.json"), toolchain);
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const run = () =>
    spawnSync("node", ["tasks2nix.mjs", "tasks.txt", "toolchain.json", "cache"], {
      cwd: directory,
      encoding: "utf8",
    });

  it("writes the derivations that the command line writes for the same graph", async () => {
    const { stdout, stderr, status } = run();
    expect(stderr).toBe("");
    expect(status).toBe(0);
    expect(stdout).toMatch(/^\/nix\/store\/[0-9a-z]{32}-tasks-r-root\.drv\n$/);
    writeFileSync(
      at("graph.json"),
      JSON.stringify({
        schema: "unravel.graph/1",
        steps: readFileSync(at("tasks.txt"), "utf8")
          .trim()
          .split("\n")
          .map((line) => {
            const [output = "", input = "", ...command] = line.split(/: | = /);
            return { outputs: [output], inputs: [input], command: command.join(" = ") };
          }),
      }),
    );
    const args = ["emit", "json", "graph.json", "--root", ".", "--name", "tasks"];
    const emitted = await unravel([...args, "--toolchain", "toolchain.json", "--to", "cache:other"], {
      cwd: directory,
    });
    expect(emitted.out).toBe(stdout);
    expect(readdirSync(at("cache")).sort()).toEqual(readdirSync(at("other")).sort());
    expect(readdirSync(at("cache")).filter((name) => name.endsWith(".narinfo")).length).toBeGreaterThan(6);
  });

  it("is told what is wrong with the graph, with a code", () => {
    writeFileSync(at("tasks.txt"), "a: b = x\nb: a = x\n");
    const { stderr, status } = run();
    expect(stderr).toMatch(/^error: dependency cycle: "a" -> "b" -> "a" \[graph\/cycle\]\n/);
    expect(status).toBe(1);
  });
});
