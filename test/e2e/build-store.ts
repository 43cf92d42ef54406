// A Nix store of its own with the toolchain in it, for tests that build. Tells which derivations a build ran, and
// what each of them is in the pipeline.

import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statfsSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { buildLog, builtDerivations } from "./build-events.ts";

/** The working tree. */
export const projectDirectory: string = fileURLToPath(new URL("../../", import.meta.url));
/** The git-ignored folder. */
export const cacheDirectory: string = process.env["UNRAVEL_CACHE"] ?? join(projectDirectory, ".cache");
const cache = cacheDirectory;
const toolchain: string = join(cache, "toolchain.nix");

/**
 * Part of the pipeline that a derivation is. "other" is what the tests themselves add: oracles and wrappers.
 */
export type Stage =
  | "source"
  | "skeleton"
  | "configured"
  | "plan"
  | "generated"
  | "entry"
  | "emit"
  | "shard"
  | "step"
  | "root"
  | "package"
  | "other";

export interface BuiltDerivation {
  readonly path: string;
  /** Without hash and `.drv`. */
  readonly name: string;
  readonly stage: Stage;
  /** Commands of the graph that it ran: of a step, one and those that follow it. */
  readonly commands: number;
}

export interface BuildResult {
  readonly exitCode: number | null;
  /** Logical store paths, in the order of the attributes. */
  readonly paths: readonly string[];
  /** What ran, in order. */
  readonly built: readonly BuiltDerivation[];
  /** Nix's messages and the output of builders. */
  readonly log: string;
  /** Wall time, in seconds. */
  readonly seconds: number;
  /** Processor time of Nix and all builders, in seconds. */
  readonly cpuSeconds: number;
  /** The most memory that the process of Nix had, in MB; asked for twice a second, so 0 for what was over before that. */
  readonly megabytes: number;
}

export interface BuildOptions {
  /** Settings of nix.conf, as `--option` takes them. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly keepGoing?: boolean;
  /** Gets the process, which leads a process group of its own, as soon as it runs. */
  readonly onStart?: (child: ChildProcess) => void;
  /** Called for each derivation when its build starts. */
  readonly onBuild?: (path: string) => void;
}

export interface BuildStore {
  /** Working directory of the test: it may hold sources and expressions. Removed with the store. */
  readonly directory: string;
  /** `nix-build` of attributes; the expression sees `e2e`, which is nix/default.nix. */
  readonly build: (
    expression: string,
    attributes: readonly string[],
    options?: BuildOptions,
  ) => Promise<BuildResult>;
  /** As `build`, but throws with the log unless everything was built. */
  readonly mustBuild: (
    expression: string,
    attributes: readonly string[],
    options?: BuildOptions,
  ) => Promise<BuildResult>;
  /** Runs a program of Nix in `directory`. */
  readonly run: (
    program: string,
    args: readonly string[],
  ) => Promise<{ exitCode: number; out: string; err: string }>;
  /** Where the files of a store path lie; links from one store path to another are followed. */
  readonly physical: (path: string) => string;
  readonly remove: () => void;
}

/** Room for the toolchain and what one test file builds. */
const wantedMemory = 6 * 2 ** 30;

/**
 * In memory where there is room: builds make and remove many small files, and half of the suite's time is the disk's.
 * Else beside the default store when it can be, so that the toolchain's files are links.
 */
function placeOfStores(): string {
  const memory = "/dev/shm";
  if (existsSync(memory)) {
    const { bavail, bsize } = statfsSync(memory);
    if (bavail * bsize >= wantedMemory) return memory;
  }
  mkdirSync(cache, { recursive: true });
  return cache.includes(" ") ? tmpdir() : cache;
}

/** Makes sure of Debian packages beside the toolchain's; stores that are made from then on hold them. */
export function setUpPackages(packages: readonly string[]): void {
  execFileSync(join(projectDirectory, "scripts/setup-toolchain.sh"), packages, {
    env: { ...process.env, UNRAVEL_CACHE: cache },
    stdio: "pipe",
  });
}

/** Makes a store that holds nothing but the toolchain; fails without one, so that no test is left out in silence. */
export async function makeBuildStore(): Promise<BuildStore> {
  if (!existsSync(toolchain)) throw new Error("no toolchain: run scripts/setup-toolchain.sh");
  const directory = mkdtempSync(join(placeOfStores(), "e2e-"));
  const root = join(directory, "root");
  const { UNRAVEL_NIX_ROOT: _, ...inherited } = process.env;
  const environment = { ...inherited, UNRAVEL_CACHE: cache };
  execFileSync(join(projectDirectory, "scripts/new-store.sh"), [root], { env: environment, stdio: "pipe" });
  bundlePlanner(join(directory, "planner"));
  writeFileSync(join(directory, "e2e.nix"), projectExpression());

  const withNix = join(projectDirectory, "scripts/with-nix");
  const env = { ...environment, UNRAVEL_NIX_ROOT: root };
  const physical = (path: string): string => {
    const file = root + path;
    const stat = lstatSync(file, { throwIfNoEntry: false });
    return stat?.isSymbolicLink() === true ? physical(readlinkSync(file)) : file;
  };

  const build: BuildStore["build"] = async (expression, attributes, options = {}) => {
    const file = join(directory, "default.nix");
    writeFileSync(file, `let e2e = import ./e2e.nix; in\n${expression}\n`);
    const args = ["nix-build", file, "--no-out-link", "--log-format", "internal-json"];
    for (const attribute of attributes) args.push("-A", attribute);
    for (const [name, value] of Object.entries(options.settings ?? {})) args.push("--option", name, value);
    if (options.keepGoing === true) args.push("--keep-going");
    const started = performance.now();
    const { exitCode, out, err, times, megabytes } = await spawned(
      [withNix, ...args],
      env,
      directory,
      options,
    );
    return {
      exitCode,
      paths: out.split("\n").filter((line) => line !== ""),
      built: builtDerivations(err).map((path) => describe(path, physical)),
      log: buildLog(err),
      seconds: (performance.now() - started) / 1000,
      cpuSeconds: childSeconds(times),
      megabytes,
    };
  };
  return {
    directory,
    build,
    mustBuild: async (expression, attributes, options) => {
      const result = await build(expression, attributes, options);
      if (result.exitCode !== 0) throw new Error(`nix-build failed:\n${result.log}`);
      return result;
    },
    run: async (program, args) => {
      try {
        const result = await promisify(execFile)(withNix, [program, ...args], {
          env,
          cwd: directory,
          maxBuffer: 1 << 28,
        });
        return { exitCode: 0, out: result.stdout, err: result.stderr };
      } catch (error) {
        const failed = error as { code?: number; stdout?: string; stderr?: string };
        return { exitCode: failed.code ?? 1, out: failed.stdout ?? "", err: failed.stderr ?? String(error) };
      }
    },
    physical,
    remove: () => {
      // Directories only: files are shared with other stores.
      if (process.getuid?.() !== 0)
        execFileSync("find", [directory, "-type", "d", "-exec", "chmod", "u+w", "{}", "+"]);
      execFileSync("rm", ["-rf", directory]);
    },
  };
}

/** How many derivations belong to a stage; of steps, how many commands of the graph they ran. */
export function countOf(result: Pick<BuildResult, "built">, stage: Stage): number {
  const found = result.built.filter((derivation) => derivation.stage === stage);
  return found.reduce((sum, { commands }) => sum + commands, 0);
}

/** The shell waits, because only a parent is told what a process and its children have used. */
const timed = '"$@" 3>&-; status=$?; times >&3; exit $status';

/** `times` prints two lines, its own and its children's: "0m1.25s 0m0.50s", user and system. */
function childSeconds(times: string): number {
  const parts = (times.split("\n")[1] ?? "").matchAll(/(\d+)m([\d.]+)s/g);
  return [...parts].reduce((sum, [, minutes, seconds]) => sum + Number(minutes) * 60 + Number(seconds), 0);
}

/** What the kernel says of the only child of a shell: Nix, once it runs. */
function peakBelow(shell: number | undefined): number {
  try {
    const child = readFileSync(`/proc/${shell}/task/${shell}/children`, "latin1").trim();
    const peak = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${child}/status`, "latin1"))?.[1];
    return Math.round(Number(peak ?? 0) / 1024);
  } catch {
    return 0;
  }
}

function spawned(
  command: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd: string,
  options: BuildOptions,
): Promise<{ exitCode: number | null; out: string; err: string; times: string; megabytes: number }> {
  return new Promise((resolve, reject) => {
    const child = spawn("bash", ["-c", timed, "bash", ...command], {
      env,
      cwd,
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
    });
    options.onStart?.(child);
    let out = "";
    let err = "";
    let times = "";
    let megabytes = 0;
    const watch = setInterval(() => {
      megabytes = Math.max(megabytes, peakBelow(child.pid));
    }, 500);
    child.stdio[3]?.on("data", (chunk: Buffer) => {
      times += chunk.toString("latin1");
    });
    let seen = 0;
    child.stdout?.setEncoding("latin1").on("data", (text: string) => {
      out += text;
    });
    child.stderr?.setEncoding("latin1").on("data", (text: string) => {
      err += text;
      if (options.onBuild === undefined) return;
      const end = err.lastIndexOf("\n") + 1;
      for (const path of builtDerivations(err.slice(seen, end))) options.onBuild(path);
      seen = end;
    });
    child.on("error", (error) => {
      clearInterval(watch);
      reject(error);
    });
    child.on("close", (exitCode) => {
      clearInterval(watch);
      resolve({ exitCode, out, err, times, megabytes });
    });
  });
}

function describe(path: string, physical: (path: string) => string): BuiltDerivation {
  const name = path.slice(path.lastIndexOf("/") + 34).replace(/\.drv$/, "");
  const file = physical(path);
  const text = existsSync(file) ? readFileSync(file, "latin1") : "";
  const stage = stageOf(name, text);
  const recipe = stage === "step" ? /"(\/nix\/store\/[^"]*-recipe)"/.exec(text)?.[1] : undefined;
  const following = recipe === undefined ? undefined : join(physical(recipe), "then");
  const commands = following !== undefined && existsSync(following) ? 1 + readdirSync(following).length : 1;
  return { path, name, stage, commands };
}

/** Told by what the derivation runs, not by its name: files may be called anything. */
function stageOf(name: string, text: string): Stage {
  const script = /,\["[^"]*-(step|root|forward|entry)\.sh"\],\[\(/.exec(text)?.[1];
  if (script === "entry") return "entry";
  if (script !== undefined) return script === "step" ? "step" : "root";
  if (text.includes('"$text')) return "emit";
  const stage = /unravel-(?:builder|shard)\.mjs","(\w+)"\]/.exec(text)?.[1];
  if (stage !== undefined) return stage as Stage;
  if (text.includes("unravelCapture")) return "configured";
  if (text.includes("unravelMovePhase")) return "package";
  return name.endsWith("-source") ? "source" : "other";
}

function projectExpression(): string {
  return `import ${projectDirectory}test/e2e/nix {\n  toolchain = import ${toolchain};\n  planner = ./planner;\n}\n`;
}

function bundlePlanner(directory: string): void {
  execFileSync(process.execPath, [join(projectDirectory, "scripts/bundle.mjs"), "--builder", directory]);
}
