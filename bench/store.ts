// A Nix store of its own with the toolchain in it, and a planner whose constants can be other than the project's.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cost, type CostOptions, costOf, mustSucceed } from "./process.ts";

const project = process.cwd();
const cache = process.env["UNRAVEL_CACHE"] ?? join(project, ".cache");

/** `windowSize`, `sourceLimit`, `stepLimit`: the project's own values unless given. */
export type Constants = Readonly<Record<string, number>>;

export interface BuildOptions extends CostOptions {
  /** Settings of nix.conf. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface Built extends Cost {
  readonly paths: readonly string[];
}

export interface BenchStore {
  /** For sources and expressions; removed with the store. */
  readonly directory: string;
  /** A program of Nix and what it cost. */
  readonly run: (words: readonly string[], options?: CostOptions) => Promise<Cost>;
  /** `nix-store --realise` of derivations: the same without an evaluator in the process. */
  readonly realise: (derivations: readonly string[], options?: BuildOptions) => Promise<Built>;
  /** `nix-build` of an expression in which `bench` is nix/default.nix; logical store paths. */
  readonly build: (expression: string, options?: BuildOptions) => Promise<Built>;
  /** Writes that expression to `default.nix`. */
  readonly write: (expression: string) => void;
  /** The variables that select Nix and this store, for what talks to Nix from this process. */
  readonly nixEnvironment: () => NodeJS.ProcessEnv;
  /** Where the files of a store path lie. */
  readonly physical: (path: string) => string;
  readonly remove: () => void;
}

export interface StoreOptions {
  readonly constants?: Constants;
  readonly recursiveNix?: boolean;
}

export function makeStore(options: StoreOptions = {}): BenchStore {
  const directory = mkdtempSync(join(tmpdir(), "unravel-bench-"));
  const root = join(directory, "root");
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    UNRAVEL_CACHE: cache,
    UNRAVEL_NIX_ROOT: root,
    ...(options.recursiveNix === true ? { UNRAVEL_RECURSIVE_NIX: "1" } : {}),
  };
  const { UNRAVEL_NIX_ROOT: _, ...inherited } = env;
  execFileSync(join(project, "scripts/new-store.sh"), [root], { env: inherited, stdio: "pipe" });
  const constants = Object.entries(options.constants ?? {}).map(([name, value]) => `${name}=${value}`);
  execFileSync(process.execPath, ["bench/bundle-planner.mjs", join(directory, "planner"), ...constants]);
  const run: BenchStore["run"] = (words, more = {}) =>
    costOf([join(project, "scripts/with-nix"), ...words], { env, cwd: directory, ...more });
  const file = join(directory, "default.nix");
  const prelude =
    `let bench = import ${project}/bench/nix { toolchain = import ${cache}/toolchain.nix; planner = ./planner; };\n` +
    "in\n";
  const write = (expression: string): void => writeFileSync(file, `${prelude}${expression}\n`);
  const built = async (words: readonly string[], options: BuildOptions = {}): Promise<Built> => {
    const settings = Object.entries(options.settings ?? {}).flatMap(([name, value]) => [
      "--option",
      name,
      value,
    ]);
    const all = [...words, "--log-format", "raw", ...settings];
    const cost = mustSucceed(await run(all, { counts: /^building '/, ...options }), words[0] ?? "");
    return { ...cost, paths: cost.out.split("\n").filter((line) => line !== "") };
  };
  return {
    directory,
    run,
    write,
    build: (expression, more) => {
      write(expression);
      return built(["nix-build", file, "--no-out-link"], more);
    },
    realise: (derivations, more) => built(["nix-store", "--realise", ...derivations], more),
    nixEnvironment: () => {
      const text = execFileSync("bash", ["-c", '. "$0/scripts/env.sh" && env -0', project], { env });
      const rows = String(text)
        .split("\0")
        .filter((row) => row.includes("="));
      return Object.fromEntries(
        rows.map((row) => [row.slice(0, row.indexOf("=")), row.slice(row.indexOf("=") + 1)]),
      );
    },
    physical: (path) => root + path,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
