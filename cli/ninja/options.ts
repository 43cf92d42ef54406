// The program's own arguments (ninja: `ReadFlags`).

import { availableParallelism } from "node:os";
import { asBytes } from "../../graph/bytes.ts";
import { fatal } from "./failure.ts";
import { OptionReader } from "./getopt.ts";
import type { Print } from "./print.ts";
import { spellcheck } from "./spellcheck.ts";
import type { Verbosity } from "./status.ts";
import { findTool, type ToolEntry, toolList } from "./tools.ts";

/** What `--version` prints. Generators compare it with the version that they need. */
export const ninjaVersion = "1.14.0";

export interface Options {
  inputFile: string;
  directory: string | undefined;
  tool: ToolEntry | undefined;
  jobs: number;
  /** How many commands may fail before no more are started. */
  failuresAllowed: number;
  /** 0 is no limit. */
  maxLoad: number;
  isDryRun: boolean;
  verbosity: Verbosity;
  statusFormat: string | undefined;
  phonyCycle: "error" | "warn";
  explains: boolean;
  showsStatistics: boolean;
  keepsDepfile: boolean;
  keepsResponseFile: boolean;
  /** Targets, or what follows `-t TOOL`. */
  operands: readonly string[];
}

const longOptions = new Map([
  ["help", { key: "h" }],
  ["version", { key: "version" }],
  ["verbose", { key: "v" }],
  ["quiet", { key: "quiet" }],
  ["status", { key: "status", takesArgument: true as const }],
]);

/** The options, or the exit code when there is nothing more to do. */
export function readArguments(args: readonly string[], print: Print): Options | number {
  const options: Options = {
    inputFile: "build.ninja",
    directory: undefined,
    tool: undefined,
    jobs: usualJobs(availableParallelism()),
    failuresAllowed: 1,
    maxLoad: 0,
    isDryRun: false,
    verbosity: "normal",
    statusFormat: undefined,
    phonyCycle: "warn",
    explains: false,
    showsStatistics: false,
    keepsDepfile: false,
    keepsResponseFile: false,
    operands: [],
  };
  const reader = new OptionReader(args, { short: "d:f:j:k:l:nt:vw:C:h", long: longOptions }, "ninja");
  for (let option = reader.read(); option !== undefined; option = reader.read()) {
    if (option.complaint !== undefined) print.complain(asBytes(option.complaint));
    const code = apply(option.key, option.argument, options, print);
    if (code !== undefined) return code;
    if (options.tool !== undefined) return { ...options, operands: reader.rest() };
  }
  return { ...options, operands: reader.operands() };
}

function apply(key: string, argument: string, options: Options, print: Print): number | undefined {
  switch (key) {
    case "d":
      return applyDebug(argument, options, print);
    case "f":
      options.inputFile = argument;
      return undefined;
    case "j":
      if (!isInteger(argument) || Number(argument) < 0) fatal("invalid -j parameter");
      options.jobs = Number(argument) === 0 ? Number.POSITIVE_INFINITY : Number(argument);
      return undefined;
    case "k":
      if (!isInteger(argument)) fatal("-k parameter not numeric; did you mean -k 0?");
      options.failuresAllowed = Number(argument) <= 0 ? Number.POSITIVE_INFINITY : Number(argument);
      return undefined;
    case "l": {
      const load = Number.parseFloat(argument);
      if (Number.isNaN(load)) fatal("-l parameter not numeric: did you mean -l 0.0?");
      options.maxLoad = load;
      return undefined;
    }
    case "n":
      options.isDryRun = true;
      return undefined;
    case "t":
      if (argument === "list") {
        print.out(toolList());
        return 0;
      }
      options.tool = findTool(argument);
      return undefined;
    case "v":
      options.verbosity = "verbose";
      return undefined;
    case "quiet":
      options.verbosity = "no-status";
      return undefined;
    case "status":
      options.statusFormat = argument;
      return undefined;
    case "w":
      return applyWarning(argument, options, print);
    case "C":
      options.directory = argument;
      return undefined;
    case "version":
      print.out(`${ninjaVersion}\n`);
      return 0;
    default:
      print.complain(asBytes(usage(options.jobs)));
      return 1;
  }
}

function applyDebug(mode: string, options: Options, print: Print): number | undefined {
  switch (mode) {
    case "list":
      print.out(debugModes);
      return 1;
    case "stats":
      options.showsStatistics = true;
      return undefined;
    case "explain":
      options.explains = true;
      return undefined;
    case "keepdepfile":
      options.keepsDepfile = true;
      return undefined;
    case "keeprsp":
      options.keepsResponseFile = true;
      return undefined;
    case "nostatcache":
      return undefined;
    default: {
      const near = spellcheck(mode, ["stats", "explain", "keepdepfile", "keeprsp", "nostatcache"]);
      print.error(`unknown debug setting '${mode}'${near === undefined ? "" : `, did you mean '${near}'?`}`);
      return 1;
    }
  }
}

function applyWarning(flag: string, options: Options, print: Print): number | undefined {
  switch (flag) {
    case "list":
      print.out("warning flags:\n  phonycycle={err,warn}  phony build statement references itself\n");
      return 1;
    case "phonycycle=err":
      options.phonyCycle = "error";
      return undefined;
    case "phonycycle=warn":
      options.phonyCycle = "warn";
      return undefined;
    case "dupbuild=err":
    case "dupbuild=warn":
      print.warning("deprecated warning 'dupbuild'");
      return undefined;
    case "depfilemulti=err":
    case "depfilemulti=warn":
      print.warning("deprecated warning 'depfilemulti'");
      return undefined;
    default: {
      const near = spellcheck(flag, ["phonycycle=err", "phonycycle=warn"]);
      print.error(`unknown warning flag '${flag}'${near === undefined ? "" : `, did you mean '${near}'?`}`);
      return 1;
    }
  }
}

/** What strtol(3) takes to its end; nothing at all is 0. */
function isInteger(text: string): boolean {
  return /^\s*[+-]?[0-9]+$/.test(text) || text === "";
}

/** Ninja's guess: a little more than there are processors. */
function usualJobs(processors: number): number {
  if (processors <= 1) return 2;
  return processors === 2 ? 3 : processors + 2;
}

const debugModes = `debugging modes:
  stats        print operation counts/timing info
  explain      explain what caused a command to execute
  keepdepfile  don't delete depfiles after they're read by ninja
  keeprsp      don't delete @response files on success
multiple modes can be enabled via -d FOO -d BAR
`;

function usage(jobs: number): string {
  return `usage: ninja [options] [targets...]

if targets are unspecified, builds the 'default' target (see manual).

options:
  --version      print ninja version ("${ninjaVersion}")
  -v, --verbose  show all command lines while building
  --quiet        don't show progress status, just command output
  --status FMT   progress status format using Ninja-style $vars
                 (e.g. --status '[$finished/$total] ')

  -C DIR   change to DIR before doing anything else
  -f FILE  specify input build file [default=build.ninja]

  -j N     run N jobs in parallel (0 means infinity) [default=${jobs} on this system]
  -k N     keep going until N jobs fail (0 means infinity) [default=1]
  -l N     do not start new jobs if the load average is greater than N
  -n       dry run (don't run commands but act like they succeeded)

  -d MODE  enable debugging (use '-d list' to list modes)
  -t TOOL  run a subtool (use '-t list' to list subtools)
    terminates toplevel options; further flags are passed to the tool
  -w FLAG  adjust warnings (use '-w list' to list warnings)
`;
}
