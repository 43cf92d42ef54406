// What scripts/make-package-goldens.mjs runs: every case is a project, installed by one version of one package
// manager. A case keeps the project's files, the lockfile, and a description of `node_modules`.

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { goldenProjects } from "./golden-projects.ts";
import { packages } from "./packages.ts";
import { describeInstalled, installedIn } from "./real-npm.ts";
import { openRegistry } from "./registry.ts";

interface Manager {
  readonly name: string;
  /** As npm installs it. */
  readonly spec: string;
  readonly program: string;
  readonly lockfile: string;
  readonly args: readonly string[];
}

const managers: readonly Manager[] = [
  {
    name: "pnpm-8",
    spec: "pnpm@8",
    program: "node_modules/pnpm/bin/pnpm.cjs",
    lockfile: "pnpm-lock.yaml",
    args: ["install", "--ignore-scripts", "--config.prefer-symlinked-executables=true"],
  },
  {
    name: "pnpm-10",
    spec: "pnpm@10",
    program: "node_modules/pnpm/bin/pnpm.cjs",
    lockfile: "pnpm-lock.yaml",
    args: ["install", "--ignore-scripts", "--config.prefer-symlinked-executables=true"],
  },
  {
    name: "yarn-1",
    spec: "yarn@1",
    program: "node_modules/yarn/bin/yarn.js",
    lockfile: "yarn.lock",
    args: ["install", "--ignore-scripts", "--non-interactive"],
  },
  {
    name: "yarn-4",
    spec: "@yarnpkg/cli-dist@4",
    program: "node_modules/@yarnpkg/cli-dist/bin/yarn.js",
    lockfile: "yarn.lock",
    args: ["install", "--mode=skip-build"],
  },
];

const [work = "", golden = "", ...only] = process.argv.slice(2);
const registry = await openRegistry(packages);
try {
  for (const manager of managers) {
    if (only.length > 0 && !only.includes(manager.name)) continue;
    const program = install(manager);
    for (const [name, files] of goldenProjects(manager.name, registry.url)) {
      const project = join(realpathSync(work), manager.name, name);
      write(project, files);
      await run(program, manager, project);
      const target = join(golden, `${manager.name}-${name}`);
      rmSync(target, { recursive: true, force: true });
      write(
        target,
        Object.fromEntries(Object.entries(files).map(([path, contents]) => [path, nameless(contents)])),
      );
      const lock = readFileSync(join(project, manager.lockfile), "utf8");
      writeFileSync(join(target, manager.lockfile), nameless(lock));
      writeFileSync(join(target, "installed.txt"), describeInstalled(installedIn(project)));
      console.log(`${manager.name} ${name}: ${readdirSync(join(project, "node_modules")).join(" ")}`);
    }
  }
} finally {
  await registry.close();
}

/** The registry's port is another one each time. */
function nameless(contents: string | Uint8Array): string | Uint8Array {
  return typeof contents === "string"
    ? contents.replaceAll(registry.url, "https://registry.example/")
    : contents;
}

function install(manager: Manager): string {
  const directory = join(work, `${manager.name}-program`);
  mkdirSync(directory);
  writeFileSync(join(directory, "package.json"), "{}");
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", manager.spec];
  const { status, stderr } = spawnSync("npm", args, { cwd: directory });
  if (status !== 0) throw new Error(stderr.toString());
  return join(directory, manager.program);
}

function write(directory: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, contents] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), contents);
  }
}

async function run(program: string, manager: Manager, project: string): Promise<void> {
  const home = join(work, "home");
  mkdirSync(home, { recursive: true });
  const { spawn } = await import("node:child_process");
  const env = {
    HOME: home,
    PATH: process.env["PATH"] ?? "",
    npm_config_registry: registry.url,
    YARN_NPM_REGISTRY_SERVER: registry.url,
    YARN_UNSAFE_HTTP_WHITELIST: "127.0.0.1",
    YARN_NODE_LINKER: "node-modules",
    YARN_ENABLE_TELEMETRY: "0",
    YARN_NPM_MINIMAL_AGE_GATE: "0",
    YARN_ENABLE_IMMUTABLE_INSTALLS: "false",
    YARN_ENABLE_GLOBAL_CACHE: "false",
    CI: "",
  };
  await new Promise<void>((done, fail) => {
    const args = [program, ...manager.args];
    const child = spawn(process.execPath, args, { cwd: project, env, stdio: ["ignore", "pipe", "pipe"] });
    let out = "";
    child.stdout.on("data", (data: Buffer) => (out += data.toString()));
    child.stderr.on("data", (data: Buffer) => (out += data.toString()));
    child.on("close", (code) => (code === 0 ? done() : fail(new Error(`${manager.name}: ${out}`))));
  });
}
