// `unravel build`: builds targets of a configured build directory through Nix, one derivation per command.

import { Command, InvalidArgumentError } from "commander";
import type { Session } from "../io.ts";
import { addPlanOptions, type PlanFlags } from "./plan-options.ts";

export interface BuildFlags extends PlanFlags {
  readonly toolchain?: string;
  readonly keepGoing?: true;
  readonly jobs?: number;
  readonly linkOut: boolean;
  readonly outLink?: string;
  readonly substitute?: true;
  readonly record?: string;
  readonly explain?: true;
  readonly events?: true;
  readonly quiet?: true;
  readonly json?: true;
}

const examples = `
Examples:
  unravel build ninja build/build.ninja --root .            the manifest's defaults, like ninja -C build
  unravel build ninja build/build.ninja bin/app -j4 -k      one target, 4 at a time, past failures
  unravel build ninja build/build.ninja --no-link-out       leave the build directory as it is
  unravel build ninja build/build.ninja --out-link result   a link to all built files in the store

Built files are copied into the build directory, where ninja would put them. Steps run in Nix's sandbox with what
--toolchain names, or with what PATH and the compilers' variables name in the Nix store (as in \`nix develop\`).`;

export function buildCommand(session: Session): Command {
  return addPlanOptions(new Command("build"))
    .description("build targets through Nix, one derivation per step")
    .option("--toolchain <file>", "JSON with shell, path and env of the steps; the environment unless given")
    .option("-k, --keep-going", "go on with what does not depend on a failed step")
    .option("-j, --jobs <n>", "steps at a time; the number of processors unless given", positive)
    .option("--no-link-out", "do not copy built files into the build directory")
    .option("--out-link <link>", "make a link to a tree of all built files, kept from garbage collection")
    .option("--substitute", "look for results of steps in the configured binary caches first")
    .option(
      "--record <file>",
      "where to write what `unravel report` shows; .unravel/build.jsonl unless given",
    )
    .option("--explain", "tell why each step is run: the first thing that differs from the last build")
    .option("--events", "print a line of JSON when a step starts, prints something or ends")
    .option("-q, --quiet", "print no progress")
    .option("--json", "print counts as JSON, and diagnostics as JSON")
    .addHelpText("after", examples)
    .action(async (frontend: string, file: string, targets: readonly string[], flags: BuildFlags) => {
      session.isJson = flags.json === true;
      const { buildOnHost } = await import("../host/build-on-host.ts");
      await session.io.out(await buildOnHost(session, { frontend, file, targets, flags }, flags));
    });
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    throw new InvalidArgumentError("It must be a number from 1.");
  }
  return number;
}
