// Reads a .drv text from disk, standard input or the store, and prints it as Nix does.

import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { printDerivation } from "../emit/aterm.ts";
import { parseDerivation } from "../emit/aterm-reader.ts";
import { type Derivation, derivationPath } from "../emit/derivation.ts";
import { nameOfDrvFile, showDerivations } from "../emit/drv-text.ts";
import { bytesOfContents } from "../emit/nar.ts";
import { parseNar } from "../emit/nar-reader.ts";
import { checkName, storePathProblem } from "../emit/store-path.ts";
import { type Bytes, fromBuffer, fromText, toBuffer } from "../graph/bytes.ts";
import { fail } from "../graph/diagnostic.ts";
import { readNamedFile } from "./files.ts";
import type { Session } from "./io.ts";
import { failUsage } from "./usage.ts";

interface Read {
  readonly derivation: Derivation;
  readonly text: Bytes;
}

export async function showDerivation(
  session: Session,
  file: string,
  name: string | undefined,
): Promise<Buffer> {
  const { derivation, text } = await readDerivation(session, file, name);
  const path = derivationPath(derivation, text);
  return toBuffer(showDerivations(new Map([[path, derivation]])));
}

export async function pathOfDerivation(
  session: Session,
  file: string,
  name: string | undefined,
): Promise<string> {
  const { derivation, text } = await readDerivation(session, file, name);
  return `${derivationPath(derivation, text)}\n`;
}

/** Fails, with the place, on a text that Nix would not have written: its path would not be the one Nix gives. */
async function readDerivation(session: Session, file: string, name: string | undefined): Promise<Read> {
  const text = fromBuffer(await readText(session, file));
  const derivationName = name === undefined ? nameOfFile(file) : fromText(name);
  checkName(derivationName);
  const shown = fromText(file === "-" ? "standard input" : file);
  const derivation = parseDerivation(text, derivationName, { file: shown });
  const canonical = printDerivation(derivation);
  if (canonical !== text) failOther(text, canonical, shown);
  return { derivation, text };
}

async function readText(session: Session, file: string): Promise<Uint8Array> {
  if (file === "-") return session.io.readStdin();
  const path = resolve(session.io.cwd, file);
  if (!existsSync(path) && storePathProblem(fromText(file)) === undefined)
    return readFromStore(session, file);
  return readNamedFile(path, file);
}

/** The store may lie elsewhere than its paths say: the daemon knows. */
async function readFromStore({ io }: Session, path: string): Promise<Uint8Array> {
  const { openDaemonSink } = await import("../emit/sink/daemon.ts");
  const { isValidPath, narFromPath } = await import("../emit/sink/worker/operations.ts");
  const sink = await openDaemonSink({ environment: io.env });
  try {
    if (!(await isValidPath(sink.context, fromText(path)))) {
      return fail({
        code: "cli/no-such-file",
        message: `"${path}" is not in the store`,
        hint: "check the path; it may have been deleted by a garbage collection",
      });
    }
    const node = parseNar(await narFromPath(sink.context, fromText(path)));
    if (node.kind !== "file") return failUsage(`"${path}" is a ${node.kind}`, "name a .drv file");
    return bytesOfContents(node.contents);
  } finally {
    await sink.close();
  }
}

function nameOfFile(file: string): Bytes {
  if (file !== "-") return nameOfDrvFile(fromText(file));
  return failUsage("a derivation on standard input has no name", "give it with --name");
}

function failOther(text: Bytes, canonical: Bytes, file: Bytes): never {
  let start = 0;
  while (start < text.length && text[start] === canonical[start]) start++;
  const expected = canonical.slice(start, start + 24);
  return fail({
    code: "store/not-canonical",
    message: `the text is not as Nix writes it: here it would have ${expected === "" ? "ended" : JSON.stringify(expected)}`,
    at: { file, start, end: start + 1 },
    hint: "lists are sorted and nothing is escaped that need not be; a tool other than Nix wrote or edited this",
  });
}
