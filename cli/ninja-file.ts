// Loads a Ninja manifest from disk.

import { readFileSync } from "node:fs";
import { isAbsolute, relative, resolve } from "node:path";
import { loadNinja, type NinjaManifest } from "../generators/ninja/load.ts";
import type { FileContent } from "../generators/ninja/parse.ts";
import { type Bytes, fromText, toBuffer } from "../graph/bytes.ts";
import type { PhonyCycle } from "./commands/plan-options.ts";
import { errorCode, readNamedFile } from "./files.ts";
import { colorOf, readShown, type Session, shownFile } from "./io.ts";
import { printDiagnostics } from "./print-diagnostics.ts";

/** `directory` is where ninja would run: what the manifest says is relative to it. */
export function loadNinjaFile(
  session: Session,
  file: string,
  directory: string,
  phonyCycle: PhonyCycle = "warn",
): NinjaManifest {
  const path = resolve(session.io.cwd, file);
  const inside = relative(directory, path);
  // As ninja would name it, so that messages and warnings agree with ninja's.
  const entry = inside.startsWith("..") || isAbsolute(inside) ? path : inside;
  session.spanBase = directory;
  readNamedFile(path, file);
  const manifest = loadNinja(fromText(entry), {
    readFile: (name) => readManifest(resolveBytes(directory, name)),
    phonyCycle,
  });
  warn(session, manifest);
  return manifest;
}

function warn(session: Session, manifest: NinjaManifest): void {
  for (const warning of manifest.warnings) {
    const at =
      warning.at === undefined ? {} : { at: { ...warning.at, file: shownFile(session, warning.at.file) } };
    const options = {
      color: colorOf(session.io),
      read: (shown: Bytes) => readShown(session, shown),
      label: "warning",
    } as const;
    session.io.err(printDiagnostics([{ ...warning, ...at }], options));
  }
}

function resolveBytes(directory: string, name: Bytes): Buffer {
  return name.startsWith("/")
    ? toBuffer(name)
    : Buffer.concat([Buffer.from(`${directory}/`), toBuffer(name)]);
}

function readManifest(path: Buffer): FileContent {
  try {
    return readFileSync(path);
  } catch (error) {
    switch (errorCode(error)) {
      case undefined:
        throw error;
      case "ENOENT":
        return undefined;
      case "EISDIR":
        return { reason: "Is a directory" };
      case "EACCES":
        return { reason: "Permission denied" };
      default:
        return { reason: (error as Error).message };
    }
  }
}
