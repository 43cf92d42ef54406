// Builds one workspace of a project: what is at the project's top, the workspaces that it depends on as far as they
// are needed, node_modules, and its own files. What its script writes in its directory is kept, and nothing else.

import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { AssemblyError, type Say } from "./assembly-error.ts";
import { copyEntry, copyTree } from "./copy.ts";
import { layModules } from "./lay.ts";
import { readManifest } from "./package-file.ts";
import { statesOf } from "./written.ts";

interface WorkspaceRecipe {
  readonly location: string;
  readonly script: string;
  /** Locations, one for each of `others`. */
  readonly others: readonly string[];
}

interface WorkspaceSources {
  readonly recipe: string;
  readonly top: string;
  readonly own: string;
  readonly others: readonly string[];
  /** What other workspaces have built, as trees of the project. */
  readonly built: readonly string[];
  readonly modules: string;
  readonly environment: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** The derivation that attributes come from was written by our own code. */
export function buildWorkspace(attributesFile: string, top: string, say: Say): void {
  const sources: WorkspaceSources = JSON.parse(readFileSync(attributesFile, "utf8"));
  const { location, script, others }: WorkspaceRecipe = JSON.parse(readFileSync(sources.recipe, "utf8"));
  const project = join(top, "source");
  copyTree(sources.top, project);
  for (const [index, other] of others.entries()) copyTree(sources.others[index] ?? "", join(project, other));
  for (const built of sources.built) copyTree(built, project);
  const directory = join(project, location);
  copyTree(sources.own, directory);
  const environment: Readonly<Record<string, string>> = JSON.parse(
    readFileSync(join(sources.environment, "environment.json"), "utf8"),
  );
  layModules(sources.modules, project, environment["PATH"] ?? "");
  const before = statesOf(directory);
  runNpm(script, directory, top, environment);
  const out = sources.outputs["out"] ?? "";
  mkdirSync(out, { recursive: true });
  let kept = 0;
  for (const [path, state] of statesOf(directory)) {
    if (before.get(path) === state) continue;
    const target = join(out, location, path);
    mkdirSync(dirname(target), { recursive: true });
    copyEntry(join(directory, path), target);
    kept++;
  }
  if (kept === 0)
    say(`${location}: its ${script} script wrote nothing in its directory, and nothing else is kept`);
}

function runNpm(
  script: string,
  directory: string,
  top: string,
  environment: Readonly<Record<string, string>>,
): void {
  const { UNRAVEL_NPM: npm = "", ...inherited } = environment;
  const home = join(top, "home");
  mkdirSync(home, { recursive: true });
  const { status, signal, error } = spawnSync(
    process.execPath,
    [join(npm, "bin/npm-cli.js"), "run", script, "--no-update-notifier", "--offline"],
    {
      cwd: directory,
      env: { ...inherited, HOME: home, TMPDIR: top, npm_config_cache: join(home, ".npm") },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  if (error !== undefined) throw error;
  if (status === 0) return;
  const name = readManifest(directory)["name"] ?? directory;
  throw new AssemblyError(
    `${name}: its ${script} script failed with ${signal === null ? `exit code ${status}` : signal}`,
    "it has its own files, those at the top of the project, and what workspaces that it depends on have built: add what is missing to its dependencies",
  );
}
