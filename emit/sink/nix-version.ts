// Is there a Nix, is it new enough, and are the features on that a plan needs: found out before any work is done.

import { execFile } from "node:child_process";
import { fail } from "../../graph/diagnostic.ts";
import type { Environment } from "./worker/transport.ts";

export type NixFeature =
  | "ca-derivations"
  | "dynamic-derivations"
  | "flakes"
  | "nix-command"
  | "recursive-nix";

/** What building dynamic derivations takes. */
export const neededFeatures: readonly NixFeature[] = ["ca-derivations", "dynamic-derivations"];

/** Major and minor of the oldest Nix that this was tested with. */
const oldest: readonly [number, number] = [2, 34];

export interface NixInstallation {
  /** "2.34.8" */
  readonly version: string;
  /** Experimental features that are on. */
  readonly features: ReadonlySet<string>;
}

export interface NixQuestion {
  readonly environment: Environment;
  /** Fails unless these are on. */
  readonly features?: readonly NixFeature[];
  /** Program to ask; "nix" of PATH unless given. */
  readonly program?: string;
}

/** Asks the Nix on this machine. Fails with nix/missing, nix/too-old or nix/feature-off, exit code 3. */
export async function findNix(question: NixQuestion): Promise<NixInstallation> {
  const program = question.program ?? "nix";
  const version = parseNixVersion(await run(program, ["--version"], question.environment));
  checkNixVersion(version, `"${program}"`);
  const shown = ["--extra-experimental-features", "nix-command", "config", "show", "experimental-features"];
  const features = new Set(
    (await run(program, shown, question.environment)).split(/\s+/).filter((word) => word !== ""),
  );
  checkFeatures(features, question.features ?? neededFeatures);
  return { version, features };
}

/** `nix (Nix) 2.34.8` -> `2.34.8`, the last word; "" when there is no version in the text. */
export function parseNixVersion(text: string): string {
  return /(\d+\.\d+\S*)\s*$/.exec(text)?.[1] ?? "";
}

/** `what` says whose version it is. */
export function checkNixVersion(version: string, what: string): void {
  const [major = 0, minor = 0] = version.split(".").map((part) => Number.parseInt(part, 10));
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return;
  fail(
    {
      code: "nix/too-old",
      message: version === "" ? `${what} does not tell its version` : `${what} is Nix ${version}`,
      hint: `use Nix ${oldest.join(".")} or newer: older ones build dynamic derivations wrongly or not at all`,
    },
    3,
  );
}

export function checkFeatures(on: ReadonlySet<string>, needed: readonly NixFeature[]): void {
  const off = needed.filter((feature) => !on.has(feature));
  if (off.length === 0) return;
  const message =
    off.length === 1
      ? `the experimental feature ${off[0]} of Nix is off`
      : `the experimental features ${off.slice(0, -1).join(", ")} and ${off.at(-1)} of Nix are off`;
  const hint = `add to nix.conf, the daemon's too: extra-experimental-features = ${off.join(" ")}`;
  fail({ code: "nix/feature-off", message, hint }, 3);
}

function run(program: string, args: readonly string[], environment: Environment): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { env: { ...environment }, timeout: 60_000 }, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
        return;
      }
      const missing = error.code === "ENOENT" || error.code === "EACCES";
      const said = stderr.trim().split("\n").at(-1) ?? "";
      try {
        fail(
          {
            code: "nix/missing",
            message: missing
              ? `there is no program "${program}" to run`
              : `"${program} ${args.at(-1)}" failed: ${said || `it ended with exit code ${error.code}`}`,
            hint: "install Nix 2.34 or newer and put it on PATH; to write a plan without Nix, use the cache sink",
          },
          3,
          { cause: error },
        );
      } catch (failure) {
        reject(failure);
      }
    });
  });
}
