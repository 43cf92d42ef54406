// Ninja's command line cases, and which of them say nothing about us. The reasons are those of
// docs/ninja-coverage.md.

import { readFileSync } from "node:fs";
import { resolve } from "node:path";

export interface CliCase {
  readonly id: string;
  readonly name: string;
  readonly args: readonly string[];
  readonly build_ninja: string;
  readonly rc: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** The folder UNRAVEL_CONFORMANCE names, or the one beside the checkout. */
export const conformanceFolder: string = resolve(
  import.meta.dirname,
  "../..",
  process.env["UNRAVEL_CONFORMANCE"] ?? "../shared/conformance",
);

export function cliCases(): readonly CliCase[] {
  const { cases } = JSON.parse(readFileSync(resolve(conformanceFolder, "cli.json"), "utf8")) as {
    cases: CliCase[];
  };
  return cases;
}

/** Why a case is not compared at all; `undefined` for one that is. */
export function reasonToLeaveOut({ args }: CliCase): string | undefined {
  const tool = args[args.indexOf("-t") + 1];
  if (args.includes("-t") && tool === "browse") return "starts a web server";
  if (args.includes("-t") && tool === "urtle") return "draws a turtle";
  return undefined;
}

/** Why a case is compared with commands run by /bin/sh only, and not through Nix as well. */
export function reasonAgainstNix({ args, build_ninja: manifest, stderr }: CliCase): string | undefined {
  if (args.includes("-t") || args.includes("-n") || /ninja: (error|fatal):/.test(stderr))
    return "runs no command";
  if (manifest.trim() === "") return "runs no command";
  if (manifest.includes("/usr/bin/")) return "runs a program of the machine";
  if (/pool = console/.test(manifest)) return "reads a file that its command does not make";
  return undefined;
}

/** What two runs of a case have in common: addresses are numbered, and what runs at once ends in any order. */
export function comparable<T extends { readonly out: string }>({ args }: CliCase, ran: T): T {
  const isOrdered = args.some((arg) => arg === "-t" || arg === "-n" || arg === "-j1");
  const out = numbered(ran.out);
  if (isOrdered) return { ...ran, out };
  const lines = out.split("\n").map((line) => line.replace(/^\[\d+\/(\d+)\] /, "[$1] "));
  return { ...ran, out: lines.sort().join("\n") };
}

/** Addresses in a graph, by order of appearance. */
export function numbered(text: string): string {
  const numbers = new Map<string, number>();
  return text.replace(/"0x[0-9a-f]+"/g, (address) => {
    const number = numbers.get(address) ?? numbers.size;
    numbers.set(address, number);
    return `"${number}"`;
  });
}
