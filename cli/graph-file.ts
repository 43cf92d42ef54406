// Loads the build graph that a command names, whichever tool wrote it.

import { relative, resolve } from "node:path";
import { type Layout, placeOf } from "../emit/plan/tree-path.ts";
import { nixStoreDir } from "../emit/store-path.ts";
import { type JsonGraphOptions, loadJsonGraph } from "../generators/json/load.ts";
import { loadMakeAt } from "../generators/make/load.ts";
import { applyReadableDyndeps } from "../generators/ninja/dyndep.ts";
import { type Bytes, fromBuffer, fromText } from "../graph/bytes.ts";
import type { BuildGraph } from "../graph/graph.ts";
import type { PhonyCycle } from "./commands/plan-options.ts";
import { readNamedFile } from "./files.ts";
import type { Frontend } from "./frontend.ts";
import type { Session } from "./io.ts";
import { loadNinjaFile } from "./ninja-file.ts";

/** Reads a file as the graph names it. */
export type ReadNamed = (path: Bytes) => Bytes | undefined;

export interface LoadedGraph {
  readonly graph: BuildGraph;
  /** The graph, and what files that are there by now add to it. */
  readonly extended: (readNamed: ReadNamed) => BuildGraph;
}

export interface GraphRequest {
  /** As it was typed. */
  readonly file: string;
  /** Absolute. */
  readonly root: string;
  /** Absolute. */
  readonly buildDirectory: string;
  readonly phonyCycle?: PhonyCycle | undefined;
}

export function loadGraphFile(session: Session, frontend: Frontend, request: GraphRequest): LoadedGraph {
  const { file, root, buildDirectory } = request;
  if (frontend === "ninja") {
    const manifest = loadNinjaFile(session, file, buildDirectory, request.phonyCycle);
    return { graph: manifest, extended: (readNamed) => applyReadableDyndeps(manifest, readNamed) };
  }
  session.spanBase = buildDirectory;
  if (frontend === "make") {
    const path = resolve(session.io.cwd, file);
    const name = fromText(relative(buildDirectory, path));
    const graph = loadMakeAt(fromBuffer(readNamedFile(path, file)), name, fromText(buildDirectory));
    for (const note of graph.notes) session.io.err(`note: ${note}\n`);
    return { graph, extended: () => graph };
  }
  const path = resolve(session.io.cwd, file);
  const layout = { root: fromText(root), buildDirectory: fromText(buildDirectory) };
  const graph = loadJsonGraph(
    readNamedFile(path, file),
    jsonOptions(fromText(relative(buildDirectory, path)), layout),
  );
  return { graph, extended: () => graph };
}

/** Steps read what is in the tree or in the store, and write into the tree. */
export function jsonOptions(file: Bytes, layout: Layout): JsonGraphOptions {
  return {
    file,
    isInside: (path, use) => {
      const place = placeOf(path, layout);
      if (place.kind === "tree") return use === "input" || place.path !== "";
      return use === "input" && place.path.startsWith(`${nixStoreDir}/`);
    },
  };
}
