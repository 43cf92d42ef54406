// The command line as a function: arguments in, exit code out. Commands load what they need when they run, so that
// `--help` costs no more than reading the arguments.

import { Command, CommanderError } from "commander";
import { type Bytes, toText } from "../graph/bytes.ts";
import { type Diagnostic, InputError } from "../graph/diagnostic.ts";
import { buildCommand } from "./commands/build.ts";
import { cacheCommand } from "./commands/cache.ts";
import { completionCommand } from "./commands/completion.ts";
import { diffCommand } from "./commands/diff.ts";
import { drvCommand } from "./commands/drv.ts";
import { emitCommand } from "./commands/emit.ts";
import { followCommand } from "./commands/follow.ts";
import { graphCommand } from "./commands/graph.ts";
import { logCommand, shellCommand } from "./commands/log.ts";
import { planCommand } from "./commands/plan.ts";
import { reportCommand } from "./commands/report.ts";
import { whyCommand } from "./commands/why.ts";
import {
  colorOf,
  Interrupted,
  type Io,
  openSession,
  PipeClosed,
  readShown,
  type Session,
  shownFile,
} from "./io.ts";
import { packageVersion } from "./package-files.ts";
import { printDiagnostics } from "./print-diagnostics.ts";
import { usageError } from "./usage.ts";

/** Exit codes: 0 done, 1 wrong input, 2 wrong command line, 3 wrong environment, 70 our bug, 130 interrupted. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const session = openSession(io);
  const program = programOf(session);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof PipeClosed) return 0;
    if (error instanceof Interrupted || io.signal.aborted) {
      io.err("interrupted: what was finished is kept, run again to go on\n");
      return 130;
    }
    return report(error, session, program, argv);
  }
}

function report(error: unknown, session: Session, program: Command, argv: readonly string[]): number {
  let failure = error;
  if (error instanceof CommanderError) {
    // A command is missing: the help says which there are, and it was printed.
    if (error.code === "commander.help") return 2;
    failure = usageError(error, commandPath(program, argv));
    if (failure === undefined) return 0;
    // The error may be in the arguments before `--json` was seen.
    session.isJson ||= argv.includes("--json");
  }
  if (failure instanceof InputError) {
    session.io.err(printFailure(failure, session));
    return failure.exitCode;
  }
  const stack = failure instanceof Error ? (failure.stack ?? failure.message) : String(failure);
  session.io.err(
    `${stack}\n${causeOf(failure)}this is a bug of unravel ${packageVersion()}: please open an issue in its\nrepository, with the lines above and the command line\n`,
  );
  return 70;
}

function causeOf(failure: unknown): string {
  if (!(failure instanceof Error) || !(failure.cause instanceof Error)) return "";
  return `caused by: ${failure.cause.stack ?? failure.cause.message}\n`;
}

function printFailure(failure: InputError, session: Session): string {
  const placed = failure.diagnostics.map((diagnostic) =>
    diagnostic.at === undefined
      ? diagnostic
      : { ...diagnostic, at: { ...diagnostic.at, file: shownFile(session, diagnostic.at.file) } },
  );
  // What a failing command printed comes last, where it is seen.
  const outputs = "outputs" in failure && Array.isArray(failure.outputs) ? failure.outputs.map(String) : [];
  if (session.isJson) {
    const rows = placed.map((diagnostic, index) => jsonOf(diagnostic, outputs[index]));
    return `${JSON.stringify({ diagnostics: rows })}\n`;
  }
  const options = { color: colorOf(session.io), read: (file: Bytes) => readShown(session, file) };
  return placed
    .map((diagnostic, index) => printDiagnostics([diagnostic], options) + (outputs[index] ?? ""))
    .join("");
}

/** The fields that every diagnostic has; frontends add some of their own. */
function jsonOf({ code, message, at, hint }: Diagnostic, output: string | undefined): object {
  return {
    code,
    message: toText(message as Bytes),
    ...(at === undefined ? {} : { at: { file: toText(at.file), start: at.start, end: at.end } }),
    ...(hint === undefined ? {} : { hint: toText(hint as Bytes) }),
    ...(output === undefined ? {} : { output }),
  };
}

const examples = `
Examples:
  unravel graph ninja build/build.ninja --json   what the manifest means
  unravel plan ninja build/build.ninja --root .  what would be built
  unravel build ninja build/build.ninja --root . build it, one derivation per command
  unravel drv show result.drv                    a derivation as JSON

Exit codes: 0 done, 1 wrong input or a failed step, 2 wrong command line, 3 wrong environment (no Nix, a feature
off), 70 a bug of unravel, 130 interrupted.`;

const commands: readonly ((session: Session) => Command)[] = [
  graphCommand,
  planCommand,
  emitCommand,
  buildCommand,
  whyCommand,
  diffCommand,
  followCommand,
  logCommand,
  shellCommand,
  cacheCommand,
  reportCommand,
  drvCommand,
  completionCommand,
];

/** All commands, with what they take. */
export function programOf(session: Session): Command {
  const { io } = session;
  const program = new Command("unravel")
    .description("Turns a foreign build graph into Nix derivations, one per step.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpOption("-h, --help", "show this text")
    .helpCommand("help [command]", "show what a command takes")
    .addHelpText("after", examples)
    .showSuggestionAfterError();
  for (const make of commands) program.addCommand(make(session));
  settle(program, io);
  return program;
}

/** Errors are thrown instead of ending the process, in subcommands, too. */
function settle(command: Command, io: Io): void {
  command.exitOverride().configureOutput({
    // Help is short: nothing waits for it.
    writeOut: (text) => void io.out(text).catch(() => undefined),
    // Errors are printed by `report`; this is what commander adds when a command is missing.
    writeErr: (text) => io.err(text),
    outputError: () => undefined,
    getOutHelpWidth: () => 100,
    getErrHelpWidth: () => 100,
  });
  for (const inner of command.commands) settle(inner, io);
}

/** "unravel plan ninja": as much of the arguments as are commands. */
function commandPath(program: Command, argv: readonly string[]): string {
  let command = program;
  let path = program.name();
  for (const word of argv) {
    const inner = command.commands.find((candidate) => candidate.name() === word);
    if (inner === undefined) break;
    path += ` ${word}`;
    command = inner;
  }
  return path;
}
