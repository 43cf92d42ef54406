// One build on three machines: a remote builder over ssh-ng does all of it, its results go into a binary cache, and a
// third machine takes them from there. Machines are stores; `ssh` is a program of the test's that runs its command
// with the builder's store. No step is built twice.

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildResult, type BuildStore, makeBuildStore, projectDirectory } from "./build-store.ts";

const minutes = 60_000;

const files = {
  "build.ninja": `rule cc
  command = cc -MMD -MF $out.d -c $in -o $out
  depfile = $out.d
  deps = gcc
rule link
  command = cc $in -o $out
build a.o: cc a.c
build b.o: cc b.c
build c.o: cc c.c
build app: link a.o b.o c.o
`,
  "a.c": "int b(void);\nint c(void);\nint main(void) { return b() + c(); }\n",
  "b.c": "int b(void) { return 0; }\n",
  "c.c": "int c(void) { return 0; }\n",
};

const expression = `{
  app = e2e.unravel.ninja {
    pname = "app"; src = ./app; buildDirectory = ".";
    configurePhase = "true";
    installPhase = "mkdir -p $out; cp app $out/";
  };
}`;

describe("a build on three machines", () => {
  let client: BuildStore;
  let builder: BuildStore;
  let third: BuildStore;
  let remote: BuildResult;
  let cache = "";
  const path = process.env["PATH"];

  const writeSource = (store: BuildStore, changes: Readonly<Record<string, string>> = {}): void => {
    mkdirSync(join(store.directory, "app"), { recursive: true });
    for (const [name, text] of Object.entries({ ...files, ...changes }))
      writeFileSync(join(store.directory, "app", name), text);
  };
  /** What was built, by name; a remote build is told of by both sides. */
  const namesOf = ({ built }: BuildResult, stage?: string): readonly string[] =>
    [
      ...new Set(built.filter((one) => stage === undefined || one.stage === stage).map(({ name }) => name)),
    ].sort();

  beforeAll(async () => {
    builder = await makeBuildStore();
    const programs = join(builder.directory, "programs");
    mkdirSync(programs);
    // Nix calls `ssh HOST OPTIONS -- COMMAND` and waits for the word that its option has ssh print.
    const script = `#!/bin/sh
while [ $# -gt 0 ] && [ "$1" != -- ]; do shift; done
[ $# -gt 0 ] || exit 1
shift
echo started
export UNRAVEL_NIX_ROOT="${builder.physical("")}"
exec "${projectDirectory}scripts/with-nix" "$@"
`;
    writeFileSync(join(programs, "ssh"), script);
    chmodSync(join(programs, "ssh"), 0o755);
    process.env["PATH"] = `${programs}:${path}`;
    client = await makeBuildStore();
    third = await makeBuildStore();
    for (const store of [client, third]) writeSource(store);
    const settings = { "max-jobs": "0", builders: "ssh-ng://builder - - 2 1 ca-derivations" };
    remote = await client.mustBuild(expression, ["app"], { settings });
    cache = `file://${client.directory}/cache?compression=none`;
  }, 5 * minutes);
  afterAll(() => {
    process.env["PATH"] = path;
    for (const store of [client, builder, third]) store?.remove();
  }, minutes);

  test("the builder does all of it, planning and emission too, and sends back what was emitted", () => {
    expect(namesOf(remote, "step")).toHaveLength(4);
    for (const stage of ["skeleton", "configured", "plan", "entry", "emit", "root", "package"])
      expect(namesOf(remote, stage), stage).not.toEqual([]);
    expect(
      readFileSync(builder.physical(`${remote.paths[0]}/app`))
        .subarray(1, 4)
        .toString(),
    ).toBe("ELF");
    expect(
      readFileSync(client.physical(`${remote.paths[0]}/app`))
        .subarray(1, 4)
        .toString(),
    ).toBe("ELF");
  });

  test(
    "the builder has it all when it is asked itself",
    async () => {
      writeSource(builder);
      const { built, paths } = await builder.mustBuild(expression, ["app"]);
      expect(built.filter(({ stage }) => stage === "step" || stage === "plan" || stage === "emit")).toEqual(
        [],
      );
      expect(paths).toEqual(remote.paths);
    },
    minutes,
  );

  test(
    "a third machine builds nothing of it, and after an edit what the edit changed",
    async () => {
      // What was built, each derivation with its outputs: the cache then knows which step gives which path.
      const wrapper = await client.run("nix-instantiate", ["default.nix", "-A", "app"]);
      const derivations = [...new Set([wrapper.out.trim(), ...remote.built.map((one) => one.path)])];
      const copied = await client.run("nix", [
        "copy",
        "--to",
        cache,
        ...derivations.map((one) => `${one}^*`),
      ]);
      expect(copied.exitCode, copied.err).toBe(0);
      expect(copied.err).not.toContain("building");

      const settings = { substituters: cache };
      const same = await third.mustBuild(expression, ["app"], { settings });
      expect(namesOf(same)).toEqual([]);
      expect(same.paths).toEqual(remote.paths);

      writeSource(third, { "b.c": "int b(void) { return 1; }\n" });
      const edited = await third.mustBuild(expression, ["app"], { settings });
      expect(namesOf(edited, "step").map((name) => name.replace(/^app-\d-/, ""))).toHaveLength(2);
      expect(namesOf(edited, "step").some((name) => name.includes("b.o"))).toBe(true);
      expect(namesOf(edited, "configured")).toEqual([]);
      expect(namesOf(edited, "plan")).toEqual([]);
      // Nothing that any of the machines had built before.
      const before = new Set(remote.built.map((one) => one.path));
      expect(edited.built.filter((one) => before.has(one.path))).toEqual([]);
    },
    2 * minutes,
  );
});
