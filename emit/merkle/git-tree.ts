// Git objects as bytes: "KIND SIZE\0CONTENTS". Their hash is their name, so that whoever asks for one by name can check
// what came (gitformat: git-hash-object, git-mktree).

import { asBytes, type Bytes, quoted } from "../../graph/bytes.ts";
import { fail } from "../../graph/diagnostic.ts";
import { entryNameProblem } from "../nar.ts";

export type GitKind = "blob" | "commit" | "tag" | "tree";

export interface GitObject {
  readonly kind: GitKind;
  readonly contents: Bytes;
}

export interface GitEntry {
  readonly kind: "directory" | "executable" | "file" | "symlink";
  readonly name: Bytes;
  /** Lower-case hex. */
  readonly hash: Bytes;
}

/** `hash` is the object's name, for messages. */
export function parseGitObject(bytes: Bytes, hash: Bytes): GitObject {
  const end = bytes.indexOf("\0");
  const match = /^(blob|commit|tag|tree) (\d+)$/.exec(bytes.slice(0, end));
  const contents = asBytes(bytes.slice(end + 1));
  if (end < 0 || match === null || Number(match[2]) !== contents.length)
    return failObject(hash, "it has no valid header");
  return { kind: match[1] as GitKind, contents };
}

const kinds: ReadonlyMap<string, GitEntry["kind"]> = new Map([
  ["40000", "directory"],
  ["100644", "file"],
  ["100664", "file"],
  ["100755", "executable"],
  ["120000", "symlink"],
]);

/** The entries of a tree, in its order. Fails when the object is none, or has what no file system takes. */
export function parseGitTree(bytes: Bytes, hash: Bytes): readonly GitEntry[] {
  const { kind, contents } = parseGitObject(bytes, hash);
  if (kind !== "tree") return failObject(hash, `it is a ${kind}, not a tree`);
  const size = hash.length / 2;
  const entries: GitEntry[] = [];
  const names = new Set<Bytes>();
  for (let at = 0; at < contents.length; ) {
    const space = contents.indexOf(" ", at);
    const end = contents.indexOf("\0", space);
    if (space < 0 || end < 0 || end + 1 + size > contents.length)
      return failObject(hash, "an entry is cut off");
    const mode = contents.slice(at, space);
    const name = asBytes(contents.slice(space + 1, end));
    const found = kinds.get(mode);
    if (found === undefined) return failEntry(hash, name, mode);
    const problem = entryNameProblem(name);
    if (problem !== undefined) return failObject(hash, `the name ${quoted(name)} ${problem}`);
    if (names.has(name)) return failObject(hash, `the name ${quoted(name)} stands there twice`);
    names.add(name);
    const raw = contents.slice(end + 1, end + 1 + size);
    entries.push({ kind: found, name, hash: asBytes(Buffer.from(raw, "latin1").toString("hex")) });
    at = end + 1 + size;
  }
  return entries;
}

function failEntry(hash: Bytes, name: Bytes, mode: string): never {
  if (mode !== "160000") return failObject(hash, `${quoted(name)} has the unknown mode "${mode}"`);
  return fail({
    code: "merkle/submodule",
    message: `tree ${hash} has the submodule ${quoted(name)}, whose contents are in another repository`,
    hint: "fetch that one with a call of its own, and lay it over the tree",
  });
}

function failObject(hash: Bytes, problem: string): never {
  return fail({
    code: "merkle/bad-object",
    message: `git object ${hash} cannot be used: ${problem}`,
    hint: "look at it with `git cat-file -p`; name a tree, as `git rev-parse COMMIT^{tree}` prints it",
  });
}
