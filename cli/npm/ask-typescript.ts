// Asks the project's own TypeScript which files each of its projects has. Nothing is compiled.

import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import {
  failTypeScript,
  readShownConfig,
  type SolutionFiles,
  solutionOf,
} from "../../generators/npm/tsconfig.ts";
import { asBytes, type Bytes, fromText, toText } from "../../graph/bytes.ts";
import type { PackageTree } from "../../graph/package-tree.ts";
import type { TypeScriptProject } from "../../graph/typescript-projects.ts";

export interface SolutionQuestion {
  /** What {@link writeNames} wrote. */
  readonly names: string;
  /** The tree that holds node_modules. */
  readonly modules: string;
  readonly tree: PackageTree;
  /** A directory that can be written to, which need not exist. */
  readonly work: string;
  /** The configuration that refers to all others, or its directory. */
  readonly config: Bytes;
}

export function askTypeScript({
  names,
  modules,
  tree,
  work,
  config,
}: SolutionQuestion): readonly TypeScriptProject[] {
  const compiler = join(modules, "node_modules/typescript/bin/tsc");
  if (!existsSync(compiler)) failTypeScript(config, "node_modules has no typescript");
  copyNames(names, work);
  linkModules(modules, work);
  const paths = new Set<Bytes>();
  const visit = (below: string): void => {
    for (const entry of readdirSync(join(names, below), { withFileTypes: true })) {
      const path = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) visit(path);
      else paths.add(fromText(path));
    }
  };
  visit("");
  const files: SolutionFiles = {
    paths,
    read: (path) => readFileSync(join(names, toText(path)), "utf8"),
    links: new Map(tree.links.map(({ location, target }) => [location, target])),
  };
  const top = [config, asBytes(config === "" ? "tsconfig.json" : `${config}/tsconfig.json`)].find((path) =>
    paths.has(path),
  );
  if (top === undefined) return failTypeScript(config, "there is no such configuration");
  return solutionOf(top, files, (path) => {
    const { status, stdout, stderr, error } = spawnSync(
      process.execPath,
      [compiler, "--showConfig", "-p", toText(path)],
      { cwd: work, encoding: "utf8", maxBuffer: 1 << 28, env: {}, stdio: ["ignore", "pipe", "pipe"] },
    );
    if (error !== undefined) throw error;
    if (status !== 0) failTypeScript(path, (stdout + stderr).trim());
    return readShownConfig(stdout, path);
  });
}

function copyNames(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) copyNames(source, target);
    else copyFileSync(source, target);
  }
}

/** Packages are linked; links to the project's own packages stay relative. */
function linkModules(from: string, to: string): void {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.name === "node_modules") linkPackages(source, target);
    else linkModules(source, target);
  }
}

function linkPackages(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isSymbolicLink()) symlinkSync(readlinkSync(source), target);
    else if (entry.name.startsWith("@")) linkPackages(source, target);
    else symlinkSync(source, target);
  }
}
