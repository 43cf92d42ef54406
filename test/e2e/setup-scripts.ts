// Runs the scripts of scripts/ and builds with the Nix and the toolchain that they make.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const project: string = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const cache: string = process.env["UNRAVEL_CACHE"] ?? join(project, ".cache");

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function run(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Result {
  const child = spawnSync(command, args, {
    cwd: project,
    encoding: "latin1",
    env: { ...process.env, NO_COLOR: "1", ...env },
    maxBuffer: 1 << 26,
  });
  if (child.error !== undefined) throw child.error;
  return { status: child.status, stdout: child.stdout, stderr: child.stderr };
}

export const script = (
  name: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Result => run(join(project, "scripts", name), args, env);

/** Builds an expression in which `t` is the toolchain set; the text of its output, which is a file. */
export function build(expression: string, env: Readonly<Record<string, string>> = {}): string {
  const source = `let t = import ${cache}/toolchain.nix; in ${expression}`;
  const result = script("with-nix", ["nix-build", "--no-out-link", "-E", source], env);
  if (result.status !== 0) throw new Error(result.stderr);
  const root = env["UNRAVEL_NIX_ROOT"] ?? process.env["UNRAVEL_NIX_ROOT"] ?? join(cache, "nix-root");
  return readFileSync(root + result.stdout.trim(), "latin1");
}
