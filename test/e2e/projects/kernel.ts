// A small Linux kernel with modules, whole: what unravel makes of it beside what make makes, what runs after an edit, and
// whether it starts. Run by bench/projects.mjs; numbers go to .cache/reports/project-kernel.txt.

import { appendFileSync, lstatSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type BuildResult,
  type BuildStore,
  cacheDirectory,
  countOf,
  makeBuildStore,
  projectDirectory,
} from "../build-store.ts";
import { compareTrees, readTree } from "../file-tree.ts";
import {
  editedKernel,
  fetchKernel,
  kernelEdits,
  kernelProducts,
  sampleExpression,
} from "../kernel-source.ts";

const reports = join(cacheDirectory, "reports");
const report = join(reports, "project-kernel.txt");

const modules = join(projectDirectory, "samples/kernel/modules.config");
const targets = '"vmlinux" "bzImage" "modules"';

function expression(sources: readonly string[], config = ""): string {
  const kernels = sources.map(
    (source, i) =>
      `k${i} = sample { src = ${source}; config = [ ${modules} ${config} ]; targets = [ ${targets} ]; };`,
  );
  return `rec {${sampleExpression}
  ${kernels.join("\n  ")}
  kernel = k0.kernel;
  inherit (kernel.passthru) skeleton configured captured plan;
  oracle = e2e.kernelOracle {
    inherit kernel;
    targets = [ ${targets} ];
    edits = [ ${sources.slice(1).join(" ")} ];
  };
  boot = k0.boot "\${kernel}/bzImage";
}`;
}

function note(text: string): void {
  appendFileSync(report, `${text}\n`);
}

function say(name: string, { seconds, cpuSeconds, megabytes, ...result }: BuildResult): void {
  note(
    `${name}: ${countOf(result, "step")} steps, ${result.built.length} derivations, ${seconds.toFixed(0)} s wall, ` +
      `${cpuSeconds.toFixed(0)} s CPU, Nix ${megabytes} MB`,
  );
}

/** What a build is for, by the last part of its path. */
function finalFiles(directory: string): ReadonlyMap<string, Buffer> {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const found = names.filter(
    (name) => kernelProducts.test(name) && lstatSync(join(directory, name)).isFile(),
  );
  return new Map(found.map((name) => [basename(name), readFileSync(join(directory, name))]));
}

describe("a kernel", () => {
  let store: BuildStore;
  let source: string;
  let oracle: BuildResult;
  let built: BuildResult;
  const edited = (index: number): string => join(store.directory, `edited-${index}`);
  const fileOf = ({ paths }: BuildResult, name: string): Buffer =>
    readFileSync(join(store.physical(paths[0] ?? ""), name));

  beforeAll(async () => {
    mkdirSync(reports, { recursive: true });
    writeFileSync(report, "");
    source = fetchKernel();
    store = await makeBuildStore();
    for (const [i, edit] of kernelEdits.entries()) editedKernel(source, edited(i), edit);
    for (const stage of ["skeleton", "configured", "captured", "plan"])
      say(stage, await store.mustBuild(expression([source]), [stage]));
    built = await store.mustBuild(expression([source]), ["kernel"]);
    say("the rest of a first build", built);
    oracle = await store.mustBuild(expression([source, ...kernelEdits.map((_, i) => edited(i))]), ["oracle"]);
    note(`make -j2: ${fileOf(oracle, "time").toString().trim()} (wall, user, system)`);
  });
  afterAll(() => store?.remove());

  test.each([
    ["vmlinux", "vmlinux"],
    ["bzImage", "arch/x86/boot/bzImage"],
    ["System.map", "System.map"],
  ])("has make's %s, bit for bit", (name, place) => {
    expect(fileOf(built, name).equals(fileOf(oracle, `tree/${place}`))).toBe(true);
  });

  test("has make's modules, bit for bit", () => {
    const expected = readTree(join(store.physical(oracle.paths[0] ?? ""), "tree"));
    const wanted = new Map([...expected].filter(([path]) => path.endsWith(".ko")));
    const actual = [...readTree(join(store.physical(built.paths[0] ?? ""), "modules"))];
    const compared = compareTrees(new Map(actual.filter(([path]) => path.endsWith(".ko"))), wanted);
    expect([...wanted.keys()].sort()).toEqual(["fs/autofs/autofs4.ko", "fs/binfmt_misc.ko", "lib/crc7.ko"]);
    expect(compared.differences).toEqual([]);
  });

  test("starts, and runs a program", async () => {
    const booted = await store.mustBuild(expression([source]), ["boot"]);
    expect(readFileSync(store.physical(booted.paths[0] ?? ""), "latin1")).toContain(
      "unravel: userspace is running",
    );
  });

  test("repeats nothing", async () => {
    const again = await store.mustBuild(expression([source]), ["kernel"]);
    expect(again.built).toEqual([]);
  });

  for (const [i, { name }] of kernelEdits.entries()) {
    test(`builds after an edit (${name}) no object that make does not`, async () => {
      const result = await store.mustBuild(expression([edited(i)]), ["kernel"]);
      say(name, result);
      const objects = fileOf(oracle, `edits/${i}/objects`).toString().trim().split("\n");
      note(
        `make after ${name}: ${objects.length} objects, ${fileOf(oracle, `edits/${i}/time`).toString().trim()}`,
      );
      const steps = result.built.filter(({ stage, name: step }) => stage === "step" && step.endsWith(".o"));
      expect(steps.length).toBeLessThanOrEqual(objects.length);
    });
  }

  test("has make's files with checksums of symbols, bit for bit", async () => {
    const versioned = expression([source], "{ MODVERSIONS = true; }");
    const kernel = await store.mustBuild(versioned, ["kernel"]);
    say("all of it with MODVERSIONS", kernel);
    const { paths } = await store.mustBuild(versioned, ["oracle"]);
    const wanted = finalFiles(join(store.physical(paths[0] ?? ""), "tree"));
    const actual = finalFiles(store.physical(kernel.paths[0] ?? ""));
    expect(actual.get("crc7.ko")?.includes("__versions")).toBe(true);
    expect(actual.get("Module.symvers")?.toString("latin1")).toMatch(
      /^0x(?!0{8})[0-9a-f]{8}\tcrc7_be\tlib\/crc7\t/m,
    );
    expect([...actual.keys()].sort()).toEqual([...wanted.keys()].sort());
    for (const [name, contents] of wanted)
      expect([name, actual.get(name)?.equals(contents)]).toEqual([name, true]);
  });

  test("builds after a changed option only what looks at it", async () => {
    const result = await store.mustBuild(expression([source], "{ LOG_BUF_SHIFT = 14; }"), ["kernel"]);
    say("option LOG_BUF_SHIFT", result);
    const objects = result.built.filter(({ stage, name }) => stage === "step" && name.endsWith(".o"));
    note(`objects: ${objects.map(({ name }) => name).join(" ")}`);
    expect(objects.length).toBeLessThan(100);
  });
});
