// Directory trees as tests compare them: names, kinds, executable bits, link targets and bytes.

import { cpSync, lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

export type TreeEntry =
  | { readonly kind: "directory" }
  | { readonly kind: "link"; readonly target: string }
  | { readonly kind: "file"; readonly executable: boolean; readonly bytes: string };

/** Path below the top -> entry; bytes and names as latin1. The top may be a link. Without `contents`, no bytes. */
export function readTree(
  top: string,
  { contents = true }: { readonly contents?: boolean } = {},
): ReadonlyMap<string, TreeEntry> {
  const entries = new Map<string, TreeEntry>();
  const visit = (directory: Buffer, prefix: string): void => {
    for (const name of readdirSync(directory, { encoding: "buffer" }).sort(Buffer.compare)) {
      const file = Buffer.concat([directory, Buffer.from("/"), name]);
      const path = prefix + name.toString("latin1");
      const stat = lstatSync(file);
      if (stat.isSymbolicLink())
        entries.set(path, {
          kind: "link",
          target: readlinkSync(file, { encoding: "buffer" }).toString("latin1"),
        });
      else if (stat.isDirectory()) {
        entries.set(path, { kind: "directory" });
        visit(file, `${path}/`);
      } else {
        const executable = (stat.mode & 0o100) !== 0;
        entries.set(path, { kind: "file", executable, bytes: contents ? readFileSync(file, "latin1") : "" });
      }
    }
  };
  visit(Buffer.from(`${top}/`), "");
  return entries;
}

export interface Comparison {
  /** Files and links that are in both trees. */
  readonly compared: number;
  /** One line per entry that differs. */
  readonly differences: readonly string[];
}

export interface CompareOptions {
  /** Entries of the expected tree that the actual one need not have. */
  readonly partial?: boolean;
  /** Applied to bytes and link targets of the actual tree. */
  readonly normalise?: (bytes: string) => string;
}

/** Every entry of `actual` against `expected`, and the other way round unless `partial`. */
export function compareTrees(
  actual: ReadonlyMap<string, TreeEntry>,
  expected: ReadonlyMap<string, TreeEntry>,
  options: CompareOptions = {},
): Comparison {
  const normalise = options.normalise ?? ((bytes: string): string => bytes);
  const differences: string[] = [];
  let compared = 0;
  for (const [path, entry] of actual) {
    const other = expected.get(path);
    if (other === undefined) {
      differences.push(`${path}: not expected`);
      continue;
    }
    if (entry.kind !== "directory") compared++;
    const difference = differenceOf(entry, other, normalise);
    if (difference !== undefined) differences.push(`${path}: ${difference}`);
  }
  if (options.partial !== true) {
    for (const path of expected.keys()) if (!actual.has(path)) differences.push(`${path}: missing`);
  }
  return { compared, differences };
}

function differenceOf(
  entry: TreeEntry,
  other: TreeEntry,
  normalise: (bytes: string) => string,
): string | undefined {
  if (entry.kind !== other.kind) return `a ${entry.kind}, not a ${other.kind}`;
  if (entry.kind === "link" && other.kind === "link")
    return normalise(entry.target) === other.target
      ? undefined
      : `links to "${entry.target}", not to "${other.target}"`;
  if (entry.kind !== "file" || other.kind !== "file") return undefined;
  if (entry.executable !== other.executable) return entry.executable ? "executable" : "not executable";
  const bytes = normalise(entry.bytes);
  if (bytes === other.bytes) return undefined;
  let at = 0;
  while (bytes.charCodeAt(at) === other.bytes.charCodeAt(at)) at++;
  return `${bytes.length} bytes, not ${other.bytes.length}; the first that differs is at ${at}`;
}

/** Copies a project to where a test may edit it, without build results that lie in it. */
export function copySource(from: string, to: string): void {
  cpSync(from, to, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (file) => file !== join(from, "build"),
  });
}
