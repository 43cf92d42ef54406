// Loads the build graph that a command names, whichever tool wrote it.

import { readdirSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type Layout, placeOf } from "../emit/plan/tree-path.ts";
import { nixStoreDir } from "../emit/store-path.ts";
import { type JsonGraphOptions, loadJsonGraph } from "../generators/json/load.ts";
import type { NamedText } from "../generators/make/kbuild-commands.ts";
import type { MakeGraph } from "../generators/make/load.ts";
import { loadKbuildCommands, loadMakeAt } from "../generators/make/load-file.ts";
import { applyReadableDyndeps } from "../generators/ninja/dyndep.ts";
import { type Bytes, compareBytes, fromBuffer, fromText } from "../graph/bytes.ts";
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
    const graph = loadMakeFile(resolve(session.io.cwd, file), file, buildDirectory);
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

/** A directory stands for the `.cmd` files of kbuild below it. */
function loadMakeFile(path: string, shown: string, buildDirectory: string): MakeGraph {
  const nameOf = (file: string): Bytes => fromText(relative(buildDirectory, file));
  const directory = fromText(buildDirectory);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) {
    return loadMakeAt(fromBuffer(readNamedFile(path, shown)), nameOf(path), directory);
  }
  const files = readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /(^|\/)\.[^/]*\.cmd$/.test(name))
    .map((name): NamedText => {
      const file = join(path, name);
      return { file: nameOf(file), text: fromBuffer(readNamedFile(file, file)) };
    });
  return loadKbuildCommands(
    files.sort((a, b) => compareBytes(a.file, b.file)),
    directory,
  );
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
