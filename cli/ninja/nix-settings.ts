// What ninja's arguments have no place for, from the environment: UNRAVEL_ROOT, UNRAVEL_TOOLCHAIN,
// UNRAVEL_EXTRA_INPUTS, UNRAVEL_SUBSTITUTE.

import { existsSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import type { ExtraInputs } from "../../emit/plan/draft.ts";
import { globToRegExp } from "../../emit/plan/glob.ts";
import { fromText } from "../../graph/bytes.ts";
import { canonicalizePath } from "../../graph/path.ts";
import { readIfThere, readNamedFile } from "../files.ts";
import { parseToolchain, type Toolchain, toolchainOfEnvironment } from "../host/toolchain.ts";
import { failUsage } from "../usage.ts";
import type { Environment } from "./line-printer.ts";

export interface NixSettings {
  readonly env: Environment;
  /** The build directory, absolute. */
  readonly directory: string;
  /** The source tree that holds it, absolute. */
  readonly root: string;
  readonly isRootGiven: boolean;
  readonly name: string;
  readonly extraInputs: readonly ExtraInputs[];
  /** As written. */
  readonly extraInputsText: string;
  readonly substitute: boolean;
  /** Throws when none can be determined. */
  readonly toolchain: () => Toolchain;
}

export function nixSettings(directory: string, env: Environment): NixSettings {
  const given = env["UNRAVEL_ROOT"] ?? "";
  const root = given === "" ? guessRoot(directory) : givenRoot(resolve(directory, given), directory);
  const extra = env["UNRAVEL_EXTRA_INPUTS"] ?? "";
  let toolchain: Toolchain | undefined;
  return {
    env,
    directory,
    root,
    isRootGiven: given !== "",
    name: basename(root),
    extraInputs: extra
      .split(/\s+/)
      .filter((part) => part !== "")
      .map(parseExtra),
    extraInputsText: extra,
    substitute: (env["UNRAVEL_SUBSTITUTE"] ?? "") !== "",
    toolchain: () => {
      toolchain ??= readToolchain(env, directory);
      return toolchain;
    },
  };
}

function readToolchain(env: Environment, directory: string): Toolchain {
  const file = env["UNRAVEL_TOOLCHAIN"] ?? "";
  if (file === "") return toolchainOfEnvironment(env);
  return parseToolchain(readNamedFile(resolve(directory, file), file).toString(), file);
}

/** The checkout around the build directory; without one, the source that CMake or Meson names; else the directory. */
function guessRoot(directory: string): string {
  for (let at = directory; ; at = dirname(at)) {
    if (existsSync(join(at, ".git"))) return at;
    if (dirname(at) === at) break;
  }
  const source = cmakeSource(directory) ?? mesonSource(directory);
  return source !== undefined && isInside(directory, source) ? source : directory;
}

function cmakeSource(directory: string): string | undefined {
  const cache = readIfThere(join(directory, "CMakeCache.txt"))?.toString() ?? "";
  return /^CMAKE_HOME_DIRECTORY:INTERNAL=(.+)$/m.exec(cache)?.[1];
}

function mesonSource(directory: string): string | undefined {
  const info = readIfThere(join(directory, "meson-info/meson-info.json"))?.toString();
  return info === undefined ? undefined : /"source":\s*"([^"\\]+)"/.exec(info)?.[1];
}

function givenRoot(root: string, directory: string): string {
  if (isInside(directory, root)) return root;
  return failUsage(
    `the build directory "${directory}" is not inside UNRAVEL_ROOT "${root}"`,
    "name a directory that holds sources and build directory",
  );
}

function isInside(directory: string, root: string): boolean {
  const inside = relative(root, directory);
  return !inside.startsWith("..") && !isAbsolute(inside);
}

function parseExtra(text: string): ExtraInputs {
  const equals = text.indexOf("=");
  const files = text.slice(equals + 1).split(",");
  if (
    equals <= 0 ||
    files.some((file) => file === "" || isAbsolute(file) || file.split("/").includes(".."))
  ) {
    return failUsage(
      `UNRAVEL_EXTRA_INPUTS holds GLOB=FILE,..., separated by spaces, not "${text}"`,
      "globs and files are relative to the root: UNRAVEL_EXTRA_INPUTS='gen/**=tools,data/names.txt'",
    );
  }
  return {
    outputs: globToRegExp(fromText(text.slice(0, equals))),
    files: files.map((file) => canonicalizePath(fromText(file))),
  };
}
