#!/usr/bin/env node
// The program `unravel`: the only file that touches the process.

import "./tune-v8.ts";
import { type Io, PipeClosed } from "./io.ts";
import { run } from "./run.ts";

const interrupt = new AbortController();
process.on("SIGINT", () => {
  // The second Ctrl-C does not wait for an orderly end.
  if (interrupt.signal.aborted) process.exit(130);
  interrupt.abort();
});
process.on("SIGTERM", () => interrupt.abort());

let isOutClosed = false;
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  isOutClosed = true;
});
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

const io: Io = {
  out: (text) =>
    new Promise((resolve, reject) => {
      if (isOutClosed) reject(new PipeClosed());
      else {
        process.stdout.write(text, (error) => {
          if (error === null || error === undefined) resolve();
          else reject((error as NodeJS.ErrnoException).code === "EPIPE" ? new PipeClosed() : error);
        });
      }
    }),
  err: (text) => void process.stderr.write(text),
  env: process.env,
  cwd: process.cwd(),
  readStdin: async () => {
    const chunks: Uint8Array[] = [];
    for await (const chunk of process.stdin) chunks.push(chunk);
    return Buffer.concat(chunks);
  },
  stdinChunks: () => process.stdin,
  isTerminal: process.stderr.isTTY === true,
  columns: process.stderr.columns ?? 80,
  signal: interrupt.signal,
};

process.exitCode = await run(process.argv.slice(2), io);
