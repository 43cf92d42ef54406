// Lockfiles of other package managers through unravel.npm, beside what these were seen to install.

import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join, posix } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packages } from "../npm/packages.ts";
import { describeInstalled, installedIn } from "../npm/real-npm.ts";
import { openRegistry, type Registry } from "../npm/registry.ts";
import { type BuildStore, makeBuildStore, projectDirectory } from "./build-store.ts";
import { builtNames, treeOf } from "./npm.ts";

const minutes = 60_000;
const goldens = join(projectDirectory, "test/golden/packages");

describe("unravel.npm, for a lockfile of another package manager", () => {
  let store: BuildStore;
  let registry: Registry;
  /** What the last build ran. */
  let ran: readonly string[] = [];

  beforeAll(async () => {
    store = await makeBuildStore();
    registry = await openRegistry(packages);
  }, 5 * minutes);
  afterAll(async () => {
    await registry?.close();
    store?.remove();
  }, minutes);

  /** What is installed from a golden project, as `installed.txt` describes it. */
  async function linesOf(name: string, more = ""): Promise<readonly string[]> {
    const directory = join(store.directory, name);
    cpSync(join(goldens, name), directory, { recursive: true });
    for (const file of readdirSync(directory)) {
      if (!/\.(?:json|lock|yaml)$/.test(file)) continue;
      const text = readFileSync(join(directory, file), "utf8");
      writeFileSync(join(directory, file), text.replaceAll("https://registry.example/", registry.url));
    }
    const expression = `{
      modules = (e2e.unravel.npm {
        pname = "${name}";
        src = ./${name};
        registry = ${JSON.stringify(registry.url)};
        ${more}
      }).nodeModules;
    }`;
    const { paths, built } = await store.mustBuild(expression, ["modules"]);
    ran = builtNames({ built });
    const copy = join(store.directory, `${name}-installed`);
    mkdirSync(copy);
    cpSync(treeOf(store, paths[0] ?? ""), copy, { recursive: true, verbatimSymlinks: true });
    return describeInstalled(installedIn(copy)).trimEnd().split("\n");
  }

  /** pnpm 8 leads to a program through the link beside it: to the same file. */
  function throughLinks(name: string, line: string): string {
    const [, bin, own = "", rest] =
      /^link node_modules\/\.bin\/(\S+) -> \.\.\/((?:@[^/]+\/)?[^/.][^/]*)\/(.*)$/.exec(line) ?? [];
    if (bin === undefined) return line;
    const text = readlinkSync(join(store.directory, `${name}-installed/node_modules`, own));
    return `link node_modules/.bin/${bin} -> ../${posix.join(posix.dirname(own), text)}/${rest}`;
  }

  for (const name of ["pnpm-8-everything", "pnpm-10-everything"]) {
    test(
      `installs what the package manager did: ${name}`,
      async () => {
        const expected = readFileSync(join(goldens, name, "installed.txt"), "utf8")
          .trimEnd()
          .split("\n");
        const installed = await linesOf(name);
        // A bin whose name leads out of the directory is linked by neither; pnpm makes its file a program.
        const wanted = expected.filter((line) => !/^program .*\/crooked\/b\.js$/.test(line));
        expect(wanted.length).toBeGreaterThanOrEqual(expected.length - 1);
        expect(installed).toEqual(wanted.map((line) => throughLinks(name, line)));
      },
      2 * minutes,
    );
  }

  test(
    "installs what yarn 4 did, by the checksums of its archives, and runs what its lockfile does not name",
    async () => {
      // yarn locks no checksum of what is for some systems only.
      const sri = `sha512-${createHash("sha512").update(registry.tarballOf("for-linux", "1.0.0")).digest("base64")}`;
      const installed = await linesOf("yarn-4-everything", `integrity."for-linux@1.0.0" = "${sri}";`);
      const packagesIn = (lines: readonly string[]): ReadonlySet<string> =>
        new Set(lines.flatMap((line) => /^package \S+ (.*)$/.exec(line)?.[1] ?? []));
      const golden = readFileSync(join(goldens, "yarn-4-everything/installed.txt"), "utf8").split("\n");
      expect(packagesIn(installed)).toEqual(packagesIn(golden));
      expect(installed).toContain("link node_modules/.bin/tool -> ../@scope/tool/cli.js");
      expect(ran.filter((name) => name.endsWith(".zip")).length).toBeGreaterThan(14);
      // pnpm's lockfiles have the same hash of this one.
      for (const name of ran.filter((one) => one.endsWith(".tgz"))) expect(name).toContain("-for-linux-");
      expect(ran).toContain("npm-s1-native-1.0.0");
    },
    2 * minutes,
  );
});
