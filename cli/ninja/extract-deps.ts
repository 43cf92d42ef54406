// What a command says that it read: in its depfile, or among what it printed (ninja: `Builder::ExtractDeps`,
// `CLParser`).

import { asBytes, type Bytes, compareBytes, fromBuffer } from "../../graph/bytes.ts";
import { parseDepfile } from "../../graph/depfile.ts";
import { canonicalizePath } from "../../graph/path.ts";
import type { Disk } from "./disk.ts";
import { fatal, refuseBuild } from "./failure.ts";
import type { Edge } from "./node.ts";

export interface Extracted {
  readonly files: readonly Bytes[];
  /** What is left of the command's output. */
  readonly output: Bytes;
}

/** `kind` is the edge's `deps`. Throws BuildError when there is something, but not as it should be. */
export function extractDeps(
  edge: Edge,
  kind: Bytes,
  output: Bytes,
  disk: Disk,
  keepsDepfile: boolean,
): Extracted {
  if (kind === "msvc") return showIncludes(output, edge.state.binding(edge, "msvc_deps_prefix"));
  if (kind !== "gcc") return fatal(`unknown deps type '${kind}'`);
  const depfile = edge.state.recipeOf(edge).depfile;
  if (depfile === undefined) return refuseBuild("edge with deps=gcc but no depfile makes no sense");
  const content = disk.readFile(depfile);
  if (content !== undefined && typeof content !== "string" && !(content instanceof Uint8Array)) {
    return refuseBuild(content.reason);
  }
  const text = content instanceof Uint8Array ? fromBuffer(content) : (content ?? "");
  if (text === "") return { files: [], output };
  const { inputs } = parseDepfile(asBytes(text), depfile);
  const removal = keepsDepfile ? "absent" : disk.removeFile(depfile);
  if (typeof removal !== "string")
    refuseBuild(`deleting depfile: ${removal.reason}
`);
  return { files: inputs.map(canonicalizePath), output };
}

/** `cl /showIncludes`: a line per header, and the name of the source before them. */
function showIncludes(output: Bytes, prefix: Bytes): Extracted {
  const mark = prefix === "" ? "Note: including file: " : prefix;
  const files = new Set<Bytes>();
  let rest = "";
  let hasSeen = false;
  const lines = output.split(/\r\n|\r|\n/);
  if (lines.at(-1) === "") lines.pop();
  for (const line of lines) {
    if (line.length > mark.length && line.startsWith(mark)) {
      hasSeen = true;
      const path = canonicalizePath(asBytes(line.slice(mark.length).replace(/^ +/, "")));
      if (!/program files|microsoft visual studio/i.test(path)) files.add(path);
    } else if (hasSeen || !/\.(c|cc|cxx|cpp|c\+\+)$/i.test(line)) rest += `${line}\n`;
  }
  return { files: [...files].sort(compareBytes), output: asBytes(rest) };
}
