// `unravel graph cargo`: the packages of a Cargo.lock, for people and as JSON.

import { resolve } from "node:path";
import { type CargoLock, parseCargoLock, sourcesOf } from "../../generators/cargo/lock.ts";
import { asBytes, fromBuffer, fromText, toBuffer, toText } from "../../graph/bytes.ts";
import { readNamedFile } from "../files.ts";
import { count } from "../graph-text.ts";
import type { Session } from "../io.ts";

export async function printLock(session: Session, file: string, flags: { json?: true }): Promise<void> {
  const { io } = session;
  const lock = parseCargoLock(fromBuffer(readNamedFile(resolve(io.cwd, file), file)), fromText(file));
  await io.out(flags.json === true ? toBuffer(asBytes(`${JSON.stringify(lock)}\n`)) : summaryOf(lock));
}

/** Packages by where they come from. */
function summaryOf(lock: CargoLock): string {
  const own = lock.packages.filter(({ source }) => source === undefined);
  const lines = [
    `${count(lock.packages.length, "package")} (lockfile version ${lock.version})`,
    `  ${own.length} of the tree${own.length === 0 ? "" : `: ${own.map(({ name }) => toText(name)).join(", ")}`}`,
  ];
  for (const source of sourcesOf(lock)) {
    const fetched = lock.packages.filter((entry) => entry.source?.id === source.id);
    const what = source.kind === "git" ? `${toText(source.url)} at ${source.commit}` : toText(source.id);
    lines.push(`  ${fetched.length} from ${what}`);
  }
  return `${lines.join("\n")}\n`;
}
