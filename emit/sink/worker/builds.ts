// The operations that build, and the settings for it.

import { asBytes, type Bytes, toText } from "../../../graph/bytes.ts";
import type { WireBuffer } from "../../wire-buffer.ts";
import type { ByteSource } from "./byte-source.ts";
import {
  ask,
  type DerivedPath,
  type OperationContext,
  printDerivedPath,
  putDerivedPaths,
  readNothing,
} from "./request.ts";

export interface BuildOptions {
  readonly keepFailed?: boolean;
  readonly keepGoing?: boolean;
  readonly maxJobs?: number;
  /** 0 is all. */
  readonly cores?: number;
  readonly useSubstitutes?: boolean;
  /** What the daemon tells: 3 is Nix's own default. */
  readonly verbosity?: number;
  /** Any other setting, by its name in nix.conf. */
  readonly settings?: ReadonlyMap<Bytes, Bytes>;
}

/** Inside a builder the options are not ours to set: they are not sent. */
export async function setOptions(context: OperationContext, options: BuildOptions): Promise<void> {
  if (context.connection.trust === "no" && context.connection.features.has("disable-set-options")) return;
  const settings = [...(options.settings ?? [])];
  const numbers = [
    options.keepFailed === true ? 1 : 0,
    options.keepGoing === true ? 1 : 0,
    0,
    options.verbosity ?? 3,
    options.maxJobs ?? 1,
    0,
    1,
    // "verbose build": 0 is to show what builds print.
    0,
    0,
    0,
    options.cores ?? 0,
    options.useSubstitutes === false ? 0 : 1,
    settings.length,
  ];
  const body = (out: WireBuffer): void => {
    for (const number of numbers) out.number(number);
    for (const [name, value] of settings) {
      out.string(name);
      out.string(value);
    }
  };
  await ask(context, "setOptions", body, async () => undefined);
}

/** Builds or fetches; fails with the daemon's own message when one fails. */
export function buildPaths(context: OperationContext, paths: readonly DerivedPath[]): Promise<void> {
  const body = (out: WireBuffer): void => {
    putDerivedPaths(out, context, paths);
    out.number(0);
  };
  return ask(context, "buildPaths", body, readNothing, true);
}

const statuses = [
  "built",
  "substituted",
  "already-valid",
  "permanent-failure",
  "input-rejected",
  "output-rejected",
  "transient-failure",
  "cached-failure",
  "timed-out",
  "misc-failure",
  "dependency-failed",
  "log-limit-exceeded",
  "not-deterministic",
  "resolves-to-already-valid",
  "no-substituters",
] as const;

export type BuildStatus = (typeof statuses)[number] | "not-finished" | "unknown";

export interface BuildResult {
  readonly wanted: DerivedPath;
  readonly status: BuildStatus;
  readonly isSuccess: boolean;
  /** May hold terminal colours. */
  readonly message: Bytes;
  /** Output name -> full path. */
  readonly outputs: ReadonlyMap<Bytes, Bytes>;
  /** Id -> the JSON that tells what was built, as Nix keeps it. */
  readonly realisations: ReadonlyMap<Bytes, Bytes>;
}

/**
 * Builds or fetches; a failure is a result, not an error. Without `keepGoing` the first failure ends the others, and
 * those have the status "not-finished".
 */
export function buildPathsWithResults(
  context: OperationContext,
  paths: readonly DerivedPath[],
): Promise<readonly BuildResult[]> {
  const body = (out: WireBuffer): void => {
    putDerivedPaths(out, context, paths);
    out.number(0);
  };
  const read = async (source: ByteSource): Promise<readonly BuildResult[]> => {
    const count = await source.count();
    if (count > paths.length) throw source.unexpected(`${count} build results for ${paths.length} paths`);
    const results = new Map<DerivedPath, BuildResult>();
    const left = [...paths];
    for (let i = 0; i < count; i++) {
      const text = await source.string();
      const wanted = takeWanted(left, text, count === paths.length);
      if (wanted === undefined) throw source.unexpected(`a build result for "${toText(text)}"`);
      results.set(wanted, await readBuildResult(source, context, wanted));
    }
    return paths.map((wanted) => results.get(wanted) ?? notFinished(wanted));
  };
  return ask(context, "buildPathsWithResults", body, read, true);
}

async function readBuildResult(
  source: ByteSource,
  { connection, storeDir }: OperationContext,
  wanted: DerivedPath,
): Promise<BuildResult> {
  const status = statuses[await source.number()] ?? "unknown";
  const message = await source.string();
  // Times built, not deterministic, start, stop: 0 in the versions that we know.
  for (let i = 0; i < 4; i++) await source.number();
  if (connection.version >= 0x125) {
    // CPU times of user and system, each there or not.
    for (let i = 0; i < 2; i++) if (await source.boolean()) await source.number();
  }
  const outputs = new Map<Bytes, Bytes>();
  const realisations = new Map<Bytes, Bytes>();
  for (let left = await source.count(); left > 0; left--) {
    const id = await source.string();
    const json = await source.string();
    const path = realisedPath(json);
    if (path === undefined) throw source.unexpected("a build result without a path");
    realisations.set(id, json);
    outputs.set(asBytes(id.slice(id.indexOf("!") + 1)), asBytes(`${storeDir}/${path}`));
  }
  const isSuccess =
    status === "built" ||
    status === "substituted" ||
    status === "already-valid" ||
    status === "resolves-to-already-valid";
  return { wanted, status, isSuccess, message, outputs, realisations };
}

/**
 * Results come in the order of the request. When some are missing the text decides: Nix mixes `!` and `^` in it.
 */
function takeWanted(left: DerivedPath[], text: Bytes, isComplete: boolean): DerivedPath | undefined {
  for (let wanted = left.shift(); wanted !== undefined; wanted = left.shift()) {
    if (isComplete || printDerivedPath(wanted) === text.replaceAll("^", "!")) return wanted;
  }
  return undefined;
}

function notFinished(wanted: DerivedPath): BuildResult {
  return {
    ...{ wanted, status: "not-finished", isSuccess: false, message: asBytes("") },
    outputs: new Map(),
    realisations: new Map(),
  };
}

/** The base name in a realisation, which is JSON. */
function realisedPath(json: Bytes): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    if (typeof value !== "object" || value === null || !("outPath" in value)) return undefined;
    return typeof value.outPath === "string" ? value.outPath : undefined;
  } catch {
    return undefined;
  }
}
