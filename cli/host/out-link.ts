// The link of `--out-link`: to a store path, registered so that a garbage collection keeps what it points to.

import { randomBytes } from "node:crypto";
import { lstatSync, renameSync, rmSync, symlinkSync } from "node:fs";
import { resolve } from "node:path";
import { addIndirectRoot } from "../../emit/sink/worker/operations.ts";
import type { OperationContext } from "../../emit/sink/worker/request.ts";
import { type Bytes, fromText, toText } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import type { Session } from "../io.ts";
import { writing } from "../writing.ts";

export async function writeOutLink(
  { io }: Session,
  context: OperationContext,
  link: string,
  path: Bytes,
): Promise<void> {
  const place = resolve(io.cwd, link);
  const there = lstatSync(place, { throwIfNoEntry: false });
  if (there !== undefined && !there.isSymbolicLink()) {
    fail({
      code: "cli/cannot-write",
      message: `cannot make the link "${link}": something that is not a link is there`,
      hint: "move it away, or choose another name",
    });
  }
  const partial = `${place}.${randomBytes(6).toString("hex")}`;
  await writing(link, () => {
    try {
      symlinkSync(toText(path), partial);
      renameSync(partial, place);
    } finally {
      rmSync(partial, { force: true });
    }
  });
  await addIndirectRoot(context, fromText(place));
}
