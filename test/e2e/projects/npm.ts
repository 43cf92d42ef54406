// What the npm sample costs beside npm itself: from nothing, and after edits.

import { execFileSync, spawnSync } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type BuildStore, cacheDirectory, makeBuildStore, projectDirectory } from "../build-store.ts";
import { configuredRegistry } from "../npm.ts";

const registry = JSON.stringify(configuredRegistry());
const expression = `rec {
  notes = import ./notebook {
    inherit (e2e) unravel;
    inherit (e2e.toolchain) python3;
    registry = ${registry};
  };
  nodeModules = notes.nodeModules;
}`;

const report = join(cacheDirectory, "reports/project-npm.txt");

interface Edit {
  readonly name: string;
  readonly file: string;
  readonly edit: (text: string) => string;
  /** What npm does for it: in a checkout that has everything, and where nothing is left but npm's cache. */
  readonly npm: readonly string[];
}

const install = ["ci", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"];

function bump(location: string, version: string): (text: string) => string {
  return (text) => {
    const entry = JSON.parse(text).packages[location];
    const name = entry.name ?? location.replace(/^.*node_modules\//, "");
    const integrity = execFileSync("npm", ["view", `${name}@${version}`, "dist.integrity"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return text.replace(
      `"version": "${entry.version}",\n      "integrity": "${entry.integrity}"`,
      `"version": "${version}",\n      "integrity": "${integrity}"`,
    );
  };
}

const edits: readonly Edit[] = [
  {
    name: "a leaf bumped (esquery)",
    file: "package-lock.json",
    edit: bump("node_modules/esquery", "1.5.0"),
    npm: install,
  },
  {
    name: "a package bumped that 25 use (chalk)",
    file: "package-lock.json",
    edit: bump("node_modules/chalk", "4.1.1"),
    npm: install,
  },
  {
    name: "comment in a source file of packages/words",
    file: "packages/words/src/index.ts",
    edit: (text) => `// edited\n${text}`,
    npm: ["run", "build"],
  },
  {
    name: "function added to packages/words",
    file: "packages/words/src/index.ts",
    edit: (text) => `${text}export const edited = 1;\n`,
    npm: ["run", "build"],
  },
  {
    name: "script of package.json",
    file: "package.json",
    edit: (text) => text.replace('"jest"', '"jest --ci"'),
    npm: ["run", "build"],
  },
];

describe("the npm sample, measured", () => {
  let store: BuildStore;
  let project: string;
  let oracle: string;

  beforeAll(async () => {
    store = await makeBuildStore();
    project = join(store.directory, "notebook");
    cpSync(join(projectDirectory, "samples/npm"), project, { recursive: true });
    oracle = mkdtempSync(join(tmpdir(), "unravel-npm-bench-"));
    cpSync(project, join(oracle, "notebook"), { recursive: true });
    mkdirSync(join(cacheDirectory, "reports"), { recursive: true });
    writeFileSync(report, "step | derivations | wall s | CPU s\n");
  });
  afterAll(() => {
    if (oracle !== undefined) rmSync(oracle, { recursive: true, force: true });
    store?.remove();
  });

  function line(what: string, derivations: number | undefined, wall: number, cpu: number): void {
    const text = `${what} | ${derivations ?? ""} | ${wall.toFixed(1)} | ${cpu.toFixed(1)}\n`;
    appendFileSync(report, text);
    process.stdout.write(text);
  }

  async function ours(what: string, attribute: string): Promise<void> {
    const { built, seconds, cpuSeconds } = await store.mustBuild(expression, [attribute]);
    line(what, built.length, seconds, cpuSeconds);
  }

  function npm(what: string, args: readonly string[]): void {
    const script = 'npm "$@" >/dev/null 2>&1; status=$?; times; exit $status';
    const started = performance.now();
    const { status, stdout } = spawnSync("bash", ["-c", script, "bash", ...args], {
      cwd: join(oracle, "notebook"),
      env: { ...process.env, npm_config_cache: join(oracle, "cache") },
      encoding: "utf8",
    });
    expect(status, args.join(" ")).toBe(0);
    const parts = [...(stdout.split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g)];
    const cpu = parts.reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
    line(what, undefined, (performance.now() - started) / 1000, cpu);
  }

  test("costs what the report says", async () => {
    await ours("node_modules, empty store", "nodeModules");
    await ours("node_modules, nothing changed", "nodeModules");
    await ours("the program, by workspaces", "notes");
    npm("npm ci, empty cache", install);
    npm("npm ci, warm cache", install);
    npm("npm ci, warm cache, no scripts", [...install, "--ignore-scripts"]);
    npm("npm ci, warm cache", install);
    npm("npm run build", ["run", "build"]);
    for (const { name, file, edit, npm: args } of edits) {
      const paths = [join(project, file), join(oracle, "notebook", file)];
      const before = readFileSync(paths[0] ?? "", "utf8");
      const after = edit(before);
      expect(after).not.toBe(before);
      for (const path of paths) writeFileSync(path, after);
      await ours(`${name}: node_modules`, "nodeModules");
      await ours(`${name}: the program`, "notes");
      npm(`${name}: npm ${args.slice(0, 2).join(" ")}`, args);
      for (const path of paths) writeFileSync(path, before);
    }
  });
});
