// Which directory is the source tree around a build directory.

import { existsSync } from "node:fs";
import { dirname, isAbsolute, join, relative } from "node:path";
import { namedDirectory } from "../frontend.ts";
import type { Session } from "../io.ts";
import { failUsage } from "../usage.ts";

/** The tree that was given, or else the checkout around the build directory, or else that directory alone. */
export function rootOf(
  { io }: Pick<Session, "io">,
  given: string | undefined,
  buildDirectory: string,
): string {
  if (given === undefined) {
    for (let directory = buildDirectory; ; directory = dirname(directory)) {
      if (existsSync(join(directory, ".git"))) return directory;
      if (dirname(directory) === directory) return buildDirectory;
    }
  }
  const root = namedDirectory(io, given, "--root");
  const inside = relative(root, buildDirectory);
  if (inside.startsWith("..") || isAbsolute(inside)) {
    failUsage(
      `the build directory "${buildDirectory}" is not inside the root "${root}"`,
      "give a root that holds sources and build directory",
    );
  }
  return root;
}
