// Asks cargo and rustc, offline, what there is to do. Nothing is compiled.

import { spawnSync } from "node:child_process";
import { cfgLines } from "../../generators/cargo/cfg.ts";
import { configuredTarget, platformSettings } from "../../generators/cargo/config.ts";
import { parseFields } from "../../generators/cargo/json-fields.ts";
import { asBytes, type Bytes, fromBuffer, fromText, toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";

export interface CargoQuestion {
  /** Where the workspace lies. */
  readonly directory: string;
  /** CARGO_HOME: holds a configuration that names the vendored directories. */
  readonly home: string;
  /** "build" or "test". */
  readonly command: "build" | "test";
  /** Arguments such as --release, --features and --bin. */
  readonly arguments: readonly string[];
  /** Of cargo's configuration otherwise. */
  readonly target: string | undefined;
  /** RUSTFLAGS, in words. */
  readonly rustflags: readonly Bytes[] | undefined;
  /** PATH, with both programs. */
  readonly path: string;
  /** Further variables that cargo reads settings from. */
  readonly variables?: Readonly<Record<string, string>>;
}

export interface PrintedAnswers {
  readonly unitGraph: Bytes;
  readonly metadata: Bytes;
  readonly config: Bytes;
  readonly rustc: Bytes;
  readonly hostCfg: Bytes;
  readonly targetCfg: Bytes;
  /** The target that counts; `undefined` is the host. */
  readonly target: Bytes | undefined;
}

/** Throws an InputError with what cargo says. */
export function askCargo(question: CargoQuestion): PrintedAnswers {
  const run = (program: string, args: readonly string[], more: Record<string, string> = {}): Bytes => {
    const { error, status, stdout, stderr } = spawnSync(program, args, {
      cwd: question.directory,
      env: {
        PATH: question.path,
        HOME: question.home,
        CARGO_HOME: question.home,
        CARGO_NET_OFFLINE: "true",
        CARGO_TERM_COLOR: "never",
        // What the configuration would have run around rustc, or in its place, is no part of a build here.
        RUSTC: "rustc",
        RUSTC_WRAPPER: "",
        RUSTC_WORKSPACE_WRAPPER: "",
        ...question.variables,
        ...more,
      },
      maxBuffer: 1 << 30,
      stdio: ["ignore", "pipe", "pipe"],
    });
    if (error !== undefined) return failToRun(program, error.message);
    if (status !== 0) return failRefused(program, args, stderr.toString());
    return fromBuffer(stdout);
  };
  // Unstable options of a stable cargo: for these calls alone, because rustc's output depends on it.
  const bootstrap = { RUSTC_BOOTSTRAP: "1" };
  const metadata = run("cargo", ["metadata", "--format-version", "1", "--locked", "--offline"]);
  const config = run("cargo", ["-Zunstable-options", "config", "get", "--format", "json-value"], bootstrap);
  const settings = parseFields(config, "configuration");
  const named = question.target ?? targetIn(question.arguments);
  const triple = named === undefined ? configuredTarget(settings) : fromText(named);
  const target = triple === undefined ? [] : ["--target", toText(triple)];
  const quiet = question.command === "test" ? ["--no-run"] : [];
  const unitGraph = run(
    "cargo",
    [
      question.command,
      "-Zunstable-options",
      "--unit-graph",
      "--locked",
      "--offline",
      ...quiet,
      ...question.arguments,
      ...(targetIn(question.arguments) === undefined ? target : []),
    ],
    bootstrap,
  );
  const rustc = run("rustc", ["-vV"]);
  // Flags may name conditions, and depend on some: as cargo, ask without them first.
  const cfgFor = (triple: Bytes, more: readonly string[]): Bytes => {
    const plain = run("rustc", ["--print", "cfg", ...more]);
    const { flags } = platformSettings(settings, triple, cfgLines(plain), question.rustflags);
    return flags.length === 0 ? plain : run("rustc", ["--print", "cfg", ...more, ...flags]);
  };
  const host = asBytes(/^host: (.*)$/m.exec(rustc)?.[1] ?? "");
  const targetCfg = cfgFor(triple ?? host, target);
  const hostCfg = triple === undefined ? targetCfg : run("rustc", ["--print", "cfg"]);
  return { unitGraph, metadata, config, rustc, hostCfg, targetCfg, target: triple };
}

function targetIn(args: readonly string[]): string | undefined {
  const at = args.findIndex((word) => word === "--target" || word.startsWith("--target="));
  return args[at] === "--target" ? args[at + 1] : args[at]?.slice("--target=".length);
}

function failToRun(program: string, reason: string): never {
  return fail({
    code: "cargo/no-cargo",
    message: `${program} cannot be run: ${reason}`,
    hint: "give rustc and cargo as packages with bin/rustc and bin/cargo",
  });
}

/** Cargo's own words: it knows best what is wrong with a project. */
function failRefused(program: string, args: readonly string[], complaint: string): never {
  const lines = complaint
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("note: ") && !line.startsWith("warning: "));
  // A list of reasons is one sentence.
  const text = lines
    .join("; ")
    .replace(/^error: /, "")
    .replace(/: ?; /g, ": ")
    .replace(/; \.\.\. /g, ", ");
  const isLocked = complaint.includes("--locked");
  return fail({
    code: isLocked ? "cargo/out-of-date" : "cargo/refused",
    message: `${program} ${args.find((word) => !word.startsWith("-")) ?? ""} says: ${text.slice(0, 1500)}`,
    hint: isLocked
      ? "Cargo.lock does not fit the manifests: run cargo update --workspace, and commit the lockfile"
      : "cargo says the same in the project itself",
  });
}
