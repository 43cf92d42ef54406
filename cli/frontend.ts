// Which build tool a file is for, and where its paths are relative to.

import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { fail } from "../graph/diagnostic.ts";
import type { Io } from "./io.ts";
import { failUsage } from "./usage.ts";

export const frontends = ["ninja", "make", "json"] as const;

/** Of these only `unravel graph` reads something: a lockfile. */
export const withPackages = ["cargo", "npm"] as const;

export type Frontend = (typeof frontends)[number];

export function checkFrontend(name: string): Frontend;
/** `known` are the words that this command knows. */
export function checkFrontend<T extends string>(name: string, known: readonly T[]): T;
export function checkFrontend(name: string, known: readonly string[] = frontends): string {
  const found = known.find((frontend) => frontend === name);
  if (found !== undefined) return found;
  const listed = `frontends: ${known.join(", ")}`;
  const isPackages = (withPackages as readonly string[]).includes(name);
  return fail(
    {
      code: "cli/unknown-frontend",
      message: isPackages
        ? `"${name}" has packages and no steps that could be planned here`
        : `there is no frontend "${name}"`,
      hint: isPackages
        ? `unravel.${name} builds it in Nix; \`unravel graph ${name} FILE\` shows a lockfile. Here, ${listed}`
        : listed,
    },
    2,
  );
}

/** The directory in which the build tool would run: `-C`, or where the file is; a capture has a folder of its own there. */
export function buildDirectoryOf(io: Io, file: string, directory: string | undefined): string {
  if (directory === undefined) {
    const path = resolve(io.cwd, file);
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return path;
    const place = dirname(path);
    return basename(place) === ".unravel" ? dirname(place) : place;
  }
  return namedDirectory(io, directory, "-C");
}

/** An existing directory that an option names, as an absolute path. */
export function namedDirectory(io: Io, directory: string, option: string): string {
  const path = resolve(io.cwd, directory);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    failUsage(`"${directory}", given with ${option}, is not a directory`, "check the path");
  }
  return path;
}
