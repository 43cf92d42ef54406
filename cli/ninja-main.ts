#!/usr/bin/env node
// The program `unravel-ninja`: takes ninja's arguments, and builds through Nix.

import { setMaxListeners } from "node:events";
import { type Bytes, fromText, toBuffer } from "../graph/bytes.ts";
import { InputError } from "../graph/diagnostic.ts";
import { interruptedCode } from "./ninja/build.ts";
import { inNinjaTerms } from "./ninja/hint.ts";
import { runNinja } from "./ninja/main.ts";
import { nixBackend } from "./ninja/nix-backend.ts";
import { packageVersion } from "./package-files.ts";
import { printDiagnostics } from "./print-diagnostics.ts";

const interrupt = new AbortController();
// Each connection to Nix listens.
setMaxListeners(0, interrupt.signal);
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => {
    // The second one does not wait for an orderly end.
    if (interrupt.signal.aborted) process.exit(interruptedCode);
    interrupt.abort();
  });
}

/** A reader that has seen enough ends the program, as it ends ninja. */
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(141);
    throw error;
  });
}

const term = process.env["TERM"] ?? "";
const { env, stdout, stderr } = process;
const cwd = process.cwd();

process.exitCode = await runNinja(process.argv.slice(2), {
  terminal: {
    out: (text: Bytes) => void stdout.write(toBuffer(text)),
    err: (text: Bytes) => void stderr.write(toBuffer(text)),
    isSmart: stdout.isTTY === true && term !== "" && term !== "dumb",
    columns: stdout.columns ?? 0,
  },
  env,
  cwd,
  open: (directory, options) => nixBackend({ directory, env, options, signal: interrupt.signal }),
  explain,
});

/** What ninja has no words for: diagnostics as `unravel` prints them, and bugs. */
function explain(error: unknown): number {
  if (interrupt.signal.aborted) {
    stdout.write("ninja: build stopped: interrupted by user.\n");
    return interruptedCode;
  }
  if (error instanceof InputError) {
    const color = stderr.isTTY === true && (env["NO_COLOR"] ?? "") === "";
    stderr.write(printDiagnostics(inNinjaTerms(error).diagnostics, { color }));
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  stderr.write(
    toBuffer(fromText(`${stack}\nthis is a bug of unravel ${packageVersion()}: please open an issue\n`)),
  );
  return 70;
}
