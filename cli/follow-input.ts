// Standard input, line by line as it comes, into a follower.

import { closeSync, openSync, writeSync } from "node:fs";
import { resolve } from "node:path";
import { InputError } from "../graph/diagnostic.ts";
import { Follower, type FollowOptions } from "./follow.ts";
import { Interrupted, type Session } from "./io.ts";
import { writingNow } from "./writing.ts";

/**
 * What Nix complained of is printed already when this throws for the exit code.
 * @param record where each line goes with the time at which it came, in seconds: what `ts %.s` writes
 */
export async function follow(session: Session, options: FollowOptions, record?: string): Promise<void> {
  const { io } = session;
  const follower = new Follower(io, options);
  const copy = record === undefined ? undefined : copyTo(resolve(io.cwd, record));
  try {
    await readLines(session, (line) => {
      copy?.line(line);
      follower.line(line);
    });
  } finally {
    copy?.close();
  }
  follower.end();
  if (follower.hasFailed) throw new InputError([]);
}

async function readLines({ io }: Session, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of io.stdinChunks?.() ?? whole(io.readStdin)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
    if (io.signal.aborted) throw new Interrupted();
  }
  if (rest !== "") take(rest);
}

interface Copy {
  readonly line: (line: string) => void;
  readonly close: () => void;
}

function copyTo(file: string): Copy {
  const descriptor = writingNow(file, () => openSync(file, "w"));
  return {
    line: (line) =>
      void writingNow(file, () => writeSync(descriptor, `${(Date.now() / 1000).toFixed(3)} ${line}\n`)),
    close: () => closeSync(descriptor),
  };
}

async function* whole(read: () => Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield await read();
}
