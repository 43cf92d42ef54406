// Runs phases of the configure and package derivations with the functions that templates/builder gives them.

import { spawnSync } from "node:child_process";
import { mkdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { asBytes, toBuffer } from "../../../graph/bytes.ts";
import { scripts, shell } from "./attributes.ts";
import { type Ran } from "./step-run.ts";

/** Runs `phases` after sourcing a script, with these variables and no others. */
export function runPhases(
  script: string,
  phases: string,
  directory: string,
  variables: Readonly<Record<string, string>>,
): Ran {
  const top = join(directory, "top");
  mkdirSync(top, { recursive: true });
  const env = {
    PATH: "/usr/bin:/bin",
    NIX_BUILD_TOP: realpathSync(top),
    TMPDIR: realpathSync(top),
    ...variables,
  };
  const { status, stdout, stderr } = spawnSync(shell, ["--norc", "-euo", "pipefail", "-s"], {
    cwd: top,
    encoding: "latin1",
    env,
    input: toBuffer(asBytes(`. ${scripts}/${script}\n${phases}\n`)),
  });
  return { code: status, out: stdout, err: stderr };
}
