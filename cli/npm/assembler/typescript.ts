// Compiles one project of a TypeScript solution: its own files, the names of those that it refers to and their
// declarations, and node_modules. What the compiler writes is kept, declarations apart.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AssemblyError } from "./assembly-error.ts";
import { copyEntry, copyTree } from "./copy.ts";
import { layModules } from "./lay.ts";
import { statesOf } from "./written.ts";

interface ProjectSources {
  readonly recipe: string;
  readonly own: string;
  readonly others: readonly string[];
  /** Declarations that other projects made, as trees of the whole. */
  readonly built: readonly string[];
  readonly modules: string;
  readonly environment: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** The derivation that attributes come from was written by our own code. */
export function buildProject(attributesFile: string, top: string): void {
  const sources: ProjectSources = JSON.parse(readFileSync(attributesFile, "utf8"));
  const { config }: { readonly config: string } = JSON.parse(readFileSync(sources.recipe, "utf8"));
  const project = join(top, "source");
  for (const part of [...sources.others, ...sources.built, sources.own]) copyTree(part, project);
  const environment: Readonly<Record<string, string>> = JSON.parse(
    readFileSync(join(sources.environment, "environment.json"), "utf8"),
  );
  layModules(sources.modules, project, environment["PATH"] ?? "");
  const before = statesOf(project);
  compile(config, project, top, environment);
  const { out = "", types = "" } = sources.outputs;
  for (const output of [out, types]) mkdirSync(output, { recursive: true });
  for (const [path, state] of statesOf(project)) {
    if (before.get(path) === state) continue;
    const target = join(/\.d\.[cm]?ts$/.test(path) ? types : out, path);
    mkdirSync(dirname(target), { recursive: true });
    copyEntry(join(project, path), target);
  }
}

function compile(
  config: string,
  project: string,
  top: string,
  environment: Readonly<Record<string, string>>,
): void {
  const compiler = join(project, "node_modules/typescript/bin/tsc");
  const { status, signal, error } = spawnSync(
    process.execPath,
    [compiler, "-p", config, "--pretty", "false"],
    {
      cwd: project,
      env: { ...environment, HOME: top, TMPDIR: top },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  if (error !== undefined) throw error;
  if (status === 0) return;
  throw new AssemblyError(
    `${config}: tsc failed with ${signal === null ? `exit code ${status}` : signal}`,
    "a project has its own files and the declarations of those that it refers to: what else it imports must be among its references",
  );
}
