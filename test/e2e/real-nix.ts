// The real Nix for tests: the private one that scripts/setup-nix.sh makes, each time with an empty store.

import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const scripts: string = fileURLToPath(new URL("../../scripts/", import.meta.url));
const cache: string =
  process.env["UNRAVEL_CACHE"] ?? fileURLToPath(new URL("../../.cache/", import.meta.url));

export interface RealNix {
  /** The variables that select this Nix and this store. */
  readonly environment: Readonly<Record<string, string>>;
  /** Where the store's files lie: prefix of logical paths. */
  readonly root: string;
  /** Runs a program of Nix; standard output, trimmed. */
  readonly run: (program: string, ...args: readonly string[]) => Promise<string>;
  readonly remove: () => void;
}

export interface RealNixOptions {
  readonly recursive?: boolean;
  /** Lines of nix.conf. */
  readonly settings?: string;
}

/** A Nix with an empty store of its own; fails where there is no Nix, so that no test is left out in silence. */
export function makeRealNix(options: RealNixOptions = {}): RealNix {
  if (!existsSync(join(cache, "nix/bin/nix"))) throw new Error("no Nix: run scripts/setup-nix.sh");
  const root = mkdtempSync(join(tmpdir(), "unravel-nix-"));
  const wanted = {
    ...process.env,
    UNRAVEL_NIX_ROOT: root,
    UNRAVEL_CACHE: cache.replace(/\/$/, ""),
    ...(options.recursive === true ? { UNRAVEL_RECURSIVE_NIX: "1" } : {}),
    ...(options.settings === undefined ? {} : { NIX_CONFIG: options.settings }),
  };
  const text = execFileSync("bash", ["-c", '. "$0/env.sh" && env -0', scripts], {
    env: wanted,
    encoding: "utf8",
  });
  const environment = Object.fromEntries(
    text
      .split("\0")
      .filter((line) => line.includes("="))
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)] as const),
  );
  const remove = (): void => {
    execFileSync("chmod", ["-R", "u+w", root]);
    rmSync(root, { recursive: true, force: true });
  };
  const run = async (program: string, ...args: readonly string[]): Promise<string> => {
    const { stdout } = await promisify(execFile)(program, args, { env: environment, maxBuffer: 1 << 28 });
    return stdout.trim();
  };
  return { environment, root, run, remove };
}

export interface RealDaemon {
  readonly socket: string;
  readonly stop: () => void;
}

/** A daemon on that store, ready to be connected to. */
export async function startDaemon(nix: RealNix): Promise<RealDaemon> {
  const socket = join(nix.root, "socket");
  const environment = { ...nix.environment, NIX_DAEMON_SOCKET_PATH: socket };
  const daemon = spawn("nix-daemon", [], { env: environment, stdio: "ignore" });
  for (let left = 200; !existsSync(socket); left--) {
    if (left === 0) throw new Error("nix-daemon made no socket in 10 s");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return { socket, stop: () => daemon.kill() };
}
