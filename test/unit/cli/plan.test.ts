// `unravel plan`: what is planned for a configured checkout, wherever it is and whatever was built in it before.

import { afterAll, describe, expect, it } from "vitest";
import type { Plan, PlannedStep } from "../../../emit/plan/plan.ts";
import { makeProject, type Project } from "../../cli.ts";

const manifest = (root: string): string => `rule cc
  command = cc -I${root}/include -MD -MF $out.d -c $in -o $out
  depfile = $out.d
  description = CC $out
rule link
  command = cc -o $out @$out.rsp
  rspfile = $out.rsp
  rspfile_content = $in
rule script
  command = sh ${root}/tools/make.sh ${root}/build/gen $out
build obj/a.o: cc ../a.c
build obj/b.o: cc ${root}/b.c
build app: link obj/a.o obj/b.o
build gen/table.txt: script
`;

const projects: Project[] = [];
afterAll(() => {
  for (const project of projects) project.remove();
});

function checkout(files: Readonly<Record<string, string>> = {}): Project {
  const project = makeProject({
    "a.c": '#include "shared.h"\n',
    "b.c": "int b;\n",
    "include/shared.h": "",
    "tools/make.sh": "",
    "data/names.txt": "",
    ...files,
  });
  project.write({ "build/build.ninja": manifest(project.directory) });
  projects.push(project);
  return project;
}

/** Paths of the source files that a step reads, sorted. */
function sourcesOf(plan: Plan, step: PlannedStep | undefined): readonly (string | undefined)[] {
  const indexes = [...(step?.sources ?? []), ...(step?.ownSources ?? [])];
  return indexes.map((index) => plan.files[index]).sort();
}

async function planOf(project: Project, ...args: readonly string[]): Promise<Plan> {
  const all = ["plan", "ninja", "build/build.ninja", "--root", ".", "--json", ...args];
  const { code, out, err } = await project.run(all);
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Plan;
}

describe("unravel plan", () => {
  it("prints a line per step and totals", async () => {
    const { out, code } = await checkout().run(["plan", "ninja", "build/build.ninja", "--root", "."]);
    expect(code).toBe(0);
    expect(out).toBe(`1  compile  CC obj/a.o  (2 sources, 0 inputs)
2  compile  CC obj/b.o  (1 source, 0 inputs)
3  link     build/app  (0 sources, 2 inputs)
4  command  build/gen/table.txt  (1 source, 0 inputs)

4 steps (2 compile, 1 link, 1 command), 4 outputs
4 source files, 2 built files in the result
`);
  });

  it("counts what steps have for being below a directory, and includes that it could not follow", async () => {
    const project = makeProject({
      "data/a.txt": "",
      "data/b.txt": "",
      "x.c": "#include CONFIG_H\n",
      "build/build.ninja": `rule pack
  command = pack $in > $out
rule cc
  command = cc -c $in -o $out
build all.tar: pack ../data
build whole.tar: pack ..
build x.o: cc ../x.c
`,
    });
    projects.push(project);
    const { out } = await project.run(["plan", "ninja", "build/build.ninja", "--root", "."]);
    expect(out).toBe(`1  command  build/all.tar  (2 sources, 0 inputs)
   2 files for being below "data"
2  command  build/whole.tar  (4 sources, 0 inputs)
   4 files for being below the source tree
3  compile  build/x.o  (1 source, 0 inputs)
   unknown meaning of x.c: #include CONFIG_H

3 steps (2 command, 1 compile), 3 outputs
4 source files, 3 built files in the result
2 grants of whole directories, to 2 steps; 1 of the whole tree
1 computed include of unknown meaning
`);
  });

  it("tells which cheap commands share a derivation where Nix plans, and so does why", async () => {
    const project = checkout();
    const edges = "build l.1: copy app\nbuild l: copy l.1\n";
    const copy = "rule copy\n  command = cp $in $out\n  description = COPY $out\n";
    project.write({ "build/build.ninja": manifest(project.directory) + copy + edges });
    const { out } = await project.run(["plan", "ninja", "build/build.ninja", "l", "--root", "."]);
    expect(out).toContain(
      "5  command  COPY l  (0 sources, 1 input)\n   cheap: in the derivation of COPY l.1 where Nix plans\n",
    );
    expect(out).toContain("\n1 step in the derivations of others where Nix plans\n");
    const why = await project.run(["why", "ninja", "build/build.ninja", "l", "--root", "."]);
    expect(why.out).toContain("  cheap       in the derivation of COPY l.1 where Nix plans\n");
    const json = await project.run(["why", "ninja", "build/build.ninja", "l", "--root", ".", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ step: "COPY l", follows: "COPY l.1" });
  });

  it("plans the wanted targets only", async () => {
    const { steps } = await planOf(checkout(), "obj/b.o");
    expect(steps.map(({ label }) => label)).toEqual(["CC obj/b.o"]);
  });

  it("puts the tree where the sandbox has it, wherever the checkout is", async () => {
    const [one, two] = [checkout(), checkout()];
    const plan = await planOf(one);
    expect(plan.root).toBe("/build/source");
    expect(plan.steps[0]?.command).toBe("cc -I/build/source/include -MD -MF obj/a.o.d -c ../a.c -o obj/a.o");
    expect(plan.steps[3]?.command).toBe(
      "sh /build/source/tools/make.sh /build/source/build/gen gen/table.txt",
    );
    expect(JSON.stringify(plan)).not.toContain(one.directory);
    expect(await planOf(two)).toEqual(plan);
  });

  it("does not depend on what was built before", async () => {
    const project = checkout();
    const plan = await planOf(project);
    project.write({
      "build/obj/a.o": "object",
      "build/obj/a.o.d": "a.o: a.c",
      "build/app": "program",
      "build/app.rsp": "",
      "build/gen/table.txt": "old",
      "build/.ninja_log": "# ninja log v5\n",
      "build/.unravel/links": "",
    });
    expect(await planOf(project)).toEqual(plan);
  });

  it("grants extra inputs by the name of the output", async () => {
    const plan = await planOf(checkout(), "--extra-inputs", "build/gen/**=data/names.txt,include");
    expect(sourcesOf(plan, plan.steps[3])).toEqual(["data/names.txt", "include/shared.h", "tools/make.sh"]);
    expect(sourcesOf(plan, plan.steps[1])).toEqual(["b.c"]);
  });

  it("names objects after the root, or as asked", async () => {
    expect((await planOf(checkout())).name).toBe("project");
    expect((await planOf(checkout(), "--name", "my app")).name).toBe("my-app");
  });

  it("takes the checkout around the build directory as the root", async () => {
    const project = checkout({ ".git/HEAD": "" });
    const { out } = await project.run(["plan", "ninja", "build/build.ninja", "--json"]);
    expect(JSON.parse(out)).toEqual(await planOf(project));
  });

  it("plans generated headers first, and all with those of an earlier build", async () => {
    const project = makeProject({
      "build.ninja": `rule cc
  command = cc -c $in -o $out
rule make
  command = sh $in > $out
build made.h: make make.sh
build a.o: cc a.c | made.h
`,
      "a.c": '#include "made.h"\n',
      "make.sh": "",
      "more.h": "",
    });
    projects.push(project);
    const args = ["plan", "ninja", "build.ninja", "--root", ".", "--json"];
    const first = await project.run(args);
    expect(first.code).toBe(0);
    expect(first.err).toMatch(/^note: this is the plan of 1 generated file; the rest follows/);
    const plan = JSON.parse(first.out) as Plan;
    expect([plan.isComplete, plan.steps.map(({ label }) => label)]).toEqual([false, ["made.h"]]);
    project.write({ "made.h": '#include "more.h"\n' });
    const second = await project.run([...args, "--use-generated"]);
    expect(second.err).toBe("");
    const whole = JSON.parse(second.out) as Plan;
    expect(whole.isComplete).toBe(true);
    const compile = whole.steps.find(({ kind }) => kind === "compile");
    expect(sourcesOf(whole, compile)).toEqual(["a.c", "more.h"]);
    // Without being asked, nothing that is left over is looked at.
    expect((await project.run(args)).out).toBe(first.out);
  });
});
