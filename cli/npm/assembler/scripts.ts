// Runs the install scripts of one package as npm does (@npmcli/run-script), in a tree of its dependencies, and keeps
// the package's directory. Nothing else that they write is kept, and that is said.

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { assemble } from "./assemble.ts";
import { AssemblyError, type Say } from "./assembly-error.ts";
import { copyTree } from "./copy.ts";
import { recordFailure } from "./failed.ts";
import { readManifest } from "./package-file.ts";
import type { Recipe, RecipeScript, Sources } from "./recipe.ts";
import { patchShebangs, restoreShebangs } from "./shebangs.ts";

/** The order in which npm runs them; all are of the package's own package.json. */
const events = ["preinstall", "install", "postinstall"] as const;

/** Builds the package that the recipe names, in `top`, and copies it to the output. */
export function buildPackage(recipe: Recipe, sources: Sources, top: string, say: Say): void {
  const { script } = recipe;
  if (script === undefined) throw new Error("the recipe has no script");
  const root = join(top, "source");
  assemble(recipe, sources, root, say);
  const directory = join(root, script.location);
  const out = sources.outputs["out"] ?? "";
  if (!existsSync(directory)) {
    // It needs an optional package that failed.
    recordFailure(out);
    return;
  }
  const manifest = readManifest(directory);
  const label = `${manifest["name"] ?? script.location}@${manifest["version"] ?? "?"}`;
  const environment = environmentOf(script, sources, manifest, { top, root, directory });
  const programs = patchShebangs(root, environment["PATH"] ?? "");
  const before = snapshot(root, directory);
  for (const [event, command] of commandsOf(script, manifest, directory)) {
    say(`${label} ${event}: ${command}`);
    try {
      runScript(label, event, command, directory, environment);
    } catch (error) {
      if (!(error instanceof AssemblyError && script.mayFail)) throw error;
      say(`${error.message}\n  it is optional, and left out as npm does`);
      recordFailure(out);
      return;
    }
  }
  const changed = [...changes(before, snapshot(root, directory))];
  if (changed.length > 0) {
    const more = changed.length > 5 ? ` and ${changed.length - 5} more` : "";
    say(
      `${label}: its scripts changed files outside of the package, which are lost: ${changed.slice(0, 5).join(", ")}${more}`,
    );
  }
  restoreShebangs(programs, environment["PATH"] ?? "");
  keepPackage(recipe, directory, out);
}

function commandsOf(
  { command }: RecipeScript,
  manifest: Readonly<Record<string, unknown>>,
  directory: string,
): readonly (readonly [string, string])[] {
  if (command !== undefined) return [["install", command]];
  const given = manifest["scripts"];
  const scripts = new Map<string, unknown>(
    typeof given === "object" && given !== null ? Object.entries(given) : [],
  );
  const isGyp =
    manifest["gypfile"] !== false &&
    !scripts.get("install") &&
    !scripts.get("preinstall") &&
    existsSync(join(directory, "binding.gyp"));
  if (isGyp) scripts.set("install", "node-gyp rebuild");
  return events.flatMap((event) => {
    const text = scripts.get(event);
    return typeof text === "string" && text !== "" ? [[event, text] as const] : [];
  });
}

interface Places {
  readonly top: string;
  readonly root: string;
  readonly directory: string;
}

function environmentOf(
  script: RecipeScript,
  sources: Sources,
  manifest: Readonly<Record<string, unknown>>,
  { top, root, directory }: Places,
): Readonly<Record<string, string>> {
  const base: Readonly<Record<string, string>> = JSON.parse(
    readFileSync(join(sources.environment ?? "", "environment.json"), "utf8"),
  );
  const node = process.execPath;
  const npm = base["UNRAVEL_NPM"] ?? "";
  const home = join(top, "home");
  const tools = join(top, "tools");
  mkdirSync(home, { recursive: true });
  mkdirSync(tools, { recursive: true });
  const gyp = join(npm, "node_modules/node-gyp/bin/node-gyp.js");
  writeFileSync(
    join(tools, "node-gyp"),
    `#!${base["SHELL"] ?? "/bin/sh"}\nexec node "$npm_config_node_gyp" "$@"\n`,
  );
  chmodSync(join(tools, "node-gyp"), 0o755);
  const bins: string[] = [];
  for (let at = directory; at.startsWith(root); at = dirname(at)) bins.push(join(at, "node_modules/.bin"));
  const flag = (is: boolean): string => (is ? "1" : "");
  const { UNRAVEL_NPM: _, ...inherited } = base;
  return {
    ...inherited,
    ...packageVariables(manifest),
    HOME: home,
    TMPDIR: top,
    INIT_CWD: root,
    NODE: node,
    npm_node_execpath: node,
    npm_execpath: join(npm, "bin/npm-cli.js"),
    npm_command: "ci",
    npm_config_node_gyp: gyp,
    npm_config_nodedir: dirname(dirname(dirname(npm))),
    npm_config_offline: "true",
    npm_config_cache: join(home, ".npm"),
    npm_config_local_prefix: root,
    npm_config_update_notifier: "",
    npm_config_user_agent: `npm/? node/${process.version} ${process.platform} ${process.arch} workspaces/false`,
    npm_package_json: join(directory, "package.json"),
    npm_package_integrity: script.integrity ?? "",
    npm_package_dev: flag(script.isDev),
    npm_package_optional: flag(script.isOptional),
    npm_package_dev_optional: flag(script.isDevOptional),
    npm_package_peer: flag(script.isPeer),
    PATH: [...bins, tools, base["PATH"] ?? ""].join(":"),
  };
}

/** npm_package_name and the like: npm puts five fields into the environment, whatever lies in them. */
function packageVariables(manifest: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> {
  const found = new Map<string, string>();
  const add = (prefix: string, value: unknown): void => {
    if (value === null || value === false) found.set(prefix, "");
    else if (typeof value === "object" && value !== null) {
      for (const [key, inner] of Object.entries(value)) add(`${prefix}_${key}`, inner);
    } else if (value !== undefined) found.set(prefix, String(value));
  };
  for (const field of ["name", "version", "config", "engines", "bin"]) {
    add(`npm_package_${field}`, manifest[field]);
  }
  // The kernel takes neither a NUL nor a "=" in a name, and no variable above 128 KiB.
  return Object.fromEntries(
    [...found].filter(([key, value]) => !/[\0=]/.test(key) && !value.includes("\0") && value.length < 1e5),
  );
}

function runScript(
  label: string,
  event: string,
  command: string,
  directory: string,
  environment: Readonly<Record<string, string>>,
): void {
  const { status, signal, error } = spawnSync(environment["SHELL"] ?? "/bin/sh", ["-c", command], {
    cwd: directory,
    env: { ...environment, npm_lifecycle_event: event, npm_lifecycle_script: command },
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (error !== undefined) throw error;
  if (status === 0) return;
  throw new AssemblyError(
    `${label}: its ${event} script failed with ${signal === null ? `exit code ${status}` : signal}\n  command: ${command.slice(0, 4000)}`,
    `scripts have no network here; scripts."${label.replace(/(.)@.*/, "$1")}" can name another command, or be false`,
  );
}

/** What would show that a file was written; the change time would also move when something links to it. */
type Snapshot = ReadonlyMap<string, string>;

function snapshot(root: string, leftOut: string): Snapshot {
  const found = new Map<string, string>();
  const visit = (directory: string): void => {
    for (const name of readdirSync(directory)) {
      const path = join(directory, name);
      if (path === leftOut) continue;
      const stat = lstatSync(path, { bigint: true });
      // A directory changes when something appears in it, and that is found itself.
      if (stat.isDirectory()) visit(path);
      else found.set(path.slice(root.length + 1), `${stat.ino} ${stat.size} ${stat.mode} ${stat.mtimeNs}`);
    }
  };
  visit(root);
  return found;
}

function* changes(before: Snapshot, after: Snapshot): Generator<string> {
  for (const [path, state] of after) if (before.get(path) !== state) yield path;
  for (const path of before.keys()) if (!after.has(path)) yield path;
}

/** The package without what other packages put below it, which is laid there again in each tree. */
function keepPackage(recipe: Recipe, directory: string, to: string): void {
  const root = directory.slice(0, directory.length - (recipe.script?.location.length ?? 0));
  for (const { location, from } of recipe.packages) {
    const other = join(root, location);
    if (from !== "bundled" && other.startsWith(`${directory}/`))
      rmSync(other, { recursive: true, force: true });
  }
  for (const { location } of recipe.links) {
    const other = join(root, location);
    if (other.startsWith(`${directory}/`)) rmSync(other, { force: true });
  }
  const modules = join(directory, "node_modules");
  rmSync(join(modules, ".bin"), { recursive: true, force: true });
  removeEmpty(modules);
  copyTree(directory, to);
}

function removeEmpty(directory: string): void {
  if (!existsSync(directory)) return;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (entry.isDirectory() && entry.name.startsWith("@")) removeEmpty(join(directory, entry.name));
  }
  if (readdirSync(directory).length === 0) rmSync(directory, { recursive: true });
}
