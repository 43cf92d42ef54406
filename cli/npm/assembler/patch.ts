// Applies a patch as `git diff` writes it (patch-package, pnpm, yarn): changes, new files, removed files, renames and
// modes, in the directory of a package. A hunk must fit exactly, but may have moved.

import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";

interface Hunk {
  /** First line that it replaces, from 0. */
  readonly start: number;
  readonly before: readonly string[];
  readonly after: readonly string[];
}

interface FileChange {
  from: string | undefined;
  to: string | undefined;
  mode: number | undefined;
  readonly hunks: Hunk[];
}

/**
 * Why the patch does not apply, or `undefined` when it is done. patch-package names files from the top of the project:
 * `location` is where the package lies there.
 */
export function applyPatch(patch: Buffer, directory: string, location: string): string | undefined {
  const changes = parse(patch.toString("latin1"));
  if (typeof changes === "string") return changes;
  const below = `${Buffer.from(location).toString("latin1")}/`;
  const inPackage = (name: string | undefined): string | undefined =>
    name?.startsWith(below) === true ? name.slice(below.length) : name;
  for (const change of changes) {
    change.from = inPackage(change.from);
    change.to = inPackage(change.to);
    const problem = applyChange(change, directory);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function parse(text: string): readonly FileChange[] | string {
  const changes: FileChange[] = [];
  let change: FileChange | undefined;
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    const header = /^diff --git a\/(.*) b\/(.*)$/.exec(line);
    const hunk = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/.exec(line);
    if (header !== null) {
      change = { from: header[1], to: header[2], mode: undefined, hunks: [] };
      changes.push(change);
    } else if (line.startsWith("--- ") && (lines[at + 1] ?? "").startsWith("+++ ")) {
      if (change === undefined || change.hunks.length > 0) {
        change = { from: undefined, to: undefined, mode: undefined, hunks: [] };
        changes.push(change);
      }
      change.from = nameIn(line);
      change.to = nameIn(lines[++at] ?? "");
    } else if (change === undefined) {
      // What stands before the first file is for people.
    } else if (hunk !== null) {
      const read = parseHunk(lines, at, hunk);
      if (typeof read === "string") return read;
      change.hunks.push(read.hunk);
      at = read.last;
    } else if (line.startsWith("deleted file mode")) change.to = undefined;
    else if (line.startsWith("rename from ")) change.from = line.slice(12);
    else if (line.startsWith("rename to ")) change.to = line.slice(10);
    else if (line.startsWith("GIT binary patch")) return "it holds a binary file";
    else {
      const mode = /^new (file )?mode (\d+)$/.exec(line);
      if (mode?.[1] !== undefined) change.from = undefined;
      if (mode !== null) change.mode = Number.parseInt(mode[2] ?? "0", 8);
    }
  }
  return changes.length === 0 ? "it names no file" : changes;
}

/** `--- a/lib/index.js`: the first directory is not of the package. */
function nameIn(line: string): string | undefined {
  const name = line.slice(4).replace(/\t.*$/, "").replace(/\r$/, "");
  return name === "/dev/null" ? undefined : name.slice(name.indexOf("/") + 1);
}

function parseHunk(
  lines: readonly string[],
  at: number,
  [, start = "1", oldCount = "1", , newCount = "1"]: RegExpExecArray,
): { readonly hunk: Hunk; readonly last: number } | string {
  const before: string[] = [];
  const after: string[] = [];
  let last = at;
  while (before.length < Number(oldCount) || after.length < Number(newCount)) {
    const line = lines[++last];
    if (line === undefined) return `a hunk ends too early (line ${at + 1})`;
    const [kind, rest] = [line[0] ?? " ", `${line.slice(1)}\n`];
    if (kind === " " || kind === "-") before.push(rest);
    if (kind === " " || kind === "+") after.push(rest);
    if (kind === "\\") dropNewline(lines[last - 1] ?? "", before, after);
    else if (kind !== " " && kind !== "-" && kind !== "+") return `line ${last + 1} belongs to no hunk`;
  }
  if (lines[last + 1]?.startsWith("\\") === true) dropNewline(lines[last++] ?? "", before, after);
  return { hunk: { start: Number(start) - (Number(oldCount) === 0 ? 0 : 1), before, after }, last };
}

/** "\ No newline at end of file" is said of the line before it. */
function dropNewline(line: string, before: string[], after: string[]): void {
  if (!line.startsWith("+")) before.push((before.pop() ?? "").replace(/\n$/, ""));
  if (!line.startsWith("-")) after.push((after.pop() ?? "").replace(/\n$/, ""));
}

function applyChange({ from, to, mode, hunks }: FileChange, directory: string): string | undefined {
  for (const name of [from, to]) {
    const parts = name?.split("/") ?? [];
    if (parts.some((part) => part === "" || part === "." || part === ".."))
      return `"${name}" leads out of the package`;
    for (const [depth] of parts.entries()) {
      const parent = join(directory, ...parts.slice(0, depth + 1));
      if (lstatSync(parent, { throwIfNoEntry: false })?.isSymbolicLink() === true)
        return `"${name}" leads through a link`;
    }
  }
  const source = from === undefined ? undefined : join(directory, utf8(from));
  const stat = source === undefined ? undefined : lstatSync(source, { throwIfNoEntry: false });
  if (source !== undefined && stat?.isFile() !== true) return `"${from}" is not in the package`;
  const patched = applyHunks(source === undefined ? "" : readFileSync(source, "latin1"), hunks);
  if (patched === undefined) return `"${from ?? to}" has other lines than the patch expects`;
  if (source !== undefined && from !== to) removeFile(source, directory);
  if (to === undefined) return undefined;
  const target = join(directory, utf8(to));
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, patched, "latin1");
  chmodSync(target, ((mode ?? stat?.mode ?? 0) & 0o100) === 0 ? 0o644 : 0o755);
  return undefined;
}

/** With the directories that it leaves empty, as git does. */
function removeFile(file: string, top: string): void {
  rmSync(file);
  for (let at = dirname(file); at !== top && readdirSync(at).length === 0; at = dirname(at)) rmdirSync(at);
}

function utf8(name: string): string {
  return Buffer.from(name, "latin1").toString("utf8");
}

function applyHunks(text: string, hunks: readonly Hunk[]): string | undefined {
  const lines = text.split(/(?<=\n)/);
  const result: string[] = [];
  let done = 0;
  let offset = 0;
  for (const { start, before, after } of hunks) {
    const at = placeFor(lines, before, start + offset, done);
    if (at === undefined) return undefined;
    result.push(...lines.slice(done, at), ...after);
    done = at + before.length;
    offset = at - start;
  }
  return [...result, ...lines.slice(done)].join("");
}

/** The nearest place where the lines are, at or after what is done. */
function placeFor(
  lines: readonly string[],
  wanted: readonly string[],
  near: number,
  first: number,
): number | undefined {
  const fits = (at: number): boolean =>
    at >= first && at + wanted.length <= lines.length && wanted.every((line, i) => lines[at + i] === line);
  for (let distance = 0; distance <= lines.length; distance++) {
    if (fits(near + distance)) return near + distance;
    if (fits(near - distance)) return near - distance;
  }
  return undefined;
}
