// Host mode as the end-to-end tests use it: `unravel build` in this process, with a store of its own.

import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Entry, makeProject, type Project, type Ran, type RunOptions } from "../cli.ts";
import { type BuildStore, projectDirectory } from "./build-store.ts";

const cache: string = process.env["UNRAVEL_CACHE"] ?? join(projectDirectory, ".cache");

export interface HostProject extends Project {
  /** `unravel build ninja build.ninja --root . ...`; the manifest may be another. */
  readonly build: (
    args?: readonly string[],
    options?: RunOptions & { readonly manifest?: string },
  ) => Promise<Ran>;
}

export interface HostTools {
  /** The variables that select Nix and the store. */
  readonly env: Readonly<Record<string, string>>;
  /** For --toolchain. */
  readonly toolchain: string;
  readonly project: (files: Readonly<Record<string, Entry>>, name?: string) => HostProject;
}

export function hostTools(store: BuildStore): HostTools {
  const env = environmentOf(store.physical(""));
  const toolchain = join(store.directory, "toolchain.json");
  const path = toolchainPath();
  writeFileSync(toolchain, JSON.stringify({ shell: `${path}/bin/bash`, path: [`${path}/bin`] }));
  return {
    env,
    toolchain,
    project: (files, name) => {
      const project = makeProject(files, name);
      const build: HostProject["build"] = (args = [], { manifest = "build.ninja", ...options } = {}) =>
        project.run(["build", "ninja", manifest, "--root", ".", "--toolchain", toolchain, ...args], {
          env,
          ...options,
        });
      return { ...project, build };
    },
  };
}

/** Store path of gcc and its friends. */
export function toolchainPath(): string {
  const set = readFileSync(join(cache, "toolchain.nix"), "utf8");
  const path = /packages\."toolchain" = tool "toolchain" "([^"]+)"/.exec(set)?.[1];
  if (path === undefined) throw new Error("the toolchain set names no toolchain");
  return path;
}

function environmentOf(root: string): Readonly<Record<string, string>> {
  const text = execFileSync("bash", ["-c", '. "$0/scripts/env.sh" && env -0', projectDirectory], {
    env: { ...process.env, UNRAVEL_NIX_ROOT: root, UNRAVEL_CACHE: cache },
    encoding: "utf8",
  });
  const rows = text.split("\0").filter((row) => row.includes("="));
  return Object.fromEntries(
    rows.map((row) => [row.slice(0, row.indexOf("=")), row.slice(row.indexOf("=") + 1)]),
  );
}
