// The npm of this machine, as an oracle: with settings of its own, so that the person's are neither read nor changed.

import { spawn } from "node:child_process";
import { lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface Npm {
  readonly run: (directory: string, args: readonly string[]) => Promise<string>;
  readonly remove: () => void;
}

export function realNpm(registry: string): Npm {
  const home = mkdtempSync(join(tmpdir(), "unravel-npm-home-"));
  const env = {
    HOME: home,
    PATH: process.env["PATH"] ?? "",
    npm_config_registry: registry,
    npm_config_cache: join(home, "cache"),
    npm_config_userconfig: join(home, "npmrc"),
    npm_config_globalconfig: join(home, "global-npmrc"),
    npm_config_audit: "false",
    npm_config_fund: "false",
    npm_config_update_notifier: "false",
    npm_config_ignore_scripts: "true",
  };
  return {
    run: (directory, args) => runNpm(directory, args, env),
    remove: () => rmSync(home, { recursive: true, force: true }),
  };
}

function runNpm(
  directory: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<string> {
  return new Promise((done, fail) => {
    const child = spawn("npm", args, {
      cwd: directory,
      env,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: 100_000,
    });
    let out = "";
    child.stdout.on("data", (data: Buffer) => {
      out += data.toString();
    });
    child.stderr.on("data", (data: Buffer) => {
      out += data.toString();
    });
    child.on("error", fail);
    child.on("close", (code) => {
      if (code === 0) done(out);
      else fail(new Error(`npm ${args.join(" ")} ended with ${code}:\n${out}`));
    });
  });
}

/** What is below `node_modules` directories: packages by place, links with their text, files that may be executed. */
export interface Installed {
  readonly packages: ReadonlyMap<string, string>;
  readonly links: ReadonlyMap<string, string>;
  readonly programs: readonly string[];
}

export function installedIn(directory: string): Installed {
  const packages = new Map<string, string>();
  const links = new Map<string, string>();
  const programs: string[] = [];
  const walk = (below: string): void => {
    for (const name of readdirSync(join(directory, below)).sort()) {
      const path = below === "" ? name : `${below}/${name}`;
      const isInside = /(^|\/)node_modules\//.test(`${path}/`);
      const stat = lstatSync(join(directory, path));
      if (stat.isSymbolicLink()) links.set(path, readlinkSync(join(directory, path)));
      else if (stat.isDirectory()) walk(path);
      else if (isInside && name !== "package.json" && path.includes("/.bin/")) {
        // pnpm writes a script where npm has a link: what counts is where it leads.
        links.set(path, scriptTarget(readFileSync(join(directory, path), "utf8")));
      } else if (isInside && (stat.mode & 0o111) !== 0) programs.push(path);
      if (isInside && stat.isFile() && name === "package.json" && isPackagePlace(dirname(path))) {
        const manifest: unknown = JSON.parse(readFileSync(join(directory, path), "utf8"));
        const { name: own, version } = manifest as { name: string; version: string };
        packages.set(dirname(path), `${own}@${version}`);
      }
    }
  };
  walk("");
  return { packages, links, programs };
}

function scriptTarget(script: string): string {
  const target = /exec node +"\$basedir\/([^"]+)"/.exec(script);
  return target?.[1] ?? "?";
}

function isPackagePlace(path: string): boolean {
  return /(^|\/)node_modules\/(@[^/]+\/)?[^/]+$/.test(path);
}

/** One line for each package, link and program. */
export function describeInstalled({ packages, links, programs }: Installed): string {
  const lines = [
    ...[...packages].map(([place, name]) => `package ${place} ${name}`),
    ...[...links].map(([place, text]) => `link ${place} -> ${text}`),
    ...programs.map((place) => `program ${place}`),
  ];
  return `${lines.sort().join("\n")}\n`;
}
