// Standard input, line by line as it comes, into a follower.

import { InputError } from "../graph/diagnostic.ts";
import { Follower, type FollowOptions } from "./follow.ts";
import { Interrupted, type Session } from "./io.ts";

/** What Nix complained of is printed already when this throws for the exit code. */
export async function follow({ io }: Session, options: FollowOptions): Promise<void> {
  const follower = new Follower(io, options);
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of io.stdinChunks?.() ?? whole(io.readStdin)) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) follower.line(line);
    if (io.signal.aborted) throw new Interrupted();
  }
  if (rest !== "") follower.line(rest);
  follower.end();
  if (follower.hasFailed) throw new InputError([]);
}

async function* whole(read: () => Promise<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield await read();
}
