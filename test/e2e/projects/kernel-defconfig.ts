// x86's defconfig, some 3,000 objects: how long each stage takes, and folders of it beside what make makes of them. With
// UNRAVEL_KERNEL=whole all of it, modules and images too: one to two hours of processor time on each side.
// Run by bench/projects.mjs; numbers go to .cache/reports/project-kernel-defconfig.txt.

import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type BuildResult,
  type BuildStore,
  cacheDirectory,
  countOf,
  makeBuildStore,
} from "../build-store.ts";
import { compareTrees, readTree } from "../file-tree.ts";
import { fetchKernel, kernelProducts } from "../kernel-source.ts";

const reports = join(cacheDirectory, "reports");
const report = join(reports, "project-kernel-defconfig.txt");
const hours = 3_600_000;
const isWhole = process.env["UNRAVEL_KERNEL"] === "whole";
const folders: readonly string[] = ["mm", "fs/ext4", "kernel/time", "arch/x86/entry"];

/** `source` is in the store: an evaluation would copy it again. */
function expression(source: string, parts: readonly string[]): string {
  const listed = parts.map((part) => JSON.stringify(part)).join(" ");
  const made = isWhole ? '"all"' : folders.map((folder) => `"${folder}/"`).join(" ");
  return `with e2e.toolchain.packages; rec {
  kernel = e2e.unravel.kernel {
    version = "6.1";
    src = builtins.storePath "${source}";
    targets = [ "all" ];
    parts = [ ${listed} ];
    nativeBuildInputs = [ flex bison bc perl kmod cpio python3 ];
    # The second for certificates that networks are checked with.
    buildInputs = [ libelf-dev libssl-dev ];
    # A thread that ends loads libgcc_s, which the C library of these tests finds by an RPATH alone.
    postPatch = "sed -i 's/^HOSTLDLIBS_sorttable = -lpthread/& -Wl,--disable-new-dtags/' scripts/Makefile";
    M4 = "\${bison}/bin/m4";
    BISON_PKGDATADIR = "\${bison}/share/bison";
  };
  inherit (kernel.passthru) source skeleton configured captured plan;
  root = e2e.rootOf kernel;
  oracle = e2e.kernelOracle { inherit kernel; targets = [ ${made} ]; };
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

describe("x86's defconfig", () => {
  let store: BuildStore;
  let source: string;
  let expected: ReturnType<typeof readTree>;
  let built: BuildResult;

  beforeAll(async () => {
    mkdirSync(reports, { recursive: true });
    writeFileSync(report, "");
    const directory = fetchKernel(["--defconfig"], ["libssl-dev"]);
    store = await makeBuildStore();
    const added = await store.run("nix-store", ["--add", directory]);
    if (added.exitCode !== 0) throw new Error(added.err);
    source = added.out.trim();
    for (const stage of ["skeleton", "configured", "captured", "plan"])
      say(stage, await store.mustBuild(expression(source, []), [stage]));
    const oracle = await store.mustBuild(expression(source, []), ["oracle"]);
    const tree = join(store.physical(oracle.paths[0] ?? ""), "tree");
    say("make -j2", oracle);
    expected = new Map(
      [...readTree(tree)].filter(([path]) =>
        isWhole
          ? kernelProducts.test(path)
          : folders.some((folder) => path.startsWith(`${folder}/`)) && path.endsWith(".o"),
      ),
    );
    const parts = isWhole
      ? []
      : folders.flatMap((folder) =>
          readdirSync(join(tree, folder), { recursive: true, encoding: "utf8" })
            .filter((name) => name.endsWith(".o"))
            .map((name) => `${folder}/${name}`),
        );
    built = await store.mustBuild(expression(source, parts), ["root"]);
    say(isWhole ? "all of it" : `${parts.length} objects`, built);
  }, 6 * hours);
  afterAll(() => store?.remove());

  test("has what make makes, bit for bit", () => {
    const actual = [...readTree(store.physical(built.paths[0] ?? ""))].filter(([path]) => expected.has(path));
    const compared = compareTrees(new Map(actual), expected);
    note(`${compared.compared} files compared, ${compared.differences.length} differ`);
    expect(compared.differences).toEqual([]);
    expect(compared.compared).toBe(expected.size);
  });
});
